"""Reactions: listing who reacted with an emoji, adding, removing."""

from __future__ import annotations

import bisect

from tests.discord_server import people
from tests.discord_server.model import Message, Reaction, User
from tests.discord_server.permissions import Permission, allows
from tests.discord_server.rest.routes import (
    Answer,
    Call,
    RefusalError,
    missing_permissions,
    route,
    unknown,
)

ALL = "/channels/{channel_id}/messages/{message_id}/reactions"
EMOJI = ALL + "/{emoji_name}"


def _message(call: Call) -> Message:
    return call.message(call.channel(Permission.READ_MESSAGE_HISTORY))


def _reaction(call: Call, message: Message) -> Reaction:
    found = message.reactions.get(call.world.find_emoji(call.params["emoji_name"]).key)
    if found is None:
        raise unknown("Emoji", 10014)
    return found


@route("GET", EMOJI)
def list_reactors(call: Call) -> Answer:
    """List by ascending user id; an emoji nobody used gives an empty list."""
    message = _message(call)
    emoji = call.world.find_emoji(call.params["emoji_name"])
    reaction = message.reactions.get(emoji.key, Reaction(emoji))
    ids = sorted(reaction.users(burst=call.query.get("type", 0) == 1))
    start = bisect.bisect_right(ids, int(call.query.get("after", 0)))
    page = ids[start : start + call.query.get("limit", 25)]
    return Answer(200, [people.user(call.world.users[id_]) for id_ in page])


@route("PUT", EMOJI + "/@me")
def add_reaction(call: Call) -> Answer:
    message = _message(call)
    emoji = call.world.find_emoji(call.params["emoji_name"])
    if emoji.id is None and emoji.name.isascii():
        raise RefusalError(400, 10014, "Unknown Emoji")
    if emoji.key not in message.reactions and not allows(
        message.channel, call.bot, Permission.ADD_REACTIONS
    ):
        raise missing_permissions()
    call.world.react(message, call.bot, emoji)
    return Answer(204)


def _take(call: Call, message: Message, user: User) -> Answer:
    reaction = _reaction(call, message)
    for burst in (False, True):
        if user.id in reaction.users(burst=burst):
            call.world.unreact(message, user, reaction.emoji, burst=burst)
    return Answer(204)


@route("DELETE", EMOJI + "/@me")
def remove_own(call: Call) -> Answer:
    return _take(call, _message(call), call.bot)


@route("DELETE", EMOJI + "/{user_id}")
def remove_of_user(call: Call) -> Answer:
    message = call.message(call.channel(Permission.MANAGE_MESSAGES))
    user = call.world.users.get(call.id("user_id"))
    if user is None:
        raise unknown("User", 10013)
    return _take(call, message, user)


@route("DELETE", EMOJI)
def remove_emoji(call: Call) -> Answer:
    message = call.message(call.channel(Permission.MANAGE_MESSAGES))
    call.world.clear_emoji(message, _reaction(call, message).emoji)
    return Answer(204)


@route("DELETE", ALL)
def remove_all(call: Call) -> Answer:
    message = call.message(call.channel(Permission.MANAGE_MESSAGES))
    call.world.clear_reactions(message)
    return Answer(204)

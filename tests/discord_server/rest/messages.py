"""Messages: reading in pages, writing, editing and deleting."""

from __future__ import annotations

import bisect

from tests.discord_server import objects
from tests.discord_server.model import Channel, Kind, Message, MessageKind
from tests.discord_server.permissions import Permission, allows
from tests.discord_server.rest.bodies import fill, new_message
from tests.discord_server.rest.routes import (
    Answer,
    Call,
    RefusalError,
    missing_access,
    missing_permissions,
    route,
)
from tests.discord_server.snowflakes import DAY_MS

MESSAGES = "/channels/{channel_id}/messages"
ONE = "/channels/{channel_id}/messages/{message_id}"
WITHOUT_MESSAGES = {Kind.CATEGORY, Kind.FORUM}


@route("GET", MESSAGES)
def list_messages(call: Call) -> Answer:
    """List from new to old; without READ_MESSAGE_HISTORY an empty list, not 403."""
    channel = call.channel()
    if channel.kind in WITHOUT_MESSAGES:
        raise RefusalError(400, 50008, "Cannot send messages in a non-text channel")
    limit = call.query.get("limit", 50)
    if not allows(channel, call.bot, Permission.READ_MESSAGE_HISTORY):
        return Answer(200, [])
    ids = channel.order
    if "after" in call.query:
        start = bisect.bisect_right(ids, int(call.query["after"]))
        page = ids[start : start + limit]
    elif "around" in call.query:
        middle = bisect.bisect_left(ids, int(call.query["around"]))
        start = max(0, middle - limit // 2)
        page = ids[start : start + limit]
    else:
        end = len(ids)
        if "before" in call.query:
            end = bisect.bisect_left(ids, int(call.query["before"]))
        page = ids[max(0, end - limit) : end]
    found = [channel.messages[id_] for id_ in reversed(page)]
    return Answer(200, [objects.message(message, call.viewer) for message in found])


@route("GET", ONE)
def get_message(call: Call) -> Answer:
    channel = call.channel()
    if not allows(channel, call.bot, Permission.READ_MESSAGE_HISTORY):
        raise missing_access()
    return Answer(200, objects.message(call.message(channel), call.viewer))


def _sending(channel: Channel, call: Call) -> None:
    if channel.kind in WITHOUT_MESSAGES:
        raise RefusalError(400, 50008, "Cannot send messages in a non-text channel")
    wanted = [Permission.SEND_MESSAGES]
    if call.files:
        wanted.append(Permission.ATTACH_FILES)
    if call.body.get("message_reference"):
        wanted.append(Permission.READ_MESSAGE_HISTORY)
    call.need(channel, *wanted)


@route("POST", MESSAGES)
def create_message(call: Call) -> Answer:
    channel = call.channel()
    _sending(channel, call)
    message = new_message(call.world, channel, call.bot)
    _refer(message, call)
    if (nonce := call.body.get("nonce")) is not None:
        message.nonce = str(nonce)
    fill(call.world, message, call.body, call.files, call.viewer)
    call.world.put(message)
    return Answer(200, objects.message(message, call.viewer))


def _refer(message: Message, call: Call) -> None:
    reference = call.body.get("message_reference")
    if not reference:
        return
    replied = message.channel.messages.get(int(reference["message_id"]))
    if replied is None:
        if reference.get("fail_if_not_exists", True):
            raise RefusalError(400, 50035, "Invalid Form Body: Unknown message")
        return
    message.kind = MessageKind.REPLY
    message.replies_to = replied
    message.reference = call.world.reference_to(replied)


@route("PATCH", ONE)
def edit_message(call: Call) -> Answer:
    message = call.message(call.channel())
    if message.author is not call.bot:
        raise RefusalError(403, 50005, "Cannot edit a message authored by another user")
    fill(call.world, message, call.body, call.files, call.viewer)
    call.world.announce_edit(message)
    return Answer(200, objects.message(message, call.viewer))


@route("DELETE", ONE)
def delete_message(call: Call) -> Answer:
    channel = call.channel()
    message = call.message(channel)
    if message.author is not call.bot and not allows(
        channel, call.bot, Permission.MANAGE_MESSAGES
    ):
        raise missing_permissions()
    call.world.delete(message)
    return Answer(204)


@route("POST", "/channels/{channel_id}/messages/bulk-delete")
def bulk_delete(call: Call) -> Answer:
    channel = call.channel(Permission.MANAGE_MESSAGES)
    ids = [int(id_) for id_ in call.body["messages"]]
    found = [channel.messages[id_] for id_ in ids if id_ in channel.messages]
    oldest_ms = call.world.clock.now_ms - 14 * DAY_MS
    if any(message.at_ms < oldest_ms for message in found):
        raise RefusalError(400, 50034, "You can only bulk delete messages under 14 days old.")
    call.world.bulk_delete(channel, found)
    return Answer(204)


@route("POST", "/channels/{channel_id}/typing")
def type_(call: Call) -> Answer:
    call.channel(Permission.SEND_MESSAGES)
    return Answer(204)

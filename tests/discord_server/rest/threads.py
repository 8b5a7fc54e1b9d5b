"""Threads: a guild's active ones, a channel's archived ones, and starting new ones."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tests.discord_server import objects
from tests.discord_server.model import Json, Kind, Thread
from tests.discord_server.permissions import Permission, can_view
from tests.discord_server.rest.bodies import fill, new_message
from tests.discord_server.rest.routes import Answer, Call, RefusalError, route

if TYPE_CHECKING:
    from collections.abc import Callable


def _threads_answer(call: Call, threads: list[Thread], *, more: bool) -> Answer:
    bot = call.bot.id
    return Answer(
        200,
        {
            "threads": [objects.thread(thread, call.viewer) for thread in threads],
            "members": [
                objects.thread_member(thread, bot) for thread in threads if bot in thread.joined
            ],
            "has_more": more,
        },
    )


@route("GET", "/guilds/{guild_id}/threads/active")
def active(call: Call) -> Answer:
    found = [
        thread
        for thread in call.guild().threads.values()
        if not thread.archived and can_view(thread, call.bot)
    ]
    found.sort(key=lambda thread: thread.id, reverse=True)
    return _threads_answer(call, found, more=False)


def _archived_answer(call: Call, belongs: Callable[[Thread], bool]) -> Answer:
    """List those archived before a moment, from new to old."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    found = [
        thread
        for thread in call.world.threads_of(channel)
        if thread.archived and belongs(thread)
    ]
    found.sort(key=lambda thread: thread.archived_ms, reverse=True)
    if "before" in call.query:
        before_ms = datetime.fromisoformat(call.query["before"]).timestamp() * 1000
        found = [thread for thread in found if thread.archived_ms < round(before_ms)]
    return _page(call, found)


def _page(call: Call, found: list[Thread]) -> Answer:
    limit = call.query.get("limit", 50)
    return _threads_answer(call, found[:limit], more=len(found) > limit)


@route("GET", "/channels/{channel_id}/threads/archived/public")
def archived_public(call: Call) -> Answer:
    return _archived_answer(call, lambda thread: thread.kind is not Kind.PRIVATE_THREAD)


@route("GET", "/channels/{channel_id}/threads/archived/private")
def archived_private(call: Call) -> Answer:
    call.channel(Permission.READ_MESSAGE_HISTORY, Permission.MANAGE_THREADS)
    return _archived_answer(call, lambda thread: thread.kind is Kind.PRIVATE_THREAD)


@route("GET", "/channels/{channel_id}/users/@me/threads/archived/private")
def archived_joined(call: Call) -> Answer:
    """List those that the bot has joined with ids below one, by descending id."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    found = [
        thread
        for thread in call.world.threads_of(channel)
        if thread.archived
        and thread.kind is Kind.PRIVATE_THREAD
        and call.bot.id in thread.joined
    ]
    found.sort(key=lambda thread: thread.id, reverse=True)
    if "before" in call.query:
        found = [thread for thread in found if thread.id < int(call.query["before"])]
    return _page(call, found)


def _created_answer(call: Call, thread: Thread, extra: Json | None = None) -> Answer:
    return Answer(201, objects.thread(thread, call.viewer) | (extra or {}))


@route("POST", "/channels/{channel_id}/threads")
def create(call: Call) -> Answer:
    channel = call.channel(Permission.VIEW_CHANNEL)
    body = call.body
    if channel.kind is Kind.FORUM:
        call.need(channel, Permission.SEND_MESSAGES)
        draft = new_message(call.world, channel, call.bot)
        fill(call.world, draft, body["message"], call.files, call.viewer)
        tags = tuple(int(tag) for tag in body.get("applied_tags") or ())
        post = call.world.forum_post(channel, call.bot, body["name"], draft, tags=tags)
        return _created_answer(call, post, {"message": objects.message(draft, call.viewer)})
    private = body.get("type") in {None, Kind.PRIVATE_THREAD}  # Discord's default is private
    call.need(
        channel,
        Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS,
    )
    return _created_answer(
        call, call.world.create_thread(channel, call.bot, body["name"], private=private)
    )


@route("POST", "/channels/{channel_id}/messages/{message_id}/threads")
def create_on_message(call: Call) -> Answer:
    channel = call.channel(Permission.CREATE_PUBLIC_THREADS)
    message = call.message(channel)
    if message.thread is not None:
        raise RefusalError(400, 160004, "A thread has already been created for this message")
    thread = call.world.create_thread(channel, call.bot, call.body["name"], message=message)
    return _created_answer(call, thread)


@route("PUT", "/channels/{channel_id}/thread-members/@me")
def join(call: Call) -> Answer:
    call.thread().joined.setdefault(call.bot.id, call.world.clock.now_ms)
    return Answer(204)


@route("DELETE", "/channels/{channel_id}/thread-members/@me")
def leave(call: Call) -> Answer:
    call.thread().joined.pop(call.bot.id, None)
    return Answer(204)

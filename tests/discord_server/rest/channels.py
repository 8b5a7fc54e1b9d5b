"""Channels and threads by their id."""

from __future__ import annotations

from tests.discord_server import objects
from tests.discord_server.model import Thread
from tests.discord_server.permissions import Permission
from tests.discord_server.rest.routes import Answer, Call, RefusalError, route


@route("GET", "/channels/{channel_id}")
def get_channel(call: Call) -> Answer:
    return Answer(200, objects.channel(call.channel(), call.viewer))


@route("PATCH", "/channels/{channel_id}")
def edit_channel(call: Call) -> Answer:
    """Change the name, and whether a thread is archived or locked."""
    channel = call.channel()
    body = call.body
    if not isinstance(channel, Thread):
        call.need(channel, Permission.MANAGE_CHANNELS)
        call.world.edit_channel(channel, name=body.get("name"), nsfw=body.get("nsfw"))
        return Answer(200, objects.channel(channel, call.viewer))
    if channel.owner_id != call.bot.id:
        call.need(channel, Permission.MANAGE_THREADS)
    channel.name = body.get("name") or channel.name
    if body.get("archived", channel.archived):
        call.world.archive(channel, locked=bool(body.get("locked", channel.locked)))
    else:
        call.world.unarchive(channel)
    return Answer(200, objects.channel(channel, call.viewer))


@route("DELETE", "/channels/{channel_id}")
def delete_channel(call: Call) -> Answer:
    channel = call.channel()
    if channel.guild is None:
        raise RefusalError(403, 50003, "Cannot execute action on a DM channel")
    written = objects.channel(channel, call.viewer)
    if isinstance(channel, Thread):
        call.need(channel, Permission.MANAGE_THREADS)
        call.world.delete_thread(channel)
    else:
        call.need(channel, Permission.MANAGE_CHANNELS)
        call.world.delete_channel(channel)
    return Answer(200, written)

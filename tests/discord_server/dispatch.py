"""What the gateway sends when the world changes: event names, intents, recipients, payloads.

An `Announcement` does not depend on sessions; `payload` is called once per kind of recipient,
because content is blanked for those without the message content intent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING

from tests.discord_server import objects, people
from tests.discord_server.permissions import can_view
from tests.discord_server.snowflakes import iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.discord_server.model import (
        Channel,
        Emoji,
        Guild,
        Json,
        Member,
        Message,
        Role,
        Thread,
        User,
    )
    from tests.discord_server.objects import Viewer


class Intent(IntFlag):
    GUILDS = 1 << 0
    MEMBERS = 1 << 1
    EXPRESSIONS = 1 << 3
    PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_REACTIONS = 1 << 10
    DIRECT_MESSAGES = 1 << 12
    DIRECT_REACTIONS = 1 << 13
    CONTENT = 1 << 15


@dataclass(frozen=True)
class Announcement:
    """One event; `intent` 0 goes to everyone, `channel` limits it to those who can view it."""

    name: str
    payload: Callable[[Viewer], Json]
    intent: int
    guild: Guild | None = None
    channel: Channel | None = None
    by_content: bool = False
    """Whether the payload differs by what the listener may read."""

    def visible_to(self, bot: User) -> bool:
        return self.channel is None or can_view(self.channel, bot)


def _guild_id(channel: Channel) -> Json:
    return {} if channel.guild is None else {"guild_id": str(channel.guild.id)}


def _with_members(written: Json, record: Message) -> Json:
    """Add what only the gateway sends with a message: guild, author's and mentioned members."""
    guild = record.channel.guild
    if guild is None:
        return written
    written |= {"guild_id": str(guild.id)}
    if record.author.id in guild.members and record.author.webhook_id is None:
        written["member"] = people.partial_member(guild.members[record.author.id])
    written["mentions"] = [
        people.user(mentioned)
        | (
            {"member": people.partial_member(guild.members[mentioned.id])}
            if mentioned.id in guild.members
            else {}
        )
        for mentioned in record.mentions
    ]
    return written


def message(name: str, record: Message) -> Announcement:
    """Announce MESSAGE_CREATE or MESSAGE_UPDATE, which carry the whole message."""
    direct = record.channel.guild is None
    return Announcement(
        name,
        lambda viewer: _with_members(objects.message(record, viewer), record),
        Intent.DIRECT_MESSAGES if direct else Intent.GUILD_MESSAGES,
        record.channel.guild,
        record.channel,
        by_content=True,
    )


def messages_deleted(channel: Channel, ids: list[int], *, bulk: bool) -> Announcement:
    which: Json = {"ids": [str(id_) for id_ in ids]} if bulk else {"id": str(ids[0])}
    body = which | {"channel_id": str(channel.id)} | _guild_id(channel)
    return Announcement(
        "MESSAGE_DELETE_BULK" if bulk else "MESSAGE_DELETE",
        lambda _: body,
        Intent.DIRECT_MESSAGES if channel.guild is None else Intent.GUILD_MESSAGES,
        channel.guild,
        channel,
    )


def reaction(name: str, record: Message, body: Json) -> Announcement:
    """Announce one of the four reaction events; `body` has the fields particular to it."""
    channel = record.channel
    whole = (
        body
        | {"channel_id": str(channel.id), "message_id": str(record.id)}
        | _guild_id(channel)
    )
    return Announcement(
        name,
        lambda _: whole,
        Intent.DIRECT_REACTIONS if channel.guild is None else Intent.GUILD_REACTIONS,
        channel.guild,
        channel,
    )


def reaction_change(
    record: Message, user: User, emoji: Emoji, *, burst: bool, added: bool
) -> Announcement:
    body: Json = {
        "user_id": str(user.id),
        "emoji": people.reaction_emoji(emoji),
        "burst": burst,
        "type": int(burst),
    }
    guild = record.channel.guild
    if added:
        if record.author.webhook_id is None:
            body["message_author_id"] = str(record.author.id)
        if guild is not None and user.id in guild.members:
            body["member"] = people.member(guild.members[user.id])
        if burst:
            body["burst_colors"] = ["#ffcc4d"]
    return reaction(f"MESSAGE_REACTION_{'ADD' if added else 'REMOVE'}", record, body)


def member(name: str, guild: Guild, record: Member) -> Announcement:
    """Announce GUILD_MEMBER_ADD or GUILD_MEMBER_UPDATE."""
    body = people.member(record) | {"guild_id": str(guild.id)}
    return Announcement(name, lambda _: body, Intent.MEMBERS, guild)


def member_removed(guild: Guild, user: User) -> Announcement:
    body = {"guild_id": str(guild.id), "user": people.user(user)}
    return Announcement("GUILD_MEMBER_REMOVE", lambda _: body, Intent.MEMBERS, guild)


def role(name: str, guild: Guild, record: Role) -> Announcement:
    body: Json = {"guild_id": str(guild.id)}
    if name == "GUILD_ROLE_DELETE":
        body["role_id"] = str(record.id)
    else:
        body["role"] = people.role(record)
    return Announcement(name, lambda _: body, Intent.GUILDS, guild)


def emojis(guild: Guild) -> Announcement:
    body = {
        "guild_id": str(guild.id),
        "emojis": [people.emoji(emoji) for emoji in guild.emojis.values()],
    }
    return Announcement("GUILD_EMOJIS_UPDATE", lambda _: body, Intent.EXPRESSIONS, guild)


def channel(name: str, record: Channel) -> Announcement:
    """Announce CHANNEL_*, which bots also get for channels that they cannot view."""
    return Announcement(
        name, lambda viewer: objects.channel(record, viewer), Intent.GUILDS, record.guild
    )


def thread(name: str, record: Thread) -> Announcement:
    """Announce THREAD_CREATE, THREAD_UPDATE or THREAD_DELETE."""

    def payload(viewer: Viewer) -> Json:
        if name == "THREAD_DELETE":
            return {
                "id": str(record.id),
                "guild_id": str(record.home.id),
                "parent_id": str(record.base.id),
                "type": int(record.kind),
            }
        written = objects.thread(record, viewer)
        return written | {"newly_created": True} if name == "THREAD_CREATE" else written

    return Announcement(name, payload, Intent.GUILDS, record.guild, record)


def guild_created(guild: Guild, bot: User, *, joined_now: bool) -> Announcement:
    """Announce GUILD_CREATE: everything about a guild, with only the bot among its members.

    Without the presences intent Discord sends no other members here; the client asks for them.
    For a guild that the bot has just joined, `unavailable` is absent; after an outage, False.
    """

    def payload(viewer: Viewer) -> Json:
        channels = []
        for channel in guild.channels.values():
            written = objects.channel(channel, viewer)
            del written["guild_id"]  # as in Discord's own payload
            channels.append(written)
        written = objects.guild(guild) | {
            "joined_at": iso(guild.joined_ms),
            "large": len(guild.members) > 250,
            "member_count": len(guild.members),
            "voice_states": [],
            "members": [people.member(guild.members[bot.id])],
            "channels": channels,
            "threads": [
                objects.thread(thread, viewer)
                for thread in guild.threads.values()
                if not thread.archived and can_view(thread, bot)
            ],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }
        return written if joined_now else written | {"unavailable": False}

    return Announcement("GUILD_CREATE", payload, Intent.GUILDS, guild)


def guild_updated(guild: Guild) -> Announcement:
    return Announcement("GUILD_UPDATE", lambda _: objects.guild(guild), Intent.GUILDS, guild)


def guild_deleted(guild: Guild, *, unavailable: bool = False) -> Announcement:
    """Announce GUILD_DELETE: the bot was removed or, with `unavailable`, there is an outage."""
    body: Json = {"id": str(guild.id)} | ({"unavailable": True} if unavailable else {})
    return Announcement("GUILD_DELETE", lambda _: body, Intent.GUILDS, guild)

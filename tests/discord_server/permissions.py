"""Which permissions a member has in a channel, by Discord's documented algorithm.

Permission bits carry Discord's names. Not modelled: timeouts, and the implicit denials of
channels other than "cannot view, so nothing".
"""

from __future__ import annotations

from enum import IntFlag

from tests.discord_server.model import Channel, Guild, Kind, Thread, User


class Permission(IntFlag):
    ADD_REACTIONS = 1 << 6
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CONNECT = 1 << 20
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38


EVERYTHING = (1 << 50) - 1
MEMBER_DEFAULT = int(
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.CONNECT
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What @everyone of a new guild may do, and so what the bot may do unless a test changes it."""


def in_guild(guild: Guild, user_id: int) -> int:
    """Return a member's permissions apart from any channel; 0 for others."""
    member = guild.members.get(user_id)
    if member is None:
        return 0
    if guild.owner_id == user_id:
        return EVERYTHING
    permissions = guild.everyone.permissions
    for role in member.roles:
        permissions |= role.permissions
    return EVERYTHING if permissions & Permission.ADMINISTRATOR else permissions


def in_channel(channel: Channel, user_id: int) -> int:
    """Return a member's permissions in a channel; a thread has its parent's."""
    if channel.guild is None:
        return EVERYTHING
    if isinstance(channel, Thread):
        return _in_thread(channel, user_id)
    permissions = in_guild(channel.guild, user_id)
    if permissions in {0, EVERYTHING}:
        return permissions

    def apply(allow: int, deny: int) -> None:
        nonlocal permissions
        permissions = (permissions & ~deny) | allow

    overwrites = channel.overwrites
    if everyone := overwrites.get(channel.guild.id):
        apply(everyone.allow, everyone.deny)
    roles = [
        overwrites[role.id]
        for role in channel.guild.members[user_id].roles
        if role.id in overwrites
    ]
    allow = deny = 0
    for overwrite in roles:
        allow |= overwrite.allow
        deny |= overwrite.deny
    apply(allow, deny)
    if own := overwrites.get(user_id):
        apply(own.allow, own.deny)
    return permissions if permissions & Permission.VIEW_CHANNEL else 0


def _in_thread(thread: Thread, user_id: int) -> int:
    permissions = in_channel(thread.base, user_id)
    if permissions & Permission.SEND_MESSAGES_IN_THREADS:
        permissions |= Permission.SEND_MESSAGES
    else:
        permissions &= ~Permission.SEND_MESSAGES
    outsider = user_id not in thread.joined and not permissions & Permission.MANAGE_THREADS
    return 0 if thread.kind is Kind.PRIVATE_THREAD and outsider else permissions


def allows(channel: Channel, user: User, wanted: int) -> bool:
    return in_channel(channel, user.id) & wanted == wanted


def can_view(channel: Channel, user: User) -> bool:
    if channel.guild is None:
        return True
    return allows(channel, user, Permission.VIEW_CHANNEL)

"""Who may see a channel or thread, by the permissions that Discord tells now."""

from collections.abc import Sequence
from typing import Final

import discord

from storage.place_tree import PlaceStep

_OPEN_THREADS: Final = frozenset({"thread", "announcement thread"})
"""Types of threads that whoever sees their channel may see."""


def may_see(guild: discord.Guild, path: Sequence[PlaceStep], account: str | None) -> bool:
    """Tell whether somebody may see a place and read what was written in it.

    Whatever is not known (a channel that was deleted, a private thread that is archived) is
    seen by nobody.

    Parameters
    ----------
    guild
        The server.
    path
        The place and those around it, from the inside out. An archived thread is not in
        discord.py's memory, so that its channel decides.
    account
        Id of a member; None for everybody. A member who is not known may see what everybody
        may see.
    """
    member = None
    if account is not None and account.isdecimal():
        member = guild.get_member(int(account))
    for step in path:
        channel = guild.get_channel_or_thread(int(step.id)) if step.id.isdecimal() else None
        if channel is not None:
            return _may_read(channel, guild.default_role if member is None else member)
        if step.type not in _OPEN_THREADS:
            return False
    return False


def _may_read(
    channel: discord.abc.GuildChannel | discord.Thread, who: discord.Member | discord.Role
) -> bool:
    if isinstance(channel, discord.Thread):
        parent = channel.parent
        if parent is None or not _may_read(parent, who):
            return False
        if not channel.is_private():
            return True
        if isinstance(who, discord.Role):
            return False
        is_in = any(member.id == who.id for member in channel.members)
        return is_in or parent.permissions_for(who).manage_threads
    permissions = channel.permissions_for(who)
    may_read = permissions.view_channel and permissions.read_message_history
    if isinstance(channel, discord.VoiceChannel | discord.StageChannel):
        return may_read and permissions.connect  # or Discord shows no text of it
    return may_read

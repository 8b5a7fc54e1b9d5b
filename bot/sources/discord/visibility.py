"""Who may see a channel or thread, by the permissions that Discord tells now."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

import discord

from storage.place_tree import PlaceStep

_Place: TypeAlias = discord.abc.GuildChannel | discord.Thread
_Reader: TypeAlias = discord.Member | discord.Role

_OPEN_THREADS: Final = frozenset({"thread", "announcement thread"})
"""Types of threads that whoever sees their channel may see."""


def may_see(
    guild: discord.Guild,
    path: Sequence[PlaceStep],
    account: str | None,
    here: Sequence[PlaceStep] = (),
) -> bool:
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
        Id of a member; None for all who may read `here`. A member who is not known may see
        what everybody may see.
    here
        Another place, as a path; if it is not known, everybody may read it.
    """
    place = _find(guild, path)
    if place is None:
        return False
    if account is not None:
        member = guild.get_member(int(account)) if account.isdecimal() else None
        return _may_read(place, guild.default_role if member is None else member)
    around = _find(guild, here)
    if around is None or _may_read(around, guild.default_role):
        # Nearly always this alone decides.
        if not _may_read(place, guild.default_role):
            return False
        if around is None:
            return True
    possible = _possible_readers(guild, place, around)
    readers = [reader for reader in possible if _may_read(around, reader)]
    return all(_may_read(place, reader) for reader in readers or [guild.default_role])


def _find(guild: discord.Guild, path: Sequence[PlaceStep]) -> _Place | None:
    """Return the channel or thread whose permissions decide about a place."""
    for step in path:
        found = guild.get_channel_or_thread(int(step.id)) if step.id.isdecimal() else None
        if found is not None:
            return found
        if step.type not in _OPEN_THREADS:
            return None
    return None


def _possible_readers(guild: discord.Guild, place: _Place, around: _Place) -> Iterator[_Reader]:
    """Yield who decides whether all readers of one place may read another.

    That is everybody with one role alone, which anybody may be given, and those members for
    whom a role or an exception of their own takes a permission away.
    """
    yield from (role for role in guild.roles if not role.is_bot_managed())
    if isinstance(around, discord.Thread):
        # If it is private, these read it, and whoever may manage threads.
        found = (guild.get_member(member.id) for member in around.members)
        yield from (member for member in found if member is not None)
    for channel in (place, around):
        for target, overwrite in _overwrites(channel).items():
            if isinstance(target, discord.Member):
                yield target
            elif isinstance(target, discord.Role) and not target.is_default():
                _, denied = overwrite.pair()
                if channel is place and (denied & _READING).value:
                    yield from (member for member in target.members if not member.bot)


_READING: Final = discord.Permissions(
    view_channel=True, read_message_history=True, connect=True
)
"""The permissions that reading may need."""


def _overwrites(
    place: _Place,
) -> dict[discord.Role | discord.Member | discord.Object, discord.PermissionOverwrite]:
    channel = place.parent if isinstance(place, discord.Thread) else place
    return {} if channel is None else channel.overwrites


def _may_read(place: _Place, who: _Reader) -> bool:
    if isinstance(place, discord.Thread):
        parent = place.parent
        if parent is None or not _may_read(parent, who):
            return False
        if not place.is_private():
            return True
        is_in = any(member.id == who.id for member in place.members)
        return is_in or parent.permissions_for(who).manage_threads
    permissions = place.permissions_for(who)
    may_read = permissions.view_channel and permissions.read_message_history
    if isinstance(place, discord.VoiceChannel | discord.StageChannel):
        return may_read and permissions.connect  # or Discord shows no text of it
    return may_read

"""The places of a server, and which of them can be read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import discord

Parent = discord.TextChannel | discord.ForumChannel
"""A channel that has threads; announcement and media channels are of these classes, too."""


@dataclass(frozen=True, slots=True)
class PlaceRef:
    """A channel or thread to read."""

    id: str
    name: str
    last_message: int | None
    """Id of the last message ever posted there; None: there never was one."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that has messages or threads."""

    place: PlaceRef
    path: tuple[str, ...]
    """Its id, and that of its category if it is in one."""
    has_messages: bool
    readable: bool
    nsfw: bool
    parent: Parent | None
    """The channel itself if it can have threads."""
    all_private: bool
    """Whether private threads can be listed without being in them."""


class Nicknames(Mapping[str, str]):
    """Nicknames of a server's members by account, as they are at the moment.

    Reading history takes hours, in which people change their names.
    """

    def __init__(self, guild: discord.Guild) -> None:
        self._guild = guild

    def __getitem__(self, account: str) -> str:
        """Return a member's nickname; KeyError where there is none."""
        member = self._guild.get_member(int(account))
        if member is None or member.nick is None:
            raise KeyError(account)
        return member.nick

    def __iter__(self) -> Iterator[str]:
        """Return the accounts that have one."""
        return (str(member.id) for member in self._guild.members if member.nick is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def channels(guild: discord.Guild, place: str | None = None) -> Iterator[Channel]:
    """Return all channels that can have messages or threads, or the one given."""
    wanted = guild.channels if place is None else [guild.get_channel(int(place))]
    for channel in wanted:
        if channel is None or isinstance(channel, discord.CategoryChannel):
            continue
        allowed = channel.permissions_for(guild.me)
        yield Channel(
            PlaceRef(str(channel.id), channel.name, channel.last_message_id),
            (str(channel.id), *([str(channel.category_id)] if channel.category_id else [])),
            has_messages=not isinstance(channel, discord.ForumChannel),
            readable=allowed.read_messages
            and allowed.read_message_history
            and (
                allowed.connect
                or not isinstance(channel, discord.VoiceChannel | discord.StageChannel)
            ),
            nsfw=channel.is_nsfw(),
            parent=None
            if isinstance(channel, discord.VoiceChannel | discord.StageChannel)
            else channel,
            all_private=allowed.manage_threads,
        )

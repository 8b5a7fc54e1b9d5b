"""The places of a server: which of them can be read, and their archived threads."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord.http import HTTPClient

from bot.sources.discord import parse

NO_PERMISSION: Final = "no permission to read the channel"
"""Reason of a gap in the log."""

_PAGE: Final = 100

Ask = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Calls the REST API, as `Dependencies.ask` does."""

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


def active_threads(parent: Parent) -> Iterator[PlaceRef]:
    """Return a channel's threads that are not archived."""
    for thread in parent.threads:
        yield PlaceRef(str(thread.id), thread.name, thread.last_message_id)


async def archived_threads(
    http: HTTPClient, channel: Channel, since_ms: int, ask: Ask
) -> list[Any]:
    """Return Discord's objects of a channel's threads that were archived after a moment.

    Private ones are found where the bot may manage threads, or was in them.

    Raises
    ------
    discord.Forbidden
        If the channel may not be read.
    """
    threads = await _list_threads(http.get_public_archived_threads, channel, since_ms, ask)
    if isinstance(channel.parent, discord.TextChannel):
        if channel.all_private:
            listing = http.get_private_archived_threads
            threads += await _list_threads(listing, channel, since_ms, ask)
        else:
            threads += await _list_joined_threads(http, channel, since_ms, ask)
    return threads


def archived_ms(thread: Any) -> int:
    """Return when a thread was archived, or last brought back."""
    return parse.timestamp_ms(thread["thread_metadata"]["archive_timestamp"])


async def _list_threads(
    listing: Callable[..., Any], channel: Channel, since_ms: int, ask: Ask
) -> list[Any]:
    """Read all pages of a list of threads; the last archived comes first."""
    found: list[Any] = []
    before: str | None = None
    while True:
        answer = await ask(lambda before=before: listing(channel.place.id, before, _PAGE))  # type: ignore[misc] # mypy can't infer it
        threads = answer["threads"]
        found += [thread for thread in threads if archived_ms(thread) > since_ms]
        if not answer.get("has_more") or not threads or archived_ms(threads[-1]) <= since_ms:
            return found
        before = threads[-1]["thread_metadata"]["archive_timestamp"]


async def _list_joined_threads(
    http: HTTPClient, channel: Channel, since_ms: int, ask: Ask
) -> list[Any]:
    """Read all pages of the private threads that the bot is in; the newest comes first."""
    found: list[Any] = []
    before: str | None = None
    while True:
        answer = await ask(
            lambda before=before: http.get_joined_private_archived_threads(  # type: ignore[misc] # mypy can't infer it
                channel.place.id, before, _PAGE
            )
        )
        threads = answer["threads"]
        found += [thread for thread in threads if archived_ms(thread) > since_ms]
        if not answer.get("has_more") or not threads:
            return found
        before = threads[-1]["id"]

"""Which places of a server can be read, which not, and threads that are archived; nicknames."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord.http import HTTPClient

from bot.sources.discord import parse
from bot.sources.discord.history import Spot

NO_PERMISSION: Final = "no permission to read the channel"
"""Reason of a gap."""

_PAGE: Final = 100

Ask = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Calls REST, patiently."""

Parent = discord.TextChannel | discord.ForumChannel
"""A channel that has threads; announcement and media channels are of these classes, too."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel with messages or threads of its own."""

    spot: Spot
    has_messages: bool
    readable: bool
    nsfw: bool
    parent: Parent | None
    """Itself, if it has threads."""
    all_private: bool
    """Private threads can be listed without being in them."""


class Nicknames(Mapping[str, str]):
    """What members are called on a server, by account, at the moment of asking.

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
    """Return the channels that are worth reading, or the one given, as discord.py has them."""
    wanted = guild.channels if place is None else [guild.get_channel(int(place))]
    for channel in wanted:
        if channel is None or isinstance(channel, discord.CategoryChannel):
            continue
        allowed = channel.permissions_for(guild.me)
        yield Channel(
            Spot(str(channel.id), channel.name, channel.last_message_id),
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


def active_threads(parent: Parent) -> Iterator[Spot]:
    """Return a channel's threads that are not archived."""
    for thread in parent.threads:
        yield Spot(str(thread.id), thread.name, thread.last_message_id)


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
    found = await _listed(http.get_public_archived_threads, channel, since_ms, ask)
    if isinstance(channel.parent, discord.TextChannel):
        if channel.all_private:
            found += await _listed(http.get_private_archived_threads, channel, since_ms, ask)
        else:
            found += await _joined(http, channel, since_ms, ask)
    return found


def archived_ms(thread: Any) -> int:  # noqa: ANN401 - Discord's JSON
    """Return when a thread was archived, or last brought back."""
    return parse.timestamp_ms(thread["thread_metadata"]["archive_timestamp"])


async def _listed(
    listing: Callable[..., Any], channel: Channel, since_ms: int, ask: Ask
) -> list[Any]:
    """Page through threads, the last archived first."""
    found: list[Any] = []
    before: str | None = None
    while True:
        answer = await ask(lambda before=before: listing(channel.spot.place, before, _PAGE))  # type: ignore[misc] # mypy can't infer it
        threads = answer["threads"]
        found += [thread for thread in threads if archived_ms(thread) > since_ms]
        if not answer.get("has_more") or not threads or archived_ms(threads[-1]) <= since_ms:
            return found
        before = threads[-1]["thread_metadata"]["archive_timestamp"]


async def _joined(http: HTTPClient, channel: Channel, since_ms: int, ask: Ask) -> list[Any]:
    """Page through the private threads that the bot is in, the newest first."""
    found: list[Any] = []
    before: str | None = None
    while True:
        answer = await ask(
            lambda before=before: http.get_joined_private_archived_threads(  # type: ignore[misc] # mypy can't infer it
                channel.spot.place, before, _PAGE
            )
        )
        threads = answer["threads"]
        found += [thread for thread in threads if archived_ms(thread) > since_ms]
        if not answer.get("has_more") or not threads:
            return found
        before = threads[-1]["id"]

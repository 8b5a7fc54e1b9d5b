"""The threads of a channel: those that are active, and which archived ones are to be read."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import discord
from discord.http import HTTPClient

from bot.sources.discord.message_parts import timestamp_ms
from bot.sources.discord.reading.dependencies import Dependencies
from bot.sources.discord.reading.places import Channel, Parent, PlaceRef

_log = logging.getLogger(__name__)

_PAGE: Final = 100

Ask = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Calls the REST API, as `Dependencies.ask` does."""


def threads_cursor(channel: str) -> str:
    """Return the name of the cursor that says until when archived threads were read."""
    return f"threads:{channel}"


def threads_begin_cursor(channel: str) -> str:
    """Return the name of the cursor that says from which message on those threads were read."""
    return f"threads-begin:{channel}"


@dataclass(slots=True)
class ArchivedThreads:
    """A channel's archived threads that are to be read."""

    threads: list[Any] = field(default_factory=list)
    """Discord's objects."""
    cursors: dict[str, str] = field(default_factory=dict)
    """Cursors as they are once all of these are read."""


def active_threads(parent: Parent) -> Iterator[PlaceRef]:
    """Return a channel's threads that are not archived."""
    for thread in parent.threads:
        yield PlaceRef(str(thread.id), thread.name, thread.last_message_id)


def thread_ref(thread: Any) -> PlaceRef:
    """Return a thread to read, made of Discord's object."""
    last = thread.get("last_message_id")
    return PlaceRef(str(thread["id"]), thread.get("name", ""), int(last) if last else None)


async def list_archived(
    channel: Channel, cursors: Mapping[str, str], wanted: int, dependencies: Dependencies
) -> ArchivedThreads:
    """Find the archived threads to be read, and the cursors that say so afterwards.

    Parameters
    ----------
    channel
        The channel; none of its threads are found where they may not be listed.
    cursors
        As they are now.
    wanted
        Only messages after this one are.
    dependencies
        What reading depends on.
    """
    archived = ArchivedThreads()
    until, begin = threads_cursor(channel.place.id), threads_begin_cursor(channel.place.id)
    since_ms = int(cursors.get(until, -1))
    read_from = int(cursors.get(begin, wanted))
    if read_from > wanted:
        since_ms = -1  # something older is to be read in all of them
    try:
        archived.threads = await _archived_threads(
            dependencies.http, channel, since_ms, dependencies.ask
        )
    except discord.Forbidden:
        # Asking again would not help, and Discord counts refusals.
        _log.warning("threads of %s may not be listed", channel.place.id)
        return archived
    if archived.threads:
        archived.cursors[until] = str(max(map(_archived_ms, archived.threads)))
        # Those read before reach back as far as then, these as far as now.
        archived.cursors[begin] = str(max(read_from, wanted))
    if since_ms < 0:
        archived.cursors[begin] = str(wanted)
    for name in list(archived.cursors):
        if cursors.get(name) == archived.cursors[name]:
            del archived.cursors[name]
    return archived


async def _archived_threads(
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


def _archived_ms(thread: Any) -> int:
    """Return when a thread was archived, or last brought back."""
    return timestamp_ms(thread["thread_metadata"]["archive_timestamp"])


async def _list_threads(
    listing: Callable[..., Any], channel: Channel, since_ms: int, ask: Ask
) -> list[Any]:
    """Read all pages of a list of threads; the last archived comes first."""
    found: list[Any] = []
    before: str | None = None
    while True:
        answer = await ask(lambda before=before: listing(channel.place.id, before, _PAGE))  # type: ignore[misc] # mypy can't infer it
        threads = answer["threads"]
        found += [thread for thread in threads if _archived_ms(thread) > since_ms]
        if not answer.get("has_more") or not threads or _archived_ms(threads[-1]) <= since_ms:
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
        found += [thread for thread in threads if _archived_ms(thread) > since_ms]
        if not answer.get("has_more") or not threads:
            return found
        before = threads[-1]["id"]

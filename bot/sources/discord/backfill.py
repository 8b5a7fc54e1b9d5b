"""Reads what was missed of one server: members, places, and every place's messages.

One *sweep* goes over the whole server. It is made after every connection, resumed or not, and
can be broken off at any point: what was read is recorded, and cursors say where to go on.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import aiohttp
import discord

from bot.community.settings.definitions import date_ms
from bot.sources.discord import parse
from bot.sources.discord.declaration import NAME
from bot.sources.discord.history import (
    ContradictionError,
    Dependencies,
    PlaceReader,
    Reach,
    Spot,
)
from bot.sources.discord.parse import Context
from bot.sources.discord.places import (
    NO_PERMISSION,
    Channel,
    active_threads,
    archived_ms,
    archived_threads,
    channels,
)
from bot.sources.discord.recorder import Touched
from bot.sources.discord.settings import HISTORY_START, NSFW, REACTION_DAYS
from cred.facts.events import Provenance
from storage.log.batch import Batch, Gap

_log = logging.getLogger(__name__)

OFFLINE: Final = "reactions added and taken back again while the bot was offline"
"""Reason of a gap: nothing tells of these."""

_AT_ONCE: Final = 3
"""Places read at the same time; Discord's limits are per channel."""

_MEMBERS: Final = 1000
_TOGETHER: Final = 500
"""Threads noted in one batch."""
_DAY_MS: Final = 24 * 60 * 60 * 1000


def threads_cursor(channel: str) -> str:
    """Return the name of the cursor that says until when archived threads were read."""
    return f"threads:{channel}"


def threads_begin_cursor(channel: str) -> str:
    """Return the name of the cursor that says from which message on those threads were read."""
    return f"threads-begin:{channel}"


@dataclass(slots=True)
class _Known:
    """What is known when a sweep begins."""

    cursors: Mapping[str, str]
    refused: dict[str, int]
    """Place → number of its open gap for want of a permission."""
    reach: Reach
    generation: int
    complete: bool = True
    seats: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))


@dataclass(slots=True)
class _Archived:
    """A channel's archived threads."""

    threads: list[Any] = field(default_factory=list)
    """Discord's objects of those to be read."""
    cursors: dict[str, str] = field(default_factory=dict)
    """What is known once they are."""


class Backfill:
    """Sweeps one server.

    Parameters
    ----------
    guild
        The server, as discord.py knows it.
    dependencies
        What reading depends on.
    reads_members
        The members intent is on, so members can be listed.
    reported
        Places that were reported as not readable, so that each is reported once.
    """

    def __init__(
        self,
        guild: discord.Guild,
        dependencies: Dependencies,
        *,
        reads_members: bool,
        reported: set[str],
    ) -> None:
        self._guild = guild
        self._dependencies = dependencies
        self._reads_members = reads_members
        self._reported = reported

    async def sweep(self, *, again: bool, offline_ms: int | None) -> bool:
        """Read everything that was missed; return whether nothing was left out for trouble.

        Parameters
        ----------
        again
            Read the messages of the last days again, for edits, deletions and reactions.
        offline_ms
            When we last were known to listen, if events may have been missed since.
        """
        dependencies = self._dependencies
        now_ms = dependencies.now_ms()
        known = _Known(
            await dependencies.inlet.cursors(),
            {
                recorded_gap.gap.place: recorded_gap.number
                for recorded_gap in await dependencies.inlet.open_gaps()
                if recorded_gap.gap.reason == NO_PERMISSION
                and recorded_gap.gap.place is not None
            },
            self._reach(now_ms, again=again),
            dependencies.recorder.generation,
        )
        if offline_ms is not None and offline_ms < now_ms:
            gap = Gap(NAME, None, offline_ms, now_ms, OFFLINE)
            await dependencies.recorder.read(lambda: Batch(gaps=(gap,)))
        await self._forget_deleted(known)
        if again:
            known.complete &= await self._tried(self._members, "members")
        takes_nsfw = bool(dependencies.inlet.setting(NSFW))
        async with asyncio.TaskGroup() as group:
            for channel in channels(self._guild):
                if not channel.nsfw or takes_nsfw:
                    group.create_task(self._channel(channel, known))
        return known.complete

    def _reach(self, now_ms: int, *, again: bool) -> Reach:
        begin_ms = date_ms(self._dependencies.inlet.setting(HISTORY_START))
        begin = 0 if begin_ms is None else max(parse.snowflake(begin_ms) - 1, 0)
        days = self._dependencies.inlet.setting(REACTION_DAYS)
        window = parse.snowflake(now_ms - int(str(days)) * _DAY_MS) - 1
        return Reach(begin, max(window, 0) if again else None)

    async def _channel(self, channel: Channel, known: _Known) -> None:
        """Read a channel and its threads."""
        if not channel.readable:
            await self._refused(channel.spot)
            return
        spots = [channel.spot] if channel.has_messages else []
        archived = _Archived()
        all_listed = True
        if channel.parent is not None:
            spots += active_threads(channel.parent)

            async def listing() -> None:
                await self._list_archived(channel, known, archived)

            async with known.seats:
                all_listed = await self._tried(listing, f"threads of {channel.spot.place}")
            known.complete &= all_listed
            await self._noted(archived.threads)
            spots += [_spot(thread) for thread in archived.threads]
        done = await asyncio.gather(*(self._place(spot, known) for spot in spots))
        # Only when all are read may the next sweep stop at the youngest of them.
        if archived.cursors and all(done) and all_listed:
            batch = Batch(cursors={(NAME, one): to for one, to in archived.cursors.items()})
            await self._dependencies.recorder.read(lambda: batch)
        if not channel.has_messages:
            await self._closed(channel.spot.place, known)

    async def _list_archived(self, channel: Channel, known: _Known, found: _Archived) -> None:
        """Find the archived threads that are to be read, and the cursors that say so then."""
        until = threads_cursor(channel.spot.place)
        begin = threads_begin_cursor(channel.spot.place)
        since_ms = int(known.cursors.get(until, -1))
        read_from = int(known.cursors.get(begin, known.reach.begin))
        if read_from > known.reach.begin:
            since_ms = -1  # something older is to be read in all of them
        try:
            found.threads = await archived_threads(
                self._dependencies.http, channel, since_ms, self._dependencies.ask
            )
        except discord.Forbidden:
            # Asking again would not help, and Discord counts refusals.
            _log.warning("threads of %s may not be listed", channel.spot.place)
            return
        if found.threads:
            found.cursors[until] = str(max(map(archived_ms, found.threads)))
            # Those read before reach back as far as then, these as far as now.
            found.cursors[begin] = str(max(read_from, known.reach.begin))
        if since_ms < 0:
            found.cursors[begin] = str(known.reach.begin)
        for name in list(found.cursors):
            if known.cursors.get(name) == found.cursors[name]:
                del found.cursors[name]

    async def _place(self, spot: Spot, known: _Known) -> bool:
        """Read one place; return whether there was no trouble."""
        reader = PlaceReader(spot, self._dependencies)

        async def reading() -> None:
            try:
                await reader.read(known.cursors, known.reach, known.generation)
            except discord.Forbidden:
                await self._refused(spot)
            except discord.NotFound:
                _log.info("place %s is gone", spot.place)
                await self._closed(spot.place, known)
            else:
                await self._closed(spot.place, known)

        async with known.seats:
            done = await self._tried(reading, f"place {spot.place}")
        known.complete &= done
        return done

    async def _members(self) -> None:
        """List the members; those known who are not among them have left."""
        if not self._reads_members:
            return
        dependencies = self._dependencies
        with dependencies.recorder.watch(None) as touched:
            before = set(await dependencies.inlet.members())
            here: set[str] = set()
            after, more = 0, True
            while more:
                page = await dependencies.ask(
                    lambda after=after: dependencies.http.get_members(
                        self._guild.id, _MEMBERS, after
                    )  # type: ignore[misc] # mypy can't infer it
                )
                here |= {str(one["user"]["id"]) for one in page}
                # Page by page: 100,000 at once would hold up everything else for seconds.
                await dependencies.recorder.read(partial(self._present, page, touched))
                after = max((int(one["user"]["id"]) for one in page), default=after)
                more = len(page) == _MEMBERS
            context = Context(Provenance.BACKFILL, dependencies.now_ms())
            gone = before - here

            def batch() -> Batch:
                return Batch(
                    tuple(
                        parse.left(who, context) for who in sorted(gone) if who not in touched
                    )
                )

            await dependencies.recorder.read(batch)

    def _present(self, page: list[Any], touched: Touched) -> Batch:
        """Return the members of a page, but those heard of meanwhile."""
        context = Context(Provenance.BACKFILL, self._dependencies.now_ms())
        others = (one for one in page if str(one["user"]["id"]) not in touched)
        return parse.each(parse.member, others, context)[0]

    async def _noted(self, threads: list[Any]) -> None:
        """Record what archived threads are called and where they are."""
        context = Context(Provenance.BACKFILL, self._dependencies.now_ms())
        for start in range(0, len(threads), _TOGETHER):
            some = threads[start : start + _TOGETHER]
            batch, _ = parse.each(parse.place, some, context)
            await self._dependencies.recorder.read(lambda: batch)  # noqa: B023 - used before the next

    async def _refused(self, spot: Spot) -> None:
        """Record a place that may not be read, and say so once."""
        if spot.place in self._reported:
            return
        self._reported.add(spot.place)
        _log.warning(
            "channel %s is skipped: grant View Channel and Read Message History to read it",
            spot.place,
        )
        gap = Gap(NAME, spot.place, self._dependencies.now_ms(), None, NO_PERMISSION)
        await self._dependencies.recorder.read(lambda: Batch(gaps=(gap,)))

    async def _forget_deleted(self, known: _Known) -> None:
        """Close the gaps of places that are no more: nothing is left to read there."""
        for place in list(known.refused):
            if self._guild.get_channel_or_thread(int(place)) is None:

                async def asking(place: str = place) -> None:
                    try:
                        await self._dependencies.ask(
                            lambda: self._dependencies.http.get_channel(int(place))
                        )
                    except discord.Forbidden:
                        pass  # an archived thread out of view
                    except discord.NotFound:
                        await self._closed(place, known)

                known.complete &= await self._tried(asking, f"whether {place} is there")

    async def _closed(self, place: str, known: _Known) -> None:
        """Close the gap of a place, if it has one."""
        self._reported.discard(place)
        number = known.refused.pop(place, None)
        if number is not None:
            closed = {number: self._dependencies.now_ms()}
            await self._dependencies.recorder.read(lambda: Batch(closed_gaps=closed))

    async def _tried(self, step: Callable[[], Any], what: str) -> bool:
        """Run a step; where it fails, the others go on and a later sweep tries again."""
        try:
            await step()
        except (
            discord.HTTPException,
            OSError,
            aiohttp.ClientError,
            TimeoutError,
            ContradictionError,
        ) as error:
            _log.warning("%s not read to the end: %r", what, error)
        except parse.ODD:
            _log.exception("%s not read to the end: odd data", what)
        else:
            return True
        return False


def _spot(thread: Any) -> Spot:  # noqa: ANN401 - Discord's JSON
    last = thread.get("last_message_id")
    return Spot(str(thread["id"]), thread.get("name", ""), int(last) if last else None)

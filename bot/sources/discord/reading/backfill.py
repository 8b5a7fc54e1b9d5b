"""Reads what was missed of one server: members, places, and every place's messages.

One *sweep* goes over the whole server. It is made after every connection, resumed or not, and
can stop at any point: what was read is recorded, and cursors say where to go on.
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
from bot.sources.discord.parse import Observation
from bot.sources.discord.reading.dependencies import Dependencies
from bot.sources.discord.reading.history import ContradictionError, PlaceReader, ReadRange
from bot.sources.discord.reading.places import (
    NO_PERMISSION,
    Channel,
    PlaceRef,
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
"""Reason of a gap: Discord says nothing of these."""

_PARALLEL_PLACES: Final = 3
"""Places read at the same time; Discord's limits are per channel."""
_MEMBERS_PAGE: Final = 1000
_BATCH_THREADS: Final = 500
_DAY_MS: Final = 24 * 60 * 60 * 1000


def threads_cursor(channel: str) -> str:
    """Return the name of the cursor that says until when archived threads were read."""
    return f"threads:{channel}"


def threads_begin_cursor(channel: str) -> str:
    """Return the name of the cursor that says from which message on those threads were read."""
    return f"threads-begin:{channel}"


@dataclass(slots=True)
class _Sweep:
    """What is known when a sweep begins, and how it goes."""

    cursors: Mapping[str, str]
    gaps: dict[str, int]
    """By place: the number of its open gap for lack of a permission."""
    wanted: ReadRange
    generation: int
    is_complete: bool = True
    slots: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(_PARALLEL_PLACES)
    )


@dataclass(slots=True)
class _ArchivedThreads:
    """A channel's archived threads that are to be read."""

    threads: list[Any] = field(default_factory=list)
    """Discord's objects."""
    cursors: dict[str, str] = field(default_factory=dict)
    """Cursors as they are once all of these are read."""


class Backfill:
    """Sweeps one server.

    Parameters
    ----------
    guild
        The server, as discord.py knows it.
    dependencies
        What reading depends on.
    reads_members
        Whether the members intent is on, so that members can be listed.
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
        """Read everything that was missed; return False if trouble left something out.

        Parameters
        ----------
        again
            Read the messages of the last days again, for edits, deletions and reactions.
        offline_ms
            When the bot was last known to listen, if events may have been missed since.
        """
        dependencies = self._dependencies
        now_ms = dependencies.now_ms()
        sweep = _Sweep(
            await dependencies.inlet.cursors(),
            {
                recorded_gap.gap.place: recorded_gap.number
                for recorded_gap in await dependencies.inlet.open_gaps()
                if recorded_gap.gap.reason == NO_PERMISSION
                and recorded_gap.gap.place is not None
            },
            self._read_range(now_ms, again=again),
            dependencies.recorder.generation,
        )
        if offline_ms is not None and offline_ms < now_ms:
            gap = Gap(NAME, None, offline_ms, now_ms, OFFLINE)
            await dependencies.recorder.read(lambda: Batch(gaps=(gap,)))
        await self._close_gaps_of_deleted(sweep)
        if again:
            sweep.is_complete &= await self._attempt(self._read_members, "members")
        takes_nsfw = bool(dependencies.inlet.setting(NSFW))
        async with asyncio.TaskGroup() as group:
            for channel in channels(self._guild):
                if not channel.nsfw or takes_nsfw:
                    group.create_task(self._read_channel(channel, sweep))
        return sweep.is_complete

    def _read_range(self, now_ms: int, *, again: bool) -> ReadRange:
        begin_ms = date_ms(self._dependencies.inlet.setting(HISTORY_START))
        begin = 0 if begin_ms is None else max(parse.snowflake(begin_ms) - 1, 0)
        days = self._dependencies.inlet.setting(REACTION_DAYS)
        recent = parse.snowflake(now_ms - int(str(days)) * _DAY_MS) - 1
        return ReadRange(begin, max(recent, 0) if again else None)

    # ── channels and threads ──────────────────────────────────────────────────────────────────

    async def _read_channel(self, channel: Channel, sweep: _Sweep) -> None:
        """Read a channel and its threads."""
        if not channel.readable:
            await self._report_unreadable(channel.place)
            return
        places = [channel.place] if channel.has_messages else []
        archived = _ArchivedThreads()
        all_listed = True
        if channel.parent is not None:
            places += active_threads(channel.parent)

            async def listing() -> None:
                await self._list_archived(channel, sweep, archived)

            async with sweep.slots:
                all_listed = await self._attempt(listing, f"threads of {channel.place.id}")
            sweep.is_complete &= all_listed
            await self._record_threads(archived.threads)
            places += [_thread_ref(thread) for thread in archived.threads]
        done = await asyncio.gather(*(self._read_place(place, sweep) for place in places))
        # Only when all are read may the next sweep stop at the youngest of them.
        if archived.cursors and all(done) and all_listed:
            cursors = {(NAME, name): position for name, position in archived.cursors.items()}
            await self._dependencies.recorder.read(lambda: Batch(cursors=cursors))
        if not channel.has_messages:
            await self._close_gap(channel.place.id, sweep)

    async def _list_archived(
        self, channel: Channel, sweep: _Sweep, archived: _ArchivedThreads
    ) -> None:
        """Find the archived threads to be read, and the cursors that say so afterwards."""
        until = threads_cursor(channel.place.id)
        begin = threads_begin_cursor(channel.place.id)
        since_ms = int(sweep.cursors.get(until, -1))
        read_from = int(sweep.cursors.get(begin, sweep.wanted.begin))
        if read_from > sweep.wanted.begin:
            since_ms = -1  # something older is to be read in all of them
        try:
            archived.threads = await archived_threads(
                self._dependencies.http, channel, since_ms, self._dependencies.ask
            )
        except discord.Forbidden:
            # Asking again would not help, and Discord counts refusals.
            _log.warning("threads of %s may not be listed", channel.place.id)
            return
        if archived.threads:
            archived.cursors[until] = str(max(map(archived_ms, archived.threads)))
            # Those read before reach back as far as then, these as far as now.
            archived.cursors[begin] = str(max(read_from, sweep.wanted.begin))
        if since_ms < 0:
            archived.cursors[begin] = str(sweep.wanted.begin)
        for name in list(archived.cursors):
            if sweep.cursors.get(name) == archived.cursors[name]:
                del archived.cursors[name]

    async def _record_threads(self, threads: list[Any]) -> None:
        """Record the names of archived threads, and which channels they are in."""
        observation = Observation(Provenance.BACKFILL, self._dependencies.now_ms())
        for start in range(0, len(threads), _BATCH_THREADS):
            some = threads[start : start + _BATCH_THREADS]
            batch, _ = parse.parse_each(parse.place, some, observation)
            await self._dependencies.recorder.read(lambda: batch)  # noqa: B023 - used before the next

    async def _read_place(self, place: PlaceRef, sweep: _Sweep) -> bool:
        """Read one place; return whether there was no trouble."""
        reader = PlaceReader(place, self._dependencies)

        async def reading() -> None:
            try:
                await reader.read(sweep.cursors, sweep.wanted, sweep.generation)
            except discord.Forbidden:
                await self._report_unreadable(place)
            except discord.NotFound:
                _log.info("place %s is gone", place.id)
                await self._close_gap(place.id, sweep)
            else:
                await self._close_gap(place.id, sweep)

        async with sweep.slots:
            done = await self._attempt(reading, f"place {place.id}")
        sweep.is_complete &= done
        return done

    # ── members ───────────────────────────────────────────────────────────────────────────────

    async def _read_members(self) -> None:
        """Record the members; those in the log who are not among them have left."""
        if not self._reads_members:
            return
        dependencies = self._dependencies
        with dependencies.recorder.watch(None) as touched:
            before = set(await dependencies.inlet.members())
            here: set[str] = set()
            after, has_more = 0, True
            while has_more:
                page = await dependencies.ask(
                    lambda after=after: dependencies.http.get_members(  # type: ignore[misc] # mypy can't infer it
                        self._guild.id, _MEMBERS_PAGE, after
                    )
                )
                here |= {str(member["user"]["id"]) for member in page}
                # Page by page: 100,000 at once would hold up everything else for seconds.
                await dependencies.recorder.read(partial(self._members_batch, page, touched))
                after = max((int(member["user"]["id"]) for member in page), default=after)
                has_more = len(page) == _MEMBERS_PAGE
            observation = Observation(Provenance.BACKFILL, dependencies.now_ms())
            departed = sorted(before - here)

            def batch() -> Batch:
                return Batch(
                    tuple(
                        parse.departure(account, observation)
                        for account in departed
                        if account not in touched
                    )
                )

            await dependencies.recorder.read(batch)

    def _members_batch(self, page: list[Any], touched: Touched) -> Batch:
        """Return the members of a page except those heard of meanwhile."""
        observation = Observation(Provenance.BACKFILL, self._dependencies.now_ms())
        others = (member for member in page if str(member["user"]["id"]) not in touched)
        return parse.parse_each(parse.member, others, observation)[0]

    # ── gaps and trouble ──────────────────────────────────────────────────────────────────────

    async def _report_unreadable(self, place: PlaceRef) -> None:
        """Record the gap of a place that may not be read, and log it once."""
        if place.id in self._reported:
            return
        self._reported.add(place.id)
        _log.warning(
            "channel %s is skipped: grant View Channel and Read Message History to read it",
            place.id,
        )
        gap = Gap(NAME, place.id, self._dependencies.now_ms(), None, NO_PERMISSION)
        await self._dependencies.recorder.read(lambda: Batch(gaps=(gap,)))

    async def _close_gaps_of_deleted(self, sweep: _Sweep) -> None:
        """Close the gaps of places that were deleted: nothing is left to read there."""
        dependencies = self._dependencies
        for place in list(sweep.gaps):
            if self._guild.get_channel_or_thread(int(place)) is None:

                async def asking(place: str = place) -> None:
                    try:
                        await dependencies.ask(
                            lambda: dependencies.http.get_channel(int(place))
                        )
                    except discord.Forbidden:
                        pass  # an archived thread out of view
                    except discord.NotFound:
                        await self._close_gap(place, sweep)

                sweep.is_complete &= await self._attempt(asking, f"whether {place} is there")

    async def _close_gap(self, place: str, sweep: _Sweep) -> None:
        """Close the gap of a place, if it has one."""
        self._reported.discard(place)
        number = sweep.gaps.pop(place, None)
        if number is not None:
            closed = {number: self._dependencies.now_ms()}
            await self._dependencies.recorder.read(lambda: Batch(closed_gaps=closed))

    async def _attempt(self, step: Callable[[], Any], subject: str) -> bool:
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
            _log.warning("%s not read to the end: %r", subject, error)
        except parse.MALFORMED:
            _log.exception("%s not read to the end: malformed data", subject)
        else:
            return True
        return False


def _thread_ref(thread: Any) -> PlaceRef:
    last = thread.get("last_message_id")
    return PlaceRef(str(thread["id"]), thread.get("name", ""), int(last) if last else None)

"""Reads what was missed of one server: members, places, and every place's messages.

One *sweep* goes over the whole server. It is made after every connection, resumed or not, and
can stop at any point: what was read is recorded, and cursors say where to go on.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import discord

from bot.community.gap_reasons import NO_PERMISSION
from bot.community.history_progress import Progress
from bot.community.settings.definitions import date_ms
from bot.sources.discord import parse
from bot.sources.discord.declaration import NAME
from bot.sources.discord.parse import Observation
from bot.sources.discord.reading.choice import PlaceChoice
from bot.sources.discord.reading.dependencies import Dependencies
from bot.sources.discord.reading.history import (
    ContradictionError,
    PlaceReader,
    ReadRange,
    is_behind,
)
from bot.sources.discord.reading.members import read_members
from bot.sources.discord.reading.places import Channel, PlaceRef, channels
from bot.sources.discord.reading.threads import (
    ArchivedThreads,
    active_threads,
    list_archived,
    thread_ref,
)
from bot.sources.discord.settings import HISTORY_START, REACTION_DAYS
from cred.facts.events import Provenance
from storage.log.batch import Batch, Gap

_log = logging.getLogger(__name__)

OFFLINE: Final = "reactions added and taken back again while the bot was offline"
"""Reason of a gap: Discord says nothing of these."""

_PARALLEL_PLACES: Final = 3
"""Places read at the same time; Discord's limits are per channel."""
_BATCH_THREADS: Final = 500
_DAY_MS: Final = 24 * 60 * 60 * 1000


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
class _Branch:
    """A channel and what is in it."""

    channel: Channel
    places: list[PlaceRef] = field(init=False)
    """What is to be read: the channel itself, and its threads once they are listed. Each is
    taken out when that was tried."""
    archived: ArchivedThreads = field(default_factory=ArchivedThreads)
    is_complete: bool = True
    """Whether nothing of it was left out so far."""

    def __post_init__(self) -> None:
        self.places = [self.channel.place] if self.channel.has_messages else []


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
        choice = PlaceChoice.read(dependencies.inlet.setting)
        wanted, left_out = [], set()
        for channel in channels(self._guild):
            if choice.takes(channel.path, nsfw=channel.nsfw):
                wanted.append(channel)
            else:
                left_out.add(channel.place.id)
        await self._close_gaps_of_left_out(left_out, sweep)
        branches = await self._find_places(wanted, sweep)
        self._report_places(branches, sweep)
        await self._read_places(branches, sweep)
        return sweep.is_complete

    def _read_range(self, now_ms: int, *, again: bool) -> ReadRange:
        begin_ms = date_ms(self._dependencies.inlet.setting(HISTORY_START))
        begin = 0 if begin_ms is None else max(parse.snowflake(begin_ms) - 1, 0)
        days = self._dependencies.inlet.setting(REACTION_DAYS)
        recent = parse.snowflake(now_ms - int(str(days)) * _DAY_MS) - 1
        return ReadRange(begin, max(recent, 0) if again else None)

    # ── channels and threads ──────────────────────────────────────────────────────────────────

    async def _read_members(self) -> None:
        if self._reads_members:
            await read_members(self._guild.id, self._dependencies)

    async def _find_places(self, wanted: Sequence[Channel], sweep: _Sweep) -> list[_Branch]:
        """Return the places of all channels that may be read; gaps are the others."""
        branches = []
        for channel in wanted:
            if channel.readable:
                branches.append(_Branch(channel))
            else:
                await self._report_unreadable(channel.place)
        async with asyncio.TaskGroup() as group:
            for branch in branches:
                group.create_task(self._list_threads(branch, sweep))
        return branches

    async def _list_threads(self, branch: _Branch, sweep: _Sweep) -> None:
        """Find a channel's threads, and record those that are archived."""
        channel = branch.channel
        if channel.parent is None:
            return
        branch.places += active_threads(channel.parent)

        async def listing() -> None:
            branch.archived = await list_archived(
                channel, sweep.cursors, sweep.wanted.begin, self._dependencies
            )

        async with sweep.slots:
            branch.is_complete = await self._attempt(listing, f"threads of {channel.place.id}")
        sweep.is_complete &= branch.is_complete
        await self._record_threads(branch.archived.threads)
        branch.places += map(thread_ref, branch.archived.threads)

    async def _finish(self, branch: _Branch, sweep: _Sweep) -> None:
        """Note that a channel and its threads were gone over."""
        cursors = branch.archived.cursors
        # Only when all are read may the next sweep stop at the youngest of them.
        if cursors and branch.is_complete:
            batch = Batch(cursors={(NAME, name): at for name, at in cursors.items()})
            await self._dependencies.recorder.read(lambda: batch)
        if not branch.channel.has_messages:
            await self._close_gap(branch.channel.place.id, sweep)

    async def _record_threads(self, threads: list[Any]) -> None:
        """Record the names of archived threads, and which channels they are in."""
        observation = Observation(Provenance.BACKFILL, self._dependencies.now_ms())
        for start in range(0, len(threads), _BATCH_THREADS):
            some = threads[start : start + _BATCH_THREADS]
            batch, _ = parse.parse_each(parse.place, some, observation)
            await self._dependencies.recorder.read(lambda: batch)  # noqa: B023 - used before the next

    def _report_places(self, branches: Sequence[_Branch], sweep: _Sweep) -> None:
        """Report what is to be read that never was."""
        inlet = self._dependencies.inlet
        inlet.begin_reading()
        for branch in branches:
            for place in branch.places:
                if is_behind(place, sweep.cursors, sweep.wanted):
                    inlet.report(Progress(place.id, place.name, 0, None))

    async def _read_places(self, branches: Sequence[_Branch], sweep: _Sweep) -> None:
        """Read all places, those with the latest messages first."""
        found = [(place, branch) for branch in branches for place in branch.places]
        found.sort(key=lambda pair: pair[0].last_message or 0, reverse=True)

        async def reading(place: PlaceRef, branch: _Branch) -> None:
            branch.is_complete &= await self._read_place(place, sweep)
            branch.places.remove(place)
            if not branch.places:
                await self._finish(branch, sweep)

        async with asyncio.TaskGroup() as group:
            for branch in branches:
                if not branch.places:
                    group.create_task(self._finish(branch, sweep))
            for place, branch in found:  # the semaphore lets them in in this order
                group.create_task(reading(place, branch))

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
        if done:
            reader.report_done()
        sweep.is_complete &= done
        return done

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

    async def _close_gaps_of_left_out(self, channels: Collection[str], sweep: _Sweep) -> None:
        """Close the gaps of places that nobody wants read: nothing is missing there."""
        for place in list(sweep.gaps):
            found = self._guild.get_channel_or_thread(int(place))
            parent = found.parent_id if isinstance(found, discord.Thread) else None
            if place in channels or str(parent) in channels:
                await self._close_gap(place, sweep)

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

"""When scoring runs. The only import of APScheduler.

A request only *asks* for a recompute; what is due is decided from the database (is there
anything in the log or the settings that the newest scores have not seen?). So downtime, missed
ticks and restarts lose nothing, and one request too many costs one comparison. All times
are UTC: APScheduler 3.11's cron and local zones skip and double runs around changes of clock.

Requests wait in a queue, oldest first, so communities take turns: one that is asked for again
while it waits keeps its place, and one that is asked for while it is recomputed goes to the
end. Nothing restarts a wait, so steady traffic cannot put a recompute off.

What is due at a moment rather than after an event (votes that close, announcements that wait)
is asked about every `TICK_SECONDS`, for each community by itself, so that one that fails or
hangs keeps no other waiting.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.runtime.clock import Sleep
from bot.runtime.recompute_pace import RecomputePace

Recompute = Callable[[str], Awaitable[bool]]
"""Recomputes one community, by slug, if that is due; returns whether it was. Handles its own
errors."""

Tick = Callable[[str], Awaitable[None]]
"""Does what is due in one community, by slug. Handles its own errors."""

TICK_SECONDS: Final = 30.0
"""Longest time between two ticks of a community."""
LONGEST_TURN_SECONDS: Final = 60.0
"""After this long the next community is recomputed beside one that hangs."""


async def _do_nothing(_slug: str) -> None:
    """Do nothing at a tick."""


class Scheduler:
    """Asks for recomputes: when a community is opened, regularly, and soon after new events.

    Parameters
    ----------
    recompute
        Called in the event loop, for one community at a time.
    every_minutes
        Longest time between two requests for a community.
    delay_seconds
        How long the first event after a recompute waits for others to join it. Later events do
        not extend the wait.
    tick
        Called when a community is opened, regularly, and when it is hurried.
    sleep
        Waits for a number of seconds.
    clock
        Seconds, counted from any moment; measures waits, and how long recomputes take.
    """

    def __init__(
        self,
        recompute: Recompute,
        *,
        every_minutes: float,
        delay_seconds: float,
        tick: Tick = _do_nothing,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # APScheduler logs every tick; what came of a recompute is logged where it runs.
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._recompute = recompute
        self._tick = tick
        self._hurried: dict[str, asyncio.Event] = {}
        self._ticking: dict[str, asyncio.Task[None]] = {}
        self._every = timedelta(minutes=every_minutes)
        self._delay = delay_seconds
        self._sleep = sleep
        self._clock = clock
        self._pace = RecomputePace()
        self._expected_seconds: dict[str, float] = {}
        self._queue: dict[str, float] = {}
        """Communities that wait, each with the moment from which on it may be recomputed."""
        self._requested = asyncio.Event()
        self._turns: dict[str, asyncio.Task[None]] = {}
        self._worker: asyncio.Task[None] | None = None
        self._jobs = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    async def __aenter__(self) -> Self:
        """Start the clock."""
        self._jobs.start()
        self._worker = asyncio.create_task(self._take_turns(), name="recomputes")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; a recompute under way is cancelled, and due again at the next start."""
        self._jobs.shutdown(wait=False)
        tasks = [
            *self._ticking.values(),
            *self._turns.values(),
            *([self._worker] if self._worker else []),
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def watch(self, slug: str) -> None:
        """Ask for a community now, and from now on regularly."""
        self._jobs.add_job(
            self._request,
            IntervalTrigger(seconds=self._every.total_seconds(), timezone=UTC),
            args=(slug, 0.0),
            id=slug,
            replace_existing=True,
            next_run_time=datetime.now(UTC),
        )
        if slug not in self._ticking:
            self._hurried[slug] = asyncio.Event()
            self._ticking[slug] = asyncio.create_task(
                self._tick_regularly(slug), name=f"ticks of {slug}"
            )

    def hurry(self, slug: str) -> None:
        """Have the next tick of a community come now, or once the one under way is over."""
        if slug in self._hurried:
            self._hurried[slug].set()

    def nudge(self, slug: str) -> None:
        """Say that a community has new events or settings."""
        self._enqueue(slug, self._delay)

    async def _request(self, slug: str, delay_seconds: float) -> None:
        # A coroutine, because APScheduler runs plain functions in threads.
        self._enqueue(slug, delay_seconds)

    def _enqueue(self, slug: str, delay_seconds: float) -> None:
        ready = self._clock() + delay_seconds
        self._queue[slug] = min(ready, self._queue.get(slug, ready))
        self._requested.set()

    async def _take_turns(self) -> None:
        while True:
            self._requested.clear()
            waiting = [slug for slug in self._queue if slug not in self._turns]
            if not waiting:
                await self._requested.wait()
                continue
            slug = min(waiting, key=self._queue.__getitem__)
            start = max(
                self._queue[slug],
                self._pace.earliest_start(self._expected_seconds.get(slug, 0.0)),
            )
            if (seconds := start - self._clock()) > 0:
                # A request that is ready sooner may come meanwhile.
                await self._wait_for(asyncio.ensure_future(self._requested.wait()), seconds)
                continue
            del self._queue[slug]
            turn = asyncio.create_task(self._run(slug), name=f"recompute {slug}")
            self._turns[slug] = turn
            await self._wait_for(asyncio.shield(turn), LONGEST_TURN_SECONDS)

    async def _tick_regularly(self, slug: str) -> None:
        hurried = self._hurried[slug]
        while True:
            hurried.clear()
            await self._tick(slug)
            await self._wait_for(asyncio.ensure_future(hurried.wait()), TICK_SECONDS)

    async def _wait_for(self, future: asyncio.Future[Any], seconds: float) -> None:
        """Wait until a future is done, at most some seconds; cancel what is left."""
        limit = asyncio.ensure_future(self._sleep(seconds))
        try:
            await asyncio.wait({future, limit}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            future.cancel()
            limit.cancel()

    async def _run(self, slug: str) -> None:
        started = self._clock()
        try:
            was_due = await self._recompute(slug)
            if was_due:
                self._expected_seconds[slug] = self._clock() - started
        finally:
            end = self._clock()
            self._pace.record(end, end - started)
            del self._turns[slug]
            self._requested.set()

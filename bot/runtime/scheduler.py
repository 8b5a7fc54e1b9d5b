"""When scoring runs. The only import of APScheduler.

Jobs only *ask* whether something is due; what is due is decided from the database (is there
anything in the log or the settings that the newest scores have not seen?). So downtime,
missed ticks and restarts lose nothing, and a tick too many costs one comparison. All times
are UTC: APScheduler 3.11's cron and local zones skip and double runs around changes of clock.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Self

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

Recompute = Callable[[str], Awaitable[None]]
"""Recomputes one community, by slug, if that is due. Deals with its own errors."""


class Scheduler:
    """Asks for recomputes: at a community's start, regularly, and soon after new events.

    Parameters
    ----------
    recompute
        Called in the event loop, possibly again while it runs for the same community.
    every_minutes
        Longest time between two looks at a community.
    debounce_seconds
        Wait after an event for more of them; every new one starts the wait again, the regular
        look bounds it.
    """

    def __init__(
        self, recompute: Recompute, *, every_minutes: float, debounce_seconds: float
    ) -> None:
        # It tells of every look and nudge; what came of them, the recompute tells.
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._recompute = recompute
        self._every = timedelta(minutes=every_minutes)
        self._debounce = timedelta(seconds=debounce_seconds)
        # Late runs happen however late, several missed ones once. Two runs of a job at a time:
        # while one recomputes, the next waits for it and then sees all that came meanwhile; a
        # third would see nothing more.
        self._jobs = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )

    async def __aenter__(self) -> Self:
        """Start looking at the clock."""
        self._jobs.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; a recompute under way is given up, and due again at the next start."""
        self._jobs.shutdown(wait=False)

    def watch(self, slug: str) -> None:
        """Look at a community now, and from now on regularly."""
        self._jobs.add_job(
            self._look,
            IntervalTrigger(seconds=self._every.total_seconds(), timezone=UTC),
            args=(slug,),
            id=f"regular {slug}",
            replace_existing=True,
            next_run_time=datetime.now(UTC),
        )

    def nudge(self, slug: str) -> None:
        """Say that a community has new events or settings."""
        self._jobs.add_job(
            self._look,
            DateTrigger(datetime.now(UTC) + self._debounce, timezone=UTC),
            args=(slug,),
            id=f"soon {slug}",
            replace_existing=True,
        )

    async def _look(self, slug: str) -> None:
        try:
            await self._recompute(slug)
        except asyncio.CancelledError:
            # Only stopping cancels; raised further, APScheduler would log it as a failure.
            if self._jobs.running:
                raise

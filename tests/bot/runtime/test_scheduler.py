"""The scheduler asks when it should; whether anything is due is not its business."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bot.runtime.scheduler import LONGEST_TURN_SECONDS, TICK_SECONDS, Scheduler
from tests.bot.runtime.fake_clock import FakeClock

AN_EVENT_EVERY = 1 / 50


class Recomputes:
    """Recomputes that take a given time, and which events each community's scores hold."""

    def __init__(self, clock: FakeClock, seconds: float) -> None:
        self.seconds = seconds
        self.runs: list[tuple[str, float, float]] = []
        self.unscored: dict[str, list[float]] = defaultdict(list)
        self.delays: dict[str, list[float]] = defaultdict(list)
        self._clock = clock

    async def __call__(self, slug: str) -> bool:
        start = self._clock.now()
        scored, self.unscored[slug] = self.unscored[slug], []
        await self._clock.sleep(self.seconds)
        end = self._clock.now()
        self.delays[slug] += [end - heard for heard in scored]
        self.runs.append((slug, start, end))
        return True

    def busiest_minute(self) -> float:
        """Seconds of recomputing in the minute that has most of them."""
        return max(
            sum(
                max(0.0, min(end, first + 60.0) - max(start, first))
                for _, start, end in self.runs
            )
            for _, first, _ in self.runs
        )


@asynccontextmanager
async def scheduling(
    recompute: Callable[[str], Awaitable[bool]], clock: FakeClock, delay_seconds: float = 0.5
) -> AsyncIterator[Scheduler]:
    async with Scheduler(
        recompute,
        every_minutes=60,
        delay_seconds=delay_seconds,
        sleep=clock.sleep,
        clock=clock.now,
    ) as scheduler:
        yield scheduler


async def hear_events(
    scheduler: Scheduler, recomputes: Recomputes, clock: FakeClock, *slugs: str, seconds: float
) -> None:
    for _ in range(round(seconds / AN_EVENT_EVERY)):
        for slug in slugs:
            recomputes.unscored[slug].append(clock.now())
            scheduler.nudge(slug)
        await clock.advance(AN_EVENT_EVERY)
    await clock.advance(60)


@pytest.mark.parametrize(
    ("recompute_seconds", "limit_seconds"),
    [pytest.param(0.3, 2.0, id="100,000 edges"), pytest.param(1.5, 10.0, id="a million edges")],
)
async def test_every_event_of_a_busy_community_is_soon_in_the_scores(
    recompute_seconds: float, limit_seconds: float
) -> None:
    clock = FakeClock()
    recomputes = Recomputes(clock, recompute_seconds)

    async with scheduling(recomputes, clock) as scheduler:
        await hear_events(scheduler, recomputes, clock, "busy", seconds=60)

    assert len(recomputes.delays["busy"]) == 3000
    assert max(recomputes.delays["busy"]) <= limit_seconds
    assert recomputes.busiest_minute() <= 15.0


async def test_communities_take_turns() -> None:
    clock = FakeClock()
    recomputes = Recomputes(clock, 0.4)

    async with scheduling(recomputes, clock) as scheduler:
        await hear_events(scheduler, recomputes, clock, "a", "b", "c", seconds=30)

    order = [slug for slug, _, _ in recomputes.runs]
    assert order[:9] == ["a", "b", "c"] * 3
    assert recomputes.busiest_minute() <= 15.0


async def test_a_quiet_community_is_recomputed_in_its_turn_beside_a_busy_one() -> None:
    clock = FakeClock()
    recomputes = Recomputes(clock, 0.3)

    async with scheduling(recomputes, clock) as scheduler:
        await hear_events(scheduler, recomputes, clock, "busy", seconds=5)
        recomputes.unscored["quiet"].append(clock.now())
        scheduler.nudge("quiet")
        await hear_events(scheduler, recomputes, clock, "busy", seconds=5)

    assert len(recomputes.delays["quiet"]) == 1
    assert recomputes.delays["quiet"][0] <= 2.0


async def test_a_recompute_that_hangs_does_not_stop_the_others() -> None:
    clock = FakeClock()
    done: list[str] = []

    async def recompute(slug: str) -> bool:
        if slug == "hanging":
            await asyncio.Event().wait()
        done.append(slug)
        return True

    async with scheduling(recompute, clock) as scheduler:
        scheduler.nudge("hanging")
        await clock.advance(1)
        scheduler.nudge("hanging")
        scheduler.nudge("well")
        await clock.advance(LONGEST_TURN_SECONDS)

    assert done == ["well"]


async def test_many_nudges_become_one_recompute() -> None:
    clock = FakeClock()
    recomputes = Recomputes(clock, 0.1)

    async with scheduling(recomputes, clock) as scheduler:
        for _ in range(100):
            scheduler.nudge("discord-1")
        scheduler.nudge("discord-2")
        await clock.advance(10)

    assert [slug for slug, _, _ in recomputes.runs] == ["discord-1", "discord-2"]


async def test_a_nudge_during_a_recompute_asks_for_another() -> None:
    clock = FakeClock()
    recomputes = Recomputes(clock, 1.0)

    async with scheduling(recomputes, clock) as scheduler:
        scheduler.nudge("discord-1")
        await clock.advance(1.0)
        scheduler.nudge("discord-1")
        await clock.advance(10)

    assert len(recomputes.runs) == 2


async def test_a_request_that_is_ready_sooner_overtakes_one_that_waits_for_more_events() -> (
    None
):
    clock = FakeClock()
    recomputes = Recomputes(clock, 0.1)

    async with scheduling(recomputes, clock, delay_seconds=3600) as scheduler:
        scheduler.nudge("patient")
        await clock.advance(1)
        scheduler.watch("opened")
        async with asyncio.timeout(5):
            while not recomputes.runs:  # APScheduler's own clock is real
                await clock.advance(1)

    assert [slug for slug, _, _ in recomputes.runs] == ["opened"]


async def test_a_watched_community_is_recomputed_at_once() -> None:
    asked: asyncio.Queue[str] = asyncio.Queue()

    async def recompute(slug: str) -> bool:
        await asked.put(slug)
        return True

    async with Scheduler(recompute, every_minutes=60, delay_seconds=3600) as scheduler:
        scheduler.watch("discord-1")

        assert await asyncio.wait_for(asked.get(), 5) == "discord-1"


async def test_a_watched_community_is_asked_for_again_and_again() -> None:
    asked: asyncio.Queue[str] = asyncio.Queue()

    async def recompute(slug: str) -> bool:
        await asked.put(slug)
        return False

    async with Scheduler(recompute, every_minutes=1e-4, delay_seconds=3600) as scheduler:
        scheduler.watch("discord-1")

        slugs = [await asyncio.wait_for(asked.get(), 5) for _ in range(3)]

    assert slugs == ["discord-1"] * 3


async def test_stopping_cancels_a_recompute_and_reports_no_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def recompute(_: str) -> bool:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return True

    with caplog.at_level(logging.INFO):
        async with Scheduler(recompute, every_minutes=60, delay_seconds=0) as scheduler:
            scheduler.watch("discord-1")
            await asyncio.wait_for(begun.wait(), 5)

    assert cancelled.is_set()
    assert caplog.messages == []


async def test_a_community_whose_tick_hangs_or_fails_keeps_no_other_waiting() -> None:
    clock, ticks = FakeClock(), []

    async def tick(slug: str) -> None:
        ticks.append((slug, clock.now()))
        if slug == "hanging":
            await asyncio.Event().wait()

    async def recompute(_: str) -> bool:
        return False

    async with Scheduler(
        recompute,
        every_minutes=60,
        delay_seconds=0.5,
        tick=tick,
        sleep=clock.sleep,
        clock=clock.now,
    ) as scheduler:
        for slug in ("hanging", "well"):
            scheduler.watch(slug)
        await clock.advance(2 * TICK_SECONDS)

    assert [slug for slug, _ in ticks].count("hanging") == 1
    assert [at for slug, at in ticks if slug == "well"] == [0.0, TICK_SECONDS, 2 * TICK_SECONDS]


async def test_a_hurried_tick_comes_at_once() -> None:
    clock, ticks = FakeClock(), []

    async def tick(_: str) -> None:
        ticks.append(clock.now())

    async def recompute(_: str) -> bool:
        return False

    async with Scheduler(
        recompute,
        every_minutes=60,
        delay_seconds=0.5,
        tick=tick,
        sleep=clock.sleep,
        clock=clock.now,
    ) as scheduler:
        scheduler.watch("garden")
        await clock.advance(1.0)
        scheduler.hurry("garden")
        scheduler.hurry("unknown")
        await clock.advance(1.0)

    assert ticks == [0.0, 1.0]

"""The scheduler asks when it should; whether anything is due is not its business."""

import asyncio
import logging

import pytest

from bot.runtime.scheduler import Scheduler


async def test_a_watched_community_is_looked_at_at_once() -> None:
    asked: asyncio.Queue[str] = asyncio.Queue()

    async with Scheduler(asked.put, every_minutes=60, debounce_seconds=3600) as scheduler:
        scheduler.watch("discord-1")

        assert await asyncio.wait_for(asked.get(), 5) == "discord-1"


async def test_many_nudges_become_one_look() -> None:
    asked: asyncio.Queue[str] = asyncio.Queue()

    async with Scheduler(asked.put, every_minutes=60, debounce_seconds=0) as scheduler:
        for _ in range(100):
            scheduler.nudge("discord-1")
        first = await asyncio.wait_for(asked.get(), 5)
        scheduler.nudge("discord-2")
        second = await asyncio.wait_for(asked.get(), 5)

    assert (first, second) == ("discord-1", "discord-2")
    assert asked.empty()


async def test_one_community_does_not_keep_another_waiting() -> None:
    busy = asyncio.Event()
    done: asyncio.Queue[str] = asyncio.Queue()

    async def recompute(slug: str) -> None:
        if slug == "slow":
            await busy.wait()
        await done.put(slug)

    async with Scheduler(recompute, every_minutes=60, debounce_seconds=0) as scheduler:
        scheduler.watch("slow")
        scheduler.watch("quick")
        first = await asyncio.wait_for(done.get(), 5)
        busy.set()
        second = await asyncio.wait_for(done.get(), 5)

    assert (first, second) == ("quick", "slow")


async def test_a_community_is_looked_at_again_and_again() -> None:
    asked: asyncio.Queue[str] = asyncio.Queue()

    async with Scheduler(asked.put, every_minutes=1e-4, debounce_seconds=3600) as scheduler:
        scheduler.watch("discord-1")

        looks = [await asyncio.wait_for(asked.get(), 5) for _ in range(3)]

    assert looks == ["discord-1"] * 3


async def test_stopping_gives_up_a_recompute_and_reports_no_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, given_up = asyncio.Event(), asyncio.Event()

    async def recompute(_: str) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    with caplog.at_level(logging.INFO):
        async with Scheduler(recompute, every_minutes=60, debounce_seconds=0) as scheduler:
            scheduler.watch("discord-1")
            await asyncio.wait_for(begun.wait(), 5)
        await asyncio.wait_for(given_up.wait(), 5)
        await asyncio.sleep(0)

    assert caplog.messages == []

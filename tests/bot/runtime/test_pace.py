"""The limit on calls."""

import asyncio

from bot.runtime.pace import Pace


async def test_the_limit_holds_however_many_tasks_call() -> None:
    now = 0.0
    calls: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal now
        until = now + seconds
        await asyncio.sleep(0)
        now = max(now, until)

    pace = Pace(2, 1.0, sleep, lambda: now)

    async def call() -> None:
        await pace.wait_turn()
        calls.append(now)

    await asyncio.gather(*(call() for _ in range(6)))

    assert calls == [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]

"""A clock that a test moves by hand."""

import asyncio
import heapq
import itertools


class FakeClock:
    """Time that passes only in `advance`: its `now` is a clock, its `sleep` waits by it."""

    def __init__(self) -> None:
        self._now = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        wakes: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), wakes))
        await wakes

    async def advance(self, seconds: float) -> None:
        """Let time pass, and everything run that it wakes, in order."""
        end = self._now + seconds
        await _run_ready_tasks()
        while self._sleepers and self._sleepers[0][0] <= end:
            wakes_at, _, wakes = heapq.heappop(self._sleepers)
            if not wakes.done():
                self._now = max(self._now, wakes_at)
                wakes.set_result(None)
                await _run_ready_tasks()
        self._now = end


async def _run_ready_tasks() -> None:
    # A wake-up passes through a handful of futures and tasks; each takes one turn of the loop.
    for _ in range(12):
        await asyncio.sleep(0)

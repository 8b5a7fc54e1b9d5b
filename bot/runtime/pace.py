"""A limit on how often something is called, shared by all tasks that call it."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from bot.runtime.clock import Sleep


class Pace:
    """At most `calls` calls in any `per_seconds` seconds, however many tasks want to call.

    Parameters
    ----------
    calls, per_seconds
        The limit.
    sleep
        Waits for a number of seconds.
    clock
        Seconds, counted from any moment.
    """

    def __init__(
        self,
        calls: int,
        per_seconds: float,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_seconds = per_seconds
        self._sleep = sleep
        self._clock = clock
        self._times: deque[float] = deque(maxlen=calls)
        self._queue = asyncio.Lock()

    async def wait_turn(self) -> None:
        """Return when the next call may be made, and count it."""
        async with self._queue:
            if len(self._times) == self._times.maxlen:
                wait = self._times[0] + self._per_seconds - self._clock()
                if wait > 0:
                    await self._sleep(wait)
            self._times.append(self._clock())

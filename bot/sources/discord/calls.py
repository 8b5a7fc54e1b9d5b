"""REST calls that hold out: discord.py waits for limits it sees coming, we for the rest.

discord.py (2.7) retries 500, 502, 504 and 524, but raises at once on 503, and on a 429 without
a `Via` header (as a proxy in between sends). Both are waited for here, and so are broken
connections.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import aiohttp
import discord

from bot.sources.discord.recorder import Sleep

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

ATTEMPTS: Final = 8
LONGEST_SECONDS: Final = 60.0


async def patiently(call: Callable[[], Awaitable[_T]], sleep: Sleep = asyncio.sleep) -> _T:
    """Return what a call answers, calling again while the other side is unwell.

    Raises
    ------
    discord.HTTPException
        What Discord answered, if it was a refusal or went on too long.
    OSError, aiohttp.ClientError, TimeoutError
        If it could not be reached for too long.
    """
    for attempt in range(1, ATTEMPTS):
        pause = min(2.0**attempt, LONGEST_SECONDS)
        try:
            return await call()
        except discord.HTTPException as error:
            if error.status == 429:  # noqa: PLR2004 - too many requests
                pause = _retry_after(error) or pause
            elif error.status < 500:  # noqa: PLR2004 - refused, not unwell
                raise
            _log.warning("Discord answered %d, trying again in %.1f s", error.status, pause)
        except (OSError, aiohttp.ClientError, TimeoutError) as error:
            _log.warning("Discord is not reached (%r), trying again in %.0f s", error, pause)
        await sleep(pause)
    return await call()


def _retry_after(error: discord.HTTPException) -> float | None:
    headers = getattr(error.response, "headers", {})
    try:
        return float(headers["Retry-After"])
    except (KeyError, ValueError):
        return None


class Pace:
    """At most so many calls in so many seconds, however many tasks ask for their turn.

    Discord's headers can not be trusted for it: they may announce 999 of 1,000 left, and then 0
    of 5 (discord-api-docs#8161). The default is what reading messages of one channel takes.
    """

    def __init__(
        self,
        calls: int = 5,
        per_seconds: float = 5.0,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_seconds = per_seconds
        self._sleep = sleep
        self._clock = clock
        self._times: deque[float] = deque(maxlen=calls)
        self._queue = asyncio.Lock()

    async def turn(self) -> None:
        """Return when the next call may be made."""
        async with self._queue:
            if len(self._times) == self._times.maxlen:
                wait = self._times[0] + self._per_seconds - self._clock()
                if wait > 0:
                    await self._sleep(wait)
            self._times.append(self._clock())

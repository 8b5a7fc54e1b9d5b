"""A clock that only tests, and clients that wait, move."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

SUNDAY_MS = 1_704_585_600_000
"""2024-01-07, a Sunday."""


class Clock:
    """The time of a forum and of the client that reads it."""

    def __init__(self, start_ms: int = SUNDAY_MS) -> None:
        self._start_ms = start_ms
        self._now = start_ms / 1000
        self.slept: list[float] = []
        """Every pause that somebody asked for, in seconds."""

    def now_ms(self) -> int:
        return round(self._now * 1000)

    def seconds(self) -> float:
        """Return seconds since the clock was made (a monotonic clock)."""
        return self._now - self._start_ms / 1000

    def advance(self, seconds: float = 0, *, hours: float = 0, days: float = 0) -> None:
        self._now += seconds + 3600 * hours + 86_400 * days

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.slept.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0)


def iso(ms: int) -> str:
    """Return a time as Discourse writes it: "2024-01-07T00:00:00.000Z"."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03}Z"

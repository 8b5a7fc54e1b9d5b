"""Ids from a clock that the test controls.

A snowflake is milliseconds since 2015 in its upper 42 bits and a counter below; discord.py
reads the creation time of everything from it.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000
DAY_MS = 86_400_000
START_MS = 1_750_000_000_000
"""A Sunday in June 2025: no test should depend on the day it runs."""


class Clock:
    """The time of the stand-in's world, which moves when told to, and by 1 ms per new id.

    Ids of interactions have the real time nevertheless: for discord.py, an interaction expires
    15 minutes after it.
    """

    def __init__(self, start_ms: int) -> None:
        self.now_ms = start_ms

    def advance(self, *, ms: int = 0, seconds: float = 0, days: float = 0) -> int:
        self.now_ms += ms + round(seconds * 1000) + round(days * DAY_MS)
        return self.now_ms

    def set(self, now_ms: int) -> None:
        self.now_ms = now_ms


class Snowflakes:
    """Unique ids; later calls at one moment give larger ids."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counter = itertools.count(1)

    def make(self, at_ms: int | None = None) -> int:
        """Return a new id of `at_ms`, or of the clock's time, which then moves by 1 ms."""
        moment = self._clock.now_ms
        if at_ms is None:
            self._clock.now_ms += 1
        else:
            moment = at_ms
        return (moment - DISCORD_EPOCH_MS) << 22 | next(self._counter) & 0x3FFFFF


def moment_ms(snowflake: int) -> int:
    return (snowflake >> 22) + DISCORD_EPOCH_MS


def iso(ms: int) -> str:
    """Format a moment as Discord does, with microseconds and an explicit offset."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="microseconds")

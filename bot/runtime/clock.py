"""The clock. Whatever needs the time takes it as an argument; this is what is passed."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

Sleep: TypeAlias = Callable[[float], Awaitable[None]]
"""Waits for a number of seconds: `asyncio.sleep`, or a fake in tests."""


def now_ms() -> int:
    """Return the current time in milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000

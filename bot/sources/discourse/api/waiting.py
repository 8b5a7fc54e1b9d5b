"""How long a forum asks to wait. It says so in headers, in JSON, or in words."""

import json
import math
import re
from collections.abc import Mapping
from typing import Final

from bot.runtime.retry import retry_after_seconds

_LONGEST_MESSAGE: Final = 1_000
"""In bytes. What is longer is a page."""
_WAIT: Final = re.compile(
    rb"(?:wait|again in|time_left\W+)\D{0,20}([0-9]{1,5}) (second|minute|hour|day)"
)
_SECONDS: Final = {b"second": 1.0, b"minute": 60.0, b"hour": 3600.0, b"day": 86_400.0}


def asked_seconds(headers: Mapping[str, str], body: bytes) -> float | None:
    """Return how long the forum asks to wait, in header or body; None: it does not ask."""
    asked = [retry_after_seconds(headers.get("Retry-After"), headers.get("Date"))]
    try:
        told = json.loads(body)["extras"]["wait_seconds"]
        asked.append(None if isinstance(told, bool) else max(float(told), 0.0))
    except (ValueError, OverflowError, RecursionError, TypeError, KeyError):
        pass
    seconds = [told for told in asked if told is not None and math.isfinite(told)]
    return max(seconds, default=None) or _seconds_in_words(body)


def _seconds_in_words(body: bytes) -> float | None:
    """Return how long a short message asks to wait; None: it is none, or does not ask.

    Examples
    --------
    >>> _seconds_in_words(b"Slow down. Please retry again in 15 seconds. Code: ip_10_secs")
    15.0
    """
    if len(body) > _LONGEST_MESSAGE:
        return None
    waits = (int(count) * _SECONDS[unit] for count, unit in _WAIT.findall(body.lower()))
    return max(waits, default=None)

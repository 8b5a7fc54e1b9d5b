"""How fast one person may ask: a token bucket each, so that nobody's flood stops others."""

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

_BURST: Final = 5
_MS_PER_TOKEN: Final = 2_000
_MOST_PEOPLE: Final = 10_000
"""Buckets kept; the one unused longest goes first, and is full again by then anyway."""


class Verdict(Enum):
    """What to do with a request."""

    ANSWER = auto()
    WARN = auto()
    """Too fast, for the first time since it was last slow enough: say so once."""
    IGNORE = auto()
    """Too fast, and told so."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_ms: int
    warned: bool = False


class Cooldown:
    """Buckets of `burst` requests that fill up by one every `ms_per_token`."""

    def __init__(self, burst: int = _BURST, ms_per_token: int = _MS_PER_TOKEN) -> None:
        self._burst = burst
        self._ms_per_token = ms_per_token
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    @property
    def people(self) -> int:
        """How many have a bucket."""
        return len(self._buckets)

    def ask(self, who: str, now_ms: int) -> Verdict:
        """Take a token of somebody's and return what to do.

        Parameters
        ----------
        who
            Whoever has a bucket of their own.
        now_ms
            A clock; one that steps back fills nothing and takes nothing away.
        """
        bucket = self._buckets.setdefault(who, _Bucket(self._burst, now_ms))
        self._buckets.move_to_end(who)
        if len(self._buckets) > _MOST_PEOPLE:
            self._buckets.popitem(last=False)
        filled = max(0, now_ms - bucket.at_ms) / self._ms_per_token
        bucket.tokens = min(self._burst, bucket.tokens + filled)
        bucket.at_ms = now_ms
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            bucket.warned = False
            return Verdict.ANSWER
        if bucket.warned:
            return Verdict.IGNORE
        bucket.warned = True
        return Verdict.WARN

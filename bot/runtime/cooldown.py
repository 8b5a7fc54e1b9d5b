"""Limits how fast each person may ask, with one token bucket for each."""

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

_BURST: Final = 5
_MS_PER_TOKEN: Final = 2_000
_MOST_PEOPLE: Final = 10_000
"""Buckets that are kept. The least recently used one is dropped; it is full again by then."""


class Verdict(Enum):
    """How to treat a request."""

    ANSWER = auto()
    WARN = auto()
    """Too fast for the first time since the last answer: say so."""
    IGNORE = auto()
    """Too fast, and the person was told so already."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_ms: int
    has_warned: bool = False


class Cooldown:
    """Token buckets that hold `burst` requests and gain one every `ms_per_token`."""

    def __init__(self, burst: int = _BURST, ms_per_token: int = _MS_PER_TOKEN) -> None:
        self._burst = burst
        self._ms_per_token = ms_per_token
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    @property
    def people(self) -> int:
        """How many people have a bucket."""
        return len(self._buckets)

    def ask(self, who: str, now_ms: int) -> Verdict:
        """Take a token from somebody's bucket; return how to treat their request.

        Parameters
        ----------
        who
            The person, by any unique text.
        now_ms
            The time. If it goes backwards, the bucket stays as it is.
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
            bucket.has_warned = False
            return Verdict.ANSWER
        if bucket.has_warned:
            return Verdict.IGNORE
        bucket.has_warned = True
        return Verdict.WARN

"""Calling again what failed for a reason that may pass, after pauses that double."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import inf
from typing import TypeVar

from bot.runtime.clock import Sleep

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses that double with every failure in a row, up to a limit."""

    first_seconds: float
    longest_seconds: float

    def pause(self, failures: int) -> float:
        """Return the seconds to wait after so many failures in a row (1 or more).

        >>> [Backoff(1, 300).pause(failures) for failures in (1, 2, 3, 10)]
        [1.0, 2.0, 4.0, 300]
        """
        # The exponent is bounded because failures are not: 2.0**1024 overflows.
        return min(self.first_seconds * 2.0 ** min(failures - 1, 64), self.longest_seconds)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how soon a call is made again."""

    attempts: int
    """Calls in all, the first one included."""
    backoff: Backoff
    longest_asked_seconds: float = inf
    """If the other side asks for a longer pause than this, the call is given up."""


@dataclass(frozen=True, slots=True)
class Transient:
    """A failure that may pass."""

    message: str
    """For the log, without a full stop."""
    asked_seconds: float | None = None
    """The pause that the other side asks for; None where it asks for none."""


async def call_with_retries(
    call: Callable[[], Awaitable[_T]],
    policy: RetryPolicy,
    *,
    classify: Callable[[Exception], Transient | None],
    before_pause: Callable[[str], None],
    sleep: Sleep,
) -> _T:
    """Return what `call` returns, calling it again after transient failures.

    Parameters
    ----------
    classify
        Whether an error is transient; None: it is raised at once.
    before_pause
        Called with a sentence on the failure and the pause that follows, without a full stop.

    Raises
    ------
    Exception
        Whatever `call` raised last: an error that is not transient, the failure of the last
        attempt, or one for which the other side asks for too long a pause.
    """
    failures = 0
    while True:
        try:
            return await call()
        except Exception as error:
            transient = classify(error)
            failures += 1
            if transient is None or failures == policy.attempts:
                raise
            pause = transient.asked_seconds or policy.backoff.pause(failures)
            if pause > policy.longest_asked_seconds:
                raise
            before_pause(f"{transient.message}; trying again in {pause:.0f} s")
        await sleep(pause)


def retry_after_seconds(header: str | None, sent: str | None = None) -> float | None:
    """Return the seconds that a Retry-After header asks to wait, at least 1.

    Nonsense and infinity are read as None, as if there were no such header.

    Parameters
    ----------
    header
        Seconds, or a date.
    sent
        Date header of the same response: what a date is counted from, so that a clock that
        goes wrong here does not matter. Without it a date is read as None.

    Examples
    --------
    >>> retry_after_seconds("0.3"), retry_after_seconds("soon")
    (1.0, None)
    >>> retry_after_seconds("Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:26:30 GMT")
    90.0
    """
    try:
        seconds = float(header or "")
    except ValueError:
        seconds = _seconds_between(sent, header)
    return max(seconds, 1.0) if seconds < inf else None


def _seconds_between(start: str | None, end: str | None) -> float:
    """Return the seconds between two dates of headers; infinity where one is none."""
    try:
        moments = [parsedate_to_datetime(date or "") for date in (start, end)]
        return (moments[1] - moments[0]).total_seconds()
    except (ValueError, TypeError):  # one without a zone is not compared with one that has one
        return inf

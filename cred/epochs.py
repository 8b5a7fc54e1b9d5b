"""Epochs: half-open UTC weeks `[start, end)`, from Sunday 00:00 to Sunday 00:00."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from cred.errors import InvalidInputError

DAY_MS: Final = 24 * 60 * 60 * 1000
WEEK_MS: Final = 7 * DAY_MS
_FIRST_SUNDAY_MS: Final = 3 * DAY_MS
"""1970-01-04; 1970 began on a Thursday."""

MOST_WEEKS: Final = 10_000
"""About 190 years. A longer span is a wrong time stamp, and would not fit in memory."""


def week_start(time_ms: int) -> int:
    """Return the start of the week that contains a moment.

    >>> week_start(0) == -4 * DAY_MS
    True
    >>> week_start(3 * DAY_MS), week_start(3 * DAY_MS - 1)
    (259200000, -345600000)
    """
    return (time_ms - _FIRST_SUNDAY_MS) // WEEK_MS * WEEK_MS + _FIRST_SUNDAY_MS


@dataclass(frozen=True, slots=True, eq=False)
class Epochs:
    """Consecutive weeks, the oldest first.

    Raises
    ------
    InvalidInputError
        If there are none, or the starts and the end are not in increasing order.
    """

    starts_ms: NDArray[np.int64]
    """Shape (w,)."""
    end_ms: int
    """End of the last week."""

    def __post_init__(self) -> None:
        if len(self.starts_ms) == 0:
            raise InvalidInputError("there must be at least one epoch; nothing has a time.")
        if not bool(np.all(np.diff(np.append(self.starts_ms, self.end_ms)) > 0)):
            raise InvalidInputError("epochs must be in order of time, each after the last.")

    def __len__(self) -> int:
        return len(self.starts_ms)

    def indices(
        self, times_ms: NDArray[np.int64], *, sourcecred: bool = False
    ) -> NDArray[np.int32]:
        """Return the index of the epoch that each moment counts in.

        Moments before the first epoch count in the first, and moments after the last in the
        last.

        Parameters
        ----------
        times_ms
            Milliseconds UTC.
        sourcecred
            Count a moment exactly at a start in the epoch *before*, as SourceCred does
            (SPEC-sourcecred.md §4). The first epoch's start counts in the first epoch, where
            SourceCred refers to a node that does not exist.
        """
        first, last = self.starts_ms[[0, -1]]
        length = self.end_ms - last
        if np.any(np.diff(self.starts_ms) != length):
            side: Literal["left", "right"] = "left" if sourcecred else "right"
            at = np.searchsorted(self.starts_ms, times_ms, side=side) - 1
        else:  # all of the same length: a division is ten times as fast
            at = np.clip(times_ms, first, self.end_ms)
            at -= first + sourcecred
            at //= length
        return np.clip(at, 0, len(self) - 1).astype(np.int32)

    def indices_within(self, times_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the index of the epoch with `start <= time < end`, or -1 if there is none.

        `TIMELESS` is in none. Budgets and dependencies use this.
        """
        at = np.searchsorted(self.starts_ms, times_ms, side="right") - 1
        return np.where(times_ms < self.end_ms, at, -1)


def epochs_covering(times_ms: NDArray[np.int64]) -> Epochs:
    """Return all weeks from that of the first moment to that of the last.

    Raises
    ------
    InvalidInputError
        If there are no moments, or they are more than `MOST_WEEKS` apart.
    """
    if len(times_ms) == 0:
        raise InvalidInputError("there must be at least one epoch; nothing has a time.")
    earliest, latest = int(times_ms.min()), int(times_ms.max())
    first, end = week_start(earliest), week_start(latest) + WEEK_MS
    if (end - first) // WEEK_MS > MOST_WEEKS:
        raise InvalidInputError(
            f"times from {earliest} to {latest} ms are {(end - first) // WEEK_MS} weeks, more "
            f"than {MOST_WEEKS}; one of them must be wrong."
        )
    return Epochs(np.arange(first, end, WEEK_MS, dtype=np.int64), end)

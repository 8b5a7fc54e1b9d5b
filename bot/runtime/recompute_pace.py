"""How often scores may be recomputed: soon, but never with more than a quarter of one core.

Two rules. After a recompute that took c seconds the next one waits 3 c, so that recomputes are
spread evenly instead of using up a minute's allowance at once. And no recompute starts that
would make the recomputes of any minute take more than 15 seconds, going by what the same
community's last one took; a community's first recompute is not known beforehand, and one that
takes longer than 15 seconds by itself gets a minute of its own.
"""

from collections import deque
from typing import Final, NamedTuple

WINDOW_SECONDS: Final = 60.0
SHARE: Final = 0.25
"""Of one core, over any window."""


class _Run(NamedTuple):
    end: float
    seconds: float


class RecomputePace:
    """When the next recompute of this process may start. Times are seconds of any one clock."""

    def __init__(self) -> None:
        self._runs: deque[_Run] = deque()

    def record(self, end: float, seconds: float) -> None:
        """Record a recompute that ended at `end` and took `seconds`."""
        self._runs.append(_Run(end, seconds))
        while self._runs[0].end < end - WINDOW_SECONDS:
            self._runs.popleft()

    def earliest_start(self, expected_seconds: float) -> float:
        """Return the first moment at which a recompute may start; it may lie in the past.

        Parameters
        ----------
        expected_seconds
            How long it is going to take.
        """
        if not self._runs:
            return float("-inf")
        allowance = SHARE * WINDOW_SECONDS
        expected = min(expected_seconds, allowance)
        last = self._runs[-1]
        start = last.end + last.seconds * (1 / SHARE - 1)
        # Going back from the newest: the run that the allowance does not cover any more has to
        # lie, as far as it is not covered, before the window that the new run will end.
        room = allowance - expected
        for run in reversed(self._runs):
            if run.seconds > room:
                return max(start, run.end - room + WINDOW_SECONDS - expected)
            room -= run.seconds
        return start

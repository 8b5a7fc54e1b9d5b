"""Tridiagonal solves: all active weeks at once, as webbing joins only weeks of one participant.

Weeks that no edge joins are eliminated in closed form (`cred.solver.inactive_weeks`): a step of
webbing away from an active week arrives at the next active one, comes back, or is lost. One
tridiagonal system for all participants remains. Its pivots are what leaves a week forward in
time and for good, added up week by week without subtraction (Grassmann, Taksar, Heyman 1985).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dgttrs

from cred.grouping import sort_by_group
from cred.solver.inactive_weeks import InactiveRuns

_Ints = NDArray[np.signedinteger[Any]]
_Floats = NDArray[np.float64]

_LEAST_FOR_LAPACK: Final = 3
"""scipy's wrapper refuses smaller tridiagonal systems."""


@dataclass(frozen=True, slots=True, eq=False)
class ActiveWeeks:
    """Weeks that an edge joins, by participant and then in order of time."""

    participant: _Ints
    """Shape (u,): non-decreasing."""
    week: _Ints
    """Shape (u,)."""
    count: int
    """Number of weeks of the ranking, active or not."""

    def gaps(self) -> tuple[_Ints, _Ints]:
        """Return the number of inactive weeks before and after each, shape (u,) each."""
        before, after = self.week.copy(), self.count - 1 - self.week
        follows = self.follows()
        between = self.week[follows] - self.week[follows - 1] - 1
        before[follows], after[follows - 1] = between, between
        return before, after

    def follows(self) -> _Ints:
        """Return the indices of those that come after another one of the same participant."""
        return np.flatnonzero(np.diff(self.participant, prepend=-1) == 0)


@dataclass(frozen=True, slots=True)
class WebbingChances:
    """Probabilities of a step of webbing, and what runs of inactive weeks do with it."""

    forward: float
    backward: float
    ahead: InactiveRuns
    to_end: InactiveRuns
    back: InactiveRuns
    to_begin: InactiveRuns


class Tridiagonal:
    """The factored system of all participants' active weeks.

    Parameters
    ----------
    weeks
        The active weeks.
    leaves
        Shape (u,): probability of leaving each other than by webbing.
    webbing
        Probabilities of webbing between them.
    """

    def __init__(self, weeks: ActiveWeeks, leaves: _Floats, webbing: WebbingChances) -> None:
        before, after = weeks.gaps()
        follows = weeks.follows()
        ahead, lost_ahead = _chances_of_next(
            webbing.forward, after, follows - 1, webbing.ahead, webbing.to_end
        )
        back, lost_back = _chances_of_next(
            webbing.backward, before, follows, webbing.back, webbing.to_begin
        )
        slack = leaves + lost_ahead + lost_back
        pivots = _pivots(weeks, slack, ahead, back)
        pivots[pivots == 0.0] = 1.0  # only where nothing ever enters
        count = len(pivots)
        # Weeks of nobody, which nothing enters, make up the least number that LAPACK takes.
        size = max(count, _LEAST_FOR_LAPACK)
        self._pivots = np.ones(size)
        self._pivots[:count] = pivots
        self._lower, self._upper = np.zeros(size - 1), np.zeros(size - 1)
        self._lower[: max(count - 1, 0)] = (-ahead / pivots)[:-1]
        self._upper[: max(count - 1, 0)] = -back[1:]
        self._no_fill_in = np.zeros(size - 2)
        self._no_interchange = np.arange(1, size + 1, dtype=np.int32)

    def solve(self, inflow: _Floats) -> _Floats:
        """Return what flows through each week, shape (u,), given what enters."""
        weeks, size = len(inflow), len(self._pivots)
        if weeks < size:
            inflow = np.append(inflow, np.zeros(size - weeks))
        solution, failed = dgttrs(
            self._lower,
            self._pivots,
            self._upper,
            self._no_fill_in,
            self._no_interchange,
            inflow,
        )
        assert failed == 0  # noqa: S101 - a wrong argument
        solved: _Floats = solution[:weeks]
        return solved


def _pivots(weeks: ActiveWeeks, slack: _Floats, ahead: _Floats, back: _Floats) -> _Floats:
    """Return the pivots, shape (u,); adds to `slack` what comes from earlier weeks."""
    pivots = ahead + slack
    position = np.arange(len(slack)) - np.searchsorted(weeks.participant, weeks.participant)
    order, starts = sort_by_group(position, int(position.max(initial=0)) + 1)
    for number in range(1, len(starts) - 1):
        now = order[starts[number] : starts[number + 1]]
        slack[now] += back[now] * slack[now - 1] / pivots[now - 1]
        pivots[now] = ahead[now] + slack[now]
    return pivots


def _chances_of_next(
    chance: float, gap: _Ints, joined: _Ints, between: InactiveRuns, end: InactiveRuns
) -> tuple[_Floats, _Floats]:
    """Return the probabilities of reaching the next active week and of being lost before it.

    Parameters
    ----------
    chance
        Of a step in this direction.
    gap
        Shape (u,): number of inactive weeks in this direction.
    joined
        Indices of the weeks that have another active one in this direction.
    between, end
        What runs of inactive weeks do.
    """
    arrives, lost = np.zeros(len(gap)), chance * end.lost[gap]
    arrives[joined] = chance * between.passes[gap[joined]]
    lost[joined] = chance * between.lost[gap[joined]]
    return arrives, lost

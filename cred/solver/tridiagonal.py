"""Participants' active weeks, solved directly: webbing ties only the weeks of one participant.

The weeks that no edge joins are closed forms (`cred.solver.inactive_weeks`): a step of webbing away from an
active week comes to the next active one, or back, or is lost. What is left is one tridiagonal
system for all, in which a pivot is what leaves a week ahead in time and for good; the rest is
added up week by week (Grassmann, Taksar, Heyman 1985), and never anything subtracted.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

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
    """Active weeks, participant by participant, each participant's in order of time."""

    participant: _Ints
    """Shape (u,): increasing."""
    week: _Ints
    """Shape (u,)."""
    count: int
    """Weeks of the ranking."""

    def gaps(self) -> tuple[_Ints, _Ints]:
        """Return how many inactive weeks lie before and behind each, shape (u,) each."""
        before, behind = self.week.copy(), self.count - 1 - self.week
        follows = self.follows()
        between = self.week[follows] - self.week[follows - 1] - 1
        before[follows], behind[follows - 1] = between, between
        return before, behind

    def follows(self) -> _Ints:
        """Return which weeks come after one of the same participant."""
        return np.flatnonzero(np.diff(self.participant, prepend=-1) == 0)


@dataclass(frozen=True, slots=True)
class WebbingChances:
    """What runs of inactive weeks do, ahead in time and back."""

    forward: float
    backward: float
    ahead: InactiveRuns
    to_end: InactiveRuns
    back: InactiveRuns
    to_begin: InactiveRuns


class Tridiagonal:
    """Webbing of all participants, with what leaves their active weeks in other ways."""

    def __init__(self, weeks: ActiveWeeks, leaves: _Floats, webs: WebbingChances) -> None:
        before, behind = weeks.gaps()
        follows = weeks.follows()
        ahead, lost_ahead = _entered(webs.forward, behind, follows - 1, webs.ahead, webs.to_end)
        back, lost_back = _entered(webs.backward, before, follows, webs.back, webs.to_begin)
        slack = leaves + lost_ahead + lost_back
        self._diagonal = slack + ahead + back
        """Shape (u,): chance of leaving the week for anywhere else."""
        self._ahead, self._back = ahead, back
        pivots = _pivots(weeks, slack, ahead, back)
        pivots[pivots == 0.0] = 1.0  # nothing ever enters, or it would be trapped
        count = len(pivots)
        # What is missing to the fewest that it takes: weeks of nobody, which nothing enters.
        size = max(count, _LEAST_FOR_LAPACK)
        self._pivots = np.ones(size)
        self._pivots[:count] = pivots
        self._lower, self._upper = np.zeros(size - 1), np.zeros(size - 1)
        self._lower[: max(count - 1, 0)] = (-ahead / pivots)[:-1]
        self._upper[: max(count - 1, 0)] = -back[1:]
        self._none = np.zeros(size - 2)
        self._order = np.arange(1, size + 1, dtype=np.int32)

    def solve(self, inflow: _Floats) -> _Floats:
        """Return what flows through each week, shape (u,), given what enters."""
        return self._solved(inflow, "N")

    def solve_transposed(self, value: _Floats) -> _Floats:
        """Return what entering each week is worth, given the worth of flowing through it."""
        return self._solved(value, "T")

    def multiply_transposed(self, worth: _Floats, loop: _Floats) -> _Floats:
        """Return what flowing through each week must be worth if entering is worth this.

        Without edges, that is: what leaves along them is lost, but for loops.
        """
        value = (self._diagonal + loop) * worth
        value[:-1] -= self._ahead[:-1] * worth[1:]
        value[1:] -= self._back[1:] * worth[:-1]
        return np.maximum(value, 0.0)

    def _solved(self, column: _Floats, way: Literal["N", "T"]) -> _Floats:
        weeks, size = len(column), len(self._pivots)
        if weeks < size:
            column = np.append(column, np.zeros(size - weeks))
        factors = (self._lower, self._pivots, self._upper, self._none, self._order)
        found, failed = dgttrs(*factors, column, trans=way)
        assert failed == 0  # noqa: S101 - a wrong argument
        solved: _Floats = found[:weeks]
        return solved


def _pivots(weeks: ActiveWeeks, slack: _Floats, ahead: _Floats, back: _Floats) -> _Floats:
    """Return the pivots, shape (u,); adds to `slack` what of it comes from earlier weeks."""
    found = ahead + slack
    position = np.arange(len(slack)) - np.searchsorted(weeks.participant, weeks.participant)
    order, starts = sort_by_group(position, int(position.max(initial=0)) + 1)
    for number in range(1, len(starts) - 1):
        now = order[starts[number] : starts[number + 1]]
        slack[now] += back[now] * slack[now - 1] / found[now - 1]
        found[now] = ahead[now] + slack[now]
    return found


def _entered(
    chance: float, gap: _Ints, joined: _Ints, between: InactiveRuns, end: InactiveRuns
) -> tuple[_Floats, _Floats]:
    """Return the chances of coming to the next active week, and of being lost on the way.

    Parameters
    ----------
    chance
        Of a step that way.
    gap
        Shape (u,): inactive weeks that way.
    joined
        Which weeks have another active one that way.
    between, end
        What runs of inactive weeks do.
    """
    comes, lost = np.zeros(len(gap)), chance * end.lost[gap]
    comes[joined] = chance * between.passes[gap[joined]]
    lost[joined] = chance * between.lost[gap[joined]]
    return comes, lost

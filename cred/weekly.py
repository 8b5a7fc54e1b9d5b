"""Participants' active weeks, solved directly: webbing ties only the weeks of one participant.

The weeks that no edge joins are closed forms (`cred.runs`): a step of webbing away from an
active week comes to the next active one, or back, or is lost. What is left is one tridiagonal
system for all, in which a pivot is what leaves a week ahead in time and for good; the rest is
added up week by week (Grassmann, Taksar, Heyman 1985), and never anything subtracted.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dgttrs

from cred import kernels
from cred.grouping import grouped
from cred.kernels import loops
from cred.runs import Runs

_Ints = NDArray[np.signedinteger[Any]]
_Floats = NDArray[np.float64]

_LEAST_FOR_LAPACK: Final = 3
"""scipy's wrapper refuses smaller tridiagonal systems."""


@dataclass(frozen=True, slots=True, eq=False)
class Weeks:
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
class Webs:
    """What runs of inactive weeks do, ahead in time and back."""

    forward: float
    backward: float
    ahead: Runs
    to_end: Runs
    back: Runs
    to_begin: Runs


class Tridiagonal:
    """Webbing of all participants, with what leaves their active weeks in other ways."""

    def __init__(self, weeks: Weeks, leaves: _Floats, webs: Webs) -> None:
        before, behind = weeks.gaps()
        follows = weeks.follows()
        ahead, lost_ahead = _entered(webs.forward, behind, follows - 1, webs.ahead, webs.to_end)
        back, lost_back = _entered(webs.backward, before, follows, webs.back, webs.to_begin)
        slack = leaves + lost_ahead + lost_back
        self.diagonal = slack + ahead + back
        """Shape (u,): chance of leaving the week for anywhere else."""
        self._ahead, self._back = ahead, back
        factored = _Loops if kernels.AVAILABLE else _Lapack
        pivots = factored.pivots(weeks, slack, ahead, back)
        pivots[pivots == 0.0] = 1.0  # nothing ever enters, or it would be trapped
        self._factors = factored(pivots, ahead, back)

    def through(self, inflow: _Floats) -> _Floats:
        """Return what flows through each week, shape (u,), given what enters."""
        return self._factors.through(inflow)

    def worth(self, value: _Floats) -> _Floats:
        """Return what entering each week is worth, given the worth of flowing through it."""
        return self._factors.worth(value)

    def unseen(self, worth: _Floats, loop: _Floats) -> _Floats:
        """Return what flowing through each week must be worth if entering is worth this.

        Without edges, that is: what leaves along them is lost, but for loops.
        """
        value = (self.diagonal + loop) * worth
        value[:-1] -= self._ahead[:-1] * worth[1:]
        value[1:] -= self._back[1:] * worth[:-1]
        return np.maximum(value, 0.0)


class _Loops:
    """Solving with kernels."""

    def __init__(self, pivots: _Floats, ahead: _Floats, back: _Floats) -> None:
        self._inverse = 1.0 / pivots
        self._lower, self._upper = np.zeros(len(pivots)), np.zeros(len(pivots))
        self._lower[1:] = (ahead / pivots)[:-1]
        self._upper[:-1] = back[1:] / pivots[:-1]

    @staticmethod
    def pivots(weeks: Weeks, slack: _Floats, ahead: _Floats, back: _Floats) -> _Floats:
        follows = np.zeros(len(slack), np.bool_)
        follows[weeks.follows()] = True
        found: _Floats = loops().pivots(slack, ahead, back, follows)
        return found

    def through(self, inflow: _Floats) -> _Floats:
        flow = inflow.copy()
        loops().through(self._lower, self._upper, self._inverse, flow)
        return flow

    def worth(self, value: _Floats) -> _Floats:
        worth = value.copy()
        loops().through_worth(self._lower, self._upper, self._inverse, worth)
        return worth


class _Lapack:
    """Solving with scipy."""

    def __init__(self, pivots: _Floats, ahead: _Floats, back: _Floats) -> None:
        weeks = len(pivots)
        # What is missing to the fewest that it takes: weeks of nobody, which nothing enters.
        size = max(weeks, _LEAST_FOR_LAPACK)
        self._pivots = np.ones(size)
        self._pivots[:weeks] = pivots
        self._lower, self._upper = np.zeros(size - 1), np.zeros(size - 1)
        self._lower[: max(weeks - 1, 0)] = (-ahead / pivots)[:-1]
        self._upper[: max(weeks - 1, 0)] = -back[1:]
        self._none = np.zeros(size - 2)
        self._order = np.arange(1, size + 1, dtype=np.int32)

    @staticmethod
    def pivots(weeks: Weeks, slack: _Floats, ahead: _Floats, back: _Floats) -> _Floats:
        found = ahead + slack
        position = np.arange(len(slack)) - np.searchsorted(weeks.participant, weeks.participant)
        order, starts = grouped(position, int(position.max(initial=0)) + 1)
        for number in range(1, len(starts) - 1):
            now = order[starts[number] : starts[number + 1]]
            slack[now] += back[now] * slack[now - 1] / found[now - 1]
            found[now] = ahead[now] + slack[now]
        return found

    def through(self, inflow: _Floats) -> _Floats:
        return self._solved(inflow, "N")

    def worth(self, value: _Floats) -> _Floats:
        return self._solved(value, "T")

    def _solved(self, column: _Floats, way: Literal["N", "T"]) -> _Floats:
        weeks, size = len(column), len(self._pivots)
        if weeks < size:
            column = np.append(column, np.zeros(size - weeks))
        factors = (self._lower, self._pivots, self._upper, self._none, self._order)
        found, failed = dgttrs(*factors, column, trans=way)
        assert failed == 0  # noqa: S101 - a wrong argument
        solved: _Floats = found[:weeks]
        return solved


def _entered(
    chance: float, gap: _Ints, joined: _Ints, between: Runs, end: Runs
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

"""Participants' active weeks, solved directly: webbing ties only the weeks of one participant.

The weeks that no edge joins are closed forms (`cred.runs`): a step of webbing away from an
active week comes to the next active one, or back, or is lost. What is left is one tridiagonal
system for all, in which a pivot is what leaves a week ahead in time and for good; the rest is
added up week by week (Grassmann, Taksar, Heyman 1985), and never anything subtracted.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dgttrs

from cred.grouping import grouped
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
        pivots = ahead + slack
        position = np.arange(len(slack)) - np.searchsorted(weeks.participant, weeks.participant)
        order, starts = grouped(position, int(position.max(initial=0)) + 1)
        for number in range(1, len(starts) - 1):
            now = order[starts[number] : starts[number + 1]]
            slack[now] += back[now] * slack[now - 1] / pivots[now - 1]
            pivots[now] = ahead[now] + slack[now]
        pivots[pivots == 0.0] = 1.0  # nothing ever enters, or it would be trapped
        self._ahead, self._back = ahead, back
        self._lower = (-ahead / pivots)[:-1]
        self._upper = -back[1:]
        self._pivots = pivots
        self._order = np.arange(1, len(pivots) + 1, dtype=np.int32)

    def through(self, inflow: _Floats) -> _Floats:
        """Return what flows through each week, shape (u,), given what enters."""
        if len(inflow) < _LEAST_FOR_LAPACK:
            return self._through_few(inflow)
        none = np.zeros(len(inflow) - 2)
        flow, failed = dgttrs(self._lower, self._pivots, self._upper, none, self._order, inflow)
        assert failed == 0  # noqa: S101 - a wrong argument
        answer: _Floats = flow
        return answer

    def worth(self, value: _Floats) -> _Floats:
        """Return what entering each week is worth, given the worth of flowing through it."""
        if len(value) < _LEAST_FOR_LAPACK:
            return np.linalg.solve(self._dense().T, value).astype(np.float64)
        none = np.zeros(len(value) - 2)
        worth, failed = dgttrs(
            self._lower, self._pivots, self._upper, none, self._order, value, trans="T"
        )
        assert failed == 0  # noqa: S101 - a wrong argument
        answer: _Floats = worth
        return answer

    def unseen(self, worth: _Floats, loop: _Floats) -> _Floats:
        """Return what flowing through each week must be worth if entering is worth this.

        Without edges, that is: what leaves along them is lost, but for loops.
        """
        value = (self.diagonal + loop) * worth
        value[:-1] -= self._ahead[:-1] * worth[1:]
        value[1:] -= self._back[1:] * worth[:-1]
        return np.maximum(value, 0.0)

    def _dense(self) -> _Floats:
        return (
            np.diag(self.diagonal) - np.diag(self._ahead[:-1], -1) - np.diag(self._back[1:], 1)
        )

    def _through_few(self, inflow: _Floats) -> _Floats:
        flow = inflow.copy()
        for week in range(1, len(flow)):
            flow[week] -= self._lower[week - 1] * flow[week - 1]
        for week in range(len(flow) - 1, -1, -1):
            if week + 1 < len(flow):
                flow[week] -= self._upper[week] * flow[week + 1]
            flow[week] /= self._pivots[week]
        return flow


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

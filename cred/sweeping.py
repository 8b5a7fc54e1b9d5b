"""The system that folding leaves, solved by sweeps: contributions newest first, weeks directly.

Let x hold the flow of every active week and of some contributions (*lagging*, see below). A
sweep F takes x to the flow that follows from it:

1. Every contribution left, given x. Among them flow mostly goes from newer to older ones (a
   reply, to what it answers), so they are taken newest first, and all those steps count at
   once. Contributions are put into *layers*: one is in a later layer than all that send to it.
   A step that fits no such order (from an older one to a newer; around a circle; into more
   than `_MOST_LAYERS` layers) *lags*: it carries what its origin had in x.
2. Every participant's weeks, given those contributions: webbing, runs of inactive weeks
   included, ties only the weeks of one participant, a tridiagonal system that is solved
   directly. Steps from week to week that folding left carry what x has.

F(x) = f + G x with G ≥ 0, a regular splitting of an M-matrix, so sweeps from 0 grow towards
the solution y = F(y) (Varga, Matrix Iterative Analysis, 1962, ch. 3).

Transposed sweeps tell what flow is worth: x = v + Q x, where v is the worth of what flows
through a row and x that of what enters it. They take the same steps against their direction,
the oldest contribution first.

All errors together
-------------------
If y is wanted only so well that all errors together are small, count flow. With c = F(x) - x,
what F(x) is wrong by is y - F(x) = G (y - x) = (I - G)⁻¹ G c, no more than what flows if G |c|
is added. To the rows and weeks that |c| leads to this takes entering flow of |c| times the
chance of leaving a week by edges, or a contribution by steps that lag; what enters accrues at
most once. So the accrued flow is wrong by no more than the sum of those products, and cred,
which is shared out in proportion, by no more than twice that as a part of all that accrues.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dgttrs
from scipy.sparse import csr_array

from cred.accelerating import EachRow, Promise, fixed_point
from cred.folding import System
from cred.grouping import grouped, summed
from cred.runs import Runs

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]

_MOST_LAYERS: Final = 32
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


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Steps as a sparse matrix whose numbers are looked up, destination by origin."""

    step: _Ints
    """Shape (entries,): place in forward and backward, end to end."""
    origin: NDArray[np.int32]
    starts: NDArray[np.int32]
    origins: int

    def matrix(self, chances: _Floats) -> csr_array:
        shape = (len(self.starts) - 1, self.origins)
        return csr_array((chances[self.step], self.origin, self.starts), shape=shape)


def _steps(step: _Ints, origin: _Ints, destination: _Ints, shape: tuple[int, int]) -> _Steps:
    order, starts = grouped(destination, shape[0])
    return _Steps(
        step[order], origin[order].astype(np.int32), starts.astype(np.int32), shape[1]
    )


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How to sweep over the rows that folding left: who is joined to whom, no numbers."""

    rows: _Ints
    """Shape (c,): the contributions left, newest first."""
    weeks: Weeks
    contributions: int
    """Rows before the first week."""
    lagging: _Ints
    """Shape (g,): which of `rows` have steps that lag."""
    into_rows: _Steps
    into_weeks: _Steps
    among_weeks: _Steps
    lag: _Steps
    layers: tuple[tuple[_Ints, _Steps], ...]
    """The rows of each layer but the first, with the steps to them from earlier layers."""
    origin: _Ints
    """Shape (2 edges,): row that each step starts from, forward and backward end to end."""


def plan(left: _Ints, first: _Ints, second: _Ints, dates_ms: _Ints, weeks: Weeks) -> Plan:
    """Return how to sweep over a graph.

    Parameters
    ----------
    left
        The rows that take part, contributions before weeks.
    first, second
        Shape (edges,): rows that each edge joins.
    dates_ms
        Shape (contributions,): date of every contribution's row, left or not.
    weeks
        What the rows from `len(dates_ms)` on stand for.
    """
    contributions, active = len(dates_ms), len(weeks.week)
    rows = left[left < contributions]
    rows = rows[np.argsort(dates_ms[rows], kind="stable")[::-1]]
    place = np.full(contributions + active, -1, np.int64)
    place[rows] = np.arange(len(rows))
    place[contributions:] = np.arange(active)

    origin, destination = np.concatenate([first, second]), np.concatenate([second, first])
    from_row, to_row = origin < contributions, destination < contributions
    origin_place, destination_place = place[origin], place[destination]

    def chosen(which: NDArray[np.bool_], shape: tuple[int, int]) -> _Steps:
        step = np.flatnonzero(which)
        return _steps(step, origin_place[step], destination_place[step], shape)

    count = len(rows)
    older = from_row & to_row & (origin_place < destination_place)
    layer = _layers(origin_place[older], destination_place[older], count)
    ordered = older.copy()
    ordered[older] = layer[origin_place[older]] < layer[destination_place[older]]
    lags = from_row & to_row & ~ordered
    lagging = np.unique(origin_place[lags])
    lag = np.flatnonzero(lags)
    return Plan(
        rows=rows,
        weeks=weeks,
        contributions=contributions,
        lagging=lagging,
        into_rows=chosen(~from_row & to_row, (count, active)),
        into_weeks=chosen(from_row & ~to_row, (active, count)),
        among_weeks=chosen(~from_row & ~to_row, (active, active)),
        lag=_steps(
            lag,
            np.searchsorted(lagging, origin_place[lag]),
            destination_place[lag],
            (count, len(lagging)),
        ),
        layers=_layered(ordered, layer, origin_place, destination_place),
        origin=origin,
    )


def _layers(origin: _Ints, destination: _Ints, rows: int) -> _Ints:
    """Return the layer of each row: after those that send to it, if there are enough."""
    layer = np.zeros(rows, np.int64)
    for _ in range(_MOST_LAYERS - 1):
        grown = layer.copy()
        np.maximum.at(grown, destination, layer[origin] + 1)
        if np.array_equal(grown, layer):
            break
        layer = grown
    return layer


def _layered(
    ordered: NDArray[np.bool_], layer: _Ints, origin: _Ints, destination: _Ints
) -> tuple[tuple[_Ints, _Steps], ...]:
    layers = []
    step = np.flatnonzero(ordered)
    order, starts = grouped(layer[destination[step]], int(layer.max(initial=0)) + 1)
    for number in range(1, len(starts) - 1):
        of = step[order[starts[number] : starts[number + 1]]]
        rows, place = np.unique(destination[of], return_inverse=True)
        layers.append((rows, _steps(of, origin[of], place, (len(rows), len(layer)))))
    return tuple(layers)


@dataclass(frozen=True, slots=True)
class Webs:
    """What runs of inactive weeks do, ahead in time and back."""

    forward: float
    backward: float
    ahead: Runs
    to_end: Runs
    back: Runs
    to_begin: Runs


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """What flows where, and how good it is."""

    rows: _Floats
    """Shape (c,): flow of `Plan.rows`."""
    inflow: _Floats
    """Shape (u,): what enters each active week, but for webbing."""
    steps: int
    error: float
    """What `solve` was asked to bound, at most."""


class Sweeps:
    """The numbers of a plan under some weights; `solve` for any mint."""

    def __init__(self, plan: Plan, system: System, webs: Webs, accrual: _Floats) -> None:
        chances = np.concatenate([system.forward, system.backward])
        onward = summed(plan.origin, chances, len(system.lost))
        leaves = system.lost + onward
        first = plan.contributions
        in_rows = leaves[plan.rows]
        in_rows[in_rows == 0.0] = 1.0  # nothing ever enters, or it would be trapped
        self._plan = plan
        self._visits = (in_rows + system.loop[plan.rows]) / in_rows
        self._loop = system.loop[first:]
        self._accrual = accrual
        self._into_rows = plan.into_rows.matrix(chances)
        self._into_weeks = plan.into_weeks.matrix(chances)
        self._among_weeks = plan.among_weeks.matrix(chances)
        self._lag = plan.lag.matrix(chances)
        self._layers = [(rows, steps.matrix(chances)) for rows, steps in plan.layers]
        self._weeks = _Tridiagonal(plan.weeks, leaves[first:], webs)
        lagging = summed(plan.lag.origin, self._lag.data, len(plan.lagging))
        self._mass = np.concatenate([onward[first:], lagging])

    def solve(self, mint: _Floats, *, tolerance: float, each: bool, max_steps: int) -> Solution:
        """Return the flow.

        Parameters
        ----------
        mint
            Shape (rows,): m, as `Folding.fold_mint` left it; all that is minted is 1.
        tolerance
            What must be promised.
        each
            Bound the relative error of each row's flow, not only the sum of the absolute
            errors of all cred as a part of all cred.
        max_steps
            Sweeps before giving up.

        Raises
        ------
        NotConvergedError
            If `max_steps` sweeps do not do.
        """
        promise: Promise = (
            EachRow(self._mass) if each else _AllTogether(self._mass, self._accrual)
        )

        def sweep(state: _Floats) -> tuple[tuple[_Floats, _Floats], _Floats]:
            rows, inflow, after = self._sweep(state, mint)
            return (rows, inflow), after

        (rows, inflow), steps, error = fixed_point(
            sweep, len(self._mass), promise, tolerance=tolerance, max_steps=max_steps
        )
        return Solution(rows, inflow, steps, error)

    def worth(
        self, value: _Floats, seen: _Floats, *, tolerance: float, max_steps: int
    ) -> tuple[_Floats, _Floats]:
        """Return what entering each row and each active week is worth, shapes (c,) and (u,).

        Parameters
        ----------
        value
            Shape (rows,), as `Folding.fold_worth` left it: the worth of what flows through each
            row. From 0 up.
        seen
            Shape (u,): what entering each active week is worth by webbing alone.
        tolerance
            Largest relative error of any.
        max_steps
            Sweeps before giving up.

        Raises
        ------
        NotConvergedError
            If `max_steps` sweeps do not do.
        """
        plan = self._plan
        active = len(plan.weeks.week)
        of_weeks = self._weeks.unseen(seen, self._loop) + value[plan.contributions :]
        of_rows = value[plan.rows]
        into_rows, into_weeks, among_weeks, lag, layers = self._transposed

        def sweep(state: _Floats) -> tuple[tuple[_Floats, _Floats], _Floats]:
            weeks, lagging = state[:active], state[active:]
            rows = of_rows + into_weeks @ weeks
            rows[plan.lagging] += lagging
            rows *= self._visits
            for layer, steps in layers:
                rows += self._visits * (steps @ rows[layer])
            after = self._weeks.worth(of_weeks + into_rows @ rows + among_weeks @ weeks)
            return (rows, after), np.concatenate([after, lag @ rows])

        promise = EachRow(np.ones(len(self._mass)))
        found, _, _ = fixed_point(
            sweep, len(self._mass), promise, tolerance=tolerance, max_steps=max_steps
        )
        return found

    @cached_property
    def _transposed(self) -> tuple[Any, Any, Any, Any, list[tuple[_Ints, csr_array]]]:
        return (
            self._into_rows.T.tocsr(),
            self._into_weeks.T.tocsr(),
            self._among_weeks.T.tocsr(),
            self._lag.T.tocsr(),
            [(rows, steps.T.tocsr()) for rows, steps in reversed(self._layers)],
        )

    def _sweep(self, state: _Floats, mint: _Floats) -> tuple[_Floats, _Floats, _Floats]:
        """Return the rows' flow, what enters the weeks, and F(state)."""
        plan = self._plan
        active = len(plan.weeks.week)
        weeks, lagging = state[:active], state[active:]
        rows = mint[plan.rows] + self._into_rows @ weeks
        if len(lagging):
            rows += self._lag @ lagging
        rows *= self._visits
        for layer, steps in self._layers:
            rows[layer] += self._visits[layer] * (steps @ rows)
        inflow = mint[plan.contributions :] + self._into_weeks @ rows
        inflow += self._among_weeks @ weeks
        after = np.concatenate([self._weeks.through(inflow), rows[plan.lagging]])
        return rows, inflow + self._loop * after[:active], after


class _AllTogether:
    """The sum of all errors of cred, as a part of all cred; see the module."""

    def __init__(self, mass: _Floats, accrual: _Floats) -> None:
        self._mass = mass
        self._accrual = accrual

    def size(self, change: _Floats) -> float:
        """Return a bound of the flow that a change still makes accrue; all mint is 1."""
        return float(self._mass @ np.abs(change))

    def error(self, change: _Floats, after: _Floats, reached: _Floats, first: int) -> float:
        """Return the bound; how many rows were reached does not matter."""
        del reached, first
        moved = self.size(change)
        accrued = float(self._accrual @ after[: len(self._accrual)])
        if accrued == 0.0:
            return moved  # as a part of what is minted: there is no cred
        return 2.0 * moved / (accrued - moved) if accrued > moved else np.inf


class _Tridiagonal:
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

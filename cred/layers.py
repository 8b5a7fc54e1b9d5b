"""Sweeps with numpy and scipy: contributions layer by layer.

Contributions are put into *layers*: one is in a later layer than all that send to it. Steps
from layer to layer count at once; those that fit no such order (from an older contribution to
a newer; around a circle; into more than `_MOST_LAYERS` layers) lag (`cred.sweeping`). Each
layer, and each kind of step apart from that, is one product with a sparse matrix.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from cred.folding import Folding, System
from cred.grouping import grouped, summed
from cred.sweeping import Sweeps
from cred.weekly import Tridiagonal, Webs, Weeks

_Ints = NDArray[np.integer[Any]]
_Floats = NDArray[np.float64]

_MOST_LAYERS: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Steps as a sparse matrix whose numbers are looked up, destination by origin."""

    step: _Ints
    """Shape (entries,): place in `System.steps`."""
    origin: NDArray[np.int32]
    starts: NDArray[np.int32]
    origins: int

    def matrix(self, chances: _Floats) -> csr_array:
        shape = (len(self.starts) - 1, self.origins)
        return csr_array((chances.take(self.step), self.origin, self.starts), shape=shape)


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
    steps: _Ints
    """Shape (2 edges left,): place in `System.steps` of every step left."""
    origin: _Ints
    """Shape (2 edges left,): row that each starts from."""

    def sweeps(self, left: System, webs: Webs, accrual: _Floats) -> Sweeps:
        """Return sweeps under some weights."""
        return _Layered(self, left, webs, accrual)


def plan(folding: Folding, dates_ms: _Ints, weeks: Weeks) -> Plan:
    """Return how to sweep over a graph.

    Parameters
    ----------
    folding
        Which rows and edges are left.
    dates_ms
        Shape (contributions,): date of every contribution's row, left or not.
    weeks
        What the rows from `len(dates_ms)` on stand for.
    """
    left, first, second = folding.left, folding.first, folding.second
    steps = np.concatenate([2 * folding.edge, 2 * folding.edge + 1])
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
        at = np.flatnonzero(which)
        return _steps(steps[at], origin_place[at], destination_place[at], shape)

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
            steps[lag],
            np.searchsorted(lagging, origin_place[lag]),
            destination_place[lag],
            (count, len(lagging)),
        ),
        layers=_layered(ordered, layer, steps, origin_place, destination_place),
        steps=steps,
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
    ordered: NDArray[np.bool_],
    layer: _Ints,
    steps: _Ints,
    origin: _Ints,
    destination: _Ints,
) -> tuple[tuple[_Ints, _Steps], ...]:
    layers = []
    at = np.flatnonzero(ordered)
    order, starts = grouped(layer[destination[at]], int(layer.max(initial=0)) + 1)
    for number in range(1, len(starts) - 1):
        of = at[order[starts[number] : starts[number + 1]]]
        rows, place = np.unique(destination[of], return_inverse=True)
        layers.append((rows, _steps(steps[of], origin[of], place, (len(rows), len(layer)))))
    return tuple(layers)


class _Layered(Sweeps):
    def __init__(self, plan: Plan, left: System, webs: Webs, accrual: _Floats) -> None:
        chances, rows = left.steps, len(left.lost)
        onward = summed(plan.origin, chances.take(plan.steps), rows)
        leaves = left.lost + onward
        first = plan.contributions
        in_rows = leaves[plan.rows]
        in_rows[in_rows == 0.0] = 1.0  # nothing ever enters, or it would be trapped
        self._plan = plan
        self._visits = (in_rows + left.loop[plan.rows]) / in_rows
        self._into_rows = plan.into_rows.matrix(chances)
        self._into_weeks = plan.into_weeks.matrix(chances)
        self._among_weeks = plan.among_weeks.matrix(chances)
        self._lag = plan.lag.matrix(chances)
        self._layers = [(rows, steps.matrix(chances)) for rows, steps in plan.layers]
        lagging = summed(plan.lag.origin, self._lag.data, len(plan.lagging))
        super().__init__(
            rows=plan.rows,
            weeks=Tridiagonal(plan.weeks, leaves[first:], webs),
            loop=left.loop[first:],
            mass=np.concatenate([onward[first:], lagging]),
            accrual=accrual,
        )

    def _sweep(
        self, state: _Floats, of_rows: _Floats, of_weeks: _Floats
    ) -> tuple[_Floats, _Floats, _Floats]:
        active = len(of_weeks)
        weeks, lagging = state[:active], state[active:]
        rows = self._into_rows @ weeks
        rows += of_rows
        if len(lagging):
            rows += self._lag @ lagging
        rows *= self._visits
        for layer, steps in self._layers:
            rows[layer] += self._visits[layer] * (steps @ rows)
        inflow = self._into_weeks @ rows
        inflow += self._among_weeks @ weeks
        inflow += of_weeks
        after = np.concatenate([self._weeks.through(inflow), rows[self._plan.lagging]])
        return rows, inflow + self._loop * after[:active], after

    def _sweep_back(
        self, state: _Floats, of_rows: _Floats, of_weeks: _Floats
    ) -> tuple[_Floats, _Floats]:
        active = len(of_weeks)
        weeks, lagging = state[:active], state[active:]
        into_rows, into_weeks, among_weeks, lag, layers = self._transposed
        rows = of_rows + into_weeks @ weeks
        rows[self._plan.lagging] += lagging
        rows *= self._visits
        for layer, steps in layers:
            rows += self._visits * (steps @ rows[layer])
        after = self._weeks.worth(of_weeks + into_rows @ rows + among_weeks @ weeks)
        return rows, np.concatenate([after, lag @ rows])

    @cached_property
    def _transposed(self) -> tuple[Any, Any, Any, Any, list[tuple[_Ints, csr_array]]]:
        return (
            self._into_rows.T.tocsr(),
            self._into_weeks.T.tocsr(),
            self._among_weeks.T.tocsr(),
            self._lag.T.tocsr(),
            [(rows, steps.T.tocsr()) for rows, steps in reversed(self._layers)],
        )

"""In which order to sweep: contributions layer by layer.

Contributions are put into *layers*: one is in a later layer than all that send to it. Steps
from layer to layer count at once; those that fit no such order (from an older contribution to
a newer; around a circle; into more than `_MOST_LAYERS` levels) lag (`cred.solver.gauss_seidel`). Each
layer, and each kind of step apart from that, is one product with a sparse matrix.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from cred.grouping import sort_by_group
from cred.solver.elimination import SymbolicElimination
from cred.solver.tridiagonal import ActiveWeeks

_Ints = NDArray[np.integer[Any]]
_Floats = NDArray[np.float64]

_MOST_LAYERS: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class StepPattern:
    """Steps as a sparse matrix whose numbers are looked up, destination by origin."""

    step: _Ints
    """Shape (entries,): place in `System.steps`."""
    origin: NDArray[np.int32]
    starts: NDArray[np.int32]
    origins: int

    def matrix(self, chances: _Floats) -> csr_array:
        """Return the chances of the steps, shape (destinations, origins)."""
        shape = (len(self.starts) - 1, self.origins)
        return csr_array((chances.take(self.step), self.origin, self.starts), shape=shape)


def _steps(
    step: _Ints, origin: _Ints, destination: _Ints, shape: tuple[int, int]
) -> StepPattern:
    order, starts = sort_by_group(destination, shape[0])
    return StepPattern(
        step[order], origin[order].astype(np.int32), starts.astype(np.int32), shape[1]
    )


@dataclass(frozen=True, slots=True, eq=False)
class SweepSchedule:
    """How to sweep over the rows that folding left: who is joined to whom, no numbers."""

    rows: _Ints
    """Shape (c,): the contributions left, newest first."""
    weeks: ActiveWeeks
    contributions: int
    """Rows before the first week."""
    lagging: _Ints
    """Shape (g,): which of `rows` have steps that lag."""
    into_rows: StepPattern
    into_weeks: StepPattern
    among_weeks: StepPattern
    lag: StepPattern
    levels: tuple[tuple[_Ints, StepPattern], ...]
    """The rows of each layer but the first, with the steps to them from earlier layers."""
    steps: _Ints
    """Shape (2 edges left,): place in `System.steps` of every step left."""
    origin: _Ints
    """Shape (2 edges left,): row that each starts from."""


def schedule_sweeps(
    folding: SymbolicElimination, dates_ms: _Ints, weeks: ActiveWeeks
) -> SweepSchedule:
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

    def chosen(which: NDArray[np.bool_], shape: tuple[int, int]) -> StepPattern:
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
    return SweepSchedule(
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
        levels=_layered(ordered, layer, steps, origin_place, destination_place),
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
) -> tuple[tuple[_Ints, StepPattern], ...]:
    layers = []
    at = np.flatnonzero(ordered)
    order, starts = sort_by_group(layer[destination[at]], int(layer.max(initial=0)) + 1)
    for number in range(1, len(starts) - 1):
        of = at[order[starts[number] : starts[number + 1]]]
        rows, place = np.unique(destination[of], return_inverse=True)
        layers.append((rows, _steps(steps[of], origin[of], place, (len(rows), len(layer)))))
    return tuple(layers)

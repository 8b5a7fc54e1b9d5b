"""Level scheduling: the order in which a sweep visits contributions.

Contributions are put into *levels*, each in a later level than all that send flow to it, so
the rows of one level can be computed at once. Steps from an earlier level to a later one take
effect within the sweep; steps that fit no such order (from an older contribution to a newer
one, around a cycle, or into more than `_MOST_LEVELS` levels) *lag* until the next sweep
(`cred.solver.gauss_seidel`). Each level, and each other kind of step, is one product with a
sparse matrix.
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

_MOST_LEVELS: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class StepPattern:
    """Sparsity pattern of some steps, destinations by origins, without their probabilities."""

    step: _Ints
    """Shape (entries,): position in `System.steps`."""
    origin: NDArray[np.int32]
    starts: NDArray[np.int32]
    origins: int

    def matrix(self, chances: _Floats) -> csr_array:
        """Return the probabilities of the steps, shape (destinations, origins)."""
        shape = (len(self.starts) - 1, self.origins)
        return csr_array((chances.take(self.step), self.origin, self.starts), shape=shape)


def _pattern(
    step: _Ints, origin: _Ints, destination: _Ints, shape: tuple[int, int]
) -> StepPattern:
    order, starts = sort_by_group(destination, shape[0])
    return StepPattern(
        step[order], origin[order].astype(np.int32), starts.astype(np.int32), shape[1]
    )


@dataclass(frozen=True, slots=True, eq=False)
class SweepSchedule:
    """The order of a sweep over the rows that elimination leaves: patterns, no numbers."""

    rows: _Ints
    """Shape (c,): the remaining contributions, newest first."""
    weeks: ActiveWeeks
    contributions: int
    """Number of rows before the first week."""
    lagging: _Ints
    """Shape (g,): indices into `rows` of the contributions with steps that lag."""
    weeks_to_rows: StepPattern
    rows_to_weeks: StepPattern
    weeks_to_weeks: StepPattern
    lagging_to_rows: StepPattern
    levels: tuple[tuple[_Ints, StepPattern], ...]
    """The rows of each level but the first, with the steps to them from earlier levels."""
    steps: _Ints
    """Shape (2 remaining edges,): position in `System.steps` of every remaining step."""
    origin: _Ints
    """Shape (2 remaining edges,): row that each starts from."""


def schedule_sweeps(
    elimination: SymbolicElimination, dates_ms: _Ints, weeks: ActiveWeeks
) -> SweepSchedule:
    """Return the order of sweeps over a graph.

    Parameters
    ----------
    elimination
        Which rows and edges remain.
    dates_ms
        Shape (contributions,): date of every contribution's row, eliminated or not.
    weeks
        What the rows from `len(dates_ms)` on stand for.
    """
    remaining, first, second = elimination.remaining, elimination.first, elimination.second
    steps = np.concatenate([2 * elimination.edge, 2 * elimination.edge + 1])
    contributions, active = len(dates_ms), len(weeks.week)

    # Where each row stands: contributions newest first, then weeks from 0 again.
    rows = remaining[remaining < contributions]
    rows = rows[np.argsort(dates_ms[rows], kind="stable")[::-1]]
    place = np.full(contributions + active, -1, np.int64)
    place[rows] = np.arange(len(rows))
    place[contributions:] = np.arange(active)

    origin, destination = np.concatenate([first, second]), np.concatenate([second, first])
    from_row, to_row = origin < contributions, destination < contributions
    origin_place, destination_place = place[origin], place[destination]

    def select(which: NDArray[np.bool_], shape: tuple[int, int]) -> StepPattern:
        at = np.flatnonzero(which)
        return _pattern(steps[at], origin_place[at], destination_place[at], shape)

    # Steps between contributions go to a later level, or lag.
    count = len(rows)
    to_older = from_row & to_row & (origin_place < destination_place)
    level = _level_of_rows(origin_place[to_older], destination_place[to_older], count)
    ordered = to_older.copy()
    ordered[to_older] = level[origin_place[to_older]] < level[destination_place[to_older]]
    lags = from_row & to_row & ~ordered
    lagging = np.unique(origin_place[lags])
    lag = np.flatnonzero(lags)
    return SweepSchedule(
        rows=rows,
        weeks=weeks,
        contributions=contributions,
        lagging=lagging,
        weeks_to_rows=select(~from_row & to_row, (count, active)),
        rows_to_weeks=select(from_row & ~to_row, (active, count)),
        weeks_to_weeks=select(~from_row & ~to_row, (active, active)),
        lagging_to_rows=_pattern(
            steps[lag],
            np.searchsorted(lagging, origin_place[lag]),
            destination_place[lag],
            (count, len(lagging)),
        ),
        levels=_level_patterns(ordered, level, steps, origin_place, destination_place),
        steps=steps,
        origin=origin,
    )


def _level_of_rows(origin: _Ints, destination: _Ints, rows: int) -> _Ints:
    """Return the level of each row: after those that send to it, as far as there are levels."""
    level = np.zeros(rows, np.int64)
    for _ in range(_MOST_LEVELS - 1):
        raised = level.copy()
        np.maximum.at(raised, destination, level[origin] + 1)
        if np.array_equal(raised, level):
            break
        level = raised
    return level


def _level_patterns(
    ordered: NDArray[np.bool_],
    level: _Ints,
    steps: _Ints,
    origin: _Ints,
    destination: _Ints,
) -> tuple[tuple[_Ints, StepPattern], ...]:
    levels = []
    at = np.flatnonzero(ordered)
    order, starts = sort_by_group(level[destination[at]], int(level.max(initial=0)) + 1)
    for number in range(1, len(starts) - 1):
        into = at[order[starts[number] : starts[number + 1]]]
        rows, place = np.unique(destination[into], return_inverse=True)
        shape = (len(rows), len(level))
        levels.append((rows, _pattern(steps[into], origin[into], place, shape)))
    return tuple(levels)

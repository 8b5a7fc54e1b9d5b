"""Sweeps with kernels: contributions one by one, newest first.

The *places* of a sweep's state are the active weeks and, behind them, the contributions that an
edge joins to a newer one. Each contribution left has entries, one for every place that an edge
joins it to: a week, or an older contribution. A sweep takes one contribution after the other,

    x = m + Σ in · (what the place had before the sweep) + (what newer ones have sent)
    y = visits · x,       and sends out · y to each place,

so steps from newer to older ones all count at once, and those from older to newer lag
(`cred.sweeping`). Contributions that don't lag wait for nobody, so of a few thousand at a time
they come first, those with the same number of entries together: a processor guesses rightly
then how long each loop is. A sweep reads its entries, 20 bytes each, once from end to end, and
goes to and fro only in two vectors that fit a processor's cache.

Against the direction of the steps, the oldest is first, and in and out change places. Edges
from week to week have entries, too, of one of their two rows. Parallel edges are added up to
one entry.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cred.folding import Folding, System
from cred.kernels import loops
from cred.sweeping import Sweeps
from cred.weekly import Tridiagonal, Webs, Weeks

_Ints = NDArray[np.integer[Any]]
_Floats = NDArray[np.float64]

_BUCKET: Final = 4096
_MOST_ENTRIES: Final = 32
"""Contributions with more are not told apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How to sweep over the rows that folding left: who is joined to whom, no numbers."""

    rows: NDArray[np.uint32]
    """Shape (c,): the contributions left, newest first."""
    weeks: Weeks
    contributions: int
    """Rows before the first week."""
    lagging: NDArray[np.int32]
    """Shape (c,): which lagging contribution each is, or -1."""
    places: int
    """Weeks and lagging contributions."""
    starts: NDArray[np.uint32]
    """Shape (c + u + 1,): first entry of each contribution, then of each week."""
    place: NDArray[np.uint32]
    """Shape (entries,)."""
    step: NDArray[np.uint32]
    """Shape (edges left,), in the order of entries: where in `System.steps` the step to a place
    is. That from it differs in the last bit."""
    entry: NDArray[np.uint32]
    """Shape (edges left,): increasing."""

    def sweeps(self, left: System, webs: Webs, accrual: _Floats) -> Sweeps:
        """Return sweeps under some weights."""
        return _RowByRow(self, left, webs, accrual)


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
    contributions, active = len(dates_ms), len(weeks.week)
    rows = folding.left[: len(folding.left) - active]
    rows = rows[np.argsort(dates_ms[rows], kind="stable")[::-1]]
    count = len(rows)
    position = np.empty(contributions + active, np.uint32)
    position[rows] = np.arange(count)
    position[contributions:] = np.arange(count, count + active)
    order, lags = loops().sweep_order(
        position.take(folding.first),
        position.take(folding.second),
        count,
        _BUCKET,
        _MOST_ENTRIES,
    )
    rows = rows[order]
    position[rows] = np.arange(count)
    lagging, places, starts, place, step, entry = loops().entries(
        position.take(folding.first),
        position.take(folding.second),
        folding.edge,
        lags[order],
        active,
    )
    return Plan(rows, weeks, contributions, lagging, places, starts, place, step, entry)


class _RowByRow(Sweeps):
    def __init__(self, plan: Plan, left: System, webs: Webs, accrual: _Floats) -> None:
        active, first = len(plan.weeks.week), plan.contributions
        lost, loop = left.lost, left.loop
        self._plan = plan
        self._out, self._in, self._visits, onward, mass = loops().entry_numbers(
            plan.lagging,
            plan.places,
            plan.starts,
            plan.place,
            plan.step,
            plan.entry,
            left.steps,
            lost[plan.rows],
            loop[plan.rows],
        )
        super().__init__(
            rows=plan.rows,
            weeks=Tridiagonal(plan.weeks, lost[first:] + onward, webs),
            loop=loop[first:],
            mass=mass,
            accrual=accrual,
        )
        assert len(onward) == active  # noqa: S101 - shapes

    def _sweep(
        self, state: _Floats, of_rows: _Floats, of_weeks: _Floats
    ) -> tuple[_Floats, _Floats, _Floats]:
        plan, active = self._plan, len(of_weeks)
        rows, sent = np.empty(len(of_rows)), np.zeros(plan.places)
        sent[:active] = of_weeks
        loops().sweep(
            plan.lagging,
            plan.starts,
            plan.place,
            self._out,
            self._in,
            self._visits,
            of_rows,
            state,
            sent,
            rows,
        )
        inflow, after = sent[:active], np.empty(plan.places)
        after[:active] = self._weeks.through(inflow)
        after[active:] = sent[active:]
        return rows, inflow + self._loop * after[:active], after

    def _sweep_back(
        self, state: _Floats, of_rows: _Floats, of_weeks: _Floats
    ) -> tuple[_Floats, _Floats]:
        plan, active = self._plan, len(of_weeks)
        rows, after = np.empty(len(of_rows)), np.zeros(plan.places)
        after[:active] = of_weeks
        loops().sweep_back(
            plan.lagging,
            plan.starts,
            plan.place,
            self._out,
            self._in,
            self._visits,
            of_rows,
            state.copy(),
            after,
            rows,
        )
        after[:active] = self._weeks.worth(after[:active])
        return rows, after

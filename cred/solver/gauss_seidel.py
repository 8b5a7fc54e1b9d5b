"""Gauss–Seidel sweeps over the reduced system: contributions newest first, then all weeks.

Let x hold the flow of every active week and of some contributions (*lagging*, see below). A
sweep F maps x to the flow that follows from it:

1. Every remaining contribution, given x. Flow mostly goes from newer contributions to older
ones
   (from a reply to what it answers), so they are computed newest first, and all those steps
   take effect at once. A step that fits no such order (from an older one to a newer) *lags*:
   it carries its origin's flow in x. Contributions are computed level by level
   (`cred.solver.level_schedule`).
2. Every participant's weeks, given those contributions (`cred.solver.tridiagonal`). Steps from
   week to week that elimination leaves carry the flow in x.

F(x) = f + G x with G ≥ 0, a regular splitting of an M-matrix, so sweeps from 0 grow towards
the solution y = F(y) (Varga, Matrix Iterative Analysis, 1962, ch. 3).

Bounding the total error ------------------------ If only the sum of all errors has to be
small, flow can be counted. With c = F(x) - x, the error of F(x) is y - F(x) = G (y - x) = (I -
G)⁻¹ G c, no more than what flows if G |c| is added as inflow. The inflow to the rows and weeks
that |c| leads to is |c| times the probability of leaving a week along edges, or a contribution
along steps that lag; what enters accrues at most once. So the error of the accrued flow is at
most the sum s of those products. Cred is shared in proportion to accrued flow: if a of A
accrues to somebody, and a' of A' should,

    a / A - a' / A' = (a - a') / A + a' / A' · (A' - A) / A

and summed over everybody that is at most 2 s / A.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cred.grouping import sum_by_group
from cred.solver.chebyshev import ErrorBound, RowwiseBound, fixed_point
from cred.solver.elimination import System
from cred.solver.level_schedule import SweepSchedule
from cred.solver.tridiagonal import Tridiagonal, WebbingChances

_Ints = NDArray[np.integer[Any]]
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The flow of the reduced system, and how exact it is."""

    rows: _Floats
    """Shape (c,): flow of the remaining contributions, newest first."""
    inflow: _Floats
    """Shape (u,): what enters each active week other than by webbing."""
    steps: int
    error: float
    """Bound of the error that `GaussSeidel.solve` was asked to bound."""


class GaussSeidel:
    """Sweeps under some weights; `solve` serves any mint.

    Parameters
    ----------
    schedule
        The order of the sweeps.
    system
        The system that elimination left.
    webbing
        Probabilities of webbing between active weeks.
    accrual
        Shape (u,): probability of accruing in each active week.
    """

    def __init__(
        self,
        schedule: SweepSchedule,
        system: System,
        webbing: WebbingChances,
        accrual: _Floats,
    ) -> None:
        chances, rows = system.steps, len(system.lost)
        onward = sum_by_group(schedule.origin, chances.take(schedule.steps), rows)
        leaves = system.lost + onward
        first = schedule.contributions
        in_rows = leaves[schedule.rows]
        in_rows[in_rows == 0.0] = 1.0  # only where nothing ever enters
        self._schedule = schedule
        self._visits = (in_rows + system.loop[schedule.rows]) / in_rows
        self._weeks_to_rows = schedule.weeks_to_rows.matrix(chances)
        self._rows_to_weeks = schedule.rows_to_weeks.matrix(chances)
        self._weeks_to_weeks = schedule.weeks_to_weeks.matrix(chances)
        self._lagging_to_rows = schedule.lagging_to_rows.matrix(chances)
        self._levels = [(rows, steps.matrix(chances)) for rows, steps in schedule.levels]
        lagging = sum_by_group(
            schedule.lagging_to_rows.origin, self._lagging_to_rows.data, len(schedule.lagging)
        )
        self._weeks = Tridiagonal(schedule.weeks, leaves[first:], webbing)
        self._loop = system.loop[first:]
        self._mass = np.concatenate([onward[first:], lagging])
        self._accrual = accrual

    def solve(self, mint: _Floats, *, tolerance: float, each: bool, max_steps: int) -> Solution:
        """Return the flow.

        Parameters
        ----------
        mint
            Shape (rows,): m, as `SymbolicElimination.forward_substitute` left it, scaled so
            that all that is minted is 1.
        tolerance
            Largest error that is accepted.
        each
            Bound the relative error of each row's flow, instead of the sum of the absolute
            errors of all cred as a fraction of all cred.
        max_steps
            Sweeps before giving up.

        Raises
        ------
        NotConvergedError
            If `max_steps` sweeps are not enough.
        """
        bound: ErrorBound = (
            RowwiseBound(self._mass) if each else _TotalBound(self._mass, self._accrual)
        )
        row_mint = mint[self._schedule.rows]
        week_mint = mint[len(mint) - len(self._loop) :]

        def sweep(state: _Floats) -> tuple[tuple[_Floats, _Floats], _Floats]:
            rows, inflow, after = self._sweep(state, row_mint, week_mint)
            return (rows, inflow), after

        (rows, inflow), steps, error = fixed_point(
            sweep, len(self._mass), bound, tolerance=tolerance, max_steps=max_steps
        )
        return Solution(rows, inflow, steps, error)

    def _sweep(
        self, state: _Floats, row_mint: _Floats, week_mint: _Floats
    ) -> tuple[_Floats, _Floats, _Floats]:
        """Return the flow of the rows, the inflow of the weeks, and F(state)."""
        active = len(week_mint)
        weeks, lagging = state[:active], state[active:]
        rows = self._weeks_to_rows @ weeks
        rows += row_mint
        if len(lagging):
            rows += self._lagging_to_rows @ lagging
        rows *= self._visits
        for level, steps in self._levels:
            rows[level] += self._visits[level] * (steps @ rows)
        inflow = self._rows_to_weeks @ rows
        inflow += self._weeks_to_weeks @ weeks
        inflow += week_mint
        after = np.concatenate([self._weeks.solve(inflow), rows[self._schedule.lagging]])
        return rows, inflow + self._loop * after[:active], after


class _TotalBound:
    """The sum of all errors of cred as a fraction of all cred; see the module's docstring."""

    def __init__(self, mass: _Floats, accrual: _Floats) -> None:
        self.mass = mass
        self._accrual = accrual

    def error(
        self, size: float, state: _Floats, after: _Floats, reached: _Floats, first: int
    ) -> float:
        """Return the bound; it does not depend on which rows the first sweeps reached."""
        del state, reached, first
        accrued = float(self._accrual @ after[: len(self._accrual)])
        if accrued == 0.0:
            return size  # as a fraction of what is minted: there is no cred
        return 2.0 * size / accrued

    @staticmethod
    def rounding(after: _Floats, reached: _Floats, first: int) -> float:
        """Return 0: the sum already includes changes of rounding size."""
        del after, reached, first
        return 0.0

"""The system that folding leaves, solved by sweeps: contributions newest first, weeks directly.

Let x hold the flow of every active week and of some contributions (*lagging*, see below). A
sweep F takes x to the flow that follows from it:

1. Every contribution left, given x. Among them flow mostly goes from newer to older ones (a
   reply, to what it answers), so they are taken newest first, and all those steps count at
   once. A step that fits no such order (from an older one to a newer) *lags*: it carries what
   its origin had in x. They are taken layer by layer (`cred.solver.level_schedule`).
2. Every participant's weeks, given those contributions (`cred.solver.tridiagonal`). Steps from week to
   week that folding left carry what x has.

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
most once. So the accrued flow is wrong by no more than the sum of those products, s. Cred is
shared out in proportion to it: if a of A accrues to somebody, and a' of A' should,

    a / A - a' / A' = (a - a') / A + a' / A' · (A' - A) / A

and summed over everybody that is at most 2 s / A.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from cred.grouping import sum_by_group
from cred.solver.chebyshev import ErrorBound, RowwiseError, fixed_point
from cred.solver.elimination import System
from cred.solver.level_schedule import SweepSchedule
from cred.solver.tridiagonal import Tridiagonal, WebbingChances

_Ints = NDArray[np.integer[Any]]
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """What flows where, and how good it is."""

    rows: _Floats
    """Shape (c,): flow of the contributions left, newest first."""
    inflow: _Floats
    """Shape (u,): what enters each active week, but for webbing."""
    steps: int
    error: float
    """What `solve` was asked to bound, at most."""


class GaussSeidel:
    """Sweeps under some weights; `solve` for any mint.

    Parameters
    ----------
    plan
        The order.
    left
        The system that folding left.
    webs
        What webbing does between active weeks.
    accrual
        Shape (u,): chance of accruing in each active week.
    """

    def __init__(
        self, plan: SweepSchedule, left: System, webs: WebbingChances, accrual: _Floats
    ) -> None:
        chances, rows = left.steps, len(left.lost)
        onward = sum_by_group(plan.origin, chances.take(plan.steps), rows)
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
        self._layers = [(rows, steps.matrix(chances)) for rows, steps in plan.levels]
        lagging = sum_by_group(plan.lag.origin, self._lag.data, len(plan.lagging))
        self._weeks = Tridiagonal(plan.weeks, leaves[first:], webs)
        self._loop = left.loop[first:]
        self._mass = np.concatenate([onward[first:], lagging])
        self._accrual = accrual

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
        promise: ErrorBound = (
            RowwiseError(self._mass) if each else _AllTogether(self._mass, self._accrual)
        )
        of_rows, of_weeks = mint[self._plan.rows], mint[len(mint) - len(self._loop) :]

        def sweep(state: _Floats) -> tuple[tuple[_Floats, _Floats], _Floats]:
            rows, inflow, after = self._sweep(state, of_rows, of_weeks)
            return (rows, inflow), after

        (rows, inflow), steps, error = fixed_point(
            sweep, len(self._mass), promise, tolerance=tolerance, max_steps=max_steps
        )
        return Solution(rows, inflow, steps, error)

    def solve_transposed(
        self, seen: _Floats, *, tolerance: float, max_steps: int
    ) -> tuple[_Floats, _Floats]:
        """Return what entering each row and each active week is worth, shapes (c,) and (u,).

        What flows through contributions is worth nothing in itself.

        Parameters
        ----------
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
        of_weeks = self._weeks.multiply_transposed(seen, self._loop)

        def sweep(state: _Floats) -> tuple[tuple[_Floats, _Floats], _Floats]:
            rows, after = self._sweep_back(state, of_weeks)
            return (rows, after[: len(of_weeks)]), after

        promise = RowwiseError(np.ones(len(self._mass)))
        found, _, _ = fixed_point(
            sweep, len(self._mass), promise, tolerance=tolerance, max_steps=max_steps
        )
        return found

    def _sweep(
        self, state: _Floats, of_rows: _Floats, of_weeks: _Floats
    ) -> tuple[_Floats, _Floats, _Floats]:
        """Return the rows' flow, what enters the weeks, and F(state), given the mints."""
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
        after = np.concatenate([self._weeks.solve(inflow), rows[self._plan.lagging]])
        return rows, inflow + self._loop * after[:active], after

    def _sweep_back(self, state: _Floats, of_weeks: _Floats) -> tuple[_Floats, _Floats]:
        """Return what entering each row is worth, and the transposed F(state)."""
        active = len(of_weeks)
        weeks, lagging = state[:active], state[active:]
        into_rows, into_weeks, among_weeks, lag, layers = self._transposed
        rows = into_weeks @ weeks
        rows[self._plan.lagging] += lagging
        rows *= self._visits
        for layer, steps in layers:
            rows += self._visits * (steps @ rows[layer])
        after = self._weeks.solve_transposed(of_weeks + into_rows @ rows + among_weeks @ weeks)
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


class _AllTogether:
    """The sum of all errors of cred, as a part of all cred; see the module."""

    def __init__(self, mass: _Floats, accrual: _Floats) -> None:
        self.mass = mass
        self._accrual = accrual

    def error(
        self, size: float, state: _Floats, after: _Floats, reached: _Floats, first: int
    ) -> float:
        """Return the bound; how many rows were reached does not matter."""
        del state, reached, first
        accrued = float(self._accrual @ after[: len(self._accrual)])
        if accrued == 0.0:
            return size  # as a part of what is minted: there is no cred
        return 2.0 * size / accrued

    @staticmethod
    def rounding(after: _Floats, reached: _Floats, first: int) -> float:
        """Return 0: changes that are rounding are in the sum."""
        del after, reached, first
        return 0.0

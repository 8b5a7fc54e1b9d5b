"""The system that folding leaves, solved by sweeps: contributions newest first, weeks directly.

Let x hold the flow of every active week and of some contributions (*lagging*, see below). A
sweep F takes x to the flow that follows from it:

1. Every contribution left, given x. Among them flow mostly goes from newer to older ones (a
   reply, to what it answers), so they are taken newest first, and all those steps count at
   once. A step that fits no such order (from an older one to a newer) *lags*: it carries what
   its origin had in x. numpy takes them layer by layer (`cred.layers`), kernels one by one
   (`cred.rowwise`).
2. Every participant's weeks, given those contributions (`cred.weekly`). Steps from week to
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

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cred.accelerating import EachRow, Promise, fixed_point
from cred.weekly import Tridiagonal

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


class Sweeps(ABC):
    """Sweeps under some weights; `solve` for any mint.

    Parameters
    ----------
    rows
        Shape (c,): the contributions left, newest first.
    weeks
        All active weeks.
    loop
        Shape (u,): chance of a step from an active week to itself.
    mass
        Shape (u + g,): chance of leaving each week by edges, each lagging contribution by
        steps that lag.
    accrual
        Shape (u,): chance of accruing in each active week.
    """

    def __init__(
        self, rows: _Ints, weeks: Tridiagonal, loop: _Floats, mass: _Floats, accrual: _Floats
    ) -> None:
        self._rows, self._weeks, self._loop = rows, weeks, loop
        self._mass, self._accrual = mass, accrual

    @abstractmethod
    def _sweep(
        self, state: _Floats, of_rows: _Floats, of_weeks: _Floats
    ) -> tuple[_Floats, _Floats, _Floats]:
        """Return the rows' flow, what enters the weeks, and F(state), given the mints."""

    @abstractmethod
    def _sweep_back(
        self, state: _Floats, of_rows: _Floats, of_weeks: _Floats
    ) -> tuple[_Floats, _Floats]:
        """Return what entering each row is worth, and the transposed F(state), given values."""

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
        of_rows, of_weeks = self._parts(mint)

        def sweep(state: _Floats) -> tuple[tuple[_Floats, _Floats], _Floats]:
            rows, inflow, after = self._sweep(state, of_rows, of_weeks)
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
        of_rows, of_weeks = self._parts(value)
        of_weeks = of_weeks + self._weeks.unseen(seen, self._loop)

        def sweep(state: _Floats) -> tuple[tuple[_Floats, _Floats], _Floats]:
            rows, after = self._sweep_back(state, of_rows, of_weeks)
            return (rows, after[: len(of_weeks)]), after

        promise = EachRow(np.ones(len(self._mass)))
        found, _, _ = fixed_point(
            sweep, len(self._mass), promise, tolerance=tolerance, max_steps=max_steps
        )
        return found

    def _parts(self, column: _Floats) -> tuple[_Floats, _Floats]:
        """Return a column, shape (rows,), in the order of sweeps: rows, and weeks."""
        return column[self._rows], column[len(column) - len(self._loop) :]


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

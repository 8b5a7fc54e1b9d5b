"""Fixed points of monotone maps: x = F(x) = f + G x with G ≥ 0, solved to a proven bound.

Acceleration ------------ How far apart the eigenvalues of G lie differs from graph to graph;
for those of communities they were between -0.1 and 0.3. Plain sweeps come to shrink the change
F(x) - x by the largest eigenvalue, usually from below; h is the rate that a few of them
reached, plus a margin. From then on Chebyshev semi-iteration (Golub and Varga 1961) combines
sweeps for an interval [l, h] with l = -h / 3, in which changes then shrink by s / (1 + √(1 -
s²)) a sweep, where s = (h - l) / (2 - h - l): by 0.11 where plain sweeps reach 0.3, by 0.87
where they reach 0.99. If changes shrink more slowly than this, an eigenvalue lies outside the
interval (above h, or far from the real line); then plain sweeps go on until h can be estimated
again, and from then on l = -h. Each time there are half as many plain sweeps more, and plain
sweeps always converge, so the whole converges.

When to stop
------------
Let c = F(x) - x, which every sweep computes, and t = f + G f + … + Gᵏ⁻¹ f, the result of the
first k sweeps from 0, where k is so large that every row which is ever reached was reached. If
|c| ≤ e t in every row, then as (I - G)⁻¹ ≥ 0 and (I - G)⁻¹ Gⁱ f ≤ y

    |y - x| = |(I - G)⁻¹ c| ≤ e (I - G)⁻¹ t ≤ e k y

in every row, however small; and |y - F(x)| = |G (y - x)| has the same bound, as
(I - G)⁻¹ G t ≤ (I - G)⁻¹ t. This is the bound `RowwiseBound`; a caller who knows more about a
system may use another.

Changes of rounding size, no more than some ε y, carry no information, and no further sweep
removes them. By the same argument they leave an error of up to ε k y / t in a row: negligible
where t is nearly all of y, but 10⁵ times ε where a walk goes on for 10⁵ sweeps before it ends.
The reported error includes this, even if it exceeds the tolerance.
"""

import math
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from cred.chain.stationary import TINY
from cred.errors import NotConvergedError

_T = TypeVar("_T")
_Floats = NDArray[np.float64]

_FIRST_SWEEPS: Final = 3
"""Least number of plain sweeps at the start; k above is no smaller."""

_WIDEST: Final = 0.9999
"""Largest upper end of the interval."""

_MARGIN: Final = 0.2
"""How far above the observed rate the interval ends, as a fraction of the distance to 1."""

_BELOW: Final = 1 / 3
"""How far the interval reaches below 0 at first, as a fraction of its upper end."""

_PATIENCE: Final = 6
"""Least number of steps over which the observed rate is compared with the promised one."""

_PROGRESS: Final = math.log(10.0)
"""Where the promised rate is slow, compare over as many steps as it takes to gain a digit."""

_SLACK: Final = 1.3
"""Factor by which the observed rate may exceed the promised one, which is asymptotic."""

_ROUNDING: Final = 8 * float(np.finfo(np.float64).eps)
"""Relative changes below this come from sums added up in another order."""


class ErrorBound(Protocol):
    """The error that is bounded when the iteration stops."""

    mass: _Floats
    """Shape (rows,): weights of the sum of absolute changes."""

    def error(
        self, size: float, state: _Floats, after: _Floats, reached: _Floats, first: int
    ) -> float:
        """Return the bound.

        Parameters
        ----------
        size
            The sum of absolute changes, weighted by mass.
        state, after
            x and F(x).
        reached, first
            t and k.
        """
        ...

    def rounding(self, after: _Floats, reached: _Floats, first: int) -> float:
        """Return how much of the error rounding may cause; arguments as in `error`."""
        ...


class RowwiseBound:
    """The largest relative error of any row, except for rounding and rows below `TINY`."""

    def __init__(self, mass: _Floats) -> None:
        self.mass = mass

    @staticmethod
    def error(
        size: float, state: _Floats, after: _Floats, reached: _Floats, first: int
    ) -> float:
        """Return e k."""
        del size
        changes = np.abs(after - state)
        counts = changes > np.maximum(_ROUNDING * np.abs(after), TINY)
        with np.errstate(divide="ignore"):
            ratios = changes[counts] / np.abs(reached[counts])
        return first * float(ratios.max(initial=0.0))

    @staticmethod
    def rounding(after: _Floats, reached: _Floats, first: int) -> float:
        """Return the largest ε k y / t of any row."""
        counts = after > TINY
        ratios = after[counts] / reached[counts]
        return first * _ROUNDING * float(ratios.max(initial=0.0))


def fixed_point(
    sweep: Callable[[_Floats], tuple[_T, _Floats]],
    rows: int,
    bound: ErrorBound,
    *,
    tolerance: float,
    max_steps: int,
) -> tuple[_T, int, float]:
    """Return the last sweep's result, the number of sweeps and the bound of the error.

    Parameters
    ----------
    sweep
        Given x of shape (rows,), returns any result computed from it, and F(x).
    rows
        Number of rows.
    bound, tolerance
        Which error to bound, and the largest that is accepted.
    max_steps
        Sweeps before giving up.

    Raises
    ------
    NotConvergedError
        If `max_steps` sweeps are not enough.
    """
    reached, first, sizes = _sweep_until_reached(sweep, rows, bound, tolerance, max_steps)
    acceleration = _Acceleration(sizes)
    state, previous = reached.copy(), reached.copy()
    steps = first
    while True:
        result, after = sweep(state)
        steps += 1
        size = _size_of_change(bound.mass, state, after)
        error = bound.error(size, state, after, reached, first)
        if error <= tolerance:
            return result, steps, max(error, bound.rounding(after, reached, first))
        if steps >= max_steps:
            raise NotConvergedError(steps, error, tolerance)
        stride, weight = acceleration.next(size)
        if weight == 1.0:  # the acceleration starts anew
            previous[:] = state
        _combine(state, previous, after, stride, weight)
        state, previous = previous, state


def _size_of_change(mass: _Floats, before: _Floats, after: _Floats) -> float:
    return float(mass @ np.abs(after - before))


def _combine(
    state: _Floats, previous: _Floats, after: _Floats, stride: float, weight: float
) -> None:
    """Overwrite `previous` with the next state."""
    previous *= 1.0 - weight
    previous += weight * (stride * (after - state) + state)


def _sweep_until_reached(
    sweep: Callable[[_Floats], tuple[_T, _Floats]],
    rows: int,
    bound: ErrorBound,
    tolerance: float,
    max_steps: int,
) -> tuple[_Floats, int, list[float]]:
    """Sweep from 0 until every row is reached that ever will be.

    Returns t, k, and the sizes of the last two changes.
    """
    state = np.zeros(rows)
    sizes: list[float] = []
    while True:
        _, after = sweep(state)
        sizes.append(_size_of_change(bound.mass, state, after))
        is_new = (np.abs(after) > TINY) & (np.abs(state) <= TINY)
        state = after
        if len(sizes) >= max_steps:
            raise NotConvergedError(len(sizes), np.inf, tolerance)
        if len(sizes) >= _FIRST_SWEEPS and not is_new.any():
            return state, len(sizes), sizes[-2:]


class _Acceleration:
    """Chebyshev semi-iteration, alternating with plain sweeps that measure the rate."""

    def __init__(self, sizes: list[float]) -> None:
        self._sizes = list(sizes)
        """Of the changes since the last restart."""
        self._highest = 0.0
        """Upper end of the interval; 0: plain sweeps."""
        self._below = _BELOW
        self._weight = 1.0
        self._plain = len(sizes) + 1
        """Plain sweeps before the next restart."""

    def next(self, size: float) -> tuple[float, float]:
        """Return the stride along the change and the weight of the new state.

        Parameters
        ----------
        size
            Of the last change.
        """
        self._sizes.append(size)
        if self._highest:
            if self._falls_short():
                self._restart(0.0)
                self._plain = max(_FIRST_SWEEPS, self._plain * 3 // 2)
                self._below = 1.0
        elif len(self._sizes) >= self._plain and size > 0.0:
            rate = min(size / self._sizes[-2], 1.0)  # changes may grow before they shrink
            self._restart(rate + _MARGIN * rate * (1.0 - rate))
        if not self._highest:
            # Averaging cancels oscillations that would never end, as rounding may cause.
            is_stuck = len(self._sizes) > 1 and self._sizes[-1] >= self._sizes[-2]
            return 0.5 if is_stuck else 1.0, 1.0
        spread = self._spread()
        steps = len(self._sizes) - 1
        if steps == 0:
            self._weight = 1.0
        elif steps == 1:
            self._weight = 1.0 / (1.0 - spread * spread / 2.0)
        else:
            self._weight = 1.0 / (1.0 - spread * spread * self._weight / 4.0)
        return 2.0 / (2.0 - self._highest * (1.0 - self._below)), self._weight

    def _falls_short(self) -> bool:
        """Tell whether changes shrink more slowly than the interval promises."""
        spread = self._spread()
        promised = spread / (1.0 + math.sqrt(1.0 - spread * spread))
        patience = max(_PATIENCE, math.ceil(-_PROGRESS / math.log(promised)))
        if len(self._sizes) <= patience:
            return self._sizes[-1] > 2.0 * self._sizes[0]
        rate = min(_SLACK * promised, self._highest)  # plain sweeps would achieve that, too
        return self._sizes[-1] > self._sizes[-1 - patience] * rate**patience

    def _restart(self, highest: float) -> None:
        self._sizes = self._sizes[-1:]
        self._highest = min(highest, _WIDEST)

    def _spread(self) -> float:
        highest, lowest = self._highest, -self._highest * self._below
        return (highest - lowest) / (2.0 - highest - lowest)

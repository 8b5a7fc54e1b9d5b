"""Fixed points of growing maps: x = F(x) = f + G x with G ≥ 0, solved from 0 to a proven bound.

Acceleration
------------
How far apart the eigenvalues of G lie differs from graph to graph; on those of communities they
were between -0.1 and 0.3. Plain sweeps come to shrink the change F(x) - x by the largest, from
less; h is the rate that some of them reached, and a little more. From then on
Chebyshev's iteration (Golub and Varga 1961) combines sweeps for an interval
[l, h], l = -h / 3, in which changes then shrink by s / (1 + √(1 - s²)) a sweep, where
s = (h - l) / (2 - h - l): by 0.11 where plain sweeps reach 0.3, by 0.87 where they reach 0.99.
If changes shrink more slowly than promised, an eigenvalue lies elsewhere (above h, or far from
the real line); then plain sweeps go on until h is seen anew, and from then on l = -h. Each time
there are half as many plain sweeps more, and these always converge, so the whole does.

When to stop
------------
Let c = F(x) - x, which every sweep tells, and t = f + G f + … + Gᵏ⁻¹ f, what the first k sweeps
from 0 gave, k so many that every row which is ever reached was. If |c| ≤ e t in every row, then
as (I - G)⁻¹ ≥ 0 and (I - G)⁻¹ Gⁱ f ≤ y

    |y - x| = |(I - G)⁻¹ c| ≤ e (I - G)⁻¹ t ≤ e k y

in every row, the least included; and |y - F(x)| = |G (y - x)| is bounded by the same, as
(I - G)⁻¹ G t ≤ (I - G)⁻¹ t. That is the promise `RowwiseError`; who knows more of a system may make
another.

Changes that are rounding, no more than some ε y, say nothing, and nothing takes them away. By
the same argument they leave up to ε k y / t of a row: next to nothing where t is nearly all of
y, but 10⁵ times ε where a walk goes on for 10⁵ sweeps before it ends. So much is told as the
error, even if it is more than was asked for.
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
"""k above, at least."""

_WIDEST: Final = 0.9999
_MORE: Final = 0.2
"""How far above the rate that was seen the interval ends, as a part of what is below 1."""

_BELOW: Final = 1 / 3
"""How far the interval reaches below 0 at first, as a part of its upper end."""

_PATIENCE: Final = 6
"""Steps over which it is seen how fast errors shrink, at least."""

_PROGRESS: Final = math.log(10.0)
"""Where they are promised to shrink slowly: as many steps as should take away nine tenths."""

_SLACK: Final = 1.3
"""What the rate may be above the one promised, which holds in the long run."""

_ROUNDING: Final = 8 * float(np.finfo(np.float64).eps)
"""Relative changes below this are sums added up in another order."""


class ErrorBound(Protocol):
    """What is to be bounded when a fixed point is taken for found."""

    mass: _Floats
    """Shape (rows,): by which changes are added up."""

    def error(
        self, size: float, state: _Floats, after: _Floats, reached: _Floats, first: int
    ) -> float:
        """Return the bound.

        Parameters
        ----------
        size
            The sum of absolute changes, by mass.
        state, after
            x and F(x).
        reached, first
            t and k.
        """
        ...

    def rounding(self, after: _Floats, reached: _Floats, first: int) -> float:
        """Return what rounding may leave of what is bounded; arguments as in `error`."""
        ...


class RowwiseError:
    """The relative error of each row, but for rounding and below `TINY`."""

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
        """Return ε k y / t of the row where that is the most."""
        counts = after > TINY
        ratios = after[counts] / reached[counts]
        return first * _ROUNDING * float(ratios.max(initial=0.0))


def fixed_point(
    sweep: Callable[[_Floats], tuple[_T, _Floats]],
    rows: int,
    promise: ErrorBound,
    *,
    tolerance: float,
    max_steps: int,
) -> tuple[_T, int, float]:
    """Return what the last sweep said, how many there were, and what is promised.

    Parameters
    ----------
    sweep
        Returns whatever is wanted of x, and F(x), for x of shape (rows,).
    rows
        How many.
    promise, tolerance
        What must be at most how much.
    max_steps
        Sweeps before giving up.

    Raises
    ------
    NotConvergedError
        If `max_steps` sweeps do not do.
    """
    reached, first, sizes = _begun(sweep, rows, promise, tolerance, max_steps)
    pace = _Pace(sizes)
    state, previous = reached.copy(), reached.copy()
    steps = first
    while True:
        said, after = sweep(state)
        steps += 1
        size = _moved(promise.mass, state, after)
        error = promise.error(size, state, after, reached, first)
        if error <= tolerance:
            return said, steps, max(error, promise.rounding(after, reached, first))
        if steps >= max_steps:
            raise NotConvergedError(steps, error, tolerance)
        ahead, weight = pace.next(size)
        if weight == 1.0:  # begun anew
            previous[:] = state
        _combine(state, previous, after, ahead, weight)
        state, previous = previous, state


def _moved(mass: _Floats, before: _Floats, after: _Floats) -> float:
    return float(mass @ np.abs(after - before))


def _combine(
    state: _Floats, previous: _Floats, after: _Floats, ahead: float, weight: float
) -> None:
    """Overwrite `previous` with the next state."""
    previous *= 1.0 - weight
    previous += weight * (ahead * (after - state) + state)


def _begun(
    sweep: Callable[[_Floats], tuple[_T, _Floats]],
    rows: int,
    promise: ErrorBound,
    tolerance: float,
    max_steps: int,
) -> tuple[_Floats, int, list[float]]:
    """Sweep from 0 until every row is reached that ever will be.

    Returns t, k, and how large the last two changes were.
    """
    state = np.zeros(rows)
    sizes: list[float] = []
    while True:
        _, after = sweep(state)
        sizes.append(_moved(promise.mass, state, after))
        is_new = (np.abs(after) > TINY) & (np.abs(state) <= TINY)
        state = after
        if len(sizes) >= max_steps:
            raise NotConvergedError(len(sizes), np.inf, tolerance)
        if len(sizes) >= _FIRST_SWEEPS and not is_new.any():
            return state, len(sizes), sizes[-2:]


class _Pace:
    """Chebyshev's iteration, between plain sweeps that show how fast those get on."""

    def __init__(self, sizes: list[float]) -> None:
        self._sizes = list(sizes)
        """Of the changes since the last turn."""
        self._highest = 0.0
        """Upper end of the interval; 0: plain sweeps."""
        self._below = _BELOW
        self._weight = 1.0
        self._plain = len(sizes) + 1
        """Plain sweeps before the next turn."""

    def next(self, moved: float) -> tuple[float, float]:
        """Return how far to go along the change, and how much of that counts.

        Parameters
        ----------
        moved
            How large the change was.
        """
        self._sizes.append(moved)
        if self._highest:
            if self._falls_short():
                self._turn(0.0)
                self._plain = max(_FIRST_SWEEPS, self._plain * 3 // 2)
                self._below = 1.0
        elif len(self._sizes) >= self._plain and moved > 0.0:
            rate = min(moved / self._sizes[-2], 1.0)  # changes may grow before they shrink
            self._turn(rate + _MORE * rate * (1.0 - rate))
        if not self._highest:
            # What only goes round and round, as rounding may for ever, cancels by halves.
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
        rate = min(_SLACK * promised, self._highest)  # plain sweeps would do that, too
        return self._sizes[-1] > self._sizes[-1 - patience] * rate**patience

    def _turn(self, highest: float) -> None:
        self._sizes = self._sizes[-1:]
        self._highest = min(highest, _WIDEST)

    def _spread(self) -> float:
        highest, lowest = self._highest, -self._highest * self._below
        return (highest - lowest) / (2.0 - highest - lowest)

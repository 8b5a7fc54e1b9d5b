"""Fixed points: whatever the eigenvalues, the error is at most the reported bound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cred.errors import NotConvergedError
from cred.solver.chebyshev import RowwiseBound, _Acceleration, fixed_point

Floats = NDArray[np.float64]


def solve(step: Floats, entering: Floats, max_steps: int = 10_000) -> tuple[Floats, int, float]:
    """Return the fixed point of x = entering + step x, the sweeps it took, and the bound."""

    def sweep(state: Floats) -> tuple[Floats, Floats]:
        after = entering + step @ state
        return after, after

    return fixed_point(
        sweep, len(entering), RowwiseBound(entering), tolerance=1e-13, max_steps=max_steps
    )


def cycle(rows: int, chance: float) -> Floats:
    """Return steps around a cycle, whose eigenvalues lie on a circle."""
    return chance * np.roll(np.eye(rows), 1, axis=0)


@given(st.integers(0, 2**32), st.integers(1, 9), st.floats(0.0, 0.97))
def test_the_error_is_at_most_the_reported_bound(seed: int, rows: int, chance: float) -> None:
    draw = np.random.default_rng(seed)
    step = chance * draw.dirichlet(np.full(rows, 0.2), rows).T
    entering = draw.random(rows) + 0.1

    found, _, error = solve(step, entering)

    exact = np.linalg.solve(np.eye(rows) - step, entering)
    assert np.all(np.abs(found - exact) <= (error + 1e-14 / (1.0 - chance)) * exact)
    assert error < 1e-11


@pytest.mark.parametrize("chance", [0.3, 0.9, 0.98])
@pytest.mark.parametrize("rows", [2, 3, 4, 7, 30])
def test_flow_that_turns_in_circles_takes_at_most_thrice_the_plain_sweeps(
    rows: int, chance: float
) -> None:
    step, entering = cycle(rows, chance) + 0.001 / rows, np.arange(1.0, rows + 1)
    plain = np.log(1e-13) / np.log(chance + 0.001)

    _, steps, _ = solve(step, entering)

    assert steps < 3 * plain


def test_changes_that_slowly_grow_again_are_noticed() -> None:
    """Along some other direction: a little each sweep, where a fifth was taken away."""
    acceleration, size, strides = _Acceleration([1.0, 0.98]), 0.98, [(1.0, 1.0)]
    for _ in range(40):
        size *= 0.98 if strides[-1] == (1.0, 1.0) else 0.8
        strides.append(acceleration.next(size))
    assert strides[-1] != (1.0, 1.0)

    for _ in range(40):
        size *= 1.02
        strides.append(acceleration.next(size))

    assert (0.5, 1.0) in strides[-40:]


def test_changes_that_grow_at_first_are_taken_for_ones_that_hardly_shrink() -> None:
    acceleration = _Acceleration([1.0, 1.0])

    ahead, weight = acceleration.next(50.0)

    assert 1.0 < ahead < 2.0
    assert weight == 1.0


def test_where_flow_hardly_ever_ends_the_reported_error_includes_rounding() -> None:
    step, entering = np.full((2, 2), 0.4995), np.ones(2)

    found, _, error = solve(step, entering)

    exact = 1.0 / (1.0 - 2 * 0.4995)
    off = np.abs(found / exact - 1.0).max()
    assert off <= error
    assert 1e-13 < error < 1e-9


def test_flow_that_never_ends_is_an_error() -> None:
    with pytest.raises(NotConvergedError, match="after 500 steps"):
        solve(cycle(3, 1.0), np.ones(3), max_steps=500)

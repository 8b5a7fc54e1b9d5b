"""Concentration: what it is of equal shares, of one who has all, and of any others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cred.concentration import gini, holders_of_half
from tests.laws import examples

VALUES = st.lists(st.floats(0.0, 1e6), min_size=1, max_size=20)


@given(VALUES)
@settings(max_examples=examples(100))
def test_gini_is_the_mean_difference_of_all_pairs(values: list[float]) -> None:
    total, count = sum(values), len(values)

    differences = sum(abs(a - b) for a in values for b in values)

    expected = differences / (2 * count * total) if total > 0 else 0.0
    assert gini(np.array(values)) == pytest.approx(expected, abs=1e-9)


@given(VALUES)
@settings(max_examples=examples(100))
def test_half_is_held_by_as_few_as_possible(values: list[float]) -> None:
    holders = holders_of_half(np.array(values))

    ordered = sorted(values, reverse=True)
    half = sum(values) / 2
    assert sum(ordered[:holders]) >= half * (1 - 1e-9)
    assert holders == 0 or sum(ordered[: holders - 1]) < half or half == 0

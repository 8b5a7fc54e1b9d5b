"""Sums by group, whichever way they are made."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cred.grouping import sort_by_group, totals_by_key

KEYS = st.lists(st.integers(-40, 40) | st.sampled_from([-(10**12), 10**12]), max_size=30)


@given(KEYS, st.randoms(use_true_random=False))
def test_totals_have_every_key_once_in_order(keys: list[int], random: Random) -> None:
    values = [random.random() for _ in keys]

    found, sums = totals_by_key(np.array(keys, np.int64), np.array(values))

    assert found.tolist() == sorted(set(keys))
    for key, total in zip(found.tolist(), sums.tolist(), strict=True):
        assert total == pytest.approx(
            sum(v for k, v in zip(keys, values, strict=True) if k == key)
        )


@given(st.lists(st.integers(0, 7), max_size=40))
def test_grouped_is_a_stable_sort(keys: list[int]) -> None:
    order, starts = sort_by_group(np.array(keys, np.int64), 8)

    assert order.tolist() == sorted(range(len(keys)), key=lambda row: keys[row])
    assert np.diff(starts).tolist() == [keys.count(group) for group in range(8)]

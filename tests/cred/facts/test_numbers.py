"""Looking up numbers gives the same whether they lie close together or far apart."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cred.facts.events import MISSING
from cred.facts.numbers import distinct, find

SMALLEST, LARGEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
close = st.integers(-3, 40)
lists = (
    st.lists(close | st.integers(SMALLEST, LARGEST))
    | st.lists(close, min_size=8)
    | st.just([SMALLEST])
    | st.just([LARGEST])
)


@given(lists)
def test_distinct_tells_what_there_is_and_where(numbers: list[int]) -> None:
    there, which = distinct(np.array(numbers, np.int64))

    assert there.tolist() == sorted(set(numbers))
    assert there[which].tolist() == numbers


@given(lists, lists)
def test_find_tells_where_each_stands_or_nobody(numbers: list[int], wanted: list[int]) -> None:
    ordered = sorted(set(numbers))
    places = {number: place for place, number in enumerate(ordered)}

    found = find(np.array(ordered, np.int64), np.array(wanted, np.int64))

    assert found.tolist() == [places.get(number, MISSING) for number in wanted]

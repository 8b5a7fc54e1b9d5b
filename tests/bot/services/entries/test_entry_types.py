"""What a thing is, as the log writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.entries.entry_types import WORK, Sort, What, named, number_of, read

WEIGHTS = st.floats(0, 1e300) | st.integers(0, 1000).map(float)
SORTS = (
    st.builds(
        Sort,
        st.sampled_from(WORK),
        st.sampled_from(["", "docs", "some-kind"]),
        st.none() | WEIGHTS,
    )
    | st.builds(Sort, st.just(What.INITIATIVE), weight=WEIGHTS, incomplete=st.none() | WEIGHTS)
    | st.sampled_from([What.THANKS, What.INITIATIVE, What.REJECTION]).map(Sort)
)


@given(SORTS)
def test_a_sort_is_read_as_it_was_written_to_the_last_digit(sort: Sort) -> None:
    assert read(sort.written()) == sort


@pytest.mark.parametrize(
    "text",
    [
        "",
        "topic",
        "post",
        "Thanks",
        "initiative x",
        "initiative nan",
        "initiative -1/2",
        "initiative 1/2/3",
        "contribution a 1/2",
        "contribution a 1 b",
    ],
)
def test_what_is_no_sort_is_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("id_", ["thanks:", "thanks:x", "thanks", "erased-7", "contribution:7"])
def test_only_an_id_of_its_own_has_a_number(id_: str) -> None:
    assert number_of(id_, What.THANKS) is None
    assert number_of(named(What.THANKS, 7), What.THANKS) == 7

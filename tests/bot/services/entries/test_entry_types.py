"""What a thing is, as the log writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.entries.entry_types import (
    WORK_TYPES,
    EntryDetails,
    EntryType,
    entry_id,
    entry_number,
    parse_details,
)

WEIGHTS = st.floats(0, 1e300) | st.integers(0, 1000).map(float)
SORTS = (
    st.builds(
        EntryDetails,
        st.sampled_from(WORK_TYPES),
        st.sampled_from(["", "docs", "some-kind"]),
        st.none() | WEIGHTS,
    )
    | st.builds(
        EntryDetails,
        st.just(EntryType.INITIATIVE),
        weight=WEIGHTS,
        incomplete=st.none() | WEIGHTS,
    )
    | st.sampled_from([EntryType.THANKS, EntryType.INITIATIVE, EntryType.REJECTION]).map(
        EntryDetails
    )
)


@given(SORTS)
def test_a_sort_is_read_as_it_was_written_to_the_last_digit(sort: EntryDetails) -> None:
    assert parse_details(sort.to_text()) == sort


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
    assert parse_details(text) is None


@pytest.mark.parametrize("id_", ["thanks:", "thanks:x", "thanks", "erased-7", "contribution:7"])
def test_only_an_id_of_its_own_has_a_number(id_: str) -> None:
    assert entry_number(id_, EntryType.THANKS) is None
    assert entry_number(entry_id(EntryType.THANKS, 7), EntryType.THANKS) == 7

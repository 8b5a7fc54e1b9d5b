"""Values of settings as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.community.settings.definitions import format_value, parse_edge_weight, parse_ids


@given(st.lists(st.integers(0, 10**20)))
def test_ids_are_kept_once_in_order_however_typed(numbers: list[int]) -> None:
    typed = ", ".join(f"<#{number}>" for number in numbers)

    assert parse_ids(typed) == [str(number) for number in sorted(set(numbers))]


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_an_edge_weight_reads_back_as_shown(forward: float, backward: float) -> None:
    kept = parse_edge_weight([forward, backward])

    again = parse_edge_weight(format_value(kept))

    assert isinstance(again, list)
    assert again == pytest.approx([forward, backward], rel=1e-9)

"""Values of settings as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.community.settings.definitions import format_value, parse_edge_weight


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_an_edge_weight_reads_back_as_shown(forward: float, backward: float) -> None:
    kept = parse_edge_weight([forward, backward])

    again = parse_edge_weight(format_value(kept))

    assert isinstance(again, list)
    assert again == pytest.approx([forward, backward], rel=1e-9)

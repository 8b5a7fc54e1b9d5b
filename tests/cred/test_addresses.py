"""Addresses are sequences of texts, and NUL is nobody's: it would part them elsewhere."""

import pytest

from cred.addresses import format_address, parse_address
from cred.errors import InvalidInputError


def test_a_list_of_texts_is_an_address() -> None:
    assert parse_address(["x", "", "contribution"]) == ("x", "", "contribution")
    assert format_address(("x", "", "contribution")) == "x//contribution"


@pytest.mark.parametrize("bad", ["x", None, {"x": 1}, ["x", 1], ["x", None], [["x"]]])
def test_anything_else_is_refused_and_shown(bad: object) -> None:
    with pytest.raises(InvalidInputError, match="an address is a list of texts"):
        parse_address(bad)


def test_a_nul_in_an_address_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="may hold a NUL"):
        parse_address(["x", "a\0b"])

"""What makes a difference between two names, and what does not."""

import pytest

from storage.people.comparable import comparable


@pytest.mark.parametrize("name", ["🩷", "Ada 🫩", "日本", "مخ"])
def test_an_emoji_that_is_newer_than_python_is_part_of_a_name(name: str) -> None:
    assert comparable(name) == name.casefold()


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u200c", "\u2068", "\ufe0f", "\u3164", "\U000e0041"]
)
def test_what_cannot_be_seen_makes_no_difference(hidden: str) -> None:
    assert comparable(f"é{hidden}Ada") == comparable("éada")

"""Text in every script: what is removed, what is isolated, and how wide it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.line.parse import parse
from bot.chat.text.invisible_characters import safe_characters, strip_controls
from bot.chat.text.widths import cut, pad, width, wrap
from bot.commands.catalogue import build_registry

SCRIPTS = st.text(
    st.sampled_from(
        "ab 12.,\u202e\u2066\u2067\u2068\u2069\u200f\u05d0\u05d1\u0645\u0661日👍\u0301"
    ),
    max_size=30,
)
"""Latin, Hebrew, Arabic, Chinese, figures, and characters that turn the direction of others."""


def test_a_name_from_right_to_left_leaves_the_figure_beside_it_in_its_place() -> None:
    shown = safe_characters("محمد علي 12.3 cred")

    assert shown == "\u2068محمد علي\u2069 12.3 cred"


def test_figures_and_marks_that_are_part_of_a_name_stay_with_it() -> None:
    assert safe_characters("cred of אבג_12: 3") == "cred of \u2068אבג_12\u2069: 3"
    assert safe_characters("a שָׁ b") == "a \u2068שָׁ\u2069 b"


def test_a_member_cannot_turn_the_direction_of_what_follows() -> None:
    assert safe_characters("eve\u202e\u2067 1.0") == "eve 1.0"


@pytest.mark.parametrize(
    "name",
    [
        "Ada 🩷🪿🫩",  # emoji of 2022 to 2024, newer than some versions of Python
        "👩\u200d🚀",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # England's flag
        "م\u200cخ",
        "क\u094d\u200cष",
    ],
)
def test_what_a_name_is_written_with_stays(name: str) -> None:
    assert strip_controls(name) == name


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200b",
        "\u200c",
        "\u2065",
        "\ufff0",
        "\uffff",
        "\U000e0041",
        "\U000e0fff",
        "\U0010ffff",
    ],
)
def test_what_only_hides_between_other_letters_goes(hidden: str) -> None:
    assert strip_controls(f"a{hidden}b") == "ab"


@given(SCRIPTS)
def test_isolates_come_in_pairs_around_all_that_is_read_from_right_to_left(text: str) -> None:
    shown = safe_characters(text)

    depth = 0
    for character in shown:
        depth += {"\u2068": 1, "\u2069": -1}.get(character, 0)
        assert depth in {0, 1}
        assert depth == 1 or unicodedata.bidirectional(character) not in {"R", "AL"}
        assert depth == 0 or unicodedata.bidirectional(character) != "L"
    assert depth == 0
    assert shown.translate({0x2068: None, 0x2069: None}) == strip_controls(text)


@given(SCRIPTS)
def test_making_a_text_safe_twice_changes_nothing(text: str) -> None:
    once = safe_characters(text)

    assert safe_characters(once) == once


@given(SCRIPTS, st.integers(2, 20))
def test_whatever_is_measured_cut_and_padded_agrees(text: str, cells: int) -> None:
    assert width(pad(cut(text, cells), cells, right=False)) == cells
    assert width(safe_characters(text)) == width(strip_controls(text))


@given(SCRIPTS, st.integers(4, 20))
def test_lines_are_wrapped_by_the_cells_that_they_take(text: str, cells: int) -> None:
    lines = wrap(text, cells, indent="  ", fold=True)

    assert all(width(line) <= cells for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_family_of_emoji_is_not_cut_in_two() -> None:
    assert cut("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 5) == "👨‍👩‍👧👨‍👩‍👧…"


@pytest.mark.parametrize("address", ["https://example.org/" + "a" * 90])
def test_an_address_is_never_broken(address: str) -> None:
    assert address in wrap(f"Add the bot: {address} and go on.", 40)


def test_a_name_that_is_copied_from_a_reply_is_read_without_its_isolates() -> None:
    copied = parse(f"cred {safe_characters('محمد')}", build_registry(), "discord")

    assert copied.arguments == parse("cred محمد", build_registry(), "discord").arguments

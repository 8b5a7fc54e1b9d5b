"""An emoji is its id, or its fully-qualified form, however it is written."""

import subprocess
import sys

import pytest
from emoji import EMOJI_DATA, STATUS
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.discord.emoji import (
    emoji_by_name,
    emoji_key,
    emoji_text,
    is_super,
    normal_emoji,
    ordinary,
    super_text,
)

SELECTORS = ("\ufe0e", "\ufe0f")
QUALIFIED = sorted(
    text for text, facts in EMOJI_DATA.items() if facts["status"] == STATUS["fully_qualified"]
)


def bare(text: str) -> str:
    for selector in SELECTORS:
        text = text.replace(selector, "")
    return text


@given(st.sampled_from(QUALIFIED), st.data())
def test_wherever_selectors_stand_or_lack_it_is_the_qualified_emoji(
    text: str, data: st.DataObject
) -> None:
    written = "".join(
        character + data.draw(st.sampled_from(("", "\ufe0f"))) for character in bare(text)
    )

    assert normal_emoji(written) == text
    assert normal_emoji(text) == text


@given(st.sampled_from(QUALIFIED), st.sampled_from(QUALIFIED))
def test_different_emoji_stay_different(first: str, second: str) -> None:
    assert (emoji_key(first) == emoji_key(second)) is (first == second)


@given(st.text(max_size=20))
def test_any_text_has_a_normal_form_that_is_its_own(text: str) -> None:
    assert normal_emoji(normal_emoji(text)) == normal_emoji(text)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("❤", "❤️"),
        ("❤︎", "❤️"),
        ("1⃣", "1️⃣"),
        ("👍🏽", "👍🏽"),
        ("☝️🏽", "☝🏽"),
        ("🏳‍🌈", "🏳️‍🌈"),
        ("🤷‍♀", "🤷‍♀️"),
        ("<:party:920000000000000001>", "party:920000000000000001"),
        ("<a:party:920000000000000001>", "party:920000000000000001"),
        (":party:920000000000000001", "party:920000000000000001"),
        ("920000000000000001", "920000000000000001"),
        ("\U0001fb00\ufe0f", "\U0001fb00"),  # unknown to the tables
    ],
)
def test_a_spelling_has_one_normal_form(written: str, normal: str) -> None:
    assert normal_emoji(written) == normal


def test_skin_tones_are_different_emoji() -> None:
    assert len({emoji_key(f"👍{tone}") for tone in ("", *"🏻🏼🏽🏾🏿")}) == 6


def test_a_renamed_emoji_has_the_key_it_had() -> None:
    before = emoji_text({"id": "920000000000000001", "name": "party"})
    after = emoji_text({"id": 920000000000000001, "name": None})

    assert emoji_key(before) == emoji_key(after) == "920000000000000001"


def test_a_super_reaction_is_of_the_same_emoji_and_another_text() -> None:
    for emoji in ({"name": "❤"}, {"name": "party", "id": "920000000000000001"}):
        plain = emoji_text(emoji)
        super_ = super_text(plain)

        assert emoji_key(plain) == emoji_key(super_)
        assert (is_super(plain), is_super(super_)) == (False, True)
        assert ordinary(super_) == plain


@pytest.mark.parametrize(
    ("name", "emoji"),
    [
        (":tada:", "🎉"),
        ("thumbsup", "👍"),
        ("+1", "👍"),
        ("Heart", "❤️"),
        ("thumbsup_tone2", "👍🏼"),
        ("man_shrugging_tone3", "🤷🏽‍♂️"),
        ("flag_de", "🇩🇪"),
        ("heart_tone9", None),
        ("rocket_tone1", None),
        ("party:920000000000000001", None),
        ("", None),
    ],
)
def test_a_short_name_finds_its_emoji(name: str, emoji: str | None) -> None:
    assert emoji_by_name(name) == emoji


def test_the_tables_are_read_only_when_they_are_needed() -> None:
    program = "import sys, bot.sources.discord.emoji; sys.exit('emoji' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

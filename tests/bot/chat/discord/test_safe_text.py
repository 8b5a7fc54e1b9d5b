"""Text of strangers never becomes markup: judged by a reader that works as Discord's does."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.discord.safe_text import safe_code, safe_text
from bot.chat.text.invisible_characters import strip_controls

INERT = "\x00"
"""Stands for a character that an escape made harmless."""

ACTIVE = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"https?://\S",
        r"discord\.gg/\w",
        r"<@!?\d+>",
        r"<@&\d+>",
        r"<#\d+>",
        r"<t:-?\d+(:\w)?>",
        r"</[^>]+:\d+>",
        r"<a?:\w+:\d+>",
        r"<id:\w+>",
        r":\w+:",
        r"[*_~`|]",
        r"\[[^\]]*\]\(",
        r"(^|\n)\s*(#{1,3}|-#|[-+*]|>|>>>|\d+[.)])\s",
        r"\\",
    )
]
"""What Discord's clients would make something of, after escapes are taken."""

RAW = [re.compile(pattern) for pattern in (r"@everyone", r"@here", r"<@!?\d+>", r"<@&\d+>")]
"""What Discord's servers find by plain comparison, escapes or not."""


def violations(shown: str) -> list[str]:
    """Return what of a text Discord would not show as it is."""
    after = re.sub(r"\\[^0-9A-Za-z\s]", INERT, shown)
    found = [pattern.pattern for pattern in ACTIVE if pattern.search(after)]
    found += [pattern.pattern for pattern in RAW if pattern.search(shown)]
    found += [
        repr(character)
        for character in shown
        if unicodedata.category(character) in {"Cc", "Co", "Cs"} and character != "\n"
    ]
    # Bidirectional controls; isolates in pairs, the word joiner and the joiners are ours.
    found += [
        repr(character)
        for character in re.sub("\u2068([^\u2068\u2069\n]*)\u2069", r"\1", shown)
        if unicodedata.category(character) == "Cf" and character not in "\u2060\u200c\u200d"
    ]
    return found


def visible_text(shown: str) -> str:
    """Return what a reader sees."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", shown).translate(
        dict.fromkeys(map(ord, "\u2060\u2068\u2069"))
    )


ATTACKS = [
    "@everyone", "@here", "<@17>", "<@!17>", "<@&17>", "<#17>", "<t:1:R>", "</cred show:17>",
    "<:x:17>", "https://evil.example/a", "HTTPS://x.y", "discord.gg/abc", ":smile:", "**b**",
    "__u__", "~~s~~", "||x||", "`code`", "```js", "[a](https://x.y)", "# big", "-# small",
    "> quote", ">>> quote", "- item", "1. item", "2) item", "\\", "\\*", "\u202e", "\u2066",
    "\u200b", "\ufeff", "\n", "\r\n", "\u2028", "\t", "\x1b[31m", "\ud800", "e\u0301" * 3,
    "\U000e0041", "\u2060", "@\u200beveryone",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(ATTACKS) | st.text(max_size=5), max_size=8).map("".join)


@given(HOSTILE)
def test_no_text_becomes_anything_but_itself(text: str) -> None:
    shown = safe_text(text)

    assert violations(shown) == []
    assert "\n" not in shown


@given(HOSTILE)
def test_our_own_lines_stay_lines_and_stay_harmless(text: str) -> None:
    assert violations(safe_text(text, lines=True)) == []


@given(HOSTILE)
def test_what_is_seen_is_the_text_without_its_invisible_characters(text: str) -> None:
    assert visible_text(safe_text(text)) == strip_controls(text)


@given(HOSTILE)
def test_a_code_block_is_never_left(text: str) -> None:
    assert "`" not in safe_code(text)


def test_the_judge_catches_what_discord_pys_own_escape_lets_through() -> None:
    from discord.utils import escape_markdown  # noqa: PLC0415

    let_through = [attack for attack in ATTACKS if violations(escape_markdown(attack))]

    assert {"@everyone", "<#17>", "<t:1:R>", "</cred show:17>", "\u202e"} <= set(let_through)


def test_marks_are_stacked_only_so_high() -> None:
    assert strip_controls("a" + "\u0301" * 50) == "a" + "\u0301" * 4


def test_ordinary_text_is_left_as_it_is() -> None:
    assert safe_text("Ada: 1,234.5 cred (12.3 %)") == "Ada: 1,234.5 cred (12.3 %)"

"""Escapes text so that Discord shows it unchanged, without markup, mentions or links.

discord.py's `escape_markdown` leaves addresses, `<#id>`, `<t:…>`, `</command:id>`, `@everyone`
and bidirectional controls alone, so this is our own. Everything that a member can choose
(names, what they typed) is escaped here before it becomes part of a message.
"""

import re
from typing import Final

from bot.chat.text.invisible_characters import safe_characters

_WORD_JOINER: Final = "\u2060"
"""Separates "@" from what follows. It has no width and breaks no line."""

_MARKUP: Final = frozenset("\\*_~`|[]</")
"""Escaped with a backslash, which Discord hides before punctuation. "/" is part of addresses
and commands; the others are formatting."""

_AT_START: Final = frozenset("#-+>")
"""Markup at the beginning of a line only: headings, lists, quotes, small print."""

_NUMBERED: Final = re.compile(r"\s*\d+\Z", re.ASCII)
"""Text before which "." or ")" begins a numbered list."""


def safe_text(text: str, *, lines: bool = False) -> str:
    """Return text that Discord shows as exactly the given characters.

    Parameters
    ----------
    text
        Anything.
    lines
        Keep line ends. Only for our own text: a member's text may not have any.
    """
    return "\n".join(
        _safe_line(line) for line in safe_characters(text, lines=lines).split("\n")
    )


def _safe_line(line: str) -> str:
    safe: list[str] = []
    for at, character in enumerate(line):
        if character == "@":
            # Discord looks for "@everyone" and "<@id>" before it resolves escapes.
            safe.append("@" + _WORD_JOINER)
        elif (
            character in _MARKUP
            or (character in _AT_START and not line[:at].strip())
            # ":name:" is an emoji and "x://" begins an address, but ": " is a colon.
            or (character == ":" and not _ends(line, at))
            or (character in ".)" and _NUMBERED.match(line[:at]) and _ends(line, at))
        ):
            safe.append("\\" + character)
        else:
            safe.append(character)
    return "".join(safe)


def _ends(line: str, at: int) -> bool:
    """Tell whether a word ends with the character at an index."""
    return not line[at + 1 : at + 2].strip()


def safe_code(text: str) -> str:
    """Return text for a code block, in which only the end of the block is markup."""
    return safe_characters(text, lines=True).replace("`", "\u02cb")

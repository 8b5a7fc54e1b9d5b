"""Text that Discord shows as it is: no markup, mention, link, time, or hidden character.

discord.py's `escape_markdown` leaves addresses, `<#id>`, `<t:…>`, `</command:id>`,
`@everyone` and bidirectional controls alone, so this is our own. Everything a member can
choose (names, what they typed) comes through here before it reaches a message.
"""

import re
from typing import Final

from bot.chat.text.invisible_characters import without_controls

_WORD_JOINER: Final = "\u2060"
"""Has no width and never breaks a line; keeps "@" apart from what follows."""

_MARKUP: Final = frozenset("\\*_~`|[]</")
"""Escaped by a backslash, which Discord does not show before punctuation. "/" is in addresses
and commands; the rest is formatting."""

_AT_START: Final = frozenset("#-+>")
"""Markup only at the beginning of a line: headings, lists, quotes, small print."""

_NUMBERED: Final = re.compile(r"\s*\d+\Z", re.ASCII)
"""What makes "." or ")" the beginning of a numbered list."""


def safe_text(text: str, *, lines: bool = False) -> str:
    """Return text that Discord shows as exactly these characters.

    Parameters
    ----------
    text
        Anything.
    lines
        Keep line ends (our own text); a member's text never may have any.
    """
    return "\n".join(
        _safe_line(line) for line in without_controls(text, lines=lines).split("\n")
    )


def _safe_line(line: str) -> str:
    safe: list[str] = []
    for at, character in enumerate(line):
        if character == "@":
            # "@everyone" and "<@id>" are found by plain comparison, before any escape is.
            safe.append("@" + _WORD_JOINER)
        elif (
            character in _MARKUP
            or (character in _AT_START and not line[:at].strip())
            # ":name:" is an emoji and "x://" begins an address; ": " is a colon.
            or (character == ":" and not _ends(line, at))
            or (character in ".)" and _NUMBERED.match(line[:at]) and _ends(line, at))
        ):
            safe.append("\\" + character)
        else:
            safe.append(character)
    return "".join(safe)


def _ends(line: str, at: int) -> bool:
    """Tell whether a word ends at a character."""
    return not line[at + 1 : at + 2].strip()


def safe_code(text: str) -> str:
    """Return text for a code block: nothing is markup in there but the block's own end."""
    return without_controls(text, lines=True).replace("`", "\u02cb")

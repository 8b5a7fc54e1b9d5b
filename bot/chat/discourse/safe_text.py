r"""Escapes text so that Discourse shows it as it is, without markup, mentions, links or emoji.

Markdown's own characters are escaped by a backslash. Discourse looks for mentions, hashtags,
emoji and addresses after escapes are resolved ("\@ada" is a mention), so a character without
width breaks those. Everything that a member can choose comes through here, or is put in code,
where Discourse looks for nothing.
"""

import re
from typing import Final

from bot.chat.text.invisible_characters import safe_characters

_WORD_JOINER: Final = "\u2060"
"""Has no width, never breaks a line, and is not part of a name, a tag or a domain."""

_MARKUP: Final = frozenset("\\`*_[]<>|~$&")
"""Escaped everywhere: emphasis, code, links, BBCode, HTML, tables, formulas."""

_AT_START: Final = frozenset("#-+=")
"""Markup only at the beginning of a line: headings, lists, rules."""

_NUMBERED: Final = re.compile(r"\s*\d+\Z", re.ASCII)
"""What makes "." or ")" the start of a numbered list."""

_FOLLOWED: Final = frozenset("@#:;=")
"""Broken if something follows: mentions, hashtags, emoji, addresses, smileys."""

_SMILEYS: Final = re.compile(r"(?<![\w.])[8B]-?(?=\))|<(?=3)|[T^-]_+(?=[T^-])", re.ASCII)
"""Other smileys, each broken at its end: 8-) <3 ^_^ and the like."""


def safe_text(text: str, *, lines: bool = False) -> str:
    """Return text that Discourse shows as exactly these characters.

    Parameters
    ----------
    text
        Anything.
    lines
        Keep line ends. Only our own text may have any.
    """
    return "\n".join(
        _safe_line(line.strip()) for line in safe_characters(text, lines=lines).split("\n")
    )


def code(text: str) -> str:
    """Return text as inline code, where Discourse looks for nothing."""
    return f"`{safe_code(text).replace(chr(10), ' ').strip() or '…'}`"


def safe_code(text: str) -> str:
    """Return text for a code block, in which only the block's end is markup."""
    return safe_characters(text, lines=True).replace("`", "\u02cb")


def _safe_line(line: str) -> str:
    broken = {match.end() for match in _SMILEYS.finditer(line)}
    safe: list[str] = []
    for at, character in enumerate(line):
        if at in broken:
            safe.append(_WORD_JOINER)
        following = line[at + 1 : at + 2]
        follows = bool(following.strip())
        if (
            character in _MARKUP
            or (character in _AT_START and at == 0)
            or (character in ".)" and not follows and _NUMBERED.match(line[:at]))
        ):
            safe.append("\\")
        safe.append(character)
        if follows and _breaks(character, line[at - 1 : at], following):
            safe.append(_WORD_JOINER)
    return "".join(safe)


def _breaks(character: str, before: str, following: str) -> bool:
    """Tell whether a character must be kept apart from what follows it."""
    if character == ".":
        # "example.org" is an address, "12.3" is none.
        return not (before.isdigit() and following.isdigit())
    return character in _FOLLOWED or (character == "/" and following == "/")

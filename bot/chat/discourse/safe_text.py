r"""Text that Discourse shows as it is: no markup, mention, link, hashtag or emoji picture.

Markdown's own signs are escaped by a backslash. Discourse looks for mentions, hashtags, emoji
and addresses only after escapes are taken ("\@ada" is a mention), so those are broken by a
character without width. Everything a member can choose comes through here, or is put in code,
where Discourse looks for nothing.
"""

import re
from typing import Final

from bot.chat.text.invisible_characters import without_controls

_WORD_JOINER: Final = "\u2060"
"""Has no width and never breaks a line; no letter of a name, a tag, or a domain."""

_MARKUP: Final = frozenset("\\`*_[]<>|~$&")
"""Escaped wherever it is: emphasis, code, links, BBCode, HTML, tables, formulas."""

_AT_START: Final = frozenset("#-+=")
"""Markup only at the beginning of a line: headings, lists, rules."""

_NUMBERED: Final = re.compile(r"\s*\d+\Z", re.ASCII)
"""What makes "." or ")" the beginning of a numbered list."""

_FOLLOWED: Final = frozenset("@#:;=")
"""Where something follows: a mention, a hashtag, an emoji, an address, a smiley."""

_SMILEYS: Final = re.compile(r"(?<![\w.])[8B]-?(?=\))|<(?=3)|[T^-]_+(?=[T^-])", re.ASCII)
"""Where others are broken: 8-) <3 ^_^ and the like."""


def safe_text(text: str, *, lines: bool = False) -> str:
    """Return text that Discourse shows as exactly these characters.

    Parameters
    ----------
    text
        Anything.
    lines
        Keep line ends (our own text); a member's text never may have any.
    """
    return "\n".join(
        _safe_line(line.strip()) for line in without_controls(text, lines=lines).split("\n")
    )


def code(text: str) -> str:
    """Return text as code within a line, where nothing is looked for."""
    return f"`{safe_code(text).replace(chr(10), ' ').strip() or '…'}`"


def safe_code(text: str) -> str:
    """Return text for a code block: nothing is markup in there but the block's own end."""
    return without_controls(text, lines=True).replace("`", "\u02cb")


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
    """Tell whether what follows a character must be kept apart from it."""
    if character == ".":
        # "example.org" is an address, "12.3" is none.
        return not (before.isdigit() and following.isdigit())
    return character in _FOLLOWED or (character == "/" and following == "/")

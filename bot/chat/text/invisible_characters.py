"""Removes characters that are invisible but change how others look."""

import unicodedata
from typing import Final

_KEPT_FORMATS: Final = frozenset("\u200d")
"""Joins emoji to families and flags, which is harmless."""

_MOST_MARKS: Final = 4
"""Combining marks on one character; no language needs more."""
_LINE_ENDS: Final = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def strip_controls(text: str, *, lines: bool = False) -> str:
    """Return a text without invisible characters that change how others look.

    Removes bidirectional controls, zero-width characters, control characters, lone surrogates,
    private-use characters, and combining marks beyond four in a row ("zalgo"). A line end of
    any kind becomes a blank, or a newline if `lines` is True.
    """
    kept: list[str] = []
    marks = 0
    for character in text.replace("\r\n", "\n"):
        if character in _LINE_ENDS:
            kept.append("\n" if lines else " ")
            marks = 0
            continue
        if character == "\t":
            kept.append(" ")
            continue
        category = unicodedata.category(character)
        if category in {"Cc", "Cs", "Co", "Cn"} or (
            category == "Cf" and character not in _KEPT_FORMATS
        ):
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)

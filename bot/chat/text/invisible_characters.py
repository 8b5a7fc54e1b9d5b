"""Text with nothing in it that is not seen but changes what is."""

import unicodedata
from typing import Final

_KEPT_FORMATS: Final = frozenset("\u200d")
"""Joins emoji (family, flags); harmless."""

_LINE_ENDS: Final = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def strip_controls(text: str, *, lines: bool = False) -> str:
    """Return a text without characters that are not seen but change how others are.

    Bidirectional controls, zero-width characters, control characters, lone surrogates and
    private use go; each kind of line end becomes a blank, or a newline where `lines` is True.
    Combining marks beyond four in a row go too ("zalgo").
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
        if marks <= 4:  # noqa: PLR2004 - more than any language stacks
            kept.append(character)
    return "".join(kept)

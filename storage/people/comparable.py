"""Texts that differ in no way that people see, or none that they mean."""

import unicodedata
from typing import Final

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Co", "Cs"})
_SELECTORS: Final = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0000, 0xE1000))))
"""They choose how the character before them looks: the emoji, not the sign. What Python does
not know yet is none of them: it may be an emoji of this year."""
_FILLERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a sign that are blank."""
_QUOTES: Final = frozenset('"“”„«»')
_APOSTROPHES: Final = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u0060\u00b4"), "'")


def comparable(text: str) -> str:
    r"""Return a text without what makes no difference between names, or between reasons.

    That is case, width and other forms of a letter, blanks, invisible characters, double
    quotes, the kind of apostrophe, and apostrophes around all of it. "" if nothing is left.

    >>> comparable(" “Ada”  O\u2019Brien"), comparable("STRASSE") == comparable("Straße")
    ("ada o'brien", True)
    """
    if text.isascii() and text.isprintable():
        plain = text.lower().replace('"', "").replace("`", "'")
        return " ".join(plain.split()).strip("' ")
    folded = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES))
    folded = unicodedata.normalize("NFKC", folded.casefold())
    visible = "".join(
        character
        for character in folded
        if character.isspace()
        or not (
            character in _SELECTORS
            or character in _FILLERS
            or character in _QUOTES
            or unicodedata.category(character) in _INVISIBLE
        )
    )
    return " ".join(visible.split()).strip("' ")

"""Finds the fonts of this machine that can draw a text, in whatever script it is.

`DejaVu Sans` comes with matplotlib and draws Latin, Greek, Cyrillic, Hebrew and Arabic. For
other characters the fonts of the system are searched: Debian's Noto (packages `fonts-noto-core`
and `fonts-noto-cjk`) covers nearly all scripts, `fonts-symbola` emoji. No package of Python's
index carries such fonts, and they are too large to be bundled.
"""

import logging
from functools import cache
from pathlib import Path
from typing import Final

from matplotlib.font_manager import FontProperties, findfont, findSystemFonts, fontManager
from matplotlib.ft2font import FT2Font

FONT: Final = "DejaVu Sans"
"""It comes with matplotlib, so every machine draws figures the same."""
_INVISIBLE: Final = frozenset("\u200c\u200d\ufe0e\ufe0f")
"""Joiners and variation selectors: they choose glyphs and have none."""

# It warns of each font that has no bold face, at every picture.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)


def families_for(text: str) -> tuple[str, ...] | None:
    """Return the font families that draw a text, in the order in which to try them.

    Returns
    -------
    tuple of str or None
        `FONT` first; None if a character of the text has a glyph in no font.
    """
    found = {FONT: None}
    for character in text:
        if character.isspace() or character in _INVISIBLE:
            continue
        family = family_of(character)
        if family is None:
            return None
        found[family] = None
    return tuple(found)


@cache
def family_of(character: str) -> str | None:
    """Return a family that has a glyph of a character, the first in order; None if none has."""
    if _has_glyph(FT2Font(findfont(FontProperties(family=FONT))), character):
        return FONT
    for path in _system_fonts():
        try:
            font = FT2Font(path)
            if not _has_glyph(font, character):
                continue
            fontManager.addfont(path)
        except (OSError, RuntimeError):  # it is damaged, or of a kind that cannot be drawn
            continue
        return font.family_name
    return None


def _has_glyph(font: FT2Font, character: str) -> bool:
    return bool(font.scalable and font.get_char_index(ord(character)))


@cache
def _system_fonts() -> tuple[str, ...]:
    """Return the paths of the system's fonts, those that suit a bold title first.

    They are those of the process's first picture: whoever installs fonts restarts the bot.
    """
    paths = [Path(path) for path in findSystemFonts() if "Color" not in Path(path).name]
    return tuple(map(str, sorted(paths, key=_rank)))


def _rank(path: Path) -> tuple[bool, bool, bool, str]:
    name = path.stem
    return (
        not name.startswith("NotoSans"),
        "Mono" in name or "Condensed" in name or "UI" in name,
        not name.endswith("-Bold"),
        str(path),
    )

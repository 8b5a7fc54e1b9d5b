"""Measures, cuts, pads and wraps text in cells, the columns of a terminal or a code block.

A wide character or an emoji takes two cells, a combining mark none; what is drawn as one
character (a family of emoji, a flag) is never split. The widths are those of `rich.cells`, of
the latest Unicode whatever the terminal says of itself, so that every machine prints the same.
Fonts disagree about some emoji, so columns may be off by a cell.
"""

import re
from typing import Final

from rich.cells import cell_len, chop_cells, split_graphemes

_UNICODE = "latest"
_BREAK: Final = re.compile(r"\s+(?!%(?!\w))")
"""Blanks at which a line may end: not between a figure and its "%"."""
MOST_WORD_CELLS: Final = 20
"""A word of at most this width, such as an id, is broken in no table."""


def width(text: str) -> int:
    """Return the width of a text in cells.

    >>> width("ada"), width("日本"), width("é"), width("👍"), width("👨‍👩‍👧"), width("❤️")
    (3, 4, 1, 2, 2, 2)
    """
    return cell_len(text, _UNICODE)


def longest_word(text: str) -> int:
    """Return the width of the longest part of a text that `wrap` does not break.

    >>> longest_word("Ada Lovelace, 1815"), longest_word("+ 1,234.5 %")
    (9, 9)
    """
    return max(map(width, _BREAK.split(text)))


def cut(text: str, cells: int) -> str:
    """Return a text cut to at most a number of cells; "…" stands for what is missing.

    >>> cut("Ada Lovelace", 6)
    'Ada L…'
    """
    if width(text) <= cells:
        return text
    spans, _ = split_graphemes(text, _UNICODE)
    end, left = 0, cells - 1
    for _, stop, taken in spans:
        if taken > left:
            break
        end, left = stop, left - taken
    return text[:end].rstrip() + "…"


def pad(text: str, cells: int, *, right: bool) -> str:
    """Return a text padded with blanks to a number of cells, on the left if `right` is True."""
    blanks = " " * max(0, cells - width(text))
    return blanks + text if right else text + blanks


def wrap(text: str, cells: int, *, indent: str = "", fold: bool = False) -> list[str]:
    """Return the lines of a text, broken at blanks so that each fits a number of cells.

    Parameters
    ----------
    text
        One paragraph.
    cells
        Most cells of a line.
    indent
        Begins every line but the first, which keeps the blanks that it begins with.
    fold
        Break words that are longer than a line, too. Otherwise such a word, as an address is,
        makes a line that is too long.

    >>> wrap("Ada Lovelace, 日本語 の名前", 13, indent="  ")
    ['Ada Lovelace,', '  日本語', '  の名前']
    """
    if width(text) <= cells:
        return [text]
    lines = [text[: len(text) - len(text.lstrip())]]
    for word in _BREAK.split(text.strip()):
        joined = f"{lines[-1]} {word}" if lines[-1].strip() else lines[-1] + word
        if width(joined) <= cells or not lines[-1].strip():
            lines[-1] = joined
        else:
            lines.append(indent + word)
        if fold and width(lines[-1]) > cells:
            lines[-1:] = _fold(lines[-1], cells, indent)
    return lines


def wrap_lines(text: str, cells: int) -> str:
    """Return a text of several lines, those that are too long broken."""
    return "\n".join(part for line in text.split("\n") for part in wrap(line, cells))


def _fold(line: str, cells: int, indent: str) -> list[str]:
    """Return the lines that a line without blanks to break at becomes."""
    first, *_ = chop_cells(line, cells)
    rest = chop_cells(line[len(first) :], max(2, cells - width(indent)))
    return [first, *(indent + part for part in rest)]

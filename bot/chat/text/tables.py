"""Aligns tables of text for fonts in which every character has the same width.

Widths are counted in cells: an East Asian wide character or an emoji takes two, a combining
mark none (Unicode Standard Annex 11). Fonts disagree about some emoji, so columns may be off by
a cell.
"""

import unicodedata
from collections.abc import Sequence
from typing import Final

from bot.commands.kit.reply import Cell, Link, Table

_JOINER: Final = "\u200d"
_EMOJI_STYLE: Final = "\ufe0f"


def cell_text(cell: Cell) -> str:
    """Return a cell's text."""
    return cell.text if isinstance(cell, Link) else cell


def width(text: str) -> int:
    """Return the width of a text in cells.

    >>> width("ada"), width("日本"), width("é"), width("👍")
    (3, 4, 1, 2)
    """
    cells = 0
    joined = False
    for character in text:
        if character == _JOINER:
            joined = True
            continue
        if character == _EMOJI_STYLE or unicodedata.combining(character) or joined:
            joined = False
            continue
        if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
            continue
        cells += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return cells


def cut(text: str, cells: int) -> str:
    """Return a text cut to at most a number of cells; "…" stands for what is missing.

    >>> cut("Ada Lovelace", 6)
    'Ada L…'
    """
    if width(text) <= cells:
        return text
    kept = ""
    for character in text:
        if width(kept + character) > cells - 1:
            break
        kept += character
    return kept.rstrip() + "…"


def pad(text: str, cells: int, *, right: bool) -> str:
    """Return a text padded with blanks to a number of cells, on the left if `right` is True."""
    blanks = " " * max(0, cells - width(text))
    return blanks + text if right else text + blanks


def align(table: Table, most: int) -> list[str]:
    """Return the lines of a table with aligned columns, the headings first.

    If the table is wider than `most` cells, its widest left-aligned column is cut. Figures,
    which are right-aligned, never are.
    """
    rows = [table.headings, *[tuple(cell_text(cell) for cell in row) for row in table.rows]]
    widths = [max(width(row[column]) for row in rows) for column in range(len(table.headings))]
    over = sum(widths) + 2 * (len(widths) - 1) - most
    left = [column for column in range(len(widths)) if column not in table.right]
    if over > 0 and left:
        widest = max(left, key=lambda column: widths[column])
        widths[widest] = max(4, widths[widest] - over)
    return [_line(row, widths, table.right) for row in rows]


def _line(row: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    cells = (
        pad(cut(text, widths[column]), widths[column], right=column in right)
        for column, text in enumerate(row)
    )
    return "  ".join(cells).rstrip()

"""Aligns tables of text for fonts in which every character has the same width."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Final

from bot.chat.text.widths import MOST_WORD_CELLS, cut, longest_word, pad, width, wrap
from bot.commands.kit.reply import Cell, Link, Table

_GAP: Final = 2
"""Cells between two columns."""
_INDENT: Final = "  "


def cell_text(cell: Cell) -> str:
    """Return a cell's text."""
    return cell.text if isinstance(cell, Link) else cell


def align(table: Table, most: int) -> list[str]:
    """Return the lines of a table with aligned columns, the headings first.

    If the table is wider than `most` cells, its column of words is cut, or goes on in a further
    line where it must be whole. Of several columns of words none is cut. Where there is no room
    for them, each row becomes a list. Figures, which are right-aligned, are never broken.
    """
    rows = [table.headings, *[tuple(cell_text(cell) for cell in row) for row in table.rows]]
    widths = [max(width(row[column]) for row in rows) for column in range(len(table.headings))]
    words = [column for column in range(len(widths)) if column not in table.right]
    if table.is_whole or len(words) > 1:
        least = {
            column: max(min(longest_word(row[column]), MOST_WORD_CELLS) for row in rows)
            for column in words
        }
        fitted = _fit(widths, least, most)
        if fitted is None:
            return _list_rows(rows[0], rows[1:], most)
        return [line for row in rows for line in _wrapped_lines(row, fitted, table.right)]
    if words:
        over = _line_cells(widths) - most
        widths[words[0]] -= max(0, min(over, widths[words[0]] - 4))
    return [_line(row, widths, table.right) for row in rows]


def _fit(widths: Sequence[int], least: Mapping[int, int], most: int) -> list[int] | None:
    """Return widths that fit, the widest columns of words narrowed; None if none do.

    Parameters
    ----------
    widths, most
        The widths that the columns would take, and the most that a line may.
    least
        To what width each column of words may be narrowed.
    """
    fitted = list(widths)
    while _line_cells(fitted) > most:
        wide = [column for column in least if fitted[column] > least[column]]
        if not wide:
            return None
        fitted[max(wide, key=lambda column: fitted[column])] -= 1
    return fitted


def _line_cells(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _wrapped_lines(
    row: Sequence[str], widths: Sequence[int], right: frozenset[int]
) -> list[str]:
    """Return the lines of a row, in which long words go on."""
    columns = [
        wrap(text, cells, indent=_INDENT, fold=True)
        for text, cells in zip(row, widths, strict=True)
    ]
    return [_line(line, widths, right) for line in zip_longest(*columns, fillvalue="")]


def _line(row: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    cells = (
        pad(cut(text, widths[column]), widths[column], right=column in right)
        for column, text in enumerate(row)
    )
    return (" " * _GAP).join(cells).rstrip()


def _list_rows(headings: Sequence[str], rows: Sequence[Sequence[str]], most: int) -> list[str]:
    """Return a line for each cell, its heading before it, and an empty line between rows."""
    lines: list[str] = []
    for row in rows:
        lines += [""] if lines else []
        for heading, text in zip(headings, row, strict=True):
            named = f"{heading}: {text}" if heading else text
            lines += wrap(named, most, indent=_INDENT, fold=True) if text else []
    return lines

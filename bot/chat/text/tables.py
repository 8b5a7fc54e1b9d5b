"""Aligns tables of text for fonts in which every character has the same width."""

from collections.abc import Sequence

from bot.chat.text.widths import cut, pad, width
from bot.commands.kit.reply import Cell, Link, Table


def cell_text(cell: Cell) -> str:
    """Return a cell's text."""
    return cell.text if isinstance(cell, Link) else cell


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

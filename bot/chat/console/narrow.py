"""Tables on narrow terminals: where a figure would be broken, the table becomes a list."""

from itertools import chain
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from bot.chat.text.widths import MOST_WORD_CELLS, longest_word, width

_BESIDE_CELLS: Final = 3
"""What a border and blanks take beside a cell, at most."""


def fit_table(table: Table, cells: int) -> RenderableType:
    """Return a table, or a list of its rows if a figure would not fit.

    Parameters
    ----------
    table
        Its columns of figures are those that say `no_wrap`; the others go on in further lines,
        so that nothing is cut.
    cells
        Width that there is.
    """
    texts = [[_text(cell) for cell in column.cells] for column in table.columns]
    headings = [_text(column.header) for column in table.columns]
    least = 1
    for column, heading, rows in zip(table.columns, headings, texts, strict=True):
        column.overflow = "fold"
        least += _BESIDE_CELLS
        if column.no_wrap:
            least += max(width(text.plain) for text in (heading, *rows))
        else:
            words = (longest_word(text.plain) for text in (heading, *rows))
            least += min(max(words), MOST_WORD_CELLS)
    if least <= cells:
        return table
    title = [_text(table.title), Text()] if table.title else []
    listed = ([*_list_row(headings, row), Text()] for row in zip(*texts, strict=True))
    return Text("\n").join([*title, *chain.from_iterable(listed)][:-1])


def _list_row(headings: list[Text], row: tuple[Text, ...]) -> list[Text]:
    """Return a line per cell that is not empty, the heading before it."""
    return [
        Text.assemble((heading.plain, "dim"), ": " if heading.plain else "", cell)
        for heading, cell in zip(headings, row, strict=True)
        if cell.plain
    ]


def _text(value: RenderableType | None) -> Text:
    return value if isinstance(value, Text) else Text(str(value or ""))

"""Replies as panels with colours, for terminals."""

from typing import Final

from rich import box
from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from bot.chat.console.narrow import fit_table
from bot.chat.console.plain_text import BAR_CELLS, small_print
from bot.chat.text.bars import bars
from bot.chat.text.invisible_characters import safe_characters
from bot.chat.text.tables import cell_text
from bot.chat.text.widths import longest_word, width, wrap_lines
from bot.commands.kit.charts import WeekChart
from bot.commands.kit.reply import Reply, Table

_FRAME_CELLS: Final = 4
"""What a panel takes of a line."""
_TITLE_CELLS: Final = 4
"""What else it takes of the line that its title is in."""
_BETWEEN_CELLS: Final = 2
"""Blanks between the names of facts and their values."""


def print_panel(reply: Reply, console: Console) -> None:
    """Print a reply in a panel."""
    room = console.width - _FRAME_CELLS
    title: Text | None = safe_rich_text(reply.title, style="bold")
    parts: list[RenderableType] = []
    if width(reply.title) > room - _TITLE_CELLS:
        # In the frame it would be cut, and figures with it.
        parts.append(_prose(reply.title, room, style="bold"))
        title = None
    if reply.text:
        parts.append(_prose(reply.text, room))
    if reply.facts:
        parts.append(_facts(reply, room))
    if isinstance(reply.chart, WeekChart):
        lines = bars(reply.chart, BAR_CELLS, room)
        parts.append(safe_rich_text("\n".join(lines), style="cyan"))
    parts.extend(fit_table(_table(table), room) for table in reply.tables)
    if reply.after:
        parts.append(_prose(reply.after, room))
    parts.extend(_prose(line, room, style="dim") for line in small_print(reply, room))
    grid = RichTable.grid(padding=(0, 0))
    for index, part in enumerate(parts):
        if index:
            grid.add_row("")
        grid.add_row(part)
    console.print(
        Panel(
            grid,
            title=title,
            title_align="left",
            border_style="red" if reply.is_error else "cyan",
            expand=False,
        )
    )


def safe_rich_text(text: str, style: str = "") -> Text:
    """Return text to print, without the characters that a terminal would act on."""
    return Text(safe_characters(text, lines=True), style=style)


def _prose(text: str, room: int, style: str = "") -> Text:
    return safe_rich_text(wrap_lines(text, room), style=style)


def _facts(reply: Reply, room: int) -> RenderableType:
    """Return the facts in two columns; one below the other where a figure would be broken."""
    names = max(width(fact.name) for fact in reply.facts)
    if names + _BETWEEN_CELLS + max(longest_word(fact.value) for fact in reply.facts) > room:
        return Text("\n").join(
            _prose(f"{fact.name}: {fact.value}", room) for fact in reply.facts
        )
    grid = RichTable.grid(padding=(0, _BETWEEN_CELLS))
    for fact in reply.facts:
        grid.add_row(
            safe_rich_text(fact.name, style="dim"), safe_rich_text(fact.value, style="bold")
        )
    return grid


def _table(table: Table) -> RichTable:
    rich_table = RichTable(
        title=safe_rich_text(table.title, style="bold") if table.title else None,
        title_justify="left",
        show_header=any(table.headings),
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    for column, heading in enumerate(table.headings):
        # Where there is no room, words go on in the next line, but figures are never broken.
        is_figure = column in table.right
        rich_table.add_column(
            heading, justify="right" if is_figure else "left", no_wrap=is_figure
        )
    for row in table.rows:
        rich_table.add_row(*(safe_rich_text(cell_text(cell)) for cell in row))
    return rich_table

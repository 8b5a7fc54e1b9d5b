"""Replies as plain text, for output that is no terminal and terminals without colours."""

from collections.abc import Sequence
from typing import Final

from bot.chat.text.bars import bars
from bot.chat.text.invisible_characters import safe_characters
from bot.chat.text.tables import align, cell_text
from bot.chat.text.widths import longest_word, pad, width, wrap, wrap_lines
from bot.commands.kit.charts import WeekChart
from bot.commands.kit.reply import Fact, Reply, Table
from bot.commands.kit.wording import moment

BAR_CELLS: Final = 30
"""Width of the longest bar of a chart."""
LINE_CELLS: Final = 76
"""Width of a line, where a terminal is not narrower."""
_LEAST_LAST_CELLS: Final = 20
"""Width that the last column of a table of words needs."""


def plain_text(reply: Reply, cells: int = LINE_CELLS) -> str:
    """Return a reply as plain text, in lines of so many cells."""
    title = wrap_lines(reply.title, cells)
    blocks = [f"{title}\n{'=' * max(map(width, title.splitlines()), default=0)}"]
    if reply.text:
        blocks.append(wrap_lines(reply.text, cells))
    if reply.facts:
        blocks.append("\n".join(_fact_lines(reply.facts, cells)))
    if isinstance(reply.chart, WeekChart):
        blocks.append("\n".join(bars(reply.chart, BAR_CELLS, cells)))
    for table in reply.tables:
        heading = [f"{table.title}:"] if table.title else []
        lines = align(table, cells) if table.right else _wrap_table(table, cells)
        blocks.append("\n".join([*heading, *lines]))
    if reply.after:
        blocks.append(wrap_lines(reply.after, cells))
    blocks.extend(wrap_lines(line, cells) for line in small_print(reply, cells))
    # Somebody may be called "\\x1b[2J".
    return safe_characters("\n\n".join(blocks), lines=True)


def small_print(reply: Reply, cells: int) -> list[str]:
    """Return the lines below a reply: its file, when it was computed, and what can be typed.

    What can be typed is in one line if that has at most so many cells.
    """
    lines = []
    if reply.attachment:
        characters = f"{len(reply.attachment.content):,} characters"
        lines.append(f"With it: {reply.attachment.name}, {characters} (shown with --json).")
    if reply.as_of:
        lines.append(
            f"As of {moment(reply.as_of.computed_ms)}, event #{reply.as_of.events:,}, "
            f"weights v{reply.as_of.weights}."
        )
    typed = [
        f"[{each.label}] type: !{each.typed_line}" for each in reply.buttons if each.enabled
    ]
    if typed:
        in_one = "  ".join(typed)
        lines.append(in_one if width(in_one) <= cells else "\n".join(typed))
    return lines


def _fact_lines(facts: Sequence[Fact], cells: int) -> list[str]:
    """Return facts in two columns; if a figure would be broken, one behind the other."""
    names = max(width(fact.name) for fact in facts)
    room = cells - names - 2
    if max(longest_word(fact.value) for fact in facts) > room:
        return [
            line
            for fact in facts
            for line in wrap(f"{fact.name}: {fact.value}", cells, indent="  ")
        ]
    lines: list[str] = []
    for fact in facts:
        first, *rest = wrap(fact.value, room)
        lines += [f"{pad(fact.name, names, right=False)}  {first}"]
        lines += [f"{' ' * names}  {line}" for line in rest]
    return lines


def _wrap_table(table: Table, cells: int) -> list[str]:
    """Return the lines of a table of words, the last column broken into several lines.

    If the other columns leave too little room for that, each row becomes one paragraph.
    """
    rows = [[cell_text(cell) for cell in row] for row in table.rows]
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    indent = sum(widths) + 2 * len(widths)
    if indent > cells - _LEAST_LAST_CELLS:
        return [line for row in rows for line in wrap(" · ".join(row), cells, indent="  ")]
    lines: list[str] = []
    for row in rows:
        head = "".join(
            pad(text, column, right=False) + "  "
            for text, column in zip(row, widths, strict=False)
        )
        first, *rest = wrap(row[-1], cells - indent, fold=True)
        lines += [head + first, *(" " * indent + line for line in rest)]
    return lines

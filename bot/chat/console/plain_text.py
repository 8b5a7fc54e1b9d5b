"""Replies as plain text, for output that is no terminal and terminals without colours."""

from typing import Final

from bot.chat.text.bars import bars
from bot.chat.text.invisible_characters import safe_characters
from bot.chat.text.tables import align, cell_text
from bot.chat.text.widths import pad, width, wrap
from bot.commands.kit.reply import Reply, Table
from bot.commands.kit.wording import moment

BAR_CELLS: Final = 30
"""Width of the longest bar of a chart."""
_LINE_CELLS: Final = 76
_LEAST_LAST_CELLS: Final = 20
"""Width that the last column of a table of words needs."""


def plain_text(reply: Reply) -> str:
    """Return a reply as plain text."""
    blocks = [reply.title + "\n" + "=" * min(len(reply.title), _LINE_CELLS)]
    if reply.text:
        blocks.append(_wrap(reply.text))
    if reply.facts:
        longest = max(len(fact.name) for fact in reply.facts)
        blocks.append(
            "\n".join(f"{fact.name:<{longest}}  {fact.value}" for fact in reply.facts)
        )
    if reply.chart:
        blocks.append("\n".join(bars(reply.chart, BAR_CELLS)))
    for table in reply.tables:
        title = [f"{table.title}:"] if table.title else []
        lines = align(table, _LINE_CELLS) if table.right else _wrap_table(table)
        blocks.append("\n".join([*title, *lines]))
    if reply.after:
        blocks.append(_wrap(reply.after))
    blocks.extend(small_print(reply))
    # Somebody may be called "\\x1b[2J".
    return safe_characters("\n\n".join(blocks), lines=True)


def small_print(reply: Reply) -> list[str]:
    """Return the lines below a reply: its file, when it was computed, and what can be typed."""
    lines = []
    if reply.attachment:
        characters = f"{len(reply.attachment.content):,} characters"
        lines.append(f"With it: {reply.attachment.name}, {characters} (shown with --json).")
    if reply.as_of:
        lines.append(
            f"As of {moment(reply.as_of.computed_ms)}, event #{reply.as_of.events:,}, "
            f"weights v{reply.as_of.weights}."
        )
    buttons = [button for button in reply.buttons if button.enabled]
    if buttons:
        lines.append("  ".join(f"[{button.label}] type: !{button.line}" for button in buttons))
    return lines


def _wrap(text: str) -> str:
    """Break lines that are too long to read."""
    return "\n".join(part for line in text.split("\n") for part in wrap(line, _LINE_CELLS))


def _wrap_table(table: Table) -> list[str]:
    """Return the lines of a table of words, the last column broken into several lines.

    If the other columns leave too little room for that, each row becomes one paragraph.
    """
    rows = [[cell_text(cell) for cell in row] for row in table.rows]
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    indent = sum(widths) + 2 * len(widths)
    if indent > _LINE_CELLS - _LEAST_LAST_CELLS:
        return [
            line for row in rows for line in wrap(" · ".join(row), _LINE_CELLS, indent="  ")
        ]
    lines: list[str] = []
    for row in rows:
        head = "".join(
            pad(text, cells, right=False) + "  "
            for text, cells in zip(row, widths, strict=False)
        )
        first, *rest = wrap(row[-1], _LINE_CELLS - indent, fold=True)
        lines += [head + first, *(" " * indent + line for line in rest)]
    return lines

"""Renders replies as the text of Discord's embeds.

The order is the reply's own. Tables with figures become code blocks no wider than a phone;
other tables become lists. What exceeds Discord's limits is left out row by row, and a line says
so. All text goes through `safe_text`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.chat.discord.links import message_address
from bot.chat.discord.safe_text import safe_code, safe_text
from bot.chat.text.invisible_characters import safe_characters
from bot.chat.text.tables import align
from bot.commands.kit.charts import Chart
from bot.commands.kit.reply import AsOf, Cell, Fact, Link, Reply, Table
from bot.commands.kit.wording import pluralize

MOST_TITLE: Final = 256
MOST_DESCRIPTION: Final = 4096
MOST_CONTENT: Final = 2000
MOST_ALT: Final = 1024
PHONE_CELLS: Final = 38
"""Characters that a phone shows in a line of a code block."""
_MOST_TEXT: Final = 1500
"""Characters of a text before it is escaped, which may double it."""
_MOST_CELL: Final = 200

COLOUR: Final = 0x58B6A9
ERROR_COLOUR: Final = 0xD9534F


@dataclass(frozen=True, slots=True)
class Rendered:
    """The parts of a message."""

    title: str
    description: str
    colour: int
    chart: Chart | None
    """It is drawn and attached when the message is sent."""


@dataclass(slots=True)
class _Block:
    """Lines that belong together. If there is no room, lines are dropped from the end."""

    lines: list[str]
    title: str = ""
    is_code: bool = False
    least: int = 1
    """Lines that are never dropped."""
    dropped: int = field(default=0)

    def text(self) -> str:
        more = [f"*and {pluralize(self.dropped, 'more line')}*"] if self.dropped else []
        title = [f"**{self.title}**"] if self.title else []
        lines = ["```", *self.lines, "```"] if self.is_code else self.lines
        return "\n".join([*title, *lines, *more])


def render(reply: Reply, guild_id: int, most: int = MOST_DESCRIPTION) -> Rendered:
    """Return a reply as Discord shows it, within Discord's limits.

    Parameters
    ----------
    reply
        The reply.
    guild_id
        Server that links lead into.
    most
        Most characters of the description.
    """
    blocks = []
    if reply.text:
        blocks.append(_prose(reply.text))
    if reply.facts:
        facts = [f"**{_safe(fact.name)}** · {_value(fact)}" for fact in reply.facts]
        blocks.append(_Block(facts, least=len(facts)))
    blocks.extend(_table(table, guild_id) for table in reply.tables)
    if reply.after:
        blocks.append(_prose(reply.after))
    small = _small_print(reply.as_of) if reply.as_of else ""
    return Rendered(
        title=_clip(safe_text(_clip(reply.title, MOST_TITLE)), MOST_TITLE),
        description=_fit(blocks, small, most),
        colour=ERROR_COLOUR if reply.is_error else COLOUR,
        chart=reply.chart,
    )


def alt_text(chart: Chart) -> str:
    """Return the description of a chart's picture."""
    return _clip(safe_characters(chart.alt), MOST_ALT)


def _safe(text: str) -> str:
    return safe_text(_clip(text, _MOST_TEXT))


def _clip(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    # A backslash at the end would escape nothing.
    return text[: most - 1].rstrip("\\") + "…"


def _value(fact: Fact) -> str:
    if not fact.copied:
        return _safe(fact.value)
    text = safe_code(_clip(fact.value, _MOST_TEXT)).replace("\n", " ").strip()
    return f"`{text or '…'}`"


def _prose(text: str) -> _Block:
    lines = safe_text(_clip(text, _MOST_TEXT), lines=True).split("\n")
    return _Block(lines, least=1)


def _small_print(as_of: AsOf) -> str:
    return (
        f"-# as of <t:{as_of.computed_ms // 1000}:R> · event #{as_of.events:,} "
        f"· weights v{as_of.weights}"
    )


def _table(table: Table, guild_id: int) -> _Block:
    title = _safe(table.title)
    has_links = any(isinstance(cell, Link) for row in table.rows for cell in row)
    if has_links or not table.right:
        # A list shows no headings. If it has figures, the first heading becomes its title.
        title = title or (_safe(table.headings[0]) if table.right else "")
        return _Block([_list_line(row, guild_id) for row in table.rows], title, least=0)
    lines = [safe_code(line).replace("\n", " ") for line in align(table, PHONE_CELLS)]
    return _Block(lines, title, is_code=True)


def _list_line(row: Sequence[Cell], guild_id: int) -> str:
    """Return a row as a line of a list, its first cell standing out."""
    first, *rest = (_cell(cell, guild_id) for cell in row)
    head = first if isinstance(row[0], Link) else f"**{first}**"
    return "- " + " · ".join([head, *rest])


def _cell(cell: Cell, guild_id: int) -> str:
    if isinstance(cell, str):
        return safe_text(_clip(cell, _MOST_CELL))
    text = safe_text(_clip(cell.text, _MOST_CELL))
    url = message_address(cell, guild_id)
    return f"[{text}]({url})" if url else text


def _fit(blocks: list[_Block], small: str, most: int) -> str:
    """Return the text of the blocks, dropping lines of the longest until it fits."""

    def whole() -> str:
        parts = [text for block in blocks if (text := block.text())]
        return "\n\n".join([*parts, small] if small else parts)

    while len(text := whole()) > most:
        reducible = [block for block in blocks if len(block.lines) > block.least]
        if not reducible:
            # What is left is one enormous line. Cutting it costs the small print.
            return _clip(text, most)
        longest = max(reducible, key=lambda block: sum(map(len, block.lines)))
        longest.lines.pop()
        longest.dropped += 1
    return text

"""A reply as the Markdown of a post. Pure.

The order is the reply's own. Tables with figures and charts are code, where columns line up and
nothing is looked for; other tables are lists. All text goes through `safe_text`. In a topic no
link is made: Discourse tells the author of a post that was linked, and nobody is to be told.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.chat.discourse.links import link_path
from bot.chat.discourse.safe_text import code, safe_code, safe_text
from bot.chat.text.bars import bars
from bot.chat.text.tables import aligned
from bot.commands.kit.reply import AsOf, Cell, Fact, Link, Reply, Table
from bot.commands.kit.wording import moment, pluralize

CELLS: Final = 56
"""Characters of one width in a line of a code block; a phone scrolls it."""
MOST: Final = 24_000
"""Characters of a post, about; Discourse allows 32,000."""
_MOST_TEXT: Final = 4_000
_MOST_CELL: Final = 300
_BAR_CELLS: Final = 24
_MENTIONED: Final = re.compile(r"<@(-?\d+)>", re.ASCII)


@dataclass(frozen=True, slots=True)
class RenderContext:
    """How a reply is to be shown where it goes."""

    username: str
    """What the bot is called there."""
    home: str
    """The forum's address."""
    named: Callable[[str], str] = lambda _account: ""
    """An account's id → how it is called; "" where that would not find it again."""
    linked: bool = False
    """Posts may be linked: only the asker sees it."""


def render(reply: Reply, shown: RenderContext) -> str:
    """Return the post that a reply becomes."""
    title = safe_text(_clip(reply.title, _MOST_CELL))
    blocks = [f"**{title}**"] if title else []
    if reply.text:
        blocks.append(_prose(reply.text))
    if reply.facts:
        blocks.append(
            "\n".join(f"- **{_cell(fact.name)}** · {_value(fact)}" for fact in reply.facts)
        )
    if reply.chart:
        blocks.append(_code_block(bars(reply.chart, _BAR_CELLS)))
    left = MOST - sum(map(len, blocks))
    for table in reply.tables:
        made = _table(table, shown, left)
        left -= len(made)
        blocks.append(made)
    if reply.after:
        blocks.append(_prose(reply.after))
    if suggested := _suggested(reply, shown):
        blocks.append(suggested)
    if reply.as_of:
        blocks.append(f"*{_small_print(reply.as_of)}*")
    return "\n\n".join(block for block in blocks if block)


def typed_line(line: str, shown: RenderContext) -> str:
    """Return a button's line as one would type it there: with a name for an account's id."""
    called = _MENTIONED.sub(
        lambda match: f"@{name}" if (name := shown.named(match[1])) else match[0], line
    )
    return f"@{shown.username} {called}"


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _value(fact: Fact) -> str:
    return code(_clip(fact.value, _MOST_TEXT)) if fact.copied else _cell(fact.value)


def _prose(text: str) -> str:
    return safe_text(_clip(text, _MOST_TEXT), lines=True)


def _small_print(as_of: AsOf) -> str:
    told = (
        f"as of {moment(as_of.computed_ms)} · event #{as_of.events:,} "
        f"· weights v{as_of.weights}"
    )
    return safe_text(told)


def _suggested(reply: Reply, shown: RenderContext) -> str:
    """Return what to type in place of buttons to press."""
    return "\n".join(
        f"- {_cell(button.label)}: reply with {code(typed_line(button.line, shown))}"
        for button in reply.buttons
        if button.enabled
    )


def _table(table: Table, shown: RenderContext, room: int) -> str:
    title = [f"**{_cell(table.title)}**"] if table.title else []
    has_links = any(isinstance(cell, Link) for row in table.rows for cell in row)
    if has_links or not table.right:
        if table.right and not title:
            # A list has no headings; with figures in it, the first one says what it lists.
            title = [f"**{_cell(table.headings[0])}**"]
        rows, more = _fitting([_listed(row, shown) for row in table.rows], room)
        # A list only begins after an empty line, and only ends at one.
        return "\n".join([*title, "", *rows, *more]).strip()
    head, *rows = aligned(table, CELLS)
    rows, more = _fitting(rows, room)
    return "\n".join([*title, "", _code_block([head, *rows]), *more]).strip()


def _fitting(lines: Sequence[str], room: int) -> tuple[list[str], list[str]]:
    """Return the lines there is room for, and one on how many there was none for."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    missing = len(lines) - len(kept)
    return kept, ["", f"*and {pluralize(missing, 'more line')}*"] if missing else []


def _code_block(lines: Sequence[str]) -> str:
    return "\n".join(
        ["```text", *(safe_code(line).replace("\n", " ") for line in lines), "```"]
    )


def _listed(row: Sequence[Cell], shown: RenderContext) -> str:
    """Return a row as a line of a list: what it is, then the rest of it."""
    first, *rest = (
        _linked(cell, shown) if isinstance(cell, Link) else _cell(cell) for cell in row
    )
    head = first if isinstance(row[0], Link) else f"**{first}**"
    return "- " + " · ".join(part for part in (head, *rest) if part)


def _cell(text: str) -> str:
    return safe_text(_clip(text, _MOST_CELL))


def _linked(link: Link, shown: RenderContext) -> str:
    text, to = _cell(link.text), link_path(link)
    if to is None:
        return text
    return f"[{text}]({shown.home}{to})" if shown.linked else f"{text} ({code(to)})"

"""Renders a reply as the Markdown of a post. Pure.

The parts keep the reply's order. Charts and tables with figures become code, where columns line
up and Discourse looks for no markup; other tables become lists. All text goes through
`safe_text`. Nothing is linked in a topic, because Discourse notifies the author of a post that
is linked to.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.chat.discourse.links import link_path
from bot.chat.discourse.safe_text import code, safe_code, safe_text
from bot.chat.text.bars import bars
from bot.chat.text.tables import align
from bot.commands.kit.charts import WeekChart
from bot.commands.kit.reply import AsOf, Attachment, Cell, Fact, Link, Reply, Table
from bot.commands.kit.wording import moment, pluralize

CELLS: Final = 56
"""Characters in a line of a code block; phones scroll longer ones."""
MAX_LENGTH: Final = 24_000
"""Characters of a post, about; Discourse allows 32,000."""
_MAX_TEXT: Final = 4_000
_MAX_CELL: Final = 300
_BAR_CELLS: Final = 24
_ACCOUNT: Final = re.compile(r"<@(-?\d+)>", re.ASCII)


@dataclass(frozen=True, slots=True)
class RenderContext:
    """Where a reply is context."""

    username: str
    """Name of the bot's account."""
    home: str
    """The forum's address."""
    name_of: Callable[[str], str] = lambda _account: ""
    """The name of an account, by id; "" if the name would not find it again."""
    with_links: bool = False
    """Posts may be linked, because only the asker sees the reply."""


def render(reply: Reply, context: RenderContext) -> str:
    """Return the post that a reply becomes."""
    title = safe_text(_clip(reply.title, _MAX_CELL))
    blocks = [f"**{title}**"] if title else []
    if reply.text:
        blocks.append(_prose(reply.text))
    if reply.facts:
        blocks.append(
            "\n".join(f"- **{_cell(fact.name)}** · {_value(fact)}" for fact in reply.facts)
        )
    if isinstance(reply.chart, WeekChart):
        blocks.append(_code_block(bars(reply.chart, _BAR_CELLS)))
    left = MAX_LENGTH - sum(map(len, blocks))
    for table in reply.tables:
        block = _table(table, context, left)
        left -= len(block)
        blocks.append(block)
    if reply.after:
        blocks.append(_prose(reply.after))
    if reply.attachment:
        blocks.append(_attachment(reply.attachment, left))
    if suggestions := _suggestions(reply, context):
        blocks.append(suggestions)
    if reply.as_of:
        blocks.append(f"*{_small_print(reply.as_of)}*")
    return "\n\n".join(block for block in blocks if block)


def typed_line(line: str, context: RenderContext) -> str:
    """Return a button's line as a user would type it: with names in place of account ids."""
    called = _ACCOUNT.sub(
        lambda match: f"@{name}" if (name := context.name_of(match[1])) else match[0], line
    )
    return f"@{context.username} {called}"


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _value(fact: Fact) -> str:
    return code(_clip(fact.value, _MAX_TEXT)) if fact.copied else _cell(fact.value)


def _prose(text: str) -> str:
    return safe_text(_clip(text, _MAX_TEXT), lines=True)


def _small_print(as_of: AsOf) -> str:
    text = (
        f"as of {moment(as_of.computed_ms)} · event #{as_of.events:,} "
        f"· weights v{as_of.weights}"
    )
    return safe_text(text)


def _suggestions(reply: Reply, context: RenderContext) -> str:
    """Return what to type, in place of buttons."""
    return "\n".join(
        f"- {_cell(button.label)}: reply with {code(typed_line(button.typed_line, context))}"
        for button in reply.buttons
        if button.enabled
    )


def _table(table: Table, context: RenderContext, room: int) -> str:
    title = [f"**{_cell(table.title)}**"] if table.title else []
    has_links = any(isinstance(cell, Link) for row in table.rows for cell in row)
    if has_links or not table.right:
        if table.right and not title:
            # A list has no headings; with figures in it, the first one says what it lists.
            title = [f"**{_cell(table.headings[0])}**"]
        rows, more = _fit([_list_item(row, context) for row in table.rows], room)
        # A list only begins after an empty line, and only ends at one.
        return "\n".join([*title, "", *rows, *more]).strip()
    head, *rows = align(table, CELLS)
    rows, more = _fit(rows, room)
    return "\n".join([*title, "", _code_block([head, *rows]), *more]).strip()


def _attachment(attachment: Attachment, room: int) -> str:
    """Return a file as a code block: a forum takes no such files from everybody."""
    lines = attachment.content.rstrip("\n").split("\n")
    rows, more = _fit(lines, room - len(attachment.name))
    if more:
        more = [
            "",
            "*and more than a post can hold: the operator can send you all of it*",
        ]
    return "\n".join([f"{_cell(attachment.name)}:", "", _code_block(rows), *more])


def _fit(lines: Sequence[str], room: int) -> tuple[list[str], list[str]]:
    """Return the lines that fit, and one that says how many do not."""
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


def _list_item(row: Sequence[Cell], context: RenderContext) -> str:
    """Return a row as a line of a list: the first cell, then the others."""
    first, *rest = (
        _link(cell, context) if isinstance(cell, Link) else _cell(cell) for cell in row
    )
    head = first if isinstance(row[0], Link) else f"**{first}**"
    return "- " + " · ".join(part for part in (head, *rest) if part)


def _cell(text: str) -> str:
    return safe_text(_clip(text, _MAX_CELL))


def _link(link: Link, context: RenderContext) -> str:
    text, to = _cell(link.text), link_path(link)
    if to is None:
        return text
    return f"[{text}]({context.home}{to})" if context.with_links else f"{text} ({code(to)})"

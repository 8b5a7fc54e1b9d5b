"""The console: commands typed as lines, replies shown with what a terminal can do.

Everybody who can type here is trusted: the console's person is an admin and may speak as
anybody: `@ada: !cred`; by an account of another platform: `@discourse:ada: !me accounts`.
"""

import asyncio
import json
import re
import sys
import textwrap
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from bot.chat.console.reply_json import as_data
from bot.chat.line.parse import parse
from bot.chat.text.bars import bars
from bot.chat.text.invisible_characters import without_controls
from bot.chat.text.tables import aligned, padded, plain, width
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.errors import error_reply
from bot.commands.kit.registry import Registry
from bot.commands.kit.reply import Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import moment, pluralize
from bot.community.communities import Community
from bot.runtime.clock import now_ms
from bot.services import people

_SPEAKING_AS: Final = re.compile(r"@(?P<who>\"[^\"]+\"|[^:!/]+?)\s*:\s*(?P<line>.*)", re.DOTALL)
_SPEAKING_FROM: Final = re.compile(
    r"@(?P<source>[a-z][\w-]*):(?P<who>\"[^\"]+\"|[^\s:!/][^:!/]*?)\s*:\s*(?P<line>.*)",
    re.DOTALL,
)
_MENTIONED: Final = re.compile(r"<@(\d+)>")
_LEAVING: Final = frozenset({"quit", "exit", "bye", ":q"})
_BAR_CELLS: Final = 30
_PLAIN_CELLS: Final = 76
_LAST_CELLS: Final = 20
"""What the last column of a table of words needs."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who types."""

    account: str
    """Platform id of the account."""
    name: str
    source: str = ""
    """Whose account it is; "": the console's."""


class ConsoleChat:
    """One community's commands, answered line by line.

    Parameters
    ----------
    community, registry
        What is asked, and what can be.
    speaker
        Who speaks where a line does not say.
    source
        Source whose account ids are meant.
    now_ms
        The clock.
    """

    def __init__(
        self,
        community: Community,
        registry: Registry,
        speaker: Speaker,
        *,
        source: str = "discord",
        now_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._community = community
        self._registry = registry
        self._speaker = speaker
        self._source = source
        self._now_ms = now_ms

    async def reply(self, line: str) -> Reply | None:
        """Return the reply to a line; None for an empty one."""
        speaker, said = self._speaker, line.strip()
        if match := self._speaking(said):
            found = self._somebody(match["who"].strip('"').strip(), match.groupdict())
            if isinstance(found, str):
                return Reply(title="Who speaks?", text=found, is_error=True)
            speaker, said = found, match["line"]
        said = said.strip().removeprefix("!").removeprefix("/").strip()
        if not said:
            return None
        try:
            source = speaker.source or self._source
            called = parse(said, self._registry, source, self._now_ms())
        except Exception as error:  # noqa: BLE001 - errors.py puts every error into words
            return error_reply(error, prefix="!", activity="reading a line")
        return await dispatch(
            called.command,
            Request(
                community=self._community,
                source=speaker.source or self._source,
                actor=speaker.account,
                actor_name=speaker.name,
                is_admin=True,
                arguments=called.arguments,
                now_ms=self._now_ms(),
                is_private=True,
                suggestion=called.suggestion,
            ),
        )

    def _speaking(self, said: str) -> re.Match[str] | None:
        """Return a line of somebody else's, with its platform if one that is known is said."""
        match = _SPEAKING_FROM.fullmatch(said)
        if match and self._community.names.source_number(match["source"]) is not None:
            return match
        return _SPEAKING_AS.fullmatch(said)

    def _somebody(self, text: str, said: Mapping[str, str]) -> Speaker | str:
        """Return who is meant, or a sentence on why nobody is."""
        names, platform = self._community.names, said.get("source", "")
        typed = f"{platform}:{text}" if platform else text
        found = people.find_by_text(
            self._community, self._source, typed, asker=self._speaker.account
        )
        match found:
            case people.Person(account=number):
                source = names.account_source(number)
                return Speaker(names.account(number), names.account_name(number), source)
            case people.AmbiguousMatch(candidates=candidates, more=more):
                listed = ", ".join(person.name for person in candidates)
                others = f" and {pluralize(more, 'other')}" if more else ""
                return (
                    f"Several people fit “{text:.60}”: {listed}{others}. Type more of the name."
                )
            case people.OptedOutPerson():
                return f"“{text:.60}” chose not to be counted or shown."
            case _:
                return f"I know nobody called “{text:.60}” here."

    def typed(self, line: str) -> str:
        """Return a button's line as one would type it: with a name for an account's id."""
        return _MENTIONED.sub(lambda match: self._called(match[1]) or match[0], line)

    def _called(self, account: str) -> str:
        """Return what an account is called; "" where that would not find it again."""
        community, source, asker = self._community, self._source, self._speaker.account
        found = people.find_by_account(community, source, account, asker=asker)
        if not isinstance(found, people.Person) or '"' in found.name:
            return ""
        again = people.find_by_text(community, source, found.name, asker=asker)
        return f'"{found.name}"' if again == found else ""


async def run_console(  # noqa: PLR0913 - one argument per thing a terminal can differ in
    community: Community,
    registry: Registry,
    lines: Iterable[str],
    speaker: Speaker,
    *,
    as_json: bool = False,
    echo: bool = False,
    source: str = "discord",
    now_ms: Callable[[], int] = now_ms,
    console: Console | None = None,
    on_reply: Callable[[Reply], Awaitable[None]] | None = None,
) -> int:
    """Answer lines until they end or one says "quit"; return how many were mistakes.

    Parameters
    ----------
    lines
        What is typed; read one at a time, in a thread.
    as_json
        Print each reply as one line of JSON and nothing else.
    echo
        Print each line before its reply, as a script's tour wants it.
    console
        Where to print; standard output if not given.
    on_reply
        Told each reply, before the next line is asked for.
    """
    out = console or Console(file=sys.stdout, highlight=False)
    chat = ConsoleChat(community, registry, speaker, source=source, now_ms=now_ms)
    mistakes = 0
    iterator = iter(lines)
    while (line := await _next(iterator)) is not None:
        if line.strip().casefold().lstrip("!") in _LEAVING:
            break
        reply = await chat.reply(line)
        if reply is None:
            continue
        mistakes += reply.is_error
        if on_reply is not None:
            await on_reply(reply)
        if as_json:
            print(json.dumps(as_data(reply), ensure_ascii=False), file=out.file)
            continue
        if echo:
            out.print(_seen(f"> {line.strip()}", style="bold"), soft_wrap=True)
        buttons = tuple(
            replace(button, line=chat.typed(button.line)) for button in reply.buttons
        )
        show(replace(reply, buttons=buttons), out)
    return mistakes


async def _next(lines: Iterator[str]) -> str | None:
    """Return the next line, None after the last, while everything else goes on.

    Read in a thread that nobody waits for at the end: a line that is never typed must not
    keep the program from stopping, as one in asyncio's own threads would.
    """
    loop = asyncio.get_running_loop()
    read: asyncio.Future[str | None] = loop.create_future()

    def told(line: str | None, error: Exception | None) -> None:
        if read.done():
            return
        if error is None:
            read.set_result(line)
        else:
            read.set_exception(error)

    def work() -> None:
        line, error = None, None
        try:
            line = next(lines, None)
        except Exception as problem:  # noqa: BLE001 - raised again where the line is awaited
            error = problem
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(told, line, error)

    threading.Thread(target=work, name="reading a line", daemon=True).start()
    return await read


def show(reply: Reply, out: Console) -> None:
    """Print a reply, with colours and boxes on a terminal and as plain text elsewhere."""
    if not out.is_terminal or out.no_color:
        out.file.write(as_text(reply) + "\n\n")
        return
    parts: list[Text | RichTable] = []
    if reply.text:
        parts.append(_seen(reply.text))
    if reply.facts:
        parts.append(_facts(reply))
    if reply.chart:
        parts.append(_seen("\n".join(bars(reply.chart, _BAR_CELLS)), style="cyan"))
    parts.extend(_rich_table(table) for table in reply.tables)
    if reply.after:
        parts.append(_seen(reply.after))
    parts.extend(_seen(line, style="dim") for line in _small_print(reply))
    grid = RichTable.grid(padding=(0, 0))
    for index, part in enumerate(parts):
        if index:
            grid.add_row("")
        grid.add_row(part)
    style = "red" if reply.is_error else "cyan"
    out.print(
        Panel(
            grid,
            title=_seen(reply.title, style="bold"),
            title_align="left",
            border_style=style,
            expand=False,
        )
    )


def _seen(text: str, style: str = "") -> Text:
    """Return text to print, without what a terminal would act on."""
    return Text(without_controls(text, lines=True), style=style)


def as_text(reply: Reply) -> str:
    """Return a reply as plain text."""
    blocks = [reply.title + "\n" + "=" * min(len(reply.title), _PLAIN_CELLS)]
    if reply.text:
        blocks.append(_filled(reply.text))
    if reply.facts:
        longest = max(len(fact.name) for fact in reply.facts)
        blocks.append("\n".join(f"{one.name:<{longest}}  {one.value}" for one in reply.facts))
    if reply.chart:
        blocks.append("\n".join(bars(reply.chart, _BAR_CELLS)))
    for table in reply.tables:
        title = [f"{table.title}:"] if table.title else []
        lines = aligned(table, _PLAIN_CELLS) if table.right else _wrapped(table)
        blocks.append("\n".join([*title, *lines]))
    if reply.after:
        blocks.append(_filled(reply.after))
    blocks.extend(_small_print(reply))
    # Somebody may be called "\\x1b[2J".
    return without_controls("\n\n".join(blocks), lines=True)


def _filled(text: str) -> str:
    """Return a text with no line too long to read; what was one line may become several."""
    return "\n".join(
        textwrap.fill(line, _PLAIN_CELLS, break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )


def _wrapped(table: Table) -> list[str]:
    """Return the lines of a table of words: what is long in the last column goes on below.

    Where the other columns leave it no room, the rows are lines of a list.
    """
    rows = [[plain(cell) for cell in row] for row in table.rows]
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    indent = sum(widths) + 2 * len(widths)
    if indent > _PLAIN_CELLS - _LAST_CELLS:
        return [
            textwrap.fill(" · ".join(row), _PLAIN_CELLS, subsequent_indent="  ") for row in rows
        ]
    lines: list[str] = []
    for row in rows:
        head = "".join(
            padded(text, cells, right=False) + "  "
            for text, cells in zip(row, widths, strict=False)
        )
        first, *rest = textwrap.wrap(row[-1], _PLAIN_CELLS - indent) or [""]
        lines += [head + first, *(" " * indent + one for one in rest)]
    return lines


def _small_print(reply: Reply) -> list[str]:
    lines = []
    if reply.as_of:
        lines.append(
            f"As of {moment(reply.as_of.computed_ms)}, event #{reply.as_of.events:,}, "
            f"weights v{reply.as_of.weights}."
        )
    buttons = [button for button in reply.buttons if button.enabled]
    if buttons:
        lines.append("  ".join(f"[{button.label}] type: !{button.line}" for button in buttons))
    return lines


def _facts(reply: Reply) -> RichTable:
    table = RichTable.grid(padding=(0, 2))
    for fact in reply.facts:
        table.add_row(_seen(fact.name, style="dim"), _seen(fact.value, style="bold"))
    return table


def _rich_table(table: Table) -> RichTable:
    shown = RichTable(
        title=_seen(table.title, style="bold") if table.title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    for column, heading in enumerate(table.headings):
        is_figure = column in table.right  # never cut: names are, where there is no room
        shown.add_column(heading, justify="right" if is_figure else "left", no_wrap=is_figure)
    for row in table.rows:
        shown.add_row(*(_seen(plain(cell)) for cell in row))
    return shown

"""Runs a console: reads lines, prints replies."""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Final

from rich.console import Console

from bot.chat.console.chat import ConsoleChat, Speaker
from bot.chat.console.panel import print_panel, safe_rich_text
from bot.chat.console.plain_text import LINE_CELLS, plain_text
from bot.chat.console.reply_json import reply_data
from bot.commands.kit.registry import Registry
from bot.commands.kit.reply import Reply
from bot.community.communities import Community
from bot.runtime import clock
from bot.runtime.output_encoding import dump_json

_QUIT: Final = frozenset({"quit", "exit", "bye", ":q"})


async def run_console(
    community: Community,
    registry: Registry,
    lines: Iterable[str],
    speaker: Speaker,
    *,
    as_json: bool = False,
    echo: bool = False,
    source: str = "discord",
    now_ms: Callable[[], int] = clock.now_ms,
    console: Console | None = None,
    on_reply: Callable[[Reply], Awaitable[None]] | None = None,
) -> int:
    """Answer lines until they end or one says "quit"; return how many replies were errors.

    Parameters
    ----------
    lines
        What is typed. Lines are read one at a time, in a thread.
    as_json
        Print each reply as one line of JSON, and nothing else.
    echo
        Print each line before its reply, for lines that come from a script.
    console
        Where to print; standard output if not given.
    on_reply
        Called with each reply before the next line is read.
    """
    console = console or Console(file=sys.stdout, highlight=False)
    chat = ConsoleChat(community, registry, speaker, source=source, now_ms=now_ms)
    errors = 0
    iterator = iter(lines)
    while (line := await _next_line(iterator)) is not None:
        if line.strip().casefold().lstrip("!") in _QUIT:
            break
        reply = await chat.reply(line)
        if reply is None:
            continue
        errors += reply.is_error
        if on_reply is not None:
            await on_reply(reply)
        if as_json:
            print(dump_json(reply_data(reply), console.file), file=console.file)
            continue
        if echo:
            console.print(safe_rich_text(f"> {line.strip()}", style="bold"), soft_wrap=True)
        buttons = tuple(
            replace(button, line=chat.with_names(button.line)) for button in reply.buttons
        )
        _print_reply(replace(reply, buttons=buttons), console)
    return errors


def _print_reply(reply: Reply, console: Console) -> None:
    if console.is_terminal and not console.is_dumb_terminal:
        print_panel(reply, console)
    else:
        console.file.write(plain_text(reply, min(LINE_CELLS, console.width)) + "\n\n")


async def _next_line(lines: Iterator[str]) -> str | None:
    """Return the next line, or None after the last, without blocking the event loop.

    The thread is a daemon that nobody joins, unlike those of asyncio's own executor. So the
    program can stop while it waits for a line that is never typed.
    """
    loop = asyncio.get_running_loop()
    next_line: asyncio.Future[str | None] = loop.create_future()

    def set_outcome(line: str | None, error: Exception | None) -> None:
        if next_line.done():
            return
        if error is None:
            next_line.set_result(line)
        else:
            next_line.set_exception(error)

    def work() -> None:
        line, error = None, None
        try:
            line = next(lines, None)
        except Exception as problem:  # noqa: BLE001 - raised again where the line is awaited
            error = problem
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(set_outcome, line, error)

    threading.Thread(target=work, name="reading a line", daemon=True).start()
    return await next_line

"""`run` and `backfill`: the bot itself, and one round of reading what it missed."""

import asyncio
import logging
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

import discord
from rich.progress import Progress as Bar
from rich.progress import TaskID
from rich.table import Table
from rich.text import Text

from bot.app.app import App, running_app
from bot.cli.output import print_json, progress, results, say
from bot.cli.status import FAILED, StoppedError
from bot.commands.kit.wording import pluralize
from bot.runtime.log_redaction import RedactingFormatter
from bot.settings import read_settings
from bot.sources.port import Progress
from storage.errors import StorageError


async def run() -> None:
    """Run the bot until it is told to stop."""
    settings = read_settings()
    _log_to_stderr(settings.log_level)
    async with running_app(settings) as app:
        await _until_stopped(app)
    say("Stopped. Everything heard is on disk; the next start reads what comes meanwhile.")


async def backfill(*, as_json: bool) -> int:
    """Read the history that the log lacks, of every server and forum; tell it, and stop.

    Returns
    -------
    int
        The exit status: failed where trouble left something out.

    Raises
    ------
    StoppedError
        If it was told to stop first.
    """
    settings = read_settings()
    _log_to_stderr("WARNING")
    with progress() as bar:
        tasks = {}

        def show(progress: Progress) -> None:
            if progress.place not in tasks:
                tasks[progress.place] = bar.add_task(f"#{progress.name}", total=None)
            bar.update(
                tasks[progress.place], completed=progress.messages, total=progress.expected
            )

        async with running_app(settings, progress=show) as app:
            before = await _lengths(app)
            running = asyncio.create_task(app.run())
            settled = asyncio.create_task(app.runners.wait_until_settled())
            showing = asyncio.create_task(_show_states(bar, app))
            try:
                await asyncio.wait({running, settled}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    await running  # it says why it could not
            except asyncio.CancelledError:
                raise StoppedError(
                    "Stopped. What was read is kept; run the same command to go on."
                ) from None
            finally:
                running.cancel()
                settled.cancel()
                showing.cancel()
                await asyncio.gather(running, settled, showing, return_exceptions=True)
            is_whole = not settled.cancelled() and settled.result()
            read = await _read(app, before)
    if as_json:
        print_json([asdict(one) for one in read])
    elif read:
        _show(read)
    say(f"{pluralize(len(read), 'community', 'communities')} read up to now.")
    if not is_whole:
        say("Trouble left something out (see above): run the same command again.")
        return FAILED
    return 0


async def _show_states(bar: Bar, app: App) -> None:
    """Show the state of each server and forum, and update it every second."""
    lines: list[TaskID] = []
    while True:
        states = app.runners.states()
        while len(lines) < len(states):
            lines.append(bar.add_task("", total=None))
        for line, state in zip(lines, states, strict=True):
            bar.update(line, description=f"{state.source} {state.name}: {state.words}")
        await asyncio.sleep(1)


@dataclass(frozen=True, slots=True)
class _Read:
    """One community after its history was read."""

    community: str
    name: str
    new: int
    """Events that its log did not have."""
    events: int
    gaps: int
    """Open ones: what could not be seen."""


async def _lengths(app: App) -> dict[str, int]:
    """Return how many events each community has that can be opened."""
    lengths = {}
    for slug in await asyncio.to_thread(app.communities.slugs):
        with suppress(StorageError):  # `App.run` tells it
            lengths[slug] = await (await app.communities.get_existing(slug)).log.length()
    return lengths


async def _read(app: App, before: Mapping[str, int]) -> list[_Read]:
    """Return what was read of each community, sorted."""
    found = []
    for slug in sorted(app.runners.slugs()):
        community = app.communities.get_open(slug)
        if community is None:
            continue
        events = await community.log.length()
        gaps = len(await community.gaps.list())
        new = events - before.get(slug, 0)
        found.append(_Read(slug, community.name, new, events, gaps))
    return found


def _show(read: Sequence[_Read]) -> None:
    table = Table()
    table.add_column("community", overflow="fold")
    table.add_column("name", overflow="fold")
    for heading in ("new events", "events", "gaps"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in read:
        figures = (f"{one.new:,}", f"{one.events:,}", f"{one.gaps:,}")
        table.add_row(Text(one.community), Text(one.name), *figures)
    results().print(table)


async def _until_stopped(app: App) -> None:
    """Run until SIGINT or SIGTERM asks to stop, or until it cannot go on."""
    running = asyncio.create_task(app.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        return
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _log_to_stderr(level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    # That nobody can talk to it by voice is no news.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False

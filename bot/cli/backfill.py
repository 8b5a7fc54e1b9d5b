"""`credbot backfill`: reads the history that is missing, and stops."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

from rich.progress import Progress as Bar
from rich.progress import TaskID
from rich.table import Table
from rich.text import Text

from bot.app.app import App, running_app
from bot.chat.console.narrow import fit_table
from bot.cli.output import print_json, progress_bar, results_console, say
from bot.cli.process_settings import read_process_settings
from bot.cli.run import log_to_stderr
from bot.cli.status import FAILED, StoppedError
from bot.commands.kit.wording import pluralize
from bot.community.history_progress import Progress
from storage.errors import StorageError


async def backfill(*, as_json: bool) -> int:
    """Read the history that is missing, of every server and forum; print what was read.

    Returns
    -------
    int
        The exit status: `FAILED` if something could not be read.

    Raises
    ------
    StoppedError
        If it is interrupted.
    """
    settings = read_process_settings()
    log_to_stderr("WARNING")
    with progress_bar() as bar:
        tasks = {}

        def show(progress: Progress) -> None:
            if not progress.messages:
                return  # hundreds of threads may wait, or have nothing new
            key = progress.place or progress.name
            if key not in tasks:
                name = progress.name if progress.place is None else f"#{progress.name}"
                tasks[key] = bar.add_task(name, total=None)
            bar.update(tasks[key], completed=progress.messages, total=progress.expected)

        async with running_app(settings, progress=show) as app:
            before = await _lengths(app)
            running = asyncio.create_task(app.run())
            settled = asyncio.create_task(app.runners.wait_until_settled())
            showing = asyncio.create_task(_show_states(bar, app))
            try:
                await asyncio.wait({running, settled}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    await running  # raises the reason
            except asyncio.CancelledError:
                raise StoppedError(
                    "Stopped. What was read is kept; run the same command to go on."
                ) from None
            finally:
                running.cancel()
                settled.cancel()
                showing.cancel()
                await asyncio.gather(running, settled, showing, return_exceptions=True)
            is_complete = not settled.cancelled() and settled.result()
            troubles = app.runners.troubles()
            results = await _results(app, before)
    _print(results, troubles, is_complete=is_complete, as_json=as_json)
    return 0 if is_complete else FAILED


def _print(
    results: Sequence["_Result"], troubles: Sequence[str], *, is_complete: bool, as_json: bool
) -> None:
    """Print what was read, and what kept the rest from being read."""
    if as_json:
        print_json([asdict(result) for result in results])
    elif results:
        _show(results)
    if is_complete:
        say(f"{pluralize(len(results), 'community', 'communities')} read up to now.")
    for trouble in troubles:
        say(f"{trouble}. Check the network and the address, then run the same command again.")
    if not is_complete and not troubles:
        say("Trouble left something out (see above): run the same command again.")


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
class _Result:
    """What was read of one community. The names of the fields are keys of the JSON output."""

    community: str
    name: str
    new: int
    """Number of events that the log did not have before."""
    events: int
    """Number of all events."""
    gaps: int
    """Number of open gaps: spans of time that could not be read."""


async def _lengths(app: App) -> dict[str, int]:
    """Return the number of events of each community that can be opened."""
    lengths = {}
    for slug in await asyncio.to_thread(app.communities.slugs):
        with suppress(StorageError):  # `App.run` logs it
            lengths[slug] = await (await app.communities.get_existing(slug)).log.length()
    return lengths


async def _results(app: App, before: Mapping[str, int]) -> list[_Result]:
    """Return what was read of each community, sorted by slug."""
    results = []
    for slug in sorted(app.runners.slugs()):
        community = app.communities.get_open(slug)
        if community is None:
            continue
        events = await community.log.length()
        gaps = len(await community.gaps.list())
        new = events - before.get(slug, 0)
        results.append(_Result(slug, community.name, new, events, gaps))
    return results


def _show(results: Sequence[_Result]) -> None:
    table = Table()
    table.add_column("community", overflow="fold")
    table.add_column("name", overflow="fold")
    for heading in ("new events", "events", "gaps"):
        table.add_column(heading, justify="right", no_wrap=True)
    for result in results:
        figures = (f"{result.new:,}", f"{result.events:,}", f"{result.gaps:,}")
        table.add_row(Text(result.community), Text(result.name), *figures)
    console = results_console()
    console.print(fit_table(table, console.width))

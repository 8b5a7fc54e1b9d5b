"""`demo`: a made-up community, scored by the real program, and then its console.

Only the source of events and the clock differ from `run`: the sample is recorded through the
same ingest, into a file that is thrown away, and "now" is its last evening.
"""

import asyncio
import importlib
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from bot.chat.console import Speaker, run_console
from bot.cli.opening import communities
from bot.cli.output import progress, results, say
from bot.cli.status import InputError
from bot.commands.all import registry
from bot.demo.cast import GUILD, HELPER, MAINTAINER, PEOPLE, SERVER_NAME, SETTINGS
from bot.demo.sample import SOURCE, START_MS, end_ms, sample
from bot.services.communities import Communities, Community, slug_of
from bot.services.ingest import CommunityInlet

TOUR: Final = ("!cred board", f"!cred history {HELPER}", f"!cred explain {HELPER}")


async def demo(*, seed: int, as_json: bool) -> None:
    """Record the sample, score it, show some of it, then answer what is typed."""
    maintainer = next(one for one in PEOPLE if one.name == MAINTAINER)
    speaker = Speaker(maintainer.id, maintainer.name)
    with tempfile.TemporaryDirectory(prefix="credbot-demo-") as folder:
        async with communities(Path(folder)) as opened:
            community = await recorded(opened, seed)
            standing = await community.scoring.recompute(end_ms())
            if standing is None:
                raise InputError("The sample mints no cred: try another --seed.")
            commands = registry()
            if not as_json:
                _introduce()
                await run_console(
                    community,
                    commands,
                    TOUR,
                    speaker,
                    echo=True,
                    now_ms=end_ms,
                    console=results(),
                )
            # A program may be started with its standard input closed.
            interactive = sys.stdin is not None and sys.stdin.isatty()
            if interactive:
                say(f'You are {MAINTAINER}. Try "!cred", "!help", or "quit".')
            with _terminal_kept(interactive=interactive):
                await run_console(
                    community,
                    commands,
                    _typed() if interactive else _scripted(),
                    speaker,
                    as_json=as_json,
                    echo=not interactive,
                    now_ms=end_ms,
                    console=results(),
                )


async def recorded(opened: Communities, seed: int) -> Community:
    """Return the sample's community, with everything in its log."""
    community = await opened.founded(slug_of(SOURCE, GUILD), SERVER_NAME, SOURCE, GUILD)
    await community.settings.set(
        SETTINGS, author="operator", reason="what the gardeners decided", now_ms=START_MS
    )
    inlet = CommunityInlet(community, SOURCE, on_news=lambda _slug: None)
    batches = list(sample(seed))
    with progress() as bar:
        task = bar.add_task("recording the sample", total=len(batches))
        for batch in batches:
            await inlet.record(batch)
            bar.advance(task)
    return community


def _introduce() -> None:
    words = (
        f"{SERVER_NAME}: a made-up Discord server of {len(PEOPLE)} people, 16 weeks, recorded "
        "and scored just now. Who earned no cred is not on its board."
    )
    print(textwrap.fill(words, min(results().width, 78)) + "\n", flush=True)


@contextmanager
def _terminal_kept(*, interactive: bool) -> Iterator[None]:
    """Leave the terminal as it was: Ctrl-C ends the program while readline holds it."""
    try:
        import termios  # noqa: PLC0415 -- not everywhere
    except ImportError:
        yield
        return
    before = termios.tcgetattr(sys.stdin) if interactive else None
    try:
        yield
    except asyncio.CancelledError:
        if interactive:
            say("")  # the prompt's line ends here
        raise
    finally:
        if before is not None:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _typed() -> Iterator[str]:
    """Yield what is typed at a prompt, until end of file."""
    with suppress(ImportError):
        # Gives the prompt a history, where there is one.
        importlib.import_module("readline")
    while True:
        try:
            yield input("> ")
        except EOFError:
            return


def _scripted() -> Iterator[str]:
    """Yield the lines of standard input, whatever bytes they hold."""
    if sys.stdin is None:
        return
    # Unbuffered: who waits for a line must not hold a lock that ending the program needs.
    for line in getattr(sys.stdin.buffer, "raw", sys.stdin.buffer):
        yield line.decode("utf-8", "replace")

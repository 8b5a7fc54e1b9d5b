"""`demo`: a made-up community, scored by the real program, and then its console.

Only the sources of events and the clock differ from `run`: the sample, a Discord server and a
forum, is recorded through the same ingest, into a file that is thrown away, and "now" is its
last evening.
"""

import asyncio
import importlib
import re
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from bot.chat.console.console import Speaker, run_console
from bot.cli.opening import communities
from bot.cli.output import progress, results, say
from bot.cli.status import InputError
from bot.commands.catalogue import build_registry
from bot.commands.kit.reply import Reply
from bot.community.communities import Communities, Community, community_slug
from bot.demo import forum
from bot.demo.cast import GUILD, HELPER, MAINTAINER, PEOPLE, SERVER_NAME, SETTINGS
from bot.demo.sample import SOURCE, START_MS, end_ms, sample
from bot.services.ingest import CommunityInlet

_CODE: Final = re.compile(r"[A-Z0-9]{4}(?:-[A-Z0-9]{4}){2}")


class _Tour:
    """What is asked first; somebody links their accounts in it, so it hears the replies."""

    def __init__(self) -> None:
        self._code = ""

    def hear(self, reply: Reply) -> None:
        """Take note of a code."""
        if found := _CODE.search(reply.title):
            self._code = found[0]

    def lines(self) -> Iterator[str]:
        """Yield what is typed, line by line."""
        there = f"{forum.SOURCE}:{forum.HELPERS_NAME}"
        yield "!cred board"
        yield f"!cred history {HELPER}"
        yield f"!cred {HELPER}"
        yield f"!cred {there}"
        yield f"@{HELPER}: !me link {forum.SOURCE} {forum.HELPERS_NAME}"
        yield f"@{there}: !me confirm {self._code}"
        yield f"!cred explain {HELPER}"


async def demo(*, seed: int, as_json: bool) -> None:
    """Record the sample, score it, show some of it, then answer what is typed."""
    maintainer = next(person for person in PEOPLE if person.name == MAINTAINER)
    speaker = Speaker(maintainer.id, maintainer.name)
    with tempfile.TemporaryDirectory(prefix="credbot-demo-") as folder:
        async with communities(Path(folder)) as opened:
            community = await recorded(opened, seed)
            standing = await community.scoring.recompute(end_ms())
            if standing is None:
                raise InputError("The sample mints no cred: try another --seed.")
            commands = build_registry()
            tour = _Tour()

            async def on_reply(reply: Reply) -> None:
                tour.hear(reply)
                # What the scheduler does where the bot runs: somebody may have been linked.
                await community.scoring.recompute_if_due(end_ms())

            if not as_json:
                _introduce()
                await run_console(
                    community,
                    commands,
                    tour.lines(),
                    speaker,
                    echo=True,
                    on_reply=on_reply,
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
                    on_reply=on_reply,
                    now_ms=end_ms,
                    console=results(),
                )


async def recorded(opened: Communities, seed: int) -> Community:
    """Return the sample's community, with everything in its log."""
    community = await opened.get_or_create(
        community_slug(SOURCE, GUILD), SERVER_NAME, SOURCE, GUILD
    )
    await community.settings.set(
        {**SETTINGS, **forum.SETTINGS},
        author="operator",
        reason="what the gardeners decided",
        now_ms=START_MS,
    )
    inlet = CommunityInlet(community, SOURCE, on_news=lambda _slug: None)
    batches = [*sample(seed), *forum.forum(seed)]
    with progress() as bar:
        task = bar.add_task("recording the sample", total=len(batches))
        for batch in batches:
            await inlet.record(batch)
            bar.advance(task)
    return community


def _introduce() -> None:
    words = (
        f"{SERVER_NAME}: a made-up Discord server of {len(PEOPLE)} people and their forum of "
        f"{len(forum.MEMBERS)}, 16 weeks, recorded and scored just now. Who earned no cred is "
        "not on its board. Some are on both, and nothing knows until they say so: below, "
        f"{HELPER} does."
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

"""`credbot demo`: scores a made-up community with the real program, then answers commands.

Only the events and the clock differ from `credbot run`. The sample community, a Discord server
and a forum, is recorded through the same ingest into a temporary file, and "now" is its last
evening.
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

from bot.chat.console.chat import Speaker
from bot.chat.console.run import run_console
from bot.cli.open_communities import open_communities
from bot.cli.output import progress_bar, results_console, say
from bot.cli.status import InputError
from bot.commands.catalogue import build_registry
from bot.commands.kit.reply import Reply
from bot.community.communities import Communities, Community, community_slug
from bot.demo import forum
from bot.demo.calendar import START_MS, end_ms
from bot.demo.cast import GUILD, HELPER, MAINTAINER, PEOPLE, SERVER_NAME, SETTINGS
from bot.demo.sample import SOURCE, sample_batches
from bot.services.ingest import CommunityInlet

_CODE: Final = re.compile(r"[A-Z0-9]{4}(?:-[A-Z0-9]{4}){2}")


class _Opening:
    """The commands that the demo begins with.

    One of them confirms a link with a code from the reply to another, so every reply must be
    passed to `note_code`.
    """

    def __init__(self) -> None:
        self._code = ""

    def note_code(self, reply: Reply) -> None:
        """Remember the code in a reply, if there is one."""
        if match := _CODE.search(reply.title):
            self._code = match[0]

    def lines(self) -> Iterator[str]:
        """Yield the commands, as they would be typed."""
        forum_account = f"{forum.SOURCE}:{forum.HELPERS_NAME}"
        yield "!cred board"
        yield f"!cred history {HELPER}"
        yield f"!cred {HELPER}"
        yield f"!cred {forum_account}"
        yield f"@{HELPER}: !me link {forum.SOURCE} {forum.HELPERS_NAME}"
        yield f"@{forum_account}: !me confirm {self._code}"
        yield f"!cred explain {HELPER}"


async def demo(*, seed: int, as_json: bool) -> None:
    """Record the sample, score it, run the opening commands, then answer what is typed."""
    maintainer = next(person for person in PEOPLE if person.name == MAINTAINER)
    speaker = Speaker(maintainer.id, maintainer.name)
    with tempfile.TemporaryDirectory(prefix="credbot-demo-") as folder:
        async with open_communities(Path(folder)) as communities:
            community = await record_sample(communities, seed)
            scores = await community.scoring.recompute(end_ms())
            if scores is None:
                raise InputError("The sample mints no cred: try another --seed.")
            commands = build_registry()
            opening = _Opening()

            async def on_reply(reply: Reply) -> None:
                opening.note_code(reply)
                # The scheduler does this in the running bot; somebody may have linked accounts.
                await community.scoring.recompute_if_due(end_ms())

            if not as_json:
                _introduce()
                await run_console(
                    community,
                    commands,
                    opening.lines(),
                    speaker,
                    echo=True,
                    on_reply=on_reply,
                    now_ms=end_ms,
                    console=results_console(),
                )
            # Standard input is None if it was closed when the program started.
            interactive = sys.stdin is not None and sys.stdin.isatty()
            if interactive:
                say(f'You are {MAINTAINER}. Try "!cred", "!help", or "quit".')
            with _restore_terminal(interactive=interactive):
                await run_console(
                    community,
                    commands,
                    _read_prompt() if interactive else _read_script(),
                    speaker,
                    as_json=as_json,
                    echo=not interactive,
                    on_reply=on_reply,
                    now_ms=end_ms,
                    console=results_console(),
                )


async def record_sample(communities: Communities, seed: int) -> Community:
    """Create the sample's community and record all of its events."""
    community = await communities.get_or_create(
        community_slug(SOURCE, GUILD), SERVER_NAME, SOURCE, GUILD
    )
    await community.settings.set(
        {**SETTINGS, **forum.SETTINGS},
        author="operator",
        reason="what the gardeners decided",
        now_ms=START_MS,
    )
    inlet = CommunityInlet(community, SOURCE, on_news=lambda _slug: None)
    batches = [*sample_batches(seed), *forum.forum_batches(seed)]
    with progress_bar() as bar:
        task = bar.add_task("recording the sample", total=len(batches))
        for batch in batches:
            await inlet.record(batch)
            bar.advance(task)
    return community


def _introduce() -> None:
    text = (
        f"{SERVER_NAME}: a made-up Discord server of {len(PEOPLE)} people and their forum of "
        f"{len(forum.MEMBERS)}, 16 weeks, recorded and scored just now. Who earned no cred is "
        "not on its board. Some are on both, and nothing knows until they say so: below, "
        f"{HELPER} does."
    )
    print(textwrap.fill(text, min(results_console().width, 78)) + "\n", flush=True)


@contextmanager
def _restore_terminal(*, interactive: bool) -> Iterator[None]:
    """Restore the terminal afterwards: Ctrl-C ends the program while readline controls it."""
    try:
        import termios  # noqa: PLC0415 -- Windows has none
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


def _read_prompt() -> Iterator[str]:
    """Yield the lines typed at a prompt, until end of file."""
    with suppress(ImportError):
        # Importing it gives the prompt a history.
        importlib.import_module("readline")
    while True:
        try:
            yield input("> ")
        except EOFError:
            return


def _read_script() -> Iterator[str]:
    """Yield the lines of standard input; bytes that are not UTF-8 are replaced."""
    if sys.stdin is None:
        return
    # Unbuffered: a read that waits for a line would hold a lock that exiting needs.
    for line in getattr(sys.stdin.buffer, "raw", sys.stdin.buffer):
        yield line.decode("utf-8", "replace")

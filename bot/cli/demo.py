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
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from bot.chat.console.chat import Speaker
from bot.chat.console.run import run_console
from bot.cli.open_communities import open_communities
from bot.cli.output import progress_bar, results_console, say
from bot.cli.status import InputError
from bot.commands.catalogue import build_registry
from bot.commands.kit.registry import Registry
from bot.commands.kit.reply import Reply
from bot.community.communities import Communities, Community, community_slug
from bot.community.errors import NotAllowedError
from bot.demo import forum, tour
from bot.demo.calendar import DAY, START_MS, end_ms
from bot.demo.cast import GUILD, HELPER, MAINTAINER, PEOPLE, SERVER_NAME, SETTINGS
from bot.demo.sample import SOURCE, sample_batches
from bot.services.ingest import CommunityInlet
from bot.services.weights.close import advance
from bot.services.weights.schedule import take_effect
from bot.services.weights.vote import vote
from cred.governance.tally import VoteChoice
from storage.log.batch import Batch

_CODE: Final = re.compile(r"[A-Z0-9]{4}(?:-[A-Z0-9]{4}){2}")


class _Visit:
    """One visit of the sample community: its clock, and who speaks.

    In the running bot the scheduler does what is due; here it is done after each reply.
    """

    def __init__(self, community: Community, commands: Registry, *, as_json: bool) -> None:
        maintainer = next(person for person in PEOPLE if person.name == MAINTAINER)
        self._speaker = Speaker(maintainer.id, maintainer.name)
        self._community = community
        self._commands = commands
        self._as_json = as_json
        self._now_ms = end_ms()
        self._code = ""

    async def show_tour(self) -> None:
        """Go through the tour, printing each line that is typed before its reply."""
        for step in tour.steps(lambda: self._code):
            match step:
                case tour.TypedLine(line=line):
                    await self.answer([line], echo=True)
                case tour.Narration(text=text):
                    _tell(text)
                case tour.MembersVote(choices=choices):
                    await self._vote(choices)
                case tour.DaysPass(count=count):
                    self._now_ms += count * DAY
                    await self._do_what_is_due()

    async def answer(self, lines: Iterable[str], *, echo: bool) -> None:
        """Answer lines as they are typed."""
        await run_console(
            self._community,
            self._commands,
            lines,
            self._speaker,
            as_json=self._as_json,
            echo=echo,
            on_reply=self._on_reply,
            now_ms=lambda: self._now_ms,
            console=results_console(),
        )

    async def _on_reply(self, reply: Reply) -> None:
        if match := _CODE.search(reply.title):
            self._code = match[0]
        await self._do_what_is_due()

    async def _do_what_is_due(self) -> None:
        await take_effect(self._community, self._now_ms)
        await advance(self._community, self._now_ms)
        await self._community.scoring.recompute_if_due(self._now_ms)

    async def _vote(self, choices: Mapping[str, str]) -> None:
        directory = self._community.directory
        ids = {person.name: person.id for person in PEOPLE}
        for name, choice in choices.items():
            account = directory.account_number(SOURCE, ids[name])
            with suppress(NotAllowedError):  # who came too late may not vote
                await vote(
                    self._community,
                    tour.PROPOSAL,
                    account or 0,
                    VoteChoice(choice),
                    now_ms=self._now_ms,
                )


async def demo(*, seed: int, as_json: bool) -> None:
    """Record the sample, score it, go through the tour, then answer what is typed."""
    with tempfile.TemporaryDirectory(prefix="credbot-demo-") as folder:
        async with open_communities(Path(folder)) as communities:
            community = await record_sample(communities, seed)
            scores = await community.scoring.recompute(end_ms())
            if scores is None:
                raise InputError("The sample mints no cred: try another --seed.")
            visit = _Visit(community, build_registry(), as_json=as_json)
            if not as_json:
                _introduce()
                await visit.show_tour()
            # Standard input is None if it was closed when the program started.
            interactive = sys.stdin is not None and sys.stdin.isatty()
            if interactive:
                say(f'You are {MAINTAINER}. Try "!cred", "!help", or "quit".')
            with _restore_terminal(interactive=interactive):
                lines = _read_prompt() if interactive else _read_script()
                await visit.answer(lines, echo=not interactive)


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
    # In the order in which a running bot would have heard them, of both platforms.
    batches = sorted([*sample_batches(seed), *forum.forum_batches(seed)], key=_first_moment)
    with progress_bar() as bar:
        task = bar.add_task("recording the sample", total=len(batches))
        for batch in batches:
            await inlet.record(batch)
            bar.advance(task)
    return community


def _first_moment(batch: Batch) -> int:
    return min((event.seen_ms for event in batch.events), default=0)


def _introduce() -> None:
    _tell(
        f"{SERVER_NAME}: a made-up Discord server of {len(PEOPLE)} people and their forum of "
        f"{len(forum.MEMBERS)}, 16 weeks, recorded and scored just now. Who earned no cred is "
        "not on its board. Some are on both, and nothing knows until they say so: below, "
        f"{HELPER} does."
    )


def _tell(text: str) -> None:
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

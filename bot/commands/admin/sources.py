"""`admin sources`: the state of each source of contributions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.commands.kit.command import Access, Command
from bot.commands.kit.reply import Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import pluralize
from bot.community.communities import Community
from bot.community.problem import Problem
from storage.log.gaps import RecordedGap


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source of a community, or one of its connections."""

    source: str
    """"discord"."""
    name: str
    """The name that people know: of a server, or a forum's address."""
    words: str
    """Its state in words: "connected", "the forum answers 502; again in 30 s"."""
    problems: tuple[Problem, ...] = ()
    """What somebody can put right."""


States = Callable[[Community], Sequence[SourceState]]
"""Returns the states of a community's sources in the running process."""


async def sources(request: Request, states: States) -> Reply:
    """Answer `admin sources`."""
    community = request.community
    running = states(community)
    counts = await community.log.counts()
    gaps = await community.gaps.list()
    names = {state.source for state in running}
    silent = [_silent_state(community, source) for source in counts if source not in names]
    rows = tuple(
        (
            state.source,
            state.name,
            state.words,
            f"{counts.get(state.source, 0):,}",
            _gaps_in_words([found for found in gaps if found.gap.source == state.source]),
        )
        for state in (*running, *silent)
    )
    table = Table(("Source", "Name", "State", "Events", "Gaps"), rows, right=frozenset({3}))
    return Reply(
        title=f"Sources of {community.name}",
        text="" if rows else "Nothing has been heard from anywhere yet.",
        tables=(table,) if rows else (),
        private=True,
    )


def _gaps_in_words(gaps: Sequence[RecordedGap]) -> str:
    """Return how many places cannot be read, and how often listening broke off."""
    places = sum(recorded.gap.place is not None for recorded in gaps)
    breaks = len(gaps) - places
    parts = [pluralize(places, "place")] * bool(places)
    parts += [pluralize(breaks, "reconnect")] * bool(breaks)
    return ", ".join(parts) or "none"


def _silent_state(community: Community, source: str) -> SourceState:
    """Return the state of a source that has events, but does not run in this process."""
    if source in community.identities.platforms:
        words = "nothing listens here; what was heard is kept"
    else:
        words = "fed by commands and imports"
    return SourceState(source, "–", words)


def sources_command(states: States = lambda _community: ()) -> Command:
    """Return the `admin sources` command.

    Parameters
    ----------
    states
        Returns the states of sources that run. Others, such as archives and the demo, are found
        in the log.
    """
    return Command(
        group="admin",
        name="sources",
        summary="Where contributions are heard from, and how each of these is.",
        details=(
            "For those who may manage the server or forum. Each source runs by itself: one "
            "that fails is restarted, and the others go on. admin health lists the gaps."
        ),
        handler=partial(sources, states=states),
        examples=("admin sources",),
        access=Access.ADMINS,
        private=True,
    )

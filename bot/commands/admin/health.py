"""`admin health`: whether everything is well, and if not, what to do about it."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from bot.commands.admin.findings import find_problems, sum_up_breaks
from bot.commands.admin.sources import States
from bot.commands.kit import resolve
from bot.commands.kit.command import Access, Command
from bot.commands.kit.history_note import history_note
from bot.commands.kit.reply import Fact, Reply
from bot.commands.kit.request import Request
from bot.commands.kit.wording import duration, file_size, pluralize
from bot.community.communities import Community
from bot.community.problem import Problem

MoreHealth = Callable[[Community], Sequence[Fact]]
"""Returns facts of the running process on a community, such as connections and intents."""


async def health(request: Request, more: MoreHealth, states: States) -> Reply:
    """Answer `admin health`."""
    community = request.community
    position, head = await community.log.head()
    count = await community.log.length()
    gaps = await community.gaps.list()
    octets = await asyncio.to_thread(_size, community)
    scores = community.scoring.scores
    problems = find_problems(request, states(community), position, gaps)
    reconnects = sum_up_breaks(gaps, request.now_ms)
    return Reply(
        title=f"Health of {community.name}",
        text=_verdict(request, problems, has_gaps=bool(gaps)),
        facts=(
            *(Fact(*words) for words in reconnects),
            Fact("Events", f"{count:,}"),
            Fact("Log head", f"#{position:,} {head[:12]}"),
            Fact("Recompute", _recompute(request)),
            Fact("Not scored yet", _pending(request, position)),
            Fact("Settings", f"version {community.settings.version}"),
            Fact("Participants", _participants(community)),
            *_link_facts(community),
            *await _merge_facts(community),
            Fact("File", f"{community.slug}.db, {file_size(octets)}"),
            *more(community),
        ),
        as_of=resolve.as_of(scores) if scores else None,
        private=True,
    )


def health_command(
    more: MoreHealth = lambda _community: (),
    states: States = lambda _community: (),
) -> Command:
    """Return the `admin health` command.

    Parameters
    ----------
    more
        Returns facts of the process that runs the command.
    states
        Returns the states of the sources that run, and what is wrong with them.
    """
    return Command(
        group="admin",
        name="health",
        summary="Events, recomputes, sources, gaps, file: is everything well?",
        details=(
            "For those who may manage the server or forum. What can be put right comes first, "
            "with what to do. After a reconnect everything missed is read again; they are "
            "summed up. Channels are named only where nobody else sees the answer."
        ),
        handler=partial(health, more=more, states=states),
        examples=("admin health",),
        access=Access.ADMINS,
        private=True,
    )


def _verdict(request: Request, problems: Sequence[Problem], *, has_gaps: bool) -> str:
    note = history_note(request)
    if problems:
        lines = [f"– {problem.words}: {problem.remedy}." for problem in problems]
        verdict = "\n".join(["Look at this:", *lines])
    elif has_gaps or note:
        verdict = "Nothing has to be done."
    else:
        verdict = "All well."
    return f"{verdict}\n{note}".rstrip()


def _recompute(request: Request) -> str:
    scoring = request.community.scoring
    if scoring.is_running:
        return "under way"
    if scoring.health is None:
        return "not yet in this process"
    seconds = max(0, request.now_ms - scoring.health.finished_ms) / 1000
    since = f"{duration(seconds)} ago" if seconds >= 1 else "just now"
    return f"{since}, took {duration(scoring.health.seconds)}"


def _pending(request: Request, position: int) -> str:
    scores = request.community.scoring.scores
    if scores is None:
        return pluralize(position, "event")
    behind = pluralize(position - scores.events, "event")
    settings = request.community.settings.version - scores.settings_version
    return f"{behind}, {pluralize(settings, 'change')} of settings" if settings else behind


def _participants(community: Community) -> str:
    scores = community.scoring.scores
    if scores is None:
        return "–"
    weeks = pluralize(len(scores.starts_ms), "week")
    return f"{len(scores.participants):,}, {weeks}"


def _link_facts(community: Community) -> tuple[Fact, ...]:
    """Return how many people have several accounts, if anybody has."""
    people = community.identities.persons()
    if not people:
        return ()
    persons = pluralize(len(set(people.values())), "person", "people")
    return (Fact("Linked", f"{len(people):,} accounts of {persons}"),)


async def _merge_facts(community: Community) -> tuple[Fact, ...]:
    merges = await community.identities.merges.list_all()
    waiting = sum(merge.state == "open" for merge in merges)
    if not waiting:
        return ()
    return (Fact("Merges to approve", f"{waiting:,} (admin identity list)"),)


def _size(community: Community) -> int:
    path = community.database.path
    files = (path, path.with_name(path.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())

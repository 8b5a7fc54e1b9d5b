"""`admin health`: whether everything is well, and if not, what is wrong."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Access, Command
from bot.commands.kit.reply import Fact, Reply, Table
from bot.commands.kit.request import SLASH, Request
from bot.commands.kit.wording import day, duration, file_size, pluralize
from bot.community.communities import Community
from storage.log.gaps import RecordedGap

MoreHealth = Callable[[Community], Sequence[Fact]]
"""Returns facts of the running process on a community, such as connections and intents."""

_MOST_GAPS: Final = 8


async def health(request: Request, more: MoreHealth) -> Reply:
    """Answer `admin health`."""
    community = request.community
    position, head = await community.log.head()
    count = await community.log.length()
    gaps = await community.gaps.list()
    # Places that the bot may not read are often hidden from others, even by name.
    shown = [recorded for recorded in gaps if request.is_private or recorded.gap.place is None]
    octets = await asyncio.to_thread(_size, community)
    scores = community.scoring.scores
    advice = community.database.advice
    return Reply(
        title=f"Health of {community.name}",
        text=_verdict(community, position, len(gaps)),
        facts=(
            Fact("Events", f"{count:,}"),
            Fact("Log head", f"#{position:,} {head[:12]}"),
            Fact("Recompute", _recompute(request)),
            Fact("Not scored yet", _pending(request, position)),
            Fact("Settings", f"version {community.settings.version}"),
            Fact("Participants", _participants(community)),
            *_link_facts(community),
            *await _merge_facts(community),
            Fact("File", f"{community.slug}.db, {file_size(octets)}"),
            Fact("SQLite", sqlite3.sqlite_version + (" (see below)" if advice else "")),
            *more(community),
        ),
        tables=_gap_tables(community, shown),
        after="\n".join(filter(None, (_hidden_gaps_note(len(gaps) - len(shown)), advice))),
        as_of=resolve.as_of(scores) if scores else None,
        private=True,
    )


def health_command(more: MoreHealth = lambda _community: ()) -> Command:
    """Return the `admin health` command.

    Parameters
    ----------
    more
        Returns facts of the process that runs the command.
    """
    return Command(
        group="admin",
        name="health",
        summary="Events, recomputes, sources, gaps, file: is everything well?",
        details=(
            "For those who may manage the server or forum. A gap is a span of time or a place "
            "that could not be read; it says why, and what was missed is counted once it is "
            "filled. Channels are named only where nobody else sees the answer."
        ),
        handler=partial(health, more=more),
        examples=("admin health",),
        access=Access.ADMINS,
        private=True,
    )


def _verdict(community: Community, position: int, gaps: int) -> str:
    health = community.scoring.health
    troubles = []
    if health is not None and health.problem:
        troubles.append(f"the last recompute failed: {health.problem}")
    elif community.scoring.scores is None:
        troubles.append(
            "there are no scores yet" if position else "nothing has been heard here yet"
        )
    if gaps:
        troubles.append(f"{pluralize(gaps, 'gap')} in what could be read")
    return f"Look at this: {'; '.join(troubles)}." if troubles else "All well."


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


def _gap_tables(community: Community, gaps: Sequence[RecordedGap]) -> tuple[Table, ...]:
    if not gaps:
        return ()
    newest = list(gaps)[: -_MOST_GAPS - 1 : -1]
    table = Table(
        ("Where", "From", "Why"),
        tuple(
            (
                _where(community, recorded),
                day(recorded.gap.from_ms),
                recorded.gap.reason,
            )
            for recorded in newest
        ),
        title=f"Open gaps ({len(newest)} of {len(gaps)})",
    )
    return (table,)


def _hidden_gaps_note(gaps: int) -> str:
    """Return how many gaps are left out where others can read the reply."""
    if not gaps:
        return ""
    return (
        f"{pluralize(gaps, 'gap')} in channels that may be hidden: {SLASH}admin health, "
        "which only you see, names them."
    )


def _where(community: Community, recorded: RecordedGap) -> str:
    gap = recorded.gap
    if gap.place is None:
        return gap.source
    number = community.directory.place_number(gap.source, gap.place)
    return gap.place if number is None else f"#{community.directory.place_name(number)}"

"""The weekly digest as a reply: who gained cred and from what, newcomers first.

Named is only who is on the board, has not asked to be left out, and gained something from what
the readers see.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.commands.cred.breakdown import flow_name
from bot.commands.cred.hidden import hidden_nodes
from bot.commands.kit.charts import Dumbbell, DumbbellChart
from bot.commands.kit.names import join_names
from bot.commands.kit.reply import Fact, Reply, Table
from bot.commands.kit.wording import amount, date_range, pluralize
from bot.commands.weights.wording import Readers, changed_keys
from bot.services import people
from bot.services.digest import Digest, Gain, is_wanted, read_digest, start_of
from cred.credrank import Ranking
from cred.epochs import WEEK_MS
from cred.explain import Parts, by_edge_kind, explain_participant

MOST_NEWCOMERS: Final = 10
MOST_OTHERS: Final = 5
_MOST_LOOKED_AT: Final = 40
"""People of each sort whose cred is looked into to find those to name."""
_MOST_SOURCES: Final = 2
"""Kinds of flow that are named of each person."""
_LEAST_PART: Final = 0.05
"""The part of somebody's cred that a kind of flow must be to be named."""
_MUTING: Final = "me visibility digest off"


@dataclass(frozen=True, slots=True)
class _Line:
    """Somebody who is named."""

    name: str
    gain: Gain
    sources: str
    """Kinds of flow that most of it came along, of what the readers see."""


async def digest_reply(readers: Readers, about: str, now_ms: int) -> Reply | None:
    """Return the digest of a week that ended; None if there is nothing to tell.

    Parameters
    ----------
    about
        The week: "week:2026-11-15".

    Raises
    ------
    CredError
        If there are no scores yet that can be explained, and none can be computed.
    """
    community = readers.community
    if not is_wanted(community):
        return None
    if community.scoring.scores is not None and community.scoring.scores.awaits_ranking:
        await community.scoring.recompute_if_due(now_ms)
    digest = await read_digest(community, start_of(about))
    if digest is None or digest.scores.ranking is None or not digest.gains:
        return None
    named = await _find_named(readers, digest, digest.scores.ranking)
    newcomers, others = (
        tuple(line for line in named if line.gain.is_new is is_new) for is_new in (True, False)
    )
    end_ms = digest.start_ms + WEEK_MS
    return Reply(
        title=f"Digest of the week {date_range(digest.start_ms, end_ms)}: "
        f"{amount(digest.total)} cred",
        text=f"New: {join_names([line.name for line in newcomers])}." if newcomers else "",
        facts=_facts(readers, digest),
        chart=_chart(named),
        tables=tuple(
            _table(title, lines)
            for title, lines in (("New here", newcomers), ("Gained most", others))
            if lines
        ),
        after=f"Nobody is pinged. Not to be named here: {_MUTING}",
    )


async def _find_named(readers: Readers, digest: Digest, ranking: Ranking) -> Sequence[_Line]:
    """Return who is named: newcomers, then those who gained most of the others."""
    hidden = hidden_nodes(readers, ranking)

    def look_into(gain: Gain) -> str:
        row = digest.scores.index_of(gain.participant)
        if row is None:
            return ""
        parts = explain_participant(ranking, row, digest.weeks)
        is_seen = ~((parts.node >= 0) & hidden[np.maximum(parts.node, 0)])
        return _sources(ranking, _select(parts, is_seen))

    def work() -> list[tuple[Gain, str]]:
        found: list[tuple[Gain, str]] = []
        for is_new, most in ((True, MOST_NEWCOMERS), (False, MOST_OTHERS)):
            nameable = [
                gain for gain in digest.gains if gain.is_new is is_new and gain.may_be_named
            ]
            told = [(gain, look_into(gain)) for gain in nameable[:_MOST_LOOKED_AT]]
            found += [(gain, sources) for gain, sources in told if sources][:most]
        return found

    return [
        _Line(
            people.participant_name(
                readers.community, gain.participant, digest.scores, readers.source
            ),
            gain,
            sources,
        )
        for gain, sources in await asyncio.to_thread(work)
    ]


def _select(parts: Parts, rows: NDArray[np.bool_]) -> Parts:
    amounts = parts.amount[rows]
    return replace(
        parts,
        node=parts.node[rows],
        participant=parts.participant[rows],
        week=parts.week[rows],
        edge=parts.edge[rows],
        reverse=parts.reverse[rows],
        amount=amounts,
        total=float(amounts.sum()),
    )


def _sources(ranking: Ranking, parts: Parts) -> str:
    """Return the kinds of flow that most of some cred came along; "" if there are none."""
    flows = by_edge_kind(ranking, parts)[:_MOST_SOURCES]
    large = [flow for flow in flows if flow.amount > _LEAST_PART * parts.total]
    return ", ".join(dict.fromkeys(map(flow_name, large)))


def _facts(readers: Readers, digest: Digest) -> tuple[Fact, ...]:
    newcomers = sum(gain.is_new for gain in digest.gains)
    facts = [
        Fact(
            "Cred in the week",
            f"{amount(digest.total)} (before: {amount(digest.total_before)})",
        ),
        Fact("Who gained", pluralize(len(digest.gains), "person", "people")),
        Fact("New", f"{newcomers:,}" if newcomers else "nobody"),
    ]
    if digest.versions:
        words = [f"v{made.version} ({changed_keys(readers, made)})" for made in digest.versions]
        facts.append(Fact("Weights changed", "; ".join(words)))
    return tuple(facts)


def _chart(lines: Sequence[_Line]) -> DumbbellChart | None:
    rows = tuple(Dumbbell(line.name, line.gain.before, line.gain.cred) for line in lines)
    title = "Cred of the week before, and of this week"
    return DumbbellChart(title=title, rows=rows, unit="cred") if rows else None


def _table(title: str, lines: Sequence[_Line]) -> Table:
    rows = tuple(
        (line.name, amount(line.gain.cred), amount(line.gain.before), line.sources)
        for line in lines
    )
    return Table(
        ("Name", "Cred", "Before", "Mostly from"),
        rows,
        right=frozenset({1, 2}),
        title=title,
        is_whole=True,
    )

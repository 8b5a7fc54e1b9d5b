"""What cred came from, put into words: contributions, kinds of flow, and who caused it.

The numbers are `cred.explain`'s and run in a worker thread; only the few rows shown are put
into words.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from bot.commands.entries import entry_arguments
from bot.commands.kit.reply import Cell, Link, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import amount, day, percent
from bot.community.communities import Community
from bot.community.scoring.community_scores import CommunityScores
from bot.services import people
from cred.credrank import Ranking
from cred.explain import (
    Cause,
    CauseKind,
    CredOrigin,
    EdgeFlow,
    LargestFirst,
    Parts,
    by_cause,
    by_edge_kind,
    by_origin,
    explain_participant,
)
from cred.facts.events import MISSING
from cred.graph.structure import ABSENT, TIMELESS
from cred.graph.weights import Field

P = TypeVar("P", EdgeFlow, Cause, CredOrigin)

READY_SOON: Final = "Where it came from can be told after the next recompute, in a few minutes."

_FLOWS: Final = {"attribution": "what others pass on", "minted": "minted here"}
"""What no source declares, by name."""
_THANKS: Final = "thanks"
_DEEDS: Final = {
    _THANKS: "thanks",
    "like": "likes",
    **dict.fromkeys(("contribution", "dependency", "reference", "initiative"), "approvals"),
}
"""What somebody did, by the kind of node that mints of it."""


@dataclass(frozen=True, slots=True)
class CameFrom:
    """The largest sources of some cred."""

    table: Table | None
    note: str = ""
    """Why there is no table, or that it is of an earlier moment."""


async def top_sources(
    request: Request, scores: CommunityScores, index: int, weeks: slice, most: int
) -> CameFrom:
    """Return the contributions that a participant's cred came from, largest first."""
    ranking = scores.ranking
    if ranking is None:
        return CameFrom(None, READY_SOON)

    def work() -> tuple[Parts, LargestFirst[CredOrigin]]:
        parts = explain_participant(ranking, index, weeks)
        return parts, by_origin(parts)

    parts, found = await asyncio.to_thread(work)
    if not found:
        return CameFrom(None)
    return CameFrom(contributions(request, ranking, found, parts.total, most))


def contributions(
    request: Request, ranking: Ranking, found: LargestFirst[CredOrigin], total: float, most: int
) -> Table:
    """Return the largest contributions, and what is left, as a table that sums to the whole."""

    def cell(one: CredOrigin) -> Cell:
        if one.node >= 0:
            return contribution(request, ranking, one.node)
        return f"cred of {_participant(request, ranking, one.participant)}"

    return _summed("Came from", cell, found, found.positive, total, most)


def flows(ranking: Ranking, parts: Parts, most: int) -> Table:
    """Return the kinds of flow as a table that sums to the whole."""

    def cell(one: EdgeFlow) -> str:
        back = " (back)" if one.reverse else ""
        return one.flow_names or _FLOWS.get(one.name) or f"{one.name}{back}"

    found = by_edge_kind(ranking, parts)
    positive = sum(flow.amount > 0.0 for flow in found)
    return _summed("Kind of flow", cell, found, positive, parts.total, most)


def causes(request: Request, ranking: Ranking, parts: Parts, most: int) -> Table:
    """Return who caused it as a table that sums to the whole; what nobody did is one row."""

    def cell(one: Cause) -> Cell:
        if one.kind is CauseKind.REVIEW:
            return f"{_deeds(ranking, one.account)} of {account(request, one.account)}"
        if one.kind is CauseKind.PARTICIPANT:
            return f"cred of {_participant(request, ranking, one.participant)}"
        return "other contributions"

    found = by_cause(ranking, parts, each_contribution=False)
    return _summed("Caused by", cell, found, found.positive, parts.total, most)


def contribution(request: Request, ranking: Ranking, node: int) -> Cell:
    """Return what to call a node of the graph, with a link where it is in a place."""
    structure = ranking.graph.structure
    address = ranking.graph.node_address(node)
    if node >= len(structure.nodes.kind):
        return "a bonus"
    kind = structure.node_kinds[structure.nodes.kind[node]]
    number = int(structure.nodes.account[node])
    if number != ABSENT:
        return account(request, number)
    if named := _entered(request, ranking, node):
        return named
    key = dict(zip(kind.fields, address[len(kind.prefix) :], strict=False))
    source = kind.prefix[1] if len(kind.prefix) > 1 else ""
    place = key.get(Field.PLACE, "")
    words = kind.name
    if Field.TEXT in key:
        # A custom emoji is "name:id".
        words = f"{key[Field.TEXT].partition(':')[0]}"
        by = request.community.names.account_number(source, key.get(Field.ACCOUNT, ""))
        words += f" of {account(request, by)}" if by is not None else ""
    elif structure.nodes.review[node] != ABSENT:
        reviewer = int(structure.reviews.reviewer[structure.nodes.review[node]])
        words += f" of {account(request, reviewer)}"
    where = _place(request.community, source, place)
    at_ms = int(structure.nodes.at_ms[node])
    when = "" if at_ms == TIMELESS else f", {day(at_ms)}"
    text = f"{words}{where}{when}"
    posted = key.get(Field.CONTRIBUTION, "")
    number = int(structure.nodes.contribution[node])
    if Field.CONTRIBUTION_ID in key and number != ABSENT:  # where it is, its id says
        return Link(text, source, place, request.community.names.contribution(number))
    return Link(text, source, place, posted) if place and posted else text


def _entered(request: Request, ranking: Ranking, node: int) -> str:
    """Return what to call something entered by hand: thanks also by who gave them."""
    structure = ranking.graph.structure
    number = int(structure.nodes.contribution[node])
    named = (
        entry_arguments.of_contribution(request.community, number) if number != ABSENT else None
    )
    if named is None:
        return ""
    review = int(structure.nodes.review[node])
    giver = int(structure.reviews.reviewer[review]) if review != ABSENT else MISSING
    if structure.node_kinds[structure.nodes.kind[node]].name == _THANKS and giver != MISSING:
        named += f", of {account(request, giver)}"
    return f"{named}, {day(int(structure.nodes.at_ms[node]))}"


def _deeds(ranking: Ranking, number: int) -> str:
    """Return what of somebody's doing mints: "reactions", "reactions and thanks"."""
    structure = ranking.graph.structure
    mine = np.flatnonzero(structure.reviews.reviewer == number)
    nodes, names = structure.nodes, [kind.name for kind in structure.node_kinds]
    of_ours = {at: _DEEDS[name] for at, name in enumerate(names) if name in _DEEDS}
    rows = np.flatnonzero(np.isin(nodes.kind, [*of_ours]) & np.isin(nodes.review, mine))
    deeds = {of_ours[kind] for kind in nodes.kind[rows].tolist()}
    if len(rows) < len(mine):
        deeds.add("reactions")
    return " and ".join(sorted(deeds)) or "reactions"


def account(request: Request, number: int) -> str:
    """Return an account's name; not that of somebody who does not want to be shown."""
    if people.is_opted_out(request.community, number):
        return "somebody who opted out"
    return people.display_name(request.community, number, request.source)


def _participant(request: Request, ranking: Ranking, index: int) -> str:
    return account(request, int(ranking.graph.participants[index]))


def _place(community: Community, source: str, place: str) -> str:
    number = community.names.place_number(source, place)
    return f" in #{community.names.place_name(number)}" if number is not None else ""


def _summed(  # noqa: PLR0913, PLR0917 -- a table's parts
    heading: str,
    cell: Callable[[P], Cell],
    parts: Sequence[P],
    positive: int,
    total: float,
    most: int,
) -> Table:
    """Return the largest parts and one row for all others; only the rows shown are worded.

    Parameters
    ----------
    heading, cell
        What to call the parts, and each.
    parts
        The largest first.
    positive
        How many of them are more than 0.
    total
        What they sum to.
    most
        Rows for parts.
    """
    # One more row than "everything else" would stand for is shown in its place.
    top = parts[: positive if positive <= most + 1 else most]
    rows: list[tuple[Cell, ...]] = [
        (cell(one), amount(one.amount), _share(one.amount, total)) for one in top
    ]
    others = positive - len(top)
    if others:
        left = total - sum(one.amount for one in top)
        rows.append((f"everything else ({others:,})", amount(left), _share(left, total)))
    return Table((heading, "Cred", "Share"), tuple(rows), right=frozenset({1, 2}))


def _share(part: float, total: float) -> str:
    return percent(part / total) if total > 0 else "–"

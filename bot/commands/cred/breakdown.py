"""Breakdowns of cred as tables: by contribution, by kind of flow, and by who caused it.

The figures are those of `cred.explain`. They are computed in a worker thread, and only the few
parts that are shown are given names.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.commands.cred.hidden import hidden_nodes
from bot.commands.cred.labels import (
    account_label,
    node_label,
    participant_label,
    reviews_label,
)
from bot.commands.kit.audience import elsewhere
from bot.commands.kit.reply import Cell, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import amount, percent
from bot.community.scoring.community_scores import CommunityScores
from cred.causes import Cause, CauseKind, by_cause
from cred.credrank import Ranking
from cred.explain import (
    HIDDEN,
    CredOrigin,
    EdgeFlow,
    LargestFirst,
    Parts,
    by_edge_kind,
    by_origin,
    explain_participant,
)

P = TypeVar("P", EdgeFlow, Cause, CredOrigin)

READY_SOON: Final = "The breakdown will be ready after the next recompute, in a few minutes."

_FLOWS: Final = {"attribution": "what others pass on", "minted": "minted here"}
"""Flows that no source declares, by name."""


@dataclass(frozen=True, slots=True)
class TopOrigins:
    """The contributions that most of somebody's cred came from."""

    table: Table | None
    note: str = ""
    """Why there is no table."""


async def top_origins(
    request: Request, scores: CommunityScores, index: int, weeks: slice, most: int
) -> TopOrigins:
    """Return the contributions that a participant's cred came from, largest first."""
    ranking = scores.ranking
    if ranking is None:
        return TopOrigins(None, READY_SOON if scores.awaits_ranking else "")

    hidden = hidden_nodes(request, ranking)

    def work() -> tuple[Parts, LargestFirst[CredOrigin]]:
        parts = explain_participant(ranking, index, weeks)
        return parts, by_origin(parts, hidden)

    parts, origins = await asyncio.to_thread(work)
    if not origins:
        return TopOrigins(None)
    return TopOrigins(origins_table(request, ranking, origins, parts.total, most))


def origins_table(
    request: Request,
    ranking: Ranking,
    origins: LargestFirst[CredOrigin],
    total: float,
    most: int,
) -> Table:
    """Return the largest contributions, and a row for all others."""

    def label(origin: CredOrigin) -> Cell:
        if origin.node == HIDDEN:
            return f"messages {elsewhere(request)}"
        if origin.node >= 0:
            return node_label(request, ranking, origin.node)
        return f"cred of {participant_label(request, ranking, origin.participant)}"

    return _table("Came from", label, origins, origins.positive, total=total, most=most)


def flows_table(ranking: Ranking, parts: Parts, most: int) -> Table:
    """Return the largest kinds of flow, and a row for all others."""
    flows = by_edge_kind(ranking, parts)
    positive = sum(flow.amount > 0.0 for flow in flows)
    return _table("Kind of flow", flow_name, flows, positive, total=parts.total, most=most)


def flow_name(flow: EdgeFlow) -> str:
    """Return what to call a kind of flow: "posts they wrote"."""
    back = " (back)" if flow.reverse else ""
    return flow.label or _FLOWS.get(flow.name) or f"{flow.name}{back}"


def causes_table(
    request: Request, ranking: Ranking, parts: Parts, hidden: NDArray[np.bool_], most: int
) -> Table:
    """Return who caused most of the cred, and a row for all others.

    What the nodes that are `hidden` caused, or passed on, is one row.
    """

    def label(cause: Cause) -> Cell:
        if cause.kind is CauseKind.HIDDEN:
            return elsewhere(request)
        if cause.kind is CauseKind.REVIEW:
            reviewer = account_label(request, cause.account)
            return f"{reviews_label(ranking, cause.account, hidden)} of {reviewer}"
        if cause.kind is CauseKind.PARTICIPANT:
            return f"cred of {participant_label(request, ranking, cause.participant)}"
        return "other contributions"

    causes = by_cause(ranking, parts, hidden, each_contribution=False)
    return _table("Caused by", label, causes, causes.positive, total=parts.total, most=most)


def _table(
    heading: str,
    label: Callable[[P], Cell],
    parts: Sequence[P],
    positive: int,
    *,
    total: float,
    most: int,
) -> Table:
    """Return the largest parts and one row for all others; the rows sum to the total.

    Parameters
    ----------
    heading, label
        What to call the parts, and each of those that are shown.
    parts
        The largest first.
    positive
        How many of them are more than 0.
    total
        The sum of the parts.
    most
        Most rows for parts.
    """
    # If all others are one part, it takes the place of the row for them.
    shown = parts[: positive if positive <= most + 1 else most]
    rows: list[tuple[Cell, ...]] = [
        (label(part), amount(part.amount), _share(part.amount, total)) for part in shown
    ]
    others = positive - len(shown)
    if others:
        left = total - sum(part.amount for part in shown)
        rows.append((f"everything else ({others:,})", amount(left), _share(left, total)))
    return Table(
        (heading, "Cred", "Share"), tuple(rows), right=frozenset({1, 2}), is_whole=True
    )


def _share(part: float, total: float) -> str:
    return percent(part / total) if total > 0 else "–"

"""Compares our cred of an instance with the cred that it published.

Both are computed from the instance's own graphs, so any difference is one in the computation
(cred/README.md, "Differences from SourceCred").
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.instance import Instance
from cred.chain.parameters import Parameters
from cred.credrank import Ranking
from cred.epochs import WEEK_MS
from cred.errors import InvalidInputError
from cred.files.graph_file import GraphFile
from cred.graph.archive import structure_from_archive
from cred.graph.identities import participants_by_account
from cred.graph.merging import merge_structures

_SUNDAY_MS = 259_200_000
"""Start of a week: 1970-01-04."""


@dataclass(frozen=True, slots=True)
class ParticipantComparison:
    """Our cred of a participant, and the published cred."""

    id: str
    name: str
    ours: float
    published: float | None
    """None if nothing was published about them."""
    largest_weekly_difference: float

    @property
    def difference(self) -> float:
        """Our cred minus the published cred."""
        return self.ours - (self.published or 0.0)


@dataclass(frozen=True, slots=True)
class CredComparison:
    """The comparison of all participants."""

    rows: tuple[ParticipantComparison, ...]
    """In the ledger's order."""
    weeks: int
    total_mint: float
    ours: float
    published: float | None
    sourcecred_boundaries: bool
    worst: ParticipantComparison | None
    """The participant whose total cred differs most; None if nothing was published."""
    largest_weekly_difference: float
    reasons: tuple[str, ...]
    """Why the two differ, in sentences."""


def compare(instance: Instance, *, sourcecred_boundaries: bool) -> CredComparison:
    """Compute the cred of an instance and compare it with the published cred.

    Parameters
    ----------
    instance
        The instance, read.
    sourcecred_boundaries
        Count an edge at the very start of a week to the week before, as SourceCred does.

    Raises
    ------
    InstanceError
        If its cred cannot be computed.
    NotConvergedError
        If the computation does not reach its tolerance.
    """
    if not any(len(archive.edges) for archive in instance.archives):
        nothing = "There is no graph in output/graphs, so no cred can be computed and compared."
        total = instance.published.total if instance.published else None
        return CredComparison(
            (), 0, 0.0, 0.0, total, sourcecred_boundaries, None, 0.0, (nothing,)
        )
    try:
        ranking = rank_instance(instance, sourcecred_boundaries=sourcecred_boundaries)
    except InvalidInputError as error:
        raise InstanceError(f"The instance's cred cannot be computed: {error}") from error
    scores, published = ranking.scores, instance.published
    starts = scores.epochs.starts_ms.tolist()
    by_id = dict(zip(scores.participants, scores.cred.tolist(), strict=True))
    rows = []
    for participant in instance.ledger.participants:
        ours = by_id.get(participant.id, [0.0] * len(starts))
        theirs = published.cred.get(participant.id) if published else None
        rows.append(
            ParticipantComparison(
                participant.id,
                participant.name,
                math.fsum(ours),
                None if theirs is None else math.fsum(theirs),
                0.0
                if published is None
                else _largest_difference(starts, ours, published.starts_ms, theirs or ()),
            )
        )
    worst = max(rows, key=lambda row: abs(row.difference), default=None)
    return CredComparison(
        rows=tuple(rows),
        weeks=len(starts),
        total_mint=scores.total_mint,
        ours=math.fsum(row.ours for row in rows),
        published=published.total if published else None,
        sourcecred_boundaries=sourcecred_boundaries,
        worst=worst if published else None,
        largest_weekly_difference=max(
            (row.largest_weekly_difference for row in rows), default=0.0
        ),
        reasons=tuple(_reasons(instance, ranking)) if published else (),
    )


def rank_instance(instance: Instance, *, sourcecred_boundaries: bool = False) -> Ranking:
    """Rank the participants of an instance.

    Raises
    ------
    InvalidInputError
        If its parts contradict one another, or nothing in it mints.
    NotConvergedError
        If the computation does not reach its tolerance.
    """
    merged = merge_structures(
        [structure_from_archive(archive) for archive in instance.archives]
    )
    numbers = {address: number for number, address in enumerate(instance.addresses, 1)}
    participants = {
        numbers[address]: participant.id
        for participant in instance.ledger.participants
        for address in participant.addresses
    }
    return GraphFile(
        structure=merged,
        weights=instance.overrides,
        participants=participants_by_account(merged, participants),
        parameters=instance.scoring_run.parameters if instance.scoring_run else Parameters(),
        attributions=instance.attributions,
        budgets=instance.budgets,
        dependencies=instance.dependencies,
    ).rank(sourcecred_boundaries=sourcecred_boundaries)


def _largest_difference(
    starts: Sequence[int],
    ours: Sequence[float],
    their_starts: Sequence[int],
    theirs: Sequence[float],
) -> float:
    our_week = dict(zip(starts, ours, strict=True))
    their_week = dict(zip(their_starts, theirs, strict=False))
    return max(
        (
            abs(our_week.get(start, 0.0) - their_week.get(start, 0.0))
            for start in our_week | their_week
        ),
        default=0.0,
    )


def _reasons(instance: Instance, ranking: Ranking) -> list[str]:
    published, run = instance.published, instance.scoring_run
    reasons = []
    if published is not None:
        excess = published.total - ranking.scores.total_mint
        reasons.append(
            "SourceCred stops when no probability changes by more than 1e-7: its cred sums to "
            f"{excess:+.2g} of what is minted; ours is solved to 1e-13."
        )
    graph, added = ranking.graph, len(ranking.graph.added_edges)
    at_start = (graph.edge_ms - _SUNDAY_MS) % WEEK_MS == 0
    own = int(np.count_nonzero(at_start & (graph.row >= 0)))
    if (own or added) and not ranking.sourcecred_boundaries:
        moved = [
            f"{own:,} edges dated at a week's very start" if own else "",
            f"{added:,} weeks' minting for dependencies" if added else "",
        ]
        reasons.append(
            f"{' and '.join(part for part in moved if part)} count in their own week here, but "
            "in the week before in SourceCred; --sourcecred-boundaries does the same."
        )
    if added and (graph.edge_ms[graph.row < 0] == ranking.epochs.starts_ms[0]).any():
        reasons.append(
            "What SourceCred mints for dependencies in the first week reaches nobody; here "
            "it reaches its recipients."
        )
    if instance.local_dates:
        reasons.append(
            f"{len(instance.local_dates):,} dates without a zone ({instance.local_dates[0]}) "
            "were read in the given time zone; SourceCred read them in that of its machine "
            "(--time-zone)."
        )
    if run is not None:
        ours = sorted(
            time for attribution in instance.attributions for time, _ in attribution.changes
        )
        theirs = sorted(run.attribution_ms)
        if len(ours) == len(theirs) and ours != theirs:
            differences = {
                (there - here) / 3_600_000 for here, there in zip(ours, theirs, strict=True)
            }
            offsets = ", ".join(f"{hour:+g}" for hour in sorted(differences))
            reasons.append(
                f"SourceCred read the dates of personal attributions {offsets} hours off ours: "
                "set --time-zone to the zone of the machine that it ran on."
            )
    return reasons

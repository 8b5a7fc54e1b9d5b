"""Our cred of an instance beside the cred that it published.

The graphs are the instance's own, as archives; so what differs is how cred is computed
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
"""A week's start: 1970-01-04."""


@dataclass(frozen=True, slots=True)
class ParticipantComparison:
    """One participant."""

    id: str
    name: str
    ours: float
    published: float | None
    """None where nothing was published of them."""
    worst_week: float
    """Largest difference in one week."""

    @property
    def difference(self) -> float:
        """How much ours is more."""
        return self.ours - (self.published or 0.0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everybody's cred, twice."""

    rows: tuple[ParticipantComparison, ...]
    """In the ledger's order."""
    weeks: int
    total_mint: float
    ours: float
    published: float | None
    sourcecred_boundaries: bool
    worst: ParticipantComparison | None
    """Of the largest difference of their whole cred."""
    worst_week: float
    reasons: tuple[str, ...]
    """Why they differ, in sentences."""


def compare(instance: Instance, *, sourcecred_boundaries: bool) -> Comparison:
    """Compute an instance's cred and put it beside what was published.

    Parameters
    ----------
    instance
        Its graphs, ledger and configuration.
    sourcecred_boundaries
        Count an edge at a week's very start to the week before, as SourceCred does.

    Raises
    ------
    InstanceError
        If nothing can be computed of it.
    NotConvergedError
        If the numbers cannot be had to the tolerance.
    """
    if not any(len(archive.edges) for archive in instance.archives):
        nothing = "There is no graph in output/graphs, so no cred can be computed and compared."
        total = instance.published.total if instance.published else None
        return Comparison((), 0, 0.0, 0.0, total, sourcecred_boundaries, None, 0.0, (nothing,))
    try:
        ranking = rank_instance(instance, sourcecred_boundaries=sourcecred_boundaries)
    except InvalidInputError as error:
        raise InstanceError(f"The instance's cred cannot be computed: {error}") from error
    scores, published = ranking.scores, instance.published
    starts = scores.epochs.starts_ms.tolist()
    names = {person.id: person.name for person in instance.ledger.people}
    by_id = dict(zip(scores.participants, scores.cred.tolist(), strict=True))
    rows = []
    for person in instance.ledger.people:
        ours = by_id.get(person.id, [0.0] * len(starts))
        told = published.cred.get(person.id) if published else None
        rows.append(
            ParticipantComparison(
                person.id,
                names[person.id],
                math.fsum(ours),
                None if told is None else math.fsum(told),
                0.0
                if published is None
                else _largest_difference(starts, ours, published.starts_ms, told or ()),
            )
        )
    worst = max(rows, key=lambda row: abs(row.difference), default=None)
    return Comparison(
        rows=tuple(rows),
        weeks=len(starts),
        total_mint=scores.total_mint,
        ours=math.fsum(row.ours for row in rows),
        published=published.total if published else None,
        sourcecred_boundaries=sourcecred_boundaries,
        worst=worst if published else None,
        worst_week=max((row.worst_week for row in rows), default=0.0),
        reasons=tuple(_reasons(instance, ranking)) if published else (),
    )


def rank_instance(instance: Instance, *, sourcecred_boundaries: bool = False) -> Ranking:
    """Return the ranking of an instance.

    Raises
    ------
    InvalidInputError
        If its parts do not fit one another, or nothing in it mints.
    NotConvergedError
        If the numbers cannot be had to the tolerance.
    """
    drawn = merge_structures([structure_from_archive(archive) for archive in instance.archives])
    numbers = {address: number for number, address in enumerate(instance.addresses, 1)}
    people = {
        numbers[address]: person.id
        for person in instance.ledger.people
        for address in person.addresses
    }
    return GraphFile(
        structure=drawn,
        weights=instance.overrides,
        participants=participants_by_account(drawn, people),
        parameters=instance.computed.parameters if instance.computed else Parameters(),
        attributions=instance.attributions,
        budgets=instance.budgets,
        dependencies=instance.dependencies,
    ).rank(sourcecred_boundaries=sourcecred_boundaries)


def _largest_difference(
    starts: Sequence[int],
    ours: Sequence[float],
    theirs_at: Sequence[int],
    theirs: Sequence[float],
) -> float:
    mine, other = (
        dict(zip(starts, ours, strict=True)),
        dict(zip(theirs_at, theirs, strict=False)),
    )
    return max(
        (abs(mine.get(at, 0.0) - other.get(at, 0.0)) for at in mine | other), default=0.0
    )


def _reasons(instance: Instance, ranking: Ranking) -> list[str]:
    published, computed = instance.published, instance.computed
    reasons = []
    if published is not None:
        off = published.total - ranking.scores.total_mint
        reasons.append(
            "SourceCred stops when no probability changes by more than 1e-7: its cred sums to "
            f"{off:+.2g} of what is minted; ours is solved to 1e-13."
        )
    graph, added = ranking.graph, len(ranking.graph.added_edges)
    at_start = (graph.edge_ms - _SUNDAY_MS) % WEEK_MS == 0
    own = int(np.count_nonzero(at_start & (graph.row >= 0)))
    if (own or added) and not ranking.sourcecred_boundaries:
        what = [
            f"{own:,} edges dated at a week's very start" if own else "",
            f"{added:,} weeks' minting for dependencies" if added else "",
        ]
        reasons.append(
            f"{' and '.join(part for part in what if part)} count in their own week here, in "
            "SourceCred in the week before: --sourcecred-boundaries does the same."
        )
    if added and (graph.edge_ms[graph.row < 0] == ranking.epochs.starts_ms[0]).any():
        reasons.append(
            "What SourceCred mints for dependencies in the first week reaches nobody there "
            "(SPEC-sourcecred §5); here it does."
        )
    if instance.local_dates:
        reasons.append(
            f"{len(instance.local_dates):,} dates without a zone ({instance.local_dates[0]}) "
            "were read in the time zone given; SourceCred took that of its machine: "
            "--time-zone."
        )
    if computed is not None:
        mine = sorted(
            time for attribution in instance.attributions for time, _ in attribution.changes
        )
        theirs = sorted(computed.dates_ms)
        if len(mine) == len(theirs) and mine != theirs:
            hours = {
                (there - here) / 3_600_000 for here, there in zip(mine, theirs, strict=True)
            }
            told = ", ".join(f"{hour:+g}" for hour in sorted(hours))
            reasons.append(
                f"SourceCred read the dates of personal attributions {told} hours from what "
                "was read here: give --time-zone the zone of the machine that it ran on."
            )
    return reasons

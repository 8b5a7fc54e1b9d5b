"""Compares our cred of an instance with the cred that it published."""

import math
from dataclasses import dataclass

import numpy as np

from bot.importers.sourcecred.comparison.cred_table import (
    CredTable,
    align,
    published_cred,
    ranked_cred,
)
from bot.importers.sourcecred.comparison.ranking import rank_instance
from bot.importers.sourcecred.comparison.reasons import explain_differences, names_of
from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.instance import Instance
from cred.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class ParticipantComparison:
    """Our cred of a participant, and the published cred."""

    id: str
    name: str
    ours: float
    published: float | None
    """None if nothing was published about them."""
    largest_weekly_difference: float
    in_ledger: bool = True
    """Whether the ledger knows them; they have no cred of ours otherwise."""

    @property
    def difference(self) -> float:
        """Our cred minus the published cred."""
        return self.ours - (self.published or 0.0)


@dataclass(frozen=True, slots=True)
class CredComparison:
    """The comparison of all participants."""

    rows: tuple[ParticipantComparison, ...]
    """In the ledger's order, then whoever was published but is not in the ledger."""
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
    published = published_cred(instance)
    try:
        ranking = rank_instance(instance, sourcecred_boundaries=sourcecred_boundaries)
        reasons = () if published is None else explain_differences(instance, ranking, published)
    except InvalidInputError as error:
        raise InstanceError(f"The instance's cred cannot be computed: {error}") from error
    rows = _rows(instance, ranked_cred(ranking), published)
    return CredComparison(
        rows=rows,
        weeks=len(ranking.epochs),
        total_mint=ranking.scores.total_mint,
        ours=math.fsum(row.ours for row in rows),
        published=instance.published.total if instance.published else None,
        sourcecred_boundaries=sourcecred_boundaries,
        worst=None
        if published is None
        else max(rows, key=lambda row: abs(row.difference), default=None),
        largest_weekly_difference=max(
            (row.largest_weekly_difference for row in rows), default=0.0
        ),
        reasons=reasons,
    )


def _rows(
    instance: Instance, ours: CredTable, published: CredTable | None
) -> tuple[ParticipantComparison, ...]:
    here, there = align(ours, published or CredTable((), (), np.empty((0, 0))))
    published_ids = {*published.ids} if published else set()
    largest = np.abs(here.cred - there.cred).max(axis=1, initial=0.0).tolist()
    names, ledger = names_of(instance), {person.id for person in instance.ledger.participants}
    return tuple(
        ParticipantComparison(
            id_,
            names.get(id_, id_),
            math.fsum(here.cred[row].tolist()),
            math.fsum(there.cred[row].tolist()) if id_ in published_ids else None,
            largest[row] if published else 0.0,
            in_ledger=id_ in ledger,
        )
        for row, id_ in enumerate(here.ids)
    )

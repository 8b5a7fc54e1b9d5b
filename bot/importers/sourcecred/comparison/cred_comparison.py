"""Compares our cred of an instance with the cred that it published."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bot.importers.sourcecred.comparison.ranking import rank_instance
from bot.importers.sourcecred.comparison.reasons import (
    Weekly,
    explain_differences,
    names_of,
    weekly_cred,
)
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
    published = _published_cred(instance)
    try:
        ranking = rank_instance(instance, sourcecred_boundaries=sourcecred_boundaries)
        reasons = () if published is None else explain_differences(instance, ranking, published)
    except InvalidInputError as error:
        raise InstanceError(f"The instance's cred cannot be computed: {error}") from error
    rows = _rows(instance, weekly_cred(ranking), published)
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


def _published_cred(instance: Instance) -> Weekly | None:
    """Return the published cred by id in the ledger.

    Who was merged since, or has claimed an account since, has the sum.
    """
    if instance.published is None:
        return None
    ledger = instance.ledger
    claimed = {
        "/".join(address): participant.id
        for participant in ledger.participants
        for address in participant.addresses
    }
    cred: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for who, weeks in instance.published.cred.items():
        weekly = cred[claimed.get(who) or ledger.find_id(who) or who]
        for start, value in zip(instance.published.starts_ms, weeks, strict=True):
            weekly[start] += value
    return cred


def _rows(
    instance: Instance, ours: Weekly, published: Weekly | None
) -> tuple[ParticipantComparison, ...]:
    ledger = {participant.id: participant.name for participant in instance.ledger.participants}
    names = names_of(instance)
    rows = []
    for who in dict.fromkeys((*ledger, *(published or ()))):
        here, there = ours.get(who, {}), None if published is None else published.get(who)
        rows.append(
            ParticipantComparison(
                who,
                names.get(who, who),
                math.fsum(here.values()),
                None if there is None else math.fsum(there.values()),
                0.0 if published is None else _largest_difference(here, there or {}),
                in_ledger=who in ledger,
            )
        )
    return tuple(rows)


def _largest_difference(ours: Mapping[int, float], theirs: Mapping[int, float]) -> float:
    return max(
        (abs(ours.get(week, 0.0) - theirs.get(week, 0.0)) for week in {*ours, *theirs}),
        default=0.0,
    )

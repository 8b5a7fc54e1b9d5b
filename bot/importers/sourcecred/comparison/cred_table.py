"""Cred by person and week, ours or published, in one form."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.importers.sourcecred.instance import Instance
from cred.credrank import Ranking


@dataclass(frozen=True, slots=True, eq=False)
class CredTable:
    """Cred of people by week."""

    ids: tuple[str, ...]
    """Ids in the ledger; whoever is not in it has the id under which they were published."""
    starts_ms: tuple[int, ...]
    """Starts of the weeks."""
    cred: NDArray[np.float64]
    """Shape (people, weeks)."""


def ranked_cred(ranking: Ranking) -> CredTable:
    """Return everybody's cred in a ranking."""
    scores = ranking.scores
    return CredTable(scores.participants, tuple(scores.epochs.starts_ms.tolist()), scores.cred)


def published_cred(instance: Instance) -> CredTable | None:
    """Return the published cred by id in the ledger; None if there is none.

    Who was merged since, or has claimed an account since, has the sum.
    """
    published, ledger = instance.published, instance.ledger
    if published is None:
        return None
    claimed = {
        "/".join(address): participant.id
        for participant in ledger.participants
        for address in participant.addresses
    }
    rows: dict[str, int] = {}
    row = [
        rows.setdefault(claimed.get(who) or ledger.find_id(who) or who, len(rows))
        for who in published.cred
    ]
    weeks = dict.fromkeys(published.starts_ms)
    column = {start: at for at, start in enumerate(weeks)}
    cred = np.zeros((len(rows), len(weeks)))
    for at, values in zip(row, published.cred.values(), strict=True):
        np.add.at(cred[at], [column[start] for start in published.starts_ms], values)
    return CredTable(tuple(rows), tuple(weeks), cred)


def align(ours: CredTable, theirs: CredTable) -> tuple[CredTable, CredTable]:
    """Return both tables with the people and weeks of both; cred that is missing is 0."""
    ids = {id_: row for row, id_ in enumerate(dict.fromkeys((*ours.ids, *theirs.ids)))}
    starts = sorted({*ours.starts_ms, *theirs.starts_ms})
    column = {start: at for at, start in enumerate(starts)}

    def extend(table: CredTable) -> CredTable:
        cred = np.zeros((len(ids), len(starts)))
        rows = [ids[id_] for id_ in table.ids]
        cred[np.ix_(rows, [column[start] for start in table.starts_ms])] = table.cred
        return CredTable(tuple(ids), tuple(starts), cred)

    return extend(ours), extend(theirs)

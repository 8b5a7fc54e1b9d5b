"""The electorate: who may vote on a proposal, fixed when the vote opens.

Electors are people, not accounts. The accounts that were somebody's when the vote opened vote
for them until it closes: linking, unlinking, joining, leaving, earning and losing cred changes
nothing after that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isqrt
from typing import Final

from cred.governance.rules import DAY_MS, Counting

WEIGHT_UNITS: Final = 10**12
"""Weight of somebody who has all cred, if votes are weighted by cred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A person who may become an elector."""

    person: int
    """The least number of their accounts."""
    accounts: tuple[int, ...]
    cred: float
    """All cred that they have."""
    first_seen_ms: int | None = None
    """When they were first seen in the community; None: it is not known."""
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What it takes to be an elector."""

    cred: float = 0.0
    """Least cred. Whoever has none is never an elector by it."""
    days: int = 0
    """Least time in the community."""
    roles: frozenset[str] = frozenset()
    """Roles of which one is needed; none: no role is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elector:
    """A person who may vote on one proposal."""

    person: int
    accounts: tuple[int, ...] = field(default=())
    """The accounts that vote for this person, ascending."""
    weight: int
    """At least 1. One person, one vote: 1. Otherwise the share of all cred in units of
    1 / `WEIGHT_UNITS`, or its square root, rounded down."""
    is_funder: bool = False


def choose_electors(
    candidates: Iterable[Candidate],
    thresholds: Thresholds,
    counting: Counting,
    *,
    now_ms: int,
    funder_roles: frozenset[str] = frozenset(),
) -> tuple[Elector, ...]:
    """Return the electors among candidates, by ascending person.

    Parameters
    ----------
    candidates
        All people, whose cred sums to all cred.
    thresholds, counting
        The community's.
    now_ms
        When the vote opens.
    funder_roles
        Whoever has one of these roles is a funder, and an elector whatever the thresholds.
    """
    people = sorted(candidates, key=lambda candidate: candidate.person)
    total = sum(candidate.cred for candidate in people)
    electors = []
    for candidate in people:
        is_funder = not funder_roles.isdisjoint(candidate.roles)
        if is_funder or _meets(candidate, thresholds, now_ms):
            weight = vote_weight(candidate.cred, total, counting)
            electors.append(
                Elector(
                    person=candidate.person,
                    accounts=tuple(sorted(candidate.accounts)),
                    weight=weight,
                    is_funder=is_funder,
                )
            )
    return tuple(electors)


def vote_weight(cred: float, total: float, counting: Counting) -> int:
    """Return what a person's vote weighs; at least 1.

    >>> vote_weight(25.0, 100.0, Counting.PEOPLE), vote_weight(25.0, 100.0, Counting.CRED)
    (1, 250000000000)
    >>> vote_weight(25.0, 100.0, Counting.ROOT)
    500000
    """
    if counting is Counting.PEOPLE:
        return 1
    share = int(cred / total * WEIGHT_UNITS) if total > 0.0 else 0
    return max(1, share if counting is Counting.CRED else isqrt(share))


def _meets(candidate: Candidate, thresholds: Thresholds, now_ms: int) -> bool:
    if not candidate.cred > 0.0 or candidate.cred < thresholds.cred:
        return False
    if thresholds.days:
        since = candidate.first_seen_ms
        if since is None or now_ms - since < thresholds.days * DAY_MS:
            return False
    return not thresholds.roles or not thresholds.roles.isdisjoint(candidate.roles)

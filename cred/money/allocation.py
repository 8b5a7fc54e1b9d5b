"""Dividing a payout: from a month's revenue and cred to everybody's amount, exactly.

Cred is a float, and a float never decides about a cent: it differs by a few last bits between
machines. So cred is first rounded to *scores*, whole numbers that sum to `SCORE_UNITS`, which
are published. All that follows is exact arithmetic on integers, so whoever has the published
scores gets the same cents.

What is divided is divided by the largest remainder (Hamilton's method): everybody gets the
whole part of their exact share, and the units that are left go to those with the largest
remainders, of equal ones to the least number. The parts sum to the whole. (Balinski & Young,
*Fair Representation*, 1982, chapter 3.)
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

from cred.errors import InvalidInputError

SCORE_UNITS: Final = 10**12
"""What all scores of a period sum to."""


class BelowMinimum(StrEnum):
    """What becomes of amounts below the minimum."""

    CARRY = "carry"
    """They are owed, and paid out once they sum to the minimum."""
    FILTER = "filter"
    """They go to the others."""


class OthersPart(StrEnum):
    """What becomes of the part of those who have cred and did not agree to be paid."""

    REDISTRIBUTE = "redistribute"
    """It goes to those who did."""
    TREASURY = "treasury"
    """The collective keeps it."""


class MaintainerSplit(StrEnum):
    """How maintainers divide their fixed share."""

    EQUAL = "equal"
    CRED = "cred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How a community divides its revenue.

    Raises
    ------
    InvalidInputError
        If a number is out of its range.
    """

    ratio: Fraction
    """The part of the revenue that is paid out."""
    minimum: int = 0
    """The least amount that is worth sending; 0: any is."""
    below_minimum: BelowMinimum = BelowMinimum.CARRY
    others_part: OthersPart = OthersPart.REDISTRIBUTE
    maintainer_share: Fraction = Fraction(0)
    """The part of the budget that maintainers get as such."""
    maintainer_split: MaintainerSplit = MaintainerSplit.EQUAL

    def __post_init__(self) -> None:
        if not 0 < self.ratio <= 1:
            raise InvalidInputError(
                f"the ratio must be more than 0 and at most 1, not {self.ratio}: it is the "
                "part of the revenue that is paid out."
            )
        if not 0 <= self.maintainer_share <= 1:
            raise InvalidInputError(
                f"the maintainers' share must be from 0 to 1, not {self.maintainer_share}."
            )
        if self.minimum < 0:
            raise InvalidInputError("the minimum must be an amount from 0 up.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Who has a claim on a payout, by number of the person."""

    scores: Mapping[int, int]
    """Everybody's score, those who are not paid included."""
    payees: frozenset[int]
    """Who agreed to be paid."""
    excluded: frozenset[int] = frozenset()
    """Whose score counts as 0."""
    maintainers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """One person's part of a payout."""

    person: int
    score: int
    by_cred: int
    """What they get for their score."""
    as_maintainer: int = 0

    @property
    def amount(self) -> int:
        """All that they get."""
        return self.by_cred + self.as_maintainer


@dataclass(frozen=True, slots=True)
class Allocation:
    """The division of a budget: the amounts of all lines and what is kept sum to it."""

    budget: int
    lines: tuple[Line, ...]
    """By ascending number of the person; everybody who gets anything."""
    kept: int
    """What the collective keeps for those who did not agree to be paid."""
    filtered: Mapping[int, int] = field(default_factory=dict)
    """What those who are below the minimum would have got, where that goes to the others."""


def integer_scores(cred: Mapping[int, float]) -> dict[int, int]:
    """Return the score of everybody who has cred; the scores sum to `SCORE_UNITS`.

    The same cred gives the same scores in any order. Somebody with next to no cred may have a
    score of 0.

    Raises
    ------
    InvalidInputError
        If cred is negative or not finite, or nobody has any.
    """
    for person, value in cred.items():
        if not (math.isfinite(value) and value >= 0.0):
            raise InvalidInputError(
                f"the cred of participant {person} is {value}: compute the scores again."
            )
    exact = {person: Fraction(value) for person, value in cred.items() if value > 0.0}
    if not exact:
        raise InvalidInputError(
            "nobody has cred in this period, so there is nothing to pay for."
        )
    # All floats are multiples of one power of two: over it they are integers.
    scale = math.lcm(*(value.denominator for value in exact.values()))
    return split(SCORE_UNITS, {person: int(value * scale) for person, value in exact.items()})


def split(budget: int, scores: Mapping[int, int]) -> dict[int, int]:
    """Return the division of a budget in proportion to scores; it sums to the budget.

    >>> split(100, {1: 1, 2: 1, 3: 1})
    {1: 34, 2: 33, 3: 33}

    Parameters
    ----------
    budget
        From 0 up.
    scores
        From 0 up, by person. Who has 0 gets 0.

    Raises
    ------
    InvalidInputError
        If the budget or a score is negative, or a budget above 0 finds no score above 0.
    """
    total = sum(scores.values())
    if budget < 0 or min(scores.values(), default=0) < 0:
        raise InvalidInputError("neither a budget nor a score can be negative.")
    if budget and not total:
        raise InvalidInputError("a budget cannot be divided where nobody has a score.")
    shares = {person: divmod(budget * scores[person], total or 1) for person in sorted(scores)}
    parts = {person: whole for person, (whole, _) in shares.items()}
    left = budget - sum(parts.values())
    by_remainder = sorted(shares, key=lambda person: (-shares[person][1], person))
    for person in by_remainder[:left]:
        parts[person] += 1
    return parts


def budget_of(revenue: int, ratio: Fraction) -> int:
    """Return the part of a revenue that is paid out, rounded down to the smallest unit.

    Raises
    ------
    InvalidInputError
        If the revenue is not above 0, or its part is less than the smallest unit.
    """
    if revenue <= 0:
        raise InvalidInputError(
            "the revenue is not above 0, so there is nothing to divide: wait for the next "
            "period, or name an amount and say why."
        )
    budget = math.floor(revenue * ratio)
    if not budget:
        raise InvalidInputError(
            "the part of the revenue to pay out is less than the smallest unit."
        )
    return budget


def allocate(revenue: int, rules: Rules, claims: Claims) -> Allocation:
    """Return who gets what of a revenue.

    The maintainers' fixed share is taken from the budget first; where no maintainer can be
    paid, there is none. The rest is divided by score, among those who agreed to be paid or, if
    the collective keeps the part of the others, among all.

    Raises
    ------
    InvalidInputError
        If there is nothing to divide, or nobody to divide it among; the message says why.
    """
    budget = budget_of(revenue, rules.ratio)
    counted = {
        person: score
        for person, score in sorted(claims.scores.items())
        if score and person not in claims.excluded
    }
    eligible = claims.payees - claims.excluded
    _check_claims(claims, counted, eligible)
    for_maintainers = _maintainers_parts(budget, rules, claims, counted, eligible)
    rest = budget - sum(for_maintainers.values())
    by_cred, kept = _parts_by_cred(rest, rules, counted, eligible)
    filtered: dict[int, int] = {}
    if rules.below_minimum is BelowMinimum.FILTER:
        by_cred, filtered = _filter(by_cred, for_maintainers, rules.minimum, counted)
    lines = tuple(
        Line(person, counted.get(person, 0), by_cred.get(person, 0), as_maintainer)
        for person in sorted({*by_cred, *for_maintainers})
        if (as_maintainer := for_maintainers.get(person, 0)) or by_cred.get(person, 0)
    )
    return Allocation(budget, lines, kept, filtered)


def _check_claims(
    claims: Claims, counted: Mapping[int, int], eligible: Collection[int]
) -> None:
    if not any(claims.scores.values()):
        raise InvalidInputError(
            "nobody has cred in this period, so there is nothing to pay for."
        )
    if not claims.payees:
        raise InvalidInputError("nobody agreed to be paid yet: members do so with “me optin”.")
    if not counted:
        raise InvalidInputError("everybody who has cred is excluded, so nobody can be paid.")
    if counted.keys().isdisjoint(eligible):
        raise InvalidInputError(
            "nobody who has cred in this period and is not excluded agreed to be paid: members "
            "do so with “me optin”."
        )


def _maintainers_parts(
    budget: int,
    rules: Rules,
    claims: Claims,
    counted: Mapping[int, int],
    eligible: Collection[int],
) -> dict[int, int]:
    """Return what each maintainer who can be paid gets as such."""
    maintainers = sorted(claims.maintainers.intersection(eligible))
    share = math.floor(budget * rules.maintainer_share)
    if not maintainers or not share:
        return {}
    weights = {person: counted.get(person, 0) for person in maintainers}
    if rules.maintainer_split is MaintainerSplit.EQUAL or not any(weights.values()):
        weights = dict.fromkeys(maintainers, 1)
    return split(share, weights)


def _parts_by_cred(
    rest: int, rules: Rules, counted: Mapping[int, int], eligible: Collection[int]
) -> tuple[dict[int, int], int]:
    """Return what those who can be paid get for their scores, and what is kept."""
    paid = {person: score for person, score in counted.items() if person in eligible}
    if rules.others_part is OthersPart.REDISTRIBUTE:
        return split(rest, paid), 0
    parts = split(rest, counted)
    by_cred = {person: part for person, part in parts.items() if person in paid}
    return by_cred, rest - sum(by_cred.values())


def _filter(
    by_cred: Mapping[int, int],
    for_maintainers: Mapping[int, int],
    minimum: int,
    counted: Mapping[int, int],
) -> tuple[dict[int, int], dict[int, int]]:
    """Divide the same money again without those below the minimum, until nobody is below it.

    What somebody gets as a maintainer is not taken away, and counts toward their minimum.
    """
    money, parts = sum(by_cred.values()), dict(by_cred)
    filtered: dict[int, int] = {}
    while below := [
        person
        for person, part in parts.items()
        if part + for_maintainers.get(person, 0) < minimum
    ]:
        filtered |= {person: by_cred[person] for person in below}
        staying = {person: counted[person] for person in parts if person not in filtered}
        if not any(staying.values()):
            raise InvalidInputError(
                "everybody's amount is below the minimum: lower it, carry small amounts over, "
                "or wait for more revenue."
            )
        parts = split(money, staying)
    return parts, filtered

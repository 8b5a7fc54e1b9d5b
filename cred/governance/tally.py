"""Tallies: what the votes on a proposal come to, in exact arithmetic.

Let F, A and B be the weights of the votes for, against and abstaining, and W that of all
electors.

- turnout = (F + A + B) / W, which must reach the quorum.
- support = F / (F + A), which must reach the majority and be more than half.

Where funders have a part p of the vote, turnout and support are (1 - p) times those of
everybody else plus p times the funders'. A side that has no electors, or in which nobody voted
for or against, leaves its part of the support to the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from cred.governance.electorate import Elector
from cred.governance.rules import VotingRule

_HALF: Final = Fraction(1, 2)


class VoteChoice(StrEnum):
    """What somebody votes."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


class Decision(StrEnum):
    """Why a proposal passes or fails."""

    PASSED = "passed"
    NO_OBJECTION = "too few objected"
    OBJECTED = "too many objected"
    NO_QUORUM = "too few voted"
    NO_MAJORITY = "too few were for it"

    @property
    def is_pass(self) -> bool:
        """Whether the proposal passes."""
        return self in {Decision.PASSED, Decision.NO_OBJECTION}


@dataclass(frozen=True, slots=True)
class Tally:
    """What the votes came to."""

    verdict: Decision
    people: Mapping[VoteChoice, int]
    """Number of people by what they voted; every choice is listed."""
    weights: Mapping[VoteChoice, int]
    """Weight of their votes; every choice is listed."""
    electors: int
    """Number of people who could vote."""
    turnout: Fraction
    """The part of the electorate, by weight, that voted; 0 if there is nobody."""
    support: Fraction | None
    """The part of the votes for or against that was for; None if there were none."""

    @property
    def voters(self) -> int:
        """Number of people who voted."""
        return sum(self.people.values())


def tally_votes(
    electors: Sequence[Elector], votes: Mapping[int, VoteChoice], rule: VotingRule
) -> Tally:
    """Return what votes come to.

    Parameters
    ----------
    electors
        Everybody who may vote.
    votes
        Choices by person; whoever is no elector does not count.
    rule
        How it is decided.
    """
    people = dict.fromkeys(VoteChoice, 0)
    weights = dict.fromkeys(VoteChoice, 0)
    for elector in electors:
        if elector.person in votes:
            people[votes[elector.person]] += 1
            weights[votes[elector.person]] += elector.weight
    funders = [elector for elector in electors if elector.is_funder]
    others = [elector for elector in electors if not elector.is_funder]
    part = rule.funders_part
    sides = [(others, 1 - part), (funders, part)] if part else [([*electors], Fraction(1))]
    turnout = _weighted_mean([(_turnout(side, votes), weight) for side, weight in sides])
    support = _weighted_mean([(_support(side, votes), weight) for side, weight in sides])
    verdict = _verdict(rule, turnout or Fraction(0), support, people[VoteChoice.AGAINST])
    return Tally(verdict, people, weights, len(electors), turnout or Fraction(0), support)


def _verdict(
    rule: VotingRule, turnout: Fraction, support: Fraction | None, objections: int
) -> Decision:
    if rule.objections is not None:
        too_many = objections >= rule.objections
        return Decision.OBJECTED if too_many else Decision.NO_OBJECTION
    if turnout < rule.quorum:
        return Decision.NO_QUORUM
    if support is None or support < rule.majority or not support > _HALF:
        return Decision.NO_MAJORITY
    return Decision.PASSED


def _turnout(electors: Sequence[Elector], votes: Mapping[int, VoteChoice]) -> Fraction | None:
    total = sum(elector.weight for elector in electors)
    voted = sum(elector.weight for elector in electors if elector.person in votes)
    return Fraction(voted, total) if total else None


def _support(electors: Sequence[Elector], votes: Mapping[int, VoteChoice]) -> Fraction | None:
    sums = dict.fromkeys(VoteChoice, 0)
    for elector in electors:
        if elector.person in votes:
            sums[votes[elector.person]] += elector.weight
    decided = sums[VoteChoice.FOR] + sums[VoteChoice.AGAINST]
    return Fraction(sums[VoteChoice.FOR], decided) if decided else None


def _weighted_mean(parts: Sequence[tuple[Fraction | None, Fraction]]) -> Fraction | None:
    """Return the weighted mean of the values that there are; None if there are none."""
    known = [(value, weight) for value, weight in parts if value is not None and weight > 0]
    total = sum((weight for _, weight in known), Fraction(0))
    if not total:
        return None
    return sum((value * weight for value, weight in known), Fraction(0)) / total

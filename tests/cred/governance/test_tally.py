"""Tallies are exact, and follow the rule."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cred.governance.electorate import Elector
from cred.governance.rules import Counting, VotingRule
from cred.governance.tally import Decision, VoteChoice, tally_votes
from tests.laws import examples

TWO_THIRDS = VotingRule(majority=Fraction(2, 3))
FOR, AGAINST, ABSTAIN = VoteChoice.FOR, VoteChoice.AGAINST, VoteChoice.ABSTAIN


def electors(*weights: int, funders: int = 0) -> tuple[Elector, ...]:
    """Return electors 0, 1, …; the last ones are funders."""
    return tuple(
        Elector(person=n, accounts=(n,), weight=weight, is_funder=n >= len(weights) - funders)
        for n, weight in enumerate(weights)
    )


@pytest.mark.parametrize(
    ("votes", "rule", "verdict"),
    [
        ([FOR, FOR, AGAINST], VotingRule(), Decision.PASSED),
        ([FOR, AGAINST], VotingRule(), Decision.NO_MAJORITY),
        ([FOR, ABSTAIN, ABSTAIN], VotingRule(), Decision.PASSED),
        ([ABSTAIN], VotingRule(), Decision.NO_MAJORITY),
        ([], VotingRule(), Decision.NO_MAJORITY),
        ([FOR, FOR, AGAINST], TWO_THIRDS, Decision.PASSED),
        ([FOR, FOR, FOR, AGAINST, AGAINST], TWO_THIRDS, Decision.NO_MAJORITY),
        ([FOR], VotingRule(quorum=Fraction(1, 5)), Decision.PASSED),
        ([FOR], VotingRule(quorum=Fraction(1, 4)), Decision.NO_QUORUM),
        ([FOR, ABSTAIN], VotingRule(quorum=Fraction(2, 5)), Decision.PASSED),
        ([], VotingRule(objections=1), Decision.NO_OBJECTION),
        ([AGAINST, FOR, FOR], VotingRule(objections=2), Decision.NO_OBJECTION),
        ([AGAINST, AGAINST, FOR], VotingRule(objections=2), Decision.OBJECTED),
    ],
)  # fmt: skip
def test_five_people_decide_by_the_rule(
    votes: list[VoteChoice], rule: VotingRule, verdict: Decision
) -> None:
    tally = tally_votes(electors(1, 1, 1, 1, 1), dict(enumerate(votes)), rule)

    assert tally.verdict is verdict
    assert tally.turnout == Fraction(len(votes), 5)
    assert tally.voters == len(votes)


def test_heavier_votes_outweigh_more_people() -> None:
    rule = VotingRule(counting=Counting.CRED)

    tally = tally_votes(electors(10, 4, 5), {0: FOR, 1: AGAINST, 2: AGAINST}, rule)

    assert tally.support == Fraction(10, 19)
    assert tally.people[AGAINST] == 2
    assert tally.verdict is Decision.PASSED


def test_funders_have_their_part_of_the_vote_however_few_they_are() -> None:
    rule = VotingRule(funders_part=Fraction(2, 5))
    people = electors(1, 1, 1, 1, funders=1)

    tally = tally_votes(people, {0: FOR, 1: FOR, 2: AGAINST, 3: AGAINST}, rule)

    assert tally.support == Fraction(2, 3) * Fraction(3, 5)
    assert tally.verdict is Decision.NO_MAJORITY


def test_funders_who_are_not_there_leave_their_part_to_the_others() -> None:
    rule = VotingRule(funders_part=Fraction(2, 5), quorum=Fraction(1))

    nobody = tally_votes(electors(1, 1), {0: FOR, 1: FOR}, rule)
    silent = tally_votes(electors(1, 1, 1, funders=1), {0: FOR, 1: FOR, 2: ABSTAIN}, rule)

    assert nobody.verdict is silent.verdict is Decision.PASSED
    assert nobody.turnout == silent.turnout == 1


VOTES = st.lists(
    st.tuples(st.integers(1, 10**12), st.sampled_from([*VoteChoice, None]), st.booleans()),
    max_size=8,
)
RULES = st.builds(
    VotingRule,
    quorum=st.fractions(0, 1, max_denominator=12),
    majority=st.fractions(Fraction(1, 2), 1, max_denominator=12),
    objections=st.none() | st.integers(1, 4),
    funders_part=st.just(Fraction(0)) | st.fractions(0, 1, max_denominator=9),
)


def _cast(
    cast: list[tuple[int, VoteChoice | None, bool]],
) -> tuple[list[Elector], dict[int, VoteChoice]]:
    people = [
        Elector(person=n, accounts=(n,), weight=weight, is_funder=is_funder)
        for n, (weight, _, is_funder) in enumerate(cast)
    ]
    return people, {n: choice for n, (_, choice, _) in enumerate(cast) if choice is not None}


@given(VOTES, RULES, st.randoms(use_true_random=False))
@settings(max_examples=examples(100))
def test_the_order_of_people_and_the_votes_of_strangers_change_nothing(
    cast: list[tuple[int, VoteChoice | None, bool]], rule: VotingRule, random: object
) -> None:
    people, votes = _cast(cast)
    shuffled = [*people]
    getattr(random, "shuffle")(shuffled)  # noqa: B009 -- hypothesis gives it no public type

    tally = tally_votes(people, votes, rule)

    assert tally_votes(shuffled, {**votes, 99: AGAINST}, rule) == tally


@given(VOTES, RULES)
@settings(max_examples=examples(100))
def test_one_more_vote_for_never_makes_a_proposal_fail_nor_one_against_pass(
    cast: list[tuple[int, VoteChoice | None, bool]], rule: VotingRule
) -> None:
    people, votes = _cast(cast)
    before = tally_votes(people, votes, rule).verdict.is_pass

    for person in people:
        more = tally_votes(people, {**votes, person.person: FOR}, rule).verdict.is_pass
        less = tally_votes(people, {**votes, person.person: AGAINST}, rule).verdict.is_pass

        assert more >= less
        if votes.get(person.person) is not None:
            assert more >= before >= less


@given(VOTES, RULES)
@settings(max_examples=examples(100))
def test_without_a_part_for_funders_the_sums_are_those_of_a_hand_count(
    cast: list[tuple[int, VoteChoice | None, bool]], rule: VotingRule
) -> None:
    people, votes = _cast(cast)
    counted = {
        choice: sum(weight for weight, voted, _ in cast if voted is choice)
        for choice in VoteChoice
    }
    total = sum(weight for weight, _, _ in cast)

    tally = tally_votes(people, votes, rule)

    assert tally.weights == counted
    if not rule.funders_part and total:
        assert tally.turnout * total == sum(counted.values())
    if not rule.funders_part and rule.objections is None:
        passes = (
            sum(counted.values()) >= rule.quorum * total
            and counted[FOR] > counted[AGAINST]
            and counted[FOR] >= rule.majority * (counted[FOR] + counted[AGAINST])
        )
        assert tally.verdict.is_pass is passes

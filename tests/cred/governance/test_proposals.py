"""What becomes of a proposal is a function of what was recorded and a moment."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cred.governance.electorate import Elector
from cred.governance.proposals import (
    Opened,
    Published,
    Record,
    Seconded,
    Stage,
    Vetoed,
    Voted,
    Withdrawn,
    follow,
)
from cred.governance.rules import DAY_MS, HOUR_MS, VotingRule
from cred.governance.tally import Decision, VoteChoice
from tests.laws import examples

PROPOSER = 1
ADA = Elector(person=1, accounts=(1, 7), weight=1)
BEN = Elector(person=2, accounts=(2,), weight=1)
CAT = Elector(person=3, accounts=(3,), weight=1)
ELECTORS = (ADA, BEN, CAT)
FOR, AGAINST = VoteChoice.FOR, VoteChoice.AGAINST
RULE = VotingRule(days=2)
OPENED: list[Record] = [Published(10), Opened(10, ELECTORS)]
CLOSE = 10 + 2 * DAY_MS


def stage(records: Sequence[Record], now_ms: int, rule: VotingRule = RULE) -> Stage:
    return follow(rule, PROPOSER, records, now_ms).stage


def in_order(records: Sequence[Record]) -> list[Record]:
    return sorted(records, key=lambda record: record.at_ms)


def test_a_proposal_opens_once_it_can_be_seen_and_closes_after_its_days() -> None:
    records = [*OPENED, Voted(20, 2, FOR)]

    stages = [stage(records, at) for at in (9, 10, CLOSE - 1, CLOSE)]

    assert stages == [Stage.UNPUBLISHED, Stage.OPEN, Stage.OPEN, Stage.PASSED]


def test_a_proposal_that_nobody_can_see_never_opens_or_lapses() -> None:
    assert stage([Opened(10, ELECTORS)], 10**15) is Stage.UNPUBLISHED


def test_seconds_are_of_others_and_in_time() -> None:
    rule = VotingRule(days=2, seconds=2)
    own: list[Record] = [Published(0), Seconded(1, PROPOSER), Seconded(1, 2)]
    enough = [*own, Seconded(2, 3)]
    regretted = [*enough, Seconded(3, 3, is_on=False)]
    late = [*own, Seconded(2 * DAY_MS, 3)]

    stages = [stage(records, 5, rule) for records in (own, enough, regretted)]

    assert stages == [Stage.SEEKING, Stage.SECONDED, Stage.SEEKING]
    assert stage(late, 3 * DAY_MS, rule) is Stage.LAPSED


def test_the_last_vote_of_any_of_ones_accounts_counts_once() -> None:
    records = [*OPENED, Voted(20, 1, FOR), Voted(30, 7, AGAINST), Voted(40, 2, FOR)]

    course = follow(RULE, PROPOSER, records, CLOSE)

    assert course.ballots.choices == {1: AGAINST, 2: FOR}
    assert course.tally is not None
    assert course.tally.verdict is Decision.NO_MAJORITY


def test_what_comes_too_early_too_late_or_from_a_stranger_does_not_count() -> None:
    records: list[Record] = [
        Voted(5, 2, AGAINST),
        *OPENED,
        Voted(20, 3, FOR),
        Voted(20, 99, AGAINST),
        Opened(30, (BEN,)),
        Voted(CLOSE, 2, AGAINST),
    ]

    course = follow(RULE, PROPOSER, records, CLOSE + 1)

    assert (course.stage, course.ballots.choices) == (Stage.PASSED, {3: FOR})


def test_nothing_is_counted_before_the_close() -> None:
    course = follow(RULE, PROPOSER, [*OPENED, Voted(20, 2, FOR)], CLOSE - 1)

    assert course.tally is None
    assert course.elector(7) == ADA


def test_a_vote_that_is_taken_back_is_none() -> None:
    course = follow(RULE, PROPOSER, [*OPENED, Voted(20, 2, FOR), Voted(21, 2, None)], CLOSE)

    assert course.stage is Stage.FAILED


@pytest.mark.parametrize(
    ("at_ms", "last"),
    [(5, Stage.WITHDRAWN), (CLOSE - 1, Stage.WITHDRAWN), (CLOSE, Stage.PASSED)],
)
def test_a_proposal_is_withdrawn_before_its_close_or_not_at_all(
    at_ms: int, last: Stage
) -> None:
    records = in_order([*OPENED, Voted(20, 2, FOR), Withdrawn(at_ms)])

    assert stage(records, CLOSE + DAY_MS) is last


def test_a_veto_is_in_time_and_of_what_passed() -> None:
    rule = VotingRule(days=2, veto_hours=5)
    passed = [*OPENED, Voted(20, 2, FOR)]
    end = CLOSE + 5 * HOUR_MS

    assert stage(passed, CLOSE, rule) is Stage.VETOABLE
    assert follow(rule, PROPOSER, passed, CLOSE).in_force_ms == end
    assert stage([*passed, Vetoed(end - 1, 3)], end, rule) is Stage.VETOED
    assert stage([*passed, Vetoed(end, 3)], end, rule) is Stage.PASSED
    assert stage([*OPENED, Vetoed(CLOSE, 3)], CLOSE, rule) is Stage.FAILED


TIMES = st.integers(0, 3 * DAY_MS)
RECORDS = st.one_of(
    st.builds(Published, TIMES),
    st.builds(Seconded, TIMES, st.integers(1, 4), st.booleans()),
    st.builds(Opened, TIMES, st.sampled_from([ELECTORS, (BEN, CAT)])),
    st.builds(
        Voted, TIMES, st.sampled_from([1, 2, 3, 7, 9]), st.sampled_from([*VoteChoice, None])
    ),
    st.builds(Withdrawn, TIMES),
    st.builds(Vetoed, TIMES, st.integers(1, 4)),
)
RULES = st.builds(
    VotingRule,
    days=st.integers(1, 2),
    seconds=st.integers(0, 2),
    veto_hours=st.integers(0, 20),
    quorum=st.sampled_from([Fraction(0), Fraction(1, 2)]),
)


@given(st.lists(RECORDS, max_size=12), RULES, TIMES, TIMES)
@settings(max_examples=examples(200))
def test_what_is_final_stays_so_whatever_comes_later(
    records: list[Record], rule: VotingRule, at: int, later: int
) -> None:
    records = in_order(records)
    now_ms, then_ms = sorted((at, later))

    now, then = (follow(rule, PROPOSER, records, moment) for moment in (now_ms, then_ms))

    if now.stage.is_final:
        assert then == now
    if now.electors:
        assert (then.electors, then.closes_ms) == (now.electors, now.closes_ms)
    assert (now.tally is None) or now_ms >= (now.closes_ms or 0)
    known = [record for record in records if record.at_ms <= now_ms]
    assert follow(rule, PROPOSER, known, now_ms) == now


@given(st.lists(RECORDS, max_size=12), RULES)
@settings(max_examples=examples(200))
def test_only_electors_vote_and_each_has_one_vote(
    records: list[Record], rule: VotingRule
) -> None:
    records = in_order(records)

    course = follow(rule, PROPOSER, records, 9 * DAY_MS)

    people = {elector.person for elector in course.electors}
    assert course.ballots.choices.keys() <= people
    assert course.tally is None or course.tally.voters == len(course.ballots.choices)
    assert PROPOSER not in course.seconded_by

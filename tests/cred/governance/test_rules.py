"""A rule is kept with its proposal, and says no more than it may."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cred.errors import InvalidInputError
from cred.governance.rules import PRESETS, Counting, VotingRule, rule_from_json, rule_to_json
from tests.laws import examples

RULES = st.builds(
    VotingRule,
    counting=st.sampled_from(Counting),
    quorum=st.fractions(0, 1, max_denominator=1_000),
    majority=st.fractions(Fraction(1, 2), 1, max_denominator=1_000),
    objections=st.none() | st.integers(1, 50),
    days=st.integers(1, 90),
    seconds=st.integers(0, 9),
    veto_hours=st.integers(0, 720),
    funders_part=st.fractions(0, 1, max_denominator=100),
)


@given(RULES)
@settings(max_examples=examples(100))
def test_a_rule_is_read_back_as_it_was_written(rule: VotingRule) -> None:
    assert rule_from_json(rule_to_json(rule)) == rule


@pytest.mark.parametrize(
    "wrong",
    [
        {"quorum": "3/2"},
        {"majority": "1/3"},
        {"majority": "much"},
        {"majority": "1/0"},
        {"objections": 0},
        {"days": 0},
        {"days": 91},
        {"counting": "houses"},
        {"colour": "blue"},
    ],
)
def test_a_rule_out_of_range_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        rule_from_json({**rule_to_json(VotingRule()), **wrong})


def test_a_community_can_choose_among_four_rules_by_name() -> None:
    assert [*PRESETS] == [
        "simple majority",
        "quorum and two thirds",
        "lazy consensus",
        "maintainers decide",
    ]

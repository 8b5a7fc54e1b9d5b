"""Electors are people above the community's thresholds, with the weight it chose."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cred.governance.electorate import (
    WEIGHT_UNITS,
    Candidate,
    Thresholds,
    choose_electors,
    vote_weight,
)
from cred.governance.rules import DAY_MS, Counting
from tests.laws import examples

NOW_MS = 100 * DAY_MS
ADA = Candidate(person=1, accounts=(4, 1), cred=75.0, first_seen_ms=0)
BEN = Candidate(person=2, accounts=(2,), cred=24.0, first_seen_ms=NOW_MS - 10 * DAY_MS)
CAT = Candidate(person=3, accounts=(3,), cred=0.0, first_seen_ms=0, roles=frozenset({"funder"}))
DAN = Candidate(person=5, accounts=(5,), cred=1.0, roles=frozenset({"keeper"}))


@pytest.mark.parametrize(
    ("thresholds", "people"),
    [
        (Thresholds(), [1, 2, 5]),
        (Thresholds(cred=24.0), [1, 2]),
        (Thresholds(days=10), [1, 2]),
        (Thresholds(days=11), [1]),
        (Thresholds(roles=frozenset({"keeper", "owner"})), [5]),
        (Thresholds(cred=100.0), []),
    ],
)
def test_who_is_above_every_threshold_is_an_elector(
    thresholds: Thresholds, people: list[int]
) -> None:
    electors = choose_electors([DAN, CAT, BEN, ADA], thresholds, Counting.PEOPLE, now_ms=NOW_MS)

    assert [elector.person for elector in electors] == people


def test_an_elector_has_the_accounts_of_that_moment_and_funders_need_no_cred() -> None:
    ada, cat = choose_electors(
        [ADA, CAT],
        Thresholds(cred=75.0),
        Counting.PEOPLE,
        now_ms=NOW_MS,
        funder_roles=frozenset({"funder"}),
    )

    assert (ada.accounts, ada.is_funder) == ((1, 4), False)
    assert (cat.weight, cat.is_funder) == (1, True)


@given(st.lists(st.floats(0.0, 1e9), min_size=1, max_size=20), st.sampled_from(Counting))
@settings(max_examples=examples(100))
def test_more_cred_never_weighs_less_and_nobody_weighs_nothing(
    creds: list[float], counting: Counting
) -> None:
    total = sum(creds)

    weights = [vote_weight(cred, total, counting) for cred in sorted(creds)]

    assert weights == sorted(weights)
    assert min(weights) >= 1
    if counting is Counting.CRED:
        assert sum(weights) <= WEIGHT_UNITS + 2 * len(weights)

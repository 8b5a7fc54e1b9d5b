"""A budget is divided exactly: every part is right to the cent, and all sum to the whole."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cred.errors import InvalidInputError
from cred.money.allocation import (
    SCORE_UNITS,
    BelowMinimum,
    Claims,
    Line,
    MaintainerSplit,
    OthersPart,
    Rules,
    allocate,
    integer_scores,
    split,
)

SCORES = st.dictionaries(st.integers(1, 60), st.integers(0, SCORE_UNITS), max_size=20)
CRED = st.dictionaries(
    st.integers(1, 60), st.floats(0.0, 1e300, allow_subnormal=True), min_size=1, max_size=20
)
PARTS = st.fractions(0, 1, max_denominator=1000)
HALF = Rules(ratio=Fraction(1, 2))


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    return Rules(
        ratio=draw(st.fractions(Fraction(1, 1000), 1, max_denominator=1000)),
        minimum=draw(st.integers(0, 5_000)),
        below_minimum=draw(st.sampled_from(BelowMinimum)),
        others_part=draw(st.sampled_from(OthersPart)),
        maintainer_share=draw(PARTS),
        maintainer_split=draw(st.sampled_from(MaintainerSplit)),
    )


@st.composite
def claims(draw: st.DrawFn) -> Claims:
    people = st.frozensets(st.integers(1, 60))
    return Claims(
        scores=draw(SCORES),
        payees=draw(people),
        excluded=draw(people),
        maintainers=draw(people),
    )


def hamilton(budget: int, scores: Mapping[int, int]) -> dict[int, int]:
    """Divide a budget the slow way: one unit after the other to whoever lacks most."""
    total = sum(scores.values())
    quota = {person: Fraction(budget * score, total) for person, score in scores.items()}
    parts = {person: int(share) for person, share in quota.items()}
    waiting = set(scores)
    while sum(parts.values()) < budget:
        most = max(waiting, key=lambda person: (quota[person] - parts[person], -person))
        parts[most] += 1
        waiting.discard(most)
    return parts


@given(st.integers(0, 10**15), SCORES)
def test_the_largest_remainders_get_what_is_left(
    budget: int, scores: Mapping[int, int]
) -> None:
    assume(sum(scores.values()) > 0)

    parts = split(budget, scores)

    assert parts == hamilton(budget, scores)
    assert sum(parts.values()) == budget
    assert all(parts[person] == 0 for person, score in scores.items() if not score)


@given(st.integers(0, 10**9), SCORES, st.integers(1, 10**6))
def test_only_proportions_matter(budget: int, scores: Mapping[int, int], scale: int) -> None:
    assume(sum(scores.values()) > 0)
    scaled = {person: score * scale for person, score in reversed([*scores.items()])}

    assert split(budget, scaled) == split(budget, scores)


@given(st.integers(0, 10**9), SCORES)
def test_whoever_has_more_never_gets_less(budget: int, scores: Mapping[int, int]) -> None:
    assume(sum(scores.values()) > 0)
    parts = split(budget, scores)

    by_score = sorted(scores, key=lambda person: (scores[person], -person))
    assert [parts[person] for person in by_score] == sorted(parts.values())


@given(CRED)
def test_scores_sum_to_all_units_and_are_nearest_to_the_cred(cred: Mapping[int, float]) -> None:
    total = sum(map(Fraction, cred.values()))
    assume(total > 0)

    scores = integer_scores(cred)

    assert sum(scores.values()) == SCORE_UNITS
    for person, value in cred.items():
        exact = Fraction(value) / total * SCORE_UNITS
        assert abs(scores.get(person, 0) - exact) < 1
    assert integer_scores(dict(reversed([*cred.items()]))) == scores


@pytest.mark.parametrize(
    "cred", [{1: float("nan")}, {1: -1.0}, {1: float("inf")}, {1: 0.0}, {}]
)
def test_no_scores_are_made_of_what_is_no_cred(cred: dict[int, float]) -> None:
    with pytest.raises(InvalidInputError):
        integer_scores(cred)


@given(st.integers(1, 10**10), rules(), claims())
def test_every_cent_of_the_budget_is_accounted_for(
    revenue: int, rules: Rules, claims: Claims
) -> None:
    try:
        made = allocate(revenue, rules, claims)
    except InvalidInputError:
        return

    assert made.budget == revenue * rules.ratio // 1
    assert sum(line.amount for line in made.lines) + made.kept == made.budget
    people = [line.person for line in made.lines]
    assert people == sorted(set(people))
    assert claims.payees.difference(claims.excluded).issuperset(people)
    assert all(
        line.amount > 0 and min(line.by_cred, line.as_maintainer) >= 0 for line in made.lines
    )
    if rules.others_part is OthersPart.REDISTRIBUTE:
        assert made.kept == 0
    if rules.below_minimum is BelowMinimum.FILTER:
        assert all(line.amount >= rules.minimum for line in made.lines)
    else:
        assert not made.filtered


@given(st.integers(1, 10**10), claims())
def test_an_exclusion_only_sets_a_score_to_zero(revenue: int, claims: Claims) -> None:
    zeroed = {
        person: 0 if person in claims.excluded else score
        for person, score in claims.scores.items()
    }
    without = Claims(scores=zeroed, payees=claims.payees)
    try:
        expected = allocate(revenue, HALF, without)
    except InvalidInputError:
        return

    made = allocate(
        revenue,
        HALF,
        Claims(scores=claims.scores, payees=claims.payees, excluded=claims.excluded),
    )

    assert [(line.person, line.amount) for line in made.lines] == [
        (line.person, line.amount) for line in expected.lines
    ]


def divide(revenue: int, rules: Rules, **claims: Any) -> dict[int, int]:
    made = allocate(revenue, rules, Claims(**claims))
    return {line.person: line.amount for line in made.lines} | {0: made.kept}


FOUR = {1: 40, 2: 30, 3: 20, 4: 10}


@pytest.mark.parametrize(
    ("change", "amounts"),
    [
        ({}, {1: 445, 2: 333, 3: 222, 0: 0}),
        ({"others_part": OthersPart.TREASURY}, {1: 400, 2: 300, 3: 200, 0: 100}),
        ({"maintainer_share": Fraction(1, 10)}, {1: 400, 2: 300 + 50, 3: 200 + 50, 0: 0}),
        (
            {
                "maintainer_share": Fraction(1, 10),
                "maintainer_split": MaintainerSplit.CRED,
            },
            {1: 400, 2: 300 + 60, 3: 200 + 40, 0: 0},
        ),
        (
            {"minimum": 300, "below_minimum": BelowMinimum.FILTER},
            {1: 571, 2: 429, 0: 0},
        ),
        ({"minimum": 300}, {1: 445, 2: 333, 3: 222, 0: 0}),
    ],
)
def test_a_thousand_is_divided_among_three_of_four(
    change: dict[str, Any], amounts: dict[int, int]
) -> None:
    made = divide(
        1000,
        Rules(ratio=Fraction(1), **change),
        scores=FOUR,
        payees=frozenset({1, 2, 3, 9}),
        maintainers=frozenset({2, 3, 4}),
    )

    assert made == amounts


def test_what_is_filtered_is_told() -> None:
    rules = Rules(ratio=Fraction(1), minimum=250, below_minimum=BelowMinimum.FILTER)

    made = allocate(1000, rules, Claims(scores=FOUR, payees=frozenset(FOUR)))

    assert made.filtered == {3: 200, 4: 100}
    assert made.lines == (Line(1, 40, 571), Line(2, 30, 429))


def test_a_maintainer_without_cred_gets_the_fixed_share_alone() -> None:
    rules = Rules(
        ratio=Fraction(1),
        maintainer_share=Fraction(1, 5),
        maintainer_split=MaintainerSplit.CRED,
    )

    made = divide(
        100, rules, scores={1: 5}, payees=frozenset({1, 7}), maintainers=frozenset({7})
    )

    assert made == {1: 80, 7: 20, 0: 0}


@pytest.mark.parametrize(
    ("revenue", "claims", "sentence"),
    [
        (0, {}, "not above 0"),
        (-5, {}, "not above 0"),
        (1, {}, "less than the smallest unit"),
        (100, {"scores": {}}, "nobody has cred"),
        (100, {"payees": frozenset()}, "nobody agreed to be paid yet"),
        (100, {"excluded": frozenset(FOUR)}, "everybody who has cred is excluded"),
        (100, {"payees": frozenset({9})}, "nobody who has cred in this period"),
    ],
)
def test_where_nothing_can_be_divided_a_sentence_says_why(
    revenue: int, claims: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        allocate(revenue, HALF, Claims(**{"scores": FOUR, "payees": frozenset(FOUR), **claims}))


def test_where_all_are_below_the_minimum_a_sentence_says_so() -> None:
    rules = Rules(ratio=Fraction(1), minimum=500, below_minimum=BelowMinimum.FILTER)

    with pytest.raises(InvalidInputError, match="everybody's amount is below the minimum"):
        allocate(1000, rules, Claims(scores=FOUR, payees=frozenset(FOUR)))


@pytest.mark.parametrize(
    "numbers",
    [
        {"ratio": Fraction(11, 10)},
        {"ratio": Fraction(0)},
        {"ratio": Fraction(1), "maintainer_share": Fraction(-1, 2)},
        {"ratio": Fraction(1), "minimum": -1},
    ],
)
def test_rules_out_of_range_are_refused(numbers: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="must be"):
        Rules(**numbers)


@pytest.mark.parametrize(("budget", "scores"), [(-1, {1: 1}), (1, {1: -1}), (1, {1: 0})])
def test_a_split_that_has_no_meaning_is_refused(budget: int, scores: dict[int, int]) -> None:
    with pytest.raises(InvalidInputError):
        split(budget, scores)

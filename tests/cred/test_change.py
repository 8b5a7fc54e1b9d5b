"""The parts of a change sum to it, and each is what its step did."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from cred.change import ChangeCause, Part, Step, split_change
from cred.epochs import WEEK_MS
from tests.laws import examples

LAST, THIS = 10 * WEEK_MS, 11 * WEEK_MS
THEN = THIS + 5


def test_every_step_is_a_part_and_weeks_that_were_over_are_apart() -> None:
    parts = split_change(
        {LAST: 4.0, THIS: 1.0},
        [
            Step(ChangeCause.OWN, 0, {LAST: 4.5, THIS: 3.0}),
            Step(ChangeCause.OTHERS, 0, {LAST: 4.25, THIS: 2.0}),
            Step(ChangeCause.WEIGHTS, 7, {LAST: 8.0, THIS: 2.5}),
        ],
        then_ms=THEN,
    )

    assert parts == (
        Part(ChangeCause.OWN, 0, 2.0),
        Part(ChangeCause.OTHERS, 0, -1.0),
        Part(ChangeCause.WEIGHTS, 7, 4.25),
        Part(ChangeCause.REWRITTEN, 0, 0.25),
    )


def test_a_week_is_over_from_its_last_moment_on() -> None:
    step = Step(ChangeCause.OWN, 0, {LAST: 1.0})

    before, after = (split_change({}, [step], then_ms=THIS - late) for late in (1, 0))

    assert [part.cred for part in before] == [1.0, 0.0, 0.0]
    assert [part.cred for part in after] == [0.0, 0.0, 1.0]


WEEKS = st.dictionaries(
    st.integers(0, 4).map(lambda week: week * WEEK_MS), st.integers(0, 10**6).map(float)
)
STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(
            [ChangeCause.OWN, ChangeCause.OTHERS, ChangeCause.WEIGHTS, ChangeCause.LINKS]
        ),
        st.integers(0, 2),
        WEEKS,
    ),
    max_size=6,
)


@given(WEEKS, STEPS, st.integers(0, 5 * WEEK_MS))
@settings(max_examples=examples(200))
def test_parts_sum_exactly_to_the_difference(
    before: dict[int, float], steps: list[Step], then_ms: int
) -> None:
    parts = split_change(before, steps, then_ms=then_ms)

    after = steps[-1].cred if steps else before
    difference = sum(after.values()) - sum(before.values())
    assert math.fsum(part.cred for part in parts) == difference
    assert len({(part.cause, part.key) for part in parts}) == len(parts)

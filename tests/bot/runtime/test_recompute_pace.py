"""The pace of recomputes: never more than a quarter of a core, never longer than it takes."""

from hypothesis import given
from hypothesis import strategies as st

from bot.runtime.recompute_pace import SHARE, WINDOW_SECONDS, RecomputePace

SECONDS = st.floats(0.001, 15.0)


def run_greedily(costs: list[float], pauses: list[float]) -> list[tuple[float, float]]:
    """Start every recompute as soon as the pace allows, or a pause later; return the runs."""
    pace, now, runs = RecomputePace(), 0.0, []
    for cost, pause in zip(costs, pauses, strict=True):
        start = max(now + pause, pace.earliest_start(cost))
        now = start + cost
        pace.record(now, cost)
        runs.append((start, now))
    return runs


@given(
    st.lists(
        st.tuples(SECONDS, st.sampled_from([0.0, 0.0, 1.0, 20.0])), min_size=1, max_size=60
    )
)
def test_no_minute_holds_more_than_a_quarter_of_a_core(
    steps: list[tuple[float, float]],
) -> None:
    runs = run_greedily([cost for cost, _ in steps], [pause for _, pause in steps])

    # The fullest window starts with a run, or ends with one.
    edges = [start for start, _ in runs] + [end - WINDOW_SECONDS for _, end in runs]
    for first in edges:
        busy = sum(
            max(0.0, min(end, first + WINDOW_SECONDS) - max(start, first))
            for start, end in runs
        )
        assert busy <= SHARE * WINDOW_SECONDS + 1e-6


def test_the_first_recompute_starts_at_once() -> None:
    assert RecomputePace().earliest_start(1.0) == float("-inf")


def test_after_a_recompute_the_next_waits_three_times_as_long() -> None:
    pace = RecomputePace()

    pace.record(end=10.0, seconds=0.5)

    assert pace.earliest_start(0.5) == 11.5


def test_after_a_long_pause_nothing_waits() -> None:
    pace = RecomputePace()

    pace.record(end=10.0, seconds=15.0)

    assert pace.earliest_start(1.0) <= 10.0 + WINDOW_SECONDS


def test_a_recompute_longer_than_a_minutes_allowance_still_gets_its_turn() -> None:
    pace = RecomputePace()

    pace.record(end=100.0, seconds=30.0)

    assert pace.earliest_start(30.0) == 190.0

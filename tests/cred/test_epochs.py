"""Weeks: Sunday 00:00 UTC, half-open."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cred.epochs import MOST_WEEKS, WEEK_MS, Epochs, epochs_covering, week_start
from cred.errors import InvalidInputError
from cred.graph.structure import TIMELESS
from tests.cred.graphs import SUNDAY

TIMES = st.integers(-(10**14), 10**14)


def times(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, np.int64)


@given(TIMES)
def test_a_week_starts_on_sunday_at_midnight_and_holds_its_moment(time_ms: int) -> None:
    start = week_start(time_ms)

    assert start <= time_ms < start + WEEK_MS
    assert (start - SUNDAY) % WEEK_MS == 0


def test_the_calendar_agrees() -> None:
    start = datetime.fromtimestamp(SUNDAY / 1000, UTC)

    assert (start.isoformat(), start.strftime("%A")) == ("2021-01-03T00:00:00+00:00", "Sunday")


def test_covering_includes_weeks_without_activity_and_a_last_moment_on_a_boundary() -> None:
    epochs = epochs_covering(times(SUNDAY + 3 * WEEK_MS, SUNDAY + 5))

    assert epochs.starts_ms.tolist() == [SUNDAY + week * WEEK_MS for week in range(4)]
    assert epochs.end_ms == SUNDAY + 4 * WEEK_MS
    assert len(epochs) == 4


def test_a_moment_on_a_start_belongs_to_that_week_but_to_the_one_before_in_sourcecred() -> None:
    epochs = epochs_covering(times(SUNDAY, SUNDAY + WEEK_MS))
    moments = times(SUNDAY - 9, SUNDAY, SUNDAY + 1, SUNDAY + WEEK_MS, SUNDAY + 9 * WEEK_MS)

    assert epochs.indices(moments).tolist() == [0, 0, 0, 1, 1]
    assert epochs.indices(moments, sourcecred=True).tolist() == [0, 0, 0, 0, 1]


@given(st.lists(st.integers(-3 * WEEK_MS, 9 * WEEK_MS), min_size=1), st.booleans())
def test_equal_weeks_are_counted_as_any_others(offsets: list[int], sourcecred: bool) -> None:  # noqa: FBT001 - drawn
    moments = times(
        TIMELESS, SUNDAY, SUNDAY + WEEK_MS, *(SUNDAY + offset for offset in offsets)
    )
    starts = SUNDAY + np.arange(5) * WEEK_MS
    equal = Epochs(starts, SUNDAY + 5 * WEEK_MS)
    unequal = Epochs(starts, SUNDAY + 6 * WEEK_MS)

    weeks = equal.indices(moments, sourcecred=sourcecred)

    assert weeks.tolist() == unequal.indices(moments, sourcecred=sourcecred).tolist()


def test_within_knows_before_after_and_timeless() -> None:
    epochs = epochs_covering(times(SUNDAY, SUNDAY + WEEK_MS))
    moments = times(TIMELESS, SUNDAY - 1, SUNDAY, SUNDAY + WEEK_MS, SUNDAY + 2 * WEEK_MS)

    assert epochs.indices_within(moments).tolist() == [-1, -1, 0, 1, -1]


def test_no_moment_is_no_epoch() -> None:
    with pytest.raises(InvalidInputError, match="at least one epoch"):
        epochs_covering(times())
    with pytest.raises(InvalidInputError, match="at least one epoch"):
        Epochs(times(), 0)


def test_a_time_stamp_centuries_away_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(InvalidInputError, match=str(SUNDAY + MOST_WEEKS * WEEK_MS)):
        epochs_covering(times(SUNDAY, SUNDAY + MOST_WEEKS * WEEK_MS))


@pytest.mark.parametrize(("starts", "end"), [((0, 0), 9), ((5, 4), 9), ((0, 4), 4)])
def test_epochs_are_in_order(starts: tuple[int, ...], end: int) -> None:
    with pytest.raises(InvalidInputError, match="order"):
        Epochs(times(*starts), end)

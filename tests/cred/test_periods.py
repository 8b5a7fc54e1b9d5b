"""Periods as people type them, on real calendars."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cred.epochs import WEEK_MS, week_start
from cred.errors import InvalidInputError
from cred.periods import ALL, is_period, parse_period


def ms(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp() * 1000)


def weeks_from(first_ms: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(count, dtype=np.int64) * WEEK_MS + first_ms


AUTUMN = weeks_from(ms(2026, 9, 6), 11)
"""6 September to 22 November 2026."""
FRIDAY = ms(2026, 11, 20, 12)


@pytest.mark.parametrize(
    ("text", "first", "stop"),
    [
        ("all", 0, 11),
        ("week", 10, 11),
        ("this week", 10, 11),
        ("last week", 9, 10),
        ("month", 8, 11),
        ("last month", 3, 8),
        ("2026-10", 3, 8),
        ("2026-9", 0, 3),
        ("year", 0, 11),
        ("2026", 0, 11),
        ("last year", 0, 0),
        ("last 8 weeks", 2, 10),
        ("8 weeks", 3, 11),
        ("past 8 weeks", 3, 11),
        ("  LAST   Month ", 3, 8),
        ("2027-01", 11, 11),
        ("today", 10, 11),
        ("yesterday", 10, 11),
        ("30 Sep", 3, 4),
        ("Sep 30", 3, 4),
        ("sep. 30th, 2026", 3, 4),
        ("30th of September 2026", 3, 4),
        ("2026-09-30", 3, 4),
        ("2026/9/30", 3, 4),
        ("September", 0, 3),
        ("sep 2026", 0, 3),
        ("2026 sept", 0, 3),
        ("last september", 0, 3),
        ("october", 3, 8),
        ("this november", 8, 11),
        ("last november", 0, 0),
        ("december", 0, 0),
        ("21 Nov", 0, 0),
        ("in september", 0, 3),
        ("2 weeks ago", 8, 9),
        ("a week ago", 9, 10),
        ("5 days ago", 10, 11),
        ("6 days ago", 9, 10),
        ("2 months ago", 0, 3),
        ("1 year ago", 0, 0),
        ("29 Feb", 0, 0),
    ],
)
def test_a_period_is_these_weeks_of_the_autumn_of_2026(
    text: str, first: int, stop: int
) -> None:
    assert parse_period(text).weeks(AUTUMN, FRIDAY).rows == slice(first, stop)


def test_a_week_belongs_to_the_month_of_its_saturday() -> None:
    # 25 to 31 October ends in October though its end, Sunday 00:00, is 1 November.
    october = parse_period("2026-10").weeks(AUTUMN, FRIDAY)

    assert AUTUMN[october.rows][-1] == ms(2026, 10, 25)
    assert AUTUMN[october.rows][0] == ms(2026, 9, 27)
    assert not october.running


def test_a_day_is_in_the_week_that_it_is_in_whatever_day_it_is() -> None:
    saturday, sunday = (parse_period(day).weeks(AUTUMN, FRIDAY) for day in ("14 Nov", "15 Nov"))

    assert saturday.first_ms == ms(2026, 11, 8)
    assert sunday.first_ms == ms(2026, 11, 15)
    assert not saturday.running
    assert sunday.running


def test_yesterday_of_a_sunday_is_in_the_week_before() -> None:
    monday, sunday = ms(2026, 11, 16, 1), ms(2026, 11, 15, 1)

    assert parse_period("yesterday").weeks(AUTUMN, monday).first_ms == ms(2026, 11, 15)
    assert parse_period("yesterday").weeks(AUTUMN, sunday).first_ms == ms(2026, 11, 8)


@given(st.dates(date(2001, 1, 1), date(2190, 12, 31)), st.integers(0, 366 * 8))
def test_however_a_day_is_written_it_is_in_its_week(day: date, later: int) -> None:
    now = ms(day.year, day.month, day.day, 12) + later * 86_400_000
    name = f"{day:%B}"
    full = [
        day.isoformat(),
        f"{day.day} {name} {day.year}",
        f"{name[:3]} {day.day}, {day.year}",
    ]

    weeks = [parse_period(text).weeks(AUTUMN, now) for text in full]

    assert {week.first_ms for week in weeks} == {week_start(ms(day.year, day.month, day.day))}
    without_year = parse_period(f"{day.day} {name}").weeks(AUTUMN, now)
    assert weeks[0].first_ms <= without_year.first_ms <= now


def test_the_running_month_holds_the_running_week_only_if_that_ends_in_it() -> None:
    weeks = weeks_from(ms(2026, 11, 1), 5)

    on_monday = parse_period("month").weeks(weeks, ms(2026, 11, 30))

    assert on_monday.rows == slice(0, 4)
    assert not on_monday.running


@given(
    st.integers(2000, 2199),
    st.integers(1, 12),
    st.integers(0, 3000),
)
def test_every_week_is_in_exactly_one_month(year: int, month: int, offset: int) -> None:
    weeks = weeks_from(week_start(ms(year, 1, 1)) - 2 * WEEK_MS, 60)
    now = int(weeks[0]) + offset * 3_600_000

    months = [parse_period(f"{year}-{m}").weeks(weeks, now).rows for m in range(1, 13)]

    assert [rows.stop for rows in months[:-1]] == [rows.start for rows in months[1:]]
    assert {rows.stop - rows.start for rows in months} == {4, 5}
    whole = parse_period(f"{year}").weeks(weeks, now).rows
    assert (whole.start, whole.stop) == (months[0].start, months[-1].stop)
    first = datetime.fromtimestamp(weeks[months[month - 1].start] / 1000 + 6 * 86_400, UTC)
    assert (first.year, first.month) == (year, month)


@given(st.integers(ms(2001, 1, 1), ms(2190, 1, 1)))
def test_last_week_is_the_one_before_this_week(now: int) -> None:
    weeks = weeks_from(week_start(now) - 5 * WEEK_MS, 8)

    this, last = (
        parse_period("week").weeks(weeks, now),
        parse_period("last week").weeks(weeks, now),
    )

    assert this.first_ms <= now < this.end_ms
    assert last.end_ms == this.first_ms
    assert this.running
    assert not last.running


def test_weeks_that_the_scores_do_not_have_are_none() -> None:
    nothing = parse_period("week").weeks(AUTUMN, ms(2027, 6, 1))

    assert len(nothing) == 0
    assert nothing.first_ms == ms(2027, 5, 30)
    assert len(ALL.weeks(weeks_from(0, 0), FRIDAY)) == 0


@given(
    st.text(max_size=30)
    | st.from_regex(r"(last |past )?[0-9]{0,5} ?(week|month|year|sept|May)s?")
    | st.from_regex(r"[0-9]{1,4}[-/ ]([0-9]{1,2}|feb|sep\.)([-/ ][0-9]{1,4})?")
)
def test_any_text_is_a_period_or_a_mistake_that_names_the_forms(text: str) -> None:
    try:
        period = parse_period(text)
    except InvalidInputError:
        assert not is_period(text)
    else:
        assert parse_period(period.text) == period
        period.weeks(AUTUMN, FRIDAY)


@pytest.mark.parametrize(
    "text",
    [
        "2026-13",
        "1999",
        "2200",
        "0 weeks",
        "2000 weeks",
        "last 3 months",
        "٣ weeks",
        "",
        "30 feb",
        "29 Feb 2026",
        "2026-02-30",
        "2026-13-45",
        "0 sep",
        "32 sep",
        "sep 0",
        "next june",
        "sep 1999",
        "30/9",
        "30.9.2026",
        "monday",
        "2026-W40",
    ],
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_period(text)

"""Periods that people ask about ("last month", "2026-10", "last 8 weeks"), as runs of epochs.

Cred is counted by the week, so a period consists of whole weeks. A week belongs to the month
(or year) of its last day, the Saturday, in UTC: the week from 25 October 2026 to 1 November,
00:00, is October's. So a month has four or five weeks, and every week is in exactly one month.

================  =====================================================================
typed             weeks
================  =====================================================================
all               every week
week              the current week, so far
last week         the complete week before it
month, year       weeks that end in today's month or year, with the current week if it does
last month        weeks that end in the month before
2026-10, 2026     weeks that end in that month or year
last 8 weeks      the 8 complete weeks before the current one
8 weeks           the current week and the 7 before it
================  =====================================================================
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.epochs import DAY_MS, WEEK_MS, week_start
from cred.errors import InvalidInputError

_MOST_WEEKS: Final = 1040
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2199


class _Unit(StrEnum):
    ALL = "all"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Weeks:
    """The epochs of some scores that a period covers."""

    rows: slice
    """Indices of the epochs; start = stop if the scores have no such week."""
    first_ms: int
    """First moment of the period, which may begin before the scores do."""
    end_ms: int
    """First moment after the period."""
    running: bool
    """The period contains the current week, whose cred still grows."""

    def __len__(self) -> int:
        return int(self.rows.stop) - int(self.rows.start)


@dataclass(frozen=True, slots=True)
class Period:
    """A period as somebody typed it, not yet applied to a day or to scores."""

    text: str
    """As typed, in normal form: "last 8 weeks". `parse_period` of it gives the same period."""
    unit: _Unit
    back: int = 0
    """Number of units before the current one that the period ends; 0: with the current one."""
    count: int = 1
    """Number of units."""
    year: int | None = None
    """A calendar year; None: relative to now."""
    month: int | None = None

    @property
    def is_all(self) -> bool:
        """Tell whether this is the period of all weeks."""
        return self.unit is _Unit.ALL

    def weeks(self, starts_ms: NDArray[np.int64], now_ms: int) -> Weeks:
        """Return the weeks of the period that are among some epochs.

        Parameters
        ----------
        starts_ms
            Shape (w,): first moments of consecutive weeks, ascending; may be empty.
        now_ms
            The moment of asking, which decides what "this week" is.
        """
        this_week = week_start(now_ms)
        if self.unit is _Unit.ALL:
            first = int(starts_ms[0]) if len(starts_ms) else this_week
            end = max(int(starts_ms[-1]) if len(starts_ms) else this_week, this_week) + WEEK_MS
        elif self.unit is _Unit.WEEK:
            end = this_week + WEEK_MS - self.back * WEEK_MS
            first = end - self.count * WEEK_MS
        else:
            first, end = self._calendar(_day(now_ms))
        start, stop = np.searchsorted(starts_ms, [first, end])
        return Weeks(slice(int(start), int(stop)), first, end, running=first <= this_week < end)

    def _calendar(self, today: date) -> tuple[int, int]:
        """Return the bounds of a month or year, in milliseconds UTC."""
        year = today.year if self.year is None else self.year
        if self.unit is _Unit.YEAR:
            year -= self.back
            return _week_after(date(year, 1, 1)), _week_after(date(year + 1, 1, 1))
        month = (today.month if self.month is None else self.month) - 1
        index = year * 12 + month - self.back
        return (
            _week_after(date(index // 12, index % 12 + 1, 1)),
            _week_after(date((index + 1) // 12, (index + 1) % 12 + 1, 1)),
        )


ALL: Final = Period("all", _Unit.ALL)

_FORMS: Final = "all, week, last week, month, last month, year, 2026-10, 2026, last 8 weeks"
_CALENDAR = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{1,2}))?", re.ASCII)
_RELATIVE = re.compile(
    r"(?P<which>this|last|past|previous)? ?(?P<count>\d{1,4})? ?(?P<unit>week|month|year)s?",
    re.ASCII,
)


def parse_period(text: str) -> Period:
    """Return the period that a text describes.

    Raises
    ------
    InvalidInputError
        If it describes none; the message lists the possible forms.
    """
    normal = " ".join(text.casefold().split())
    if normal in {"all", "all time", "ever", "total"}:
        return ALL
    if calendar := _CALENDAR.fullmatch(normal):
        return _calendar_period(int(calendar["year"]), calendar["month"])
    if relative := _RELATIVE.fullmatch(normal):
        return _relative_period(relative, text)
    raise InvalidInputError(f"“{text:.40}” is not a period; try one of: {_FORMS}.")


def is_period(text: str) -> bool:
    """Tell whether `parse_period` accepts the text."""
    try:
        parse_period(text)
    except InvalidInputError:
        return False
    return True


def _calendar_period(year: int, month: str | None) -> Period:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise InvalidInputError(
            f"{year} is out of range: a year is from {_FIRST_YEAR} to {_LAST_YEAR}."
        )
    if month is None:
        return Period(f"{year}", _Unit.YEAR, year=year)
    if int(month) not in range(1, 13):
        raise InvalidInputError(f"{year}-{month} is not a month: months run from 01 to 12.")
    return Period(f"{year}-{int(month):02}", _Unit.MONTH, year=year, month=int(month))


def _relative_period(match: re.Match[str], text: str) -> Period:
    unit = _Unit(match["unit"])
    which = match["which"]
    if match["count"] is None:
        if which in {None, "this"}:
            return Period(unit, unit)
        return Period(f"last {unit}", unit, back=1)
    count = int(match["count"])
    if unit is not _Unit.WEEK:
        raise InvalidInputError(
            f"“{text:.40}”: only weeks can be counted; try “last {count * 4} weeks”."
        )
    if not 1 <= count <= _MOST_WEEKS:
        raise InvalidInputError(f"“{text:.40}”: ask for 1 to {_MOST_WEEKS} weeks.")
    weeks = "week" if count == 1 else "weeks"
    if which in {"last", "previous"}:
        return Period(f"last {count} {weeks}", unit, back=1, count=count)
    return Period(f"{count} {weeks}", unit, count=count)


def _week_after(first: date) -> int:
    """Return the start of the first week whose Saturday is not before a day."""
    at = datetime(first.year, first.month, first.day, tzinfo=UTC)
    days = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(days=1)
    return week_start(days * DAY_MS)


def _day(at_ms: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).date()

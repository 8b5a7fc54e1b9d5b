"""Periods that people ask about ("last month", "2026-10", "last 8 weeks"), as runs of epochs.

Cred is counted by the week, so a period consists of whole weeks. A week belongs to the month
(or year) of its last day, the Saturday, in UTC: the week from 25 October 2026 to 1 November,
00:00, is October's. So a month has four or five weeks, and every week is in exactly one month.

================  =====================================================================
typed             weeks
================  =====================================================================
all               every week
week              the current week, so far
today             the same; yesterday: the week that yesterday is in
30 Sep 2026       the week that the day is in; without a year, of the latest such day
last week         the complete week before it
month, year       weeks that end in today's month or year, with the current week if it does
last month        weeks that end in the month before
2026-10, 2026     weeks that end in that month or year; also "October 2026"
october           weeks that end in the latest October that has begun
last 8 weeks      the 8 complete weeks before the current one
2 weeks ago       the second complete week before the current one; also days, months and years
8 weeks           the current week and the 7 before it
================  =====================================================================
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.calendar_words import CalendarWords, is_month_name, parse_calendar_words
from cred.epochs import DAY_MS, WEEK_MS, week_start
from cred.errors import InvalidInputError

_MOST_WEEKS: Final = 1040
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2199


class _Unit(StrEnum):
    ALL = "all"
    DAY = "day"
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
    """A month of the year; without a year, of the latest in which it has begun."""
    day: int | None = None
    """A day of the month."""

    @property
    def is_day(self) -> bool:
        """Tell whether this is the week of some day."""
        return self.unit is _Unit.DAY

    @property
    def is_month_name(self) -> bool:
        """Tell whether this is a month without a year, which could be a person's name."""
        return self.unit is _Unit.MONTH and bool(self.month) and not (self.year or self.back)

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
        elif self.unit is _Unit.DAY:
            first = _week_of(self._calendar_day(_day(now_ms)))
            end = first + WEEK_MS
        elif self.unit is _Unit.WEEK:
            end = this_week + WEEK_MS - self.back * WEEK_MS
            first = end - self.count * WEEK_MS
        else:
            first, end = self._calendar(_day(now_ms))
        start, stop = np.searchsorted(starts_ms, [first, end])
        return Weeks(slice(int(start), int(stop)), first, end, running=first <= this_week < end)

    def start_ms(self, now_ms: int) -> int:
        """Return the first moment of the period: of a day its own, not that of its week.

        Of all weeks it is 0.
        """
        if self.unit is _Unit.ALL:
            return 0
        if self.unit is _Unit.DAY:
            midnight = self._calendar_day(_day(now_ms))
            return (midnight - date(1970, 1, 1)).days * DAY_MS
        return self.weeks(np.zeros(0, np.int64), now_ms).first_ms

    def _calendar_day(self, today: date) -> date:
        if self.month is None:
            return today - timedelta(days=self.back)
        day = CalendarWords(self.month, self.day, self.year).latest_day(today)
        if day is None:  # parse_period has seen to that
            raise InvalidInputError(f"There is no {self.text}.")
        return day

    def _calendar(self, today: date) -> tuple[int, int]:
        """Return the bounds of a month or year, in milliseconds UTC."""
        year = today.year if self.year is None else self.year
        if self.unit is _Unit.YEAR:
            year -= self.back
            return _week_of(date(year, 1, 1)), _week_of(date(year + 1, 1, 1))
        if self.year is None and self.month is not None:
            year -= self.month > today.month or (self.back > 0 and self.month == today.month)
            index = year * 12 + self.month - 1
        else:
            index = year * 12 + (self.month or today.month) - 1 - self.back
        return (
            _week_of(date(index // 12, index % 12 + 1, 1)),
            _week_of(date((index + 1) // 12, (index + 1) % 12 + 1, 1)),
        )


ALL: Final = Period("all", _Unit.ALL)

_FORMS: Final = (
    "all, week, last week, last 8 weeks, last month, september, 2026-10, year, today, 30 Sep"
)
_DAYS_AGO: Final = {"today": 0, "yesterday": 1}
_LAST_DAY: Final = date(_LAST_YEAR, 12, 31)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_WHICH_MONTH = re.compile(r"(?:(?P<back>last|past|previous)|this) (?P<month>\D+)", re.ASCII)
_PREPOSITION = re.compile(r"\A(?:in|on|during|for) (?=.)")
_AGO = re.compile(
    r"(?:(?P<count>\d{1,4})|an?|one) (?P<unit>day|week|month|year)s? ago", re.ASCII
)
_MOST_AGO: Final = {"day": 9999, "week": _MOST_WEEKS, "month": 240, "year": 20}
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
    normal = _PREPOSITION.sub("", " ".join(text.casefold().split()).rstrip("?!.,"))
    if ago := _AGO.fullmatch(normal):
        return _period_ago(ago, text)
    if relative := _RELATIVE.fullmatch(normal):
        return _relative_period(relative, text)
    period = _word_period(normal) or _calendar_period(normal)
    if period is not None:
        return period
    raise InvalidInputError(f"“{text:.40}” is not a period; try one of: {_FORMS}.")


def is_period(text: str) -> bool:
    """Tell whether `parse_period` accepts the text."""
    try:
        parse_period(text)
    except InvalidInputError:
        return False
    return True


def _word_period(normal: str) -> Period | None:
    if normal in {"all", "all time", "ever", "total"}:
        return ALL
    if normal in _DAYS_AGO:
        return Period(normal, _Unit.DAY, back=_DAYS_AGO[normal])
    if (which := _WHICH_MONTH.fullmatch(normal)) and is_month_name(which["month"]):
        month = parse_period(which["month"])
        return replace(month, text=f"last {month.text}", back=1) if which["back"] else month
    return None


def _calendar_period(normal: str) -> Period | None:
    """Return the period of a year or a month, or the week of a day that there is."""
    if _YEAR.fullmatch(normal):
        return Period(normal, _Unit.YEAR, year=_checked_year(int(normal)))
    words = parse_calendar_words(normal)
    if words is None:
        return None
    year = None if words.year is None else _checked_year(words.year)
    if words.day is not None:
        # Of a day without a year it is only asked whether any year has it.
        if words.latest_day(_LAST_DAY) is None:
            return None
        return Period(words.text, _Unit.DAY, year=year, month=words.month, day=words.day)
    if not 1 <= words.month <= 12:
        raise InvalidInputError(f"{normal} is not a month: months run from 01 to 12.")
    text = f"{year}-{words.month:02}" if year else normal.rstrip(".").capitalize()
    return Period(text, _Unit.MONTH, year=year, month=words.month)


def _checked_year(year: int) -> int:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise InvalidInputError(
            f"{year} is out of range: a year is from {_FIRST_YEAR} to {_LAST_YEAR}."
        )
    return year


def _period_ago(match: re.Match[str], text: str) -> Period:
    unit, count = match["unit"], int(match["count"] or 1)
    if count > _MOST_AGO[unit]:
        raise InvalidInputError(f"“{text:.40}”: ask for at most {_MOST_AGO[unit]} {unit}s ago.")
    return Period(f"{count} {unit}{'' if count == 1 else 's'} ago", _Unit(unit), back=count)


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


def _week_of(day: date) -> int:
    """Return the start of the week that a day is in: the first that ends on or after it."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    days = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(days=1)
    return week_start(days * DAY_MS)


def _day(at_ms: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).date()

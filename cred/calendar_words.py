"""Days and months as people write them: "30 Sep", "Sep 30, 2026", "2026-09-30", "september".

What is written without a year is the latest that has begun: "30 Sep" on 1 October is yesterday.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

_MONTH: Final = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR: Final = r"(?:,? (?P<year>\d{4}))?"
_FORMS: Final = tuple(
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        rf"{_DAY}(?: of)? {_MONTH}{_YEAR}",
        rf"{_MONTH} {_DAY}{_YEAR}",
        rf"{_MONTH}{_YEAR}",
        rf"(?P<year>\d{{4}}) {_MONTH}",
        r"(?P<year>\d{4})[-/](?P<month>\d{1,2})(?:[-/](?P<day>\d{1,2}))?",
    )
)
_FIGURES: Final = re.compile(
    r"\d{1,4}[-./]\d{1,2}(?:[-./]\d{1,4})?|\d{4}-?w\d{1,2}", re.ASCII | re.IGNORECASE
)
"""Other ways to write days and weeks, which mean other days elsewhere."""
_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_LEAP_CYCLE: Final = 8
"""Years in which every day of the calendar comes at least once."""
MOST_WORDS: Final = 4
"""Words of the longest form: "30th of September 2026"."""


@dataclass(frozen=True, slots=True)
class CalendarWords:
    """A month, or a day of it, as somebody wrote it. It may not exist: 30 February."""

    month: int
    day: int | None = None
    year: int | None = None

    @property
    def text(self) -> str:
        """The words in one form, with an English month: "30 Sep 2026"."""
        parts = (self.day, _MONTHS[self.month - 1].capitalize(), self.year)
        return " ".join(str(part) for part in parts if part is not None)

    def latest_day(self, today: date) -> date | None:
        """Return the day; without a year the latest up to today; None if there is none.

        A month stands for its first day.
        """
        last = today.year if self.year is None else self.year
        first = today.year - _LEAP_CYCLE if self.year is None else self.year
        for year in range(last, first - 1, -1):
            try:
                found = date(year, self.month, 1 if self.day is None else self.day)
            except ValueError:
                continue
            if self.year is not None or found <= today:
                return found
        return None


def parse_calendar_words(text: str) -> CalendarWords | None:
    """Return the month or day that a text names; None if it names none.

    >>> parse_calendar_words("Sep 30, 2026")
    CalendarWords(month=9, day=30, year=2026)
    >>> parse_calendar_words("30th of september"), parse_calendar_words("2026-09")
    (CalendarWords(month=9, day=30, year=None), CalendarWords(month=9, day=None, year=2026))
    """
    normal = " ".join(text.split())
    match = next((found for form in _FORMS if (found := form.fullmatch(normal))), None)
    if match is None:
        return None
    groups = match.groupdict()
    month, day, year = groups["month"], groups.get("day"), groups.get("year")
    return CalendarWords(
        int(month) if month.isdigit() else _MONTHS.index(month[:3].casefold()) + 1,
        None if day is None else int(day),
        None if year is None else int(year),
    )


def resembles_calendar_words(text: str) -> bool:
    """Tell whether a text must be meant as a day or a month, even if there is no such day.

    >>> resembles_calendar_words("30.9.2026"), resembles_calendar_words("30 sep")
    (True, True)
    """
    words = parse_calendar_words(text)
    return words is not None or _FIGURES.fullmatch(text) is not None


def is_month_name(text: str) -> bool:
    """Tell whether a text is the name of a month and nothing else.

    >>> is_month_name("Sept"), is_month_name("sep 2026")
    (True, False)
    """
    words = parse_calendar_words(text)
    return words is not None and words.day is None and words.year is None

"""Parses the dates of SourceCred's configuration as JavaScript does.

An ISO date without a time (2018-02-01) is in UTC. Any other text that names no zone (2/1/2018,
Aug 4 2021, 2018-02-01T00:00) is in the time zone of the machine that SourceCred ran on (SPEC
§5, §17 no. 9).

The standard leaves what is not ISO to each engine. SourceCred ran on Node.js, whose rules are
those of V8 (the comment at the head of its `src/date/dateparser-inl.h`): numbers are taken in
turn, for the time where a colon says so and otherwise for the date; a month may be a word;
words before the first number and what is in brackets count for nothing.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

_ISO: Final = re.compile(
    r"(?P<year>[0-9]{4}|\+[0-9]{6})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2}))?)?"
    r"(?P<time>T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(:(?P<second>[0-9]{2})(\.(?P<fraction>[0-9]+))?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_TOKEN: Final = re.compile(r"[0-9]+|[A-Za-z]+|\([^)]*\)?|\s+|.", re.DOTALL)
_MONTHS: Final = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905 - easier to read
_HALVES: Final = {"am": 0, "pm": 12}
_ZONES: Final = {
    **dict.fromkeys(("z", "ut", "utc", "gmt"), 0),
    "edt": -4,
    **dict.fromkeys(("est", "cdt"), -5),
    **dict.fromkeys(("cst", "mdt"), -6),
    **dict.fromkeys(("mst", "pdt"), -7),
    "pst": -8,
}
_HOUR, _MINUTE, _MILLISECOND, _LAST_DAY = 23, 59, 999, 31
_NOON: Final = 12
_CENTURIES: Final = ((49, 2000), (99, 1900))
"""What is added to a year of up to so many."""
_PHRASE: Final = "a date such as 2018-02-01T00:00:00.000Z, 2018-02-01 or 2/1/2018"


def parse_date(text: str, zone: tzinfo) -> tuple[int, bool]:
    """Return a date in milliseconds since 1970 UTC, and whether it depended on the time zone.

    >>> parse_date("2/1/2018", UTC)
    (1517443200000, True)
    >>> parse_date("2018-02-01", UTC)
    (1517443200000, False)

    Raises
    ------
    ValueError
        If JavaScript cannot read it, or it is not within the years 1 to 9999; the message
        completes "must be".
    """
    match = _ISO.fullmatch(text)
    try:
        moment, offset = _iso_date(match) if match else _LooseDate(_TOKEN.findall(text)).read()
        if offset is None:
            return _since_epoch(moment.replace(tzinfo=zone)), True
        return _since_epoch(moment.replace(tzinfo=UTC)) - offset // _MS, False
    except (ValueError, OverflowError):
        raise ValueError(_PHRASE) from None


def _iso_date(match: re.Match[str]) -> tuple[datetime, timedelta | None]:
    """Return a date as it is written, and the distance of its time zone from UTC, if any."""
    moment = _calendar_time(
        [int(match[part] or 1) for part in ("year", "month", "day")],
        [
            *(int(match[part] or 0) for part in ("hour", "minute", "second")),
            _milliseconds(match["fraction"] or "0"),
        ],
    )
    zone = match["zone"]
    if match["time"] is None or zone == "Z":
        return moment, timedelta()
    if zone is None:
        return moment, None
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return moment, -offset if zone[0] == "-" else offset


def _since_epoch(moment: datetime) -> int:
    return (moment - _EPOCH) // _MS


def _calendar_time(date: Sequence[int], times: Sequence[int]) -> datetime:
    """Return a moment; the days after a month's last count on into the next month.

    Parameters
    ----------
    date
        Year, month and day.
    times
        Hour, minute, second and millisecond. The hour may be 24 if the rest is 0.

    Raises
    ------
    ValueError
        If a part is out of its range.
    """
    year, month, day = date
    hour, minute, second, millisecond = times
    latest = (_HOUR, _MINUTE, _MINUTE, _MILLISECOND)
    is_time = all(part <= last for part, last in zip(times, latest, strict=True))
    if not (1 <= day <= _LAST_DAY and (is_time or [*times] == [_HOUR + 1, 0, 0, 0])):
        raise ValueError(date, times)
    return datetime(year, month, 1) + timedelta(  # noqa: DTZ001 - the caller knows the zone
        days=day - 1, hours=hour, minutes=minute, seconds=second, milliseconds=millisecond
    )


def _milliseconds(fraction: str) -> int:
    return int(fraction.ljust(3, "0")[:3])


class _LooseDate:
    """A date, while its parts are collected from the words and numbers of a text."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = [*tokens, ""]
        self._at = 0
        self._has_number = False
        self._dates: list[int] = []
        """Numbers of the date, in the order in which they stand."""
        self._month: int | None = None
        self._times: list[int] = []
        """Hour, minute, second, millisecond: those read so far."""
        self._half: int | None = None
        """Hours that AM or PM adds."""
        self._offset: list[int] = []
        """Distance of the time zone from UTC: sign, hours, minutes; [] if none is named."""

    def read(self) -> tuple[datetime, timedelta | None]:
        """Return what `_iso_date` does."""
        while piece := self._next():
            if not piece.isascii():
                continue
            if piece.isdigit():
                self._read_number(int(piece))
                self._has_number = True
            elif piece.isalpha():
                self._read_word(piece.lower())
            elif piece in "+-" and (self._times or self._offset[1:] == [0, 0]):
                self._read_offset(-1 if piece == "-" else 1)
            elif piece in "+-)" and self._has_number:
                raise ValueError(piece)
        return _calendar_time(self._date(), self._time()), self._distance()

    @property
    def _peek(self) -> str:
        return self._tokens[self._at]

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip(self, symbol: str) -> bool:
        is_there = self._peek == symbol
        self._at += is_there
        return is_there

    def _expects_time(self, number: int) -> bool:
        """Return whether a number goes on a time of which something was read."""
        last = {1: _MINUTE, 2: _MINUTE, 3: _MILLISECOND}.get(len(self._times), -1)
        return number <= last

    def _read_number(self, number: int) -> None:
        if self._skip(":"):
            self._times.append(number)
            if self._skip(":"):
                self._times.append(0)
            else:
                self._skip(".")
        elif self._skip(".") and self._expects_time(number):
            self._times += [number, _milliseconds(self._next())]
            self._end_time()
        elif len(self._offset) == 2 and number <= _MINUTE:
            self._offset.append(number)
        elif self._expects_time(number):
            self._times.append(number)
            self._end_time()
            if (
                self._peek
                and not self._peek.isspace()
                and self._peek not in ("+", "-", "Z", "z")
            ):
                raise ValueError(self._peek)
        else:
            self._dates.append(number)
            self._skip("-")

    def _end_time(self) -> None:
        self._times += [0] * (4 - len(self._times))

    def _read_word(self, word: str) -> None:
        if word in _HALVES and self._times:
            self._half = _HALVES[word]
        elif word[:3] in _MONTHS:
            self._month = _MONTHS.index(word[:3]) + 1
            self._skip("-")
        elif word in _ZONES and self._has_number:
            hours = _ZONES[word]
            self._offset = [-1 if hours < 0 else 1, abs(hours), 0]
        elif self._has_number or self._peek.isdigit():
            raise ValueError(word)

    def _read_offset(self, sign: int) -> None:
        digits = self._next() if self._peek.isdigit() else ""
        self._has_number = True
        if self._peek == ":":
            self._offset = [sign, int(digits or 0)]
        elif 0 < len(digits) <= 4:
            hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
            self._offset = [sign, int(hours), int(minutes)]
        else:
            raise ValueError(digits)

    def _distance(self) -> timedelta | None:
        if not self._offset:
            return None
        sign, hours, minutes = (*self._offset, 0)[:3]
        return sign * timedelta(hours=hours, minutes=minutes)

    def _date(self) -> list[int]:
        """Return year, month and day, by which numbers can be which."""
        if not 1 <= len(self._dates) <= 3:
            raise ValueError(self._dates)
        first, second, third = [*self._dates, 1, 1][:3]
        if self._month is not None:
            year, day = (second, first) if 1 <= first <= _LAST_DAY else (first, second)
            return [_full_year(year), self._month, day]
        if 1 <= first <= _LAST_DAY:
            return [_full_year(third), first, second]
        return [_full_year(first), second, third]

    def _time(self) -> list[int]:
        hour, *rest = [*self._times, 0, 0, 0, 0][: max(4, len(self._times))]
        if self._half is not None:
            if hour > _NOON:
                raise ValueError(hour)
            hour = hour % _NOON + self._half
        return [hour, *rest]


def _full_year(year: int) -> int:
    return year + next((added for last, added in _CENTURIES if year <= last), 0)

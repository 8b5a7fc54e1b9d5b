"""Figures, times and trends in words, the same in every reply."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

_LEAST_SHOWN: Final = 0.05
"""Less than this would round to 0.0. It is shown as "<0.1", because it is more than nothing."""
_BARS: Final = "▁▂▃▄▅▆▇█"


def amount(value: float) -> str:
    """Return cred with one decimal.

    >>> amount(1234.56), amount(0.01), amount(0.0)
    ('1,234.6', '<0.1', '0')
    """
    if value == 0:
        return "0"
    return "<0.1" if 0 < value < _LEAST_SHOWN else f"{value:,.1f}"


def percent(share: float) -> str:
    """Return a share of 1 as per cent with one decimal.

    >>> percent(0.1234), percent(0.0001), percent(1.0)
    ('12.3 %', '<0.1 %', '100 %')
    """
    if share in {0, 1}:
        return f"{share * 100:.0f} %"
    return f"{amount(share * 100)} %"


def ordinal(number: int) -> str:
    """Return a rank in words.

    >>> ordinal(1), ordinal(12), ordinal(23)
    ('1st', '12th', '23rd')
    """
    teen = 10 <= number % 100 <= 20
    return f"{number:,}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def pluralize(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun in the singular or plural.

    >>> pluralize(1, "week"), pluralize(2, "person", "people")
    ('1 week', '2 people')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def day(at_ms: int, *, year: bool = False) -> str:
    """Return the day of a moment, in UTC.

    >>> day(1_700_000_000_000), day(1_700_000_000_000, year=True)
    ('14 Nov', '14 Nov 2023')
    """
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{at.day} {at:%b %Y}" if year else f"{at.day} {at:%b}"


def moment(at_ms: int) -> str:
    """Return a moment in UTC, to the minute.

    >>> moment(1_700_000_000_000)
    '14 Nov 2023, 22:13 UTC'
    """
    return f"{day(at_ms, year=True)}, {datetime.fromtimestamp(at_ms / 1000, UTC):%H:%M} UTC"


def date_range(first_ms: int, end_ms: int) -> str:
    """Return the days from one moment up to another, which is excluded.

    >>> date_range(1_699_747_200_000, 1_700_352_000_000)
    '12–18 Nov 2023'
    """
    first = datetime.fromtimestamp(first_ms / 1000, UTC)
    last = datetime.fromtimestamp((end_ms - 1) / 1000, UTC)
    tail = day(end_ms - 1, year=True)
    if first.date() == last.date():
        return tail
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{tail}"
    return f"{day(first_ms, year=first.year != last.year)} – {tail}"


def duration(seconds: float) -> str:
    """Return a duration, rounded to one unit.

    >>> duration(0.4), duration(200), duration(90_000)
    ('0.4 s', '3 min', '25 h')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = seconds / 60
    if minutes < 120:
        return f"{minutes:.0f} min"
    hours = minutes / 60
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"


def file_size(octets: int) -> str:
    """Return the size of a file.

    >>> file_size(1_500), file_size(12_345_678)
    ('2 kB', '12.3 MB')
    """
    if octets < 1_000_000:
        return f"{octets / 1000:.0f} kB"
    return f"{octets / 1e6:,.1f} MB"


def sparkline(values: Sequence[float]) -> str:
    """Return a bar for each value: the tallest for the largest, the lowest for 0 only.

    >>> sparkline([0, 0.001, 2, 4])
    '▁▂▅█'
    """
    top = max(values, default=0)
    if top <= 0:
        return _BARS[0] * len(values)
    return "".join(
        _BARS[1 + round(value / top * 6)] if value > 0 else _BARS[0] for value in values
    )


def trend(before: float, after: float) -> str:
    """Return how a sum compares with the one before it.

    >>> trend(10, 13), trend(10, 10.04), trend(0, 5), trend(0, 0)
    ('▲ 30 %', '± 0 %', '▲ new', '–')
    """
    if before <= 0:
        return "▲ new" if after > 0 else "–"
    change = (after - before) / before * 100
    if abs(change) < 0.5:
        return "± 0 %"
    return f"{'▲' if change > 0 else '▼'} {abs(change):,.0f} %"

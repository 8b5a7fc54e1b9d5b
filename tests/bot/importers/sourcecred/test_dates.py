"""Dates are read as Node.js reads them; what each text gives was asked of Node.js 20."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.importers.sourcecred.dates import parse_date

PACIFIC = ZoneInfo("America/Los_Angeles")


def moment(text: str, *, zone: ZoneInfo = PACIFIC) -> str:
    """Return the moment that a text is read as, in UTC."""
    at_ms, _ = parse_date(text, zone)
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")[:23]


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("2018-02-01", 1_517_443_200_000),
        ("2018-02", 1_517_443_200_000),
        ("2018", 1_514_764_800_000),
        ("2018-02-01T00:00:00.000Z", 1_517_443_200_000),
        ("2018-02-01T00:00:00.000999Z", 1_517_443_200_000),
        ("2018-02-01T01:00+01:00", 1_517_443_200_000),
        ("2018-02-01T01:00+0100", 1_517_443_200_000),
        ("2021-02-31", 1_614_729_600_000),  # the third of March
        ("Thu, 01 Feb 2018 00:00:00 GMT", 1_517_443_200_000),
        ("Thu Feb 01 2018 01:00:00 GMT+0100 (CET)", 1_517_443_200_000),
        ("Jan 31 2018 16:00 PST", 1_517_443_200_000),
    ],
)
def test_what_names_its_zone_or_is_an_iso_day_is_the_same_everywhere(
    text: str, at_ms: int
) -> None:
    for zone in (UTC, PACIFIC, ZoneInfo("Asia/Tokyo")):
        assert parse_date(text, zone) == (at_ms, False)


@pytest.mark.parametrize(
    "text",
    [
        "2021/8/4",
        "2021/08/04",
        "2021-8-4",
        "2021.8.4",
        "8/4/2021",
        "8-4-21",
        "Aug 4 2021",
        "Aug 4, 2021",
        "August 4 2021",
        "4 Aug 2021",
        "4-Aug-2021",
        "2021 Aug 4",
        "Wed Aug 04 2021",
        "Wednesday, August 4, 2021",
        "2021-08-04 00:00",
        "2021-08-04T00:00",
        "8/4/2021, 12:00:00 AM",
        " 2021-08-04 ",
        "aug 4 2021 (a Wednesday)",
    ],
)
def test_any_other_is_in_the_zone_of_the_machine_that_sourcecred_ran_on(text: str) -> None:
    assert moment(text) == "2021-08-04T07:00:00.000"
    assert moment(text, zone=ZoneInfo("Asia/Tokyo")) == "2021-08-03T15:00:00.000"
    assert parse_date(text, PACIFIC)[1]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2/1/2018", "2018-02-01T08:00:00.000"),
        ("12/31/99 1:02 pm", "1999-12-31T21:02:00.000"),
        ("2018/2/1 10:20:30.5", "2018-02-01T18:20:30.500"),
        ("2/31/2021", "2021-03-03T08:00:00.000"),
        ("Feb 2018", "2018-02-01T08:00:00.000"),
        ("2018-02-01T24:00", "2018-02-02T08:00:00.000"),
        ("11/7/2021 1:30", "2021-11-07T08:30:00.000"),  # the first of two
        ("3/14/2021 2:30", "2021-03-14T10:30:00.000"),  # a time that no clock showed
    ],
)
def test_times_short_years_and_days_beyond_the_month_are_read_too(text: str, utc: str) -> None:
    assert moment(text) == utc


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2018-13-01",
        "31/12/2018",
        "20180201",
        "4th of August 2021",
        "2021-08-04T10",
        "2021-08-04T25:00Z",
        "Aug 4 2021 13:00 pm",
        "8/4/2021 10:00x",
        "٢٠٢١/٨/٤",
        "1/1/99999",
    ],
)
def test_what_javascript_cannot_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a date such as"):
        parse_date(text, UTC)

"""Parses the dates of SourceCred's configuration as JavaScript does.

An ISO date without a time (2018-02-01) is in UTC. Any other date that names no zone (2/1/2018,
2018-02-01T00:00) is in the time zone of the machine that SourceCred ran on (SPEC §5, §17
no. 9).
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

_ISO: Final = re.compile(
    r"\d{4}-\d\d(-\d\d)?(?P<time>T\d\d:\d\d(:\d\d(\.\d+)?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?"
)
_MONTH_ONLY: Final = len("2018-02")
_LOCAL: Final = ("%m/%d/%Y", "%m/%d/%Y %H:%M", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def parse_date(text: str, zone: tzinfo) -> tuple[int, bool]:
    """Return a date in milliseconds since 1970 UTC, and whether it depended on the time zone.

    >>> parse_date("2/1/2018", UTC)
    (1517443200000, True)
    >>> parse_date("2018-02-01", UTC)
    (1517443200000, False)

    Raises
    ------
    ValueError
        If the text is not in a known form; the message completes "must be".
    """
    match = _ISO.fullmatch(text)
    if match is None:
        return _since_epoch(_parse_local(text).replace(tzinfo=zone)), True
    try:
        moment = datetime.fromisoformat(text + "-01" if len(text) == _MONTH_ONLY else text)
    except ValueError:
        raise ValueError(_PHRASE) from None
    local = match["time"] is not None and match["zone"] is None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone if local else UTC)
    return _since_epoch(moment), local


def _parse_local(text: str) -> datetime:
    for form in _LOCAL:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the caller knows the zone
        except ValueError:
            continue
    raise ValueError(_PHRASE)


def _since_epoch(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


_PHRASE: Final = "a date such as 2018-02-01T00:00:00.000Z, 2018-02-01 or 2/1/2018"

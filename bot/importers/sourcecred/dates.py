"""Dates as SourceCred's configuration has them, read as JavaScript reads them.

A date alone in ISO form (2018-02-01) is meant in UTC, any other without a zone (2/1/2018,
2018-02-01T00:00) in the time zone of the machine that SourceCred ran on (SPEC §5, §17 no. 9).
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


def moment_ms(text: str, zone: tzinfo) -> tuple[int, bool]:
    """Return a moment, and whether the time zone decided it.

    >>> moment_ms("2/1/2018", UTC)
    (1517443200000, True)
    >>> moment_ms("2018-02-01", UTC)
    (1517443200000, False)

    Raises
    ------
    ValueError
        If it is no date in a form that is known; the message goes on from "must be".
    """
    found = _ISO.fullmatch(text)
    if found is None:
        return _since_epoch(_typed(text).replace(tzinfo=zone)), True
    try:
        moment = datetime.fromisoformat(text + "-01" if len(text) == _MONTH_ONLY else text)
    except ValueError:
        raise ValueError(_PHRASE) from None
    local = found["time"] is not None and found["zone"] is None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone if local else UTC)
    return _since_epoch(moment), local


def _typed(text: str) -> datetime:
    for form in _LOCAL:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the caller knows the zone
        except ValueError:
            continue
    raise ValueError(_PHRASE)


def _since_epoch(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


_PHRASE: Final = "a date such as 2018-02-01T00:00:00.000Z, 2018-02-01 or 2/1/2018"

"""When the sample takes place, in milliseconds since 1970 UTC."""

from typing import Final

START_MS: Final = 1_783_814_400_000
"""Sunday 12 July 2026, 00:00 UTC."""
WEEKS: Final = 16
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
WEEK = 7 * DAY


def end_ms(weeks: int = WEEKS) -> int:
    """Return the end of the sample, a Friday evening; it is the demo's "now"."""
    return START_MS + weeks * WEEK - DAY - 6 * HOUR

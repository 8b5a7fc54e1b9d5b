"""Ids in Discord's format: milliseconds since 2015 in the upper bits."""

from typing import Final

DISCORD_EPOCH_MS: Final = 1_420_070_400_000


def snowflake(at_ms: int, number: int) -> int:
    """Return an id made at `at_ms`; `number` distinguishes ids of the same time.

    >>> snowflake(1_462_015_105_796, 7)
    175928847298985991
    """
    return ((at_ms - DISCORD_EPOCH_MS) << 22) | (number & 0x3FFFFF)

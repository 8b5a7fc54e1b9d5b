"""Gaps of topics in which the forum counts likes, and does not name all who gave them.

The plugin Reactions names some 26 users of each reaction; other plugins name nobody.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from bot.sources.discourse.subjects import NAME, topic_place
from bot.sources.port import Inlet
from storage.log.batch import Batch, Gap

UNNAMED: Final = "the forum does not name everybody whose like it counts"
"""Reason of a gap."""


@dataclass(slots=True)
class LikeGaps:
    """The gaps that are open, one for each such topic."""

    inlet: Inlet
    _places: set[str] = field(default_factory=set)

    async def load(self) -> None:
        """Start from what the log knows."""
        self._places = {
            place for place in (await self._list_open()).values() if place is not None
        }

    def open_gap(self, batch: Batch, topic: int, seen_ms: int) -> Batch:
        """Return a batch that opens the gap of a topic as well."""
        place = topic_place(topic)
        self._places.add(place)
        return replace(batch, gaps=(*batch.gaps, Gap(NAME, place, seen_ms, None, UNNAMED)))

    async def close_gap(self, batch: Batch, topic: int, seen_ms: int) -> Batch:
        """Return a batch that closes the gap of a topic as well, if it has one."""
        place = topic_place(topic)
        if place not in self._places:
            return batch
        self._places.remove(place)
        numbers = [
            number for number, open_ in (await self._list_open()).items() if open_ == place
        ]
        closed = {**batch.closed_gaps, **dict.fromkeys(numbers, seen_ms)}
        return replace(batch, closed_gaps=closed)

    async def _list_open(self) -> dict[int, str | None]:
        """Return the open gaps: number → place."""
        return {
            recorded.number: recorded.gap.place
            for recorded in await self.inlet.open_gaps()
            if recorded.gap.reason == UNNAMED
        }

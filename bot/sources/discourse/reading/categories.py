"""A forum's categories, and which of them are private."""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from bot.sources.discourse import parse
from bot.sources.discourse.api import records
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.records import Category
from bot.sources.discourse.parse import Observation
from bot.sources.discourse.reading.validation import Validator
from bot.sources.discourse.subjects import NAME, category_place
from bot.sources.port import Inlet
from storage.log.batch import Gap

PRIVATE: Final = "the category is private"
"""Reason of a gap."""

_NESTING: Final = 3
"""Levels of categories that Discourse can have."""
_TOPIC_URL: Final = re.compile(r".*/t/(?:[^/]+/)?([0-9]{1,15})")


@dataclass(slots=True)
class Categories:
    """The categories of a forum, as they were last read.

    Attributes
    ----------
    private
        Categories that not everybody may read: their topics are left out.
    definition_topics
        Topics that tell what a category is for. Lists of topics may leave them out.
    """

    client: ForumClient
    inlet: Inlet
    validator: Validator
    private: frozenset[int] = frozenset()
    definition_topics: frozenset[int] = frozenset()
    _by_id: dict[int, Category] = field(default_factory=dict)

    def __contains__(self, category: object) -> bool:
        return category in self._by_id

    async def read(self, observation: Observation) -> None:
        """Read all categories; record what changed, and a gap for each that is private."""
        payloads = await self.client.categories()
        categories = self.validator.parse_each(payloads, records.parse_category, "category")
        urls = (payload.get("topic_url") for payload in payloads if isinstance(payload, dict))
        matches = (_TOPIC_URL.fullmatch(url) for url in urls if isinstance(url, str))
        self.definition_topics = frozenset(int(match[1]) for match in matches if match)
        if categories == list(self._by_id.values()):
            return  # all of it is recorded
        self._by_id = {category.id: category for category in categories}
        self.private = _private(categories)
        batch = parse.merge_batches(
            parse.category_batch(category, observation)
            for category in categories
            if category.id not in self.private
        )
        gaps = {
            recorded.gap.place: recorded.number
            for recorded in await self.inlet.open_gaps()
            if recorded.gap.reason == PRIVATE
        }
        private_places = {category_place(number) for number in self.private}
        new = [
            Gap(NAME, place, observation.seen_ms, None, PRIVATE)
            for place in sorted(private_places - gaps.keys())
        ]
        closed = {
            number: observation.seen_ms
            for place, number in gaps.items()
            if place is not None and place not in private_places
        }
        await self.inlet.record(replace(batch, gaps=tuple(new), closed_gaps=closed))


def _private(categories: list[Category]) -> frozenset[int]:
    """Return the categories that are private, and those inside them."""
    private = {category.id for category in categories if category.is_restricted}
    for _ in range(_NESTING):
        private |= {category.id for category in categories if category.parent in private}
    return frozenset(private)

"""A forum's categories, and which of them are private."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.sources.discourse import parse
from bot.sources.discourse.api import records
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.records import Category
from bot.sources.discourse.api.transport import AccessDeniedError, NotFoundError
from bot.sources.discourse.parse import Observation
from bot.sources.discourse.reading.validation import Validator
from bot.sources.discourse.subjects import NAME, category_place
from bot.sources.port import Inlet
from storage.log.batch import Gap

PRIVATE: Final = "the category is private"
"""Reason of a gap."""

_ASKED_EVERY_MS: Final = 3_600_000
"""How often a category that the forum does not list is asked about: once an hour, because it
may have become private."""
SUSPECT: Final = 3
"""So many categories, all of them malformed, mean that the schema has changed."""
_NESTING: Final = 3
"""Levels of categories that Discourse can have."""
_TOPIC_URL: Final = re.compile(r".*/t/(?:[^/]+/)?([0-9]{1,15})")


@dataclass(slots=True)
class Categories:
    """The categories of a forum, as far as the forum has told of them.

    A forum that loads categories lazily lists some of them only. The others stay as they are
    known, and are asked about one by one; one that nothing is known of is not public.

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
    _asked_ms: dict[int, int] = field(default_factory=dict)
    """When one that is not listed was last asked about."""

    def __contains__(self, category: object) -> bool:
        return category in self._by_id

    def is_public(self, category: int) -> bool:
        """Tell whether the forum said that everybody may read a category."""
        return category in self._by_id and category not in self.private

    def list_public(self) -> list[int]:
        """Return the categories that everybody may read."""
        return sorted(self._by_id.keys() - self.private)

    def topic_count(self, category: int) -> int:
        """Return how many topics the forum counts in a category; 0 where it does not say."""
        return self._by_id[category].topics or 0

    def path(self, category: int) -> list[str]:
        """Return the names of a category in addresses, from the outermost, then its id."""
        parts, around = [str(category)], self._by_id.get(category)
        for _ in range(_NESTING):
            if around is not None:
                parts.insert(0, around.slug or f"{around.id}-category")
                around = None if around.parent is None else self._by_id.get(around.parent)
        return parts

    async def read(self, observation: Observation, *, ask_all: bool = False) -> None:
        """Read the list of categories; record what changed, and a gap for each private one.

        Parameters
        ----------
        ask_all
            Ask about each that is not listed, however lately it was asked about.
        """
        payloads = await self.client.categories()
        listed = self.validator.parse_each(
            payloads, records.parse_category, "category", suspect=SUSPECT
        )
        urls = (payload.get("topic_url") for payload in payloads if isinstance(payload, dict))
        matches = (_TOPIC_URL.fullmatch(url) for url in urls if isinstance(url, str))
        self.definition_topics |= {int(match[1]) for match in matches if match}
        unlisted = self._by_id.keys() - {category.id for category in listed}
        due = [
            number
            for number in sorted(unlisted)
            if ask_all or self._asked_ms.get(number, 0) <= observation.seen_ms - _ASKED_EVERY_MS
        ]
        asked = [await self._ask(number, observation) for number in due]
        await self._learn([*listed, *asked], observation)

    async def ask(self, numbers: Iterable[int], observation: Observation) -> None:
        """Ask about those of some categories that nothing is known of."""
        unknown = sorted(set(numbers) - self._by_id.keys())
        await self._learn(
            [await self._ask(number, observation) for number in unknown], observation
        )

    async def _ask(self, number: int, observation: Observation) -> Category:
        """Return a category as the forum tells it; what it does not show is private."""
        self._asked_ms[number] = observation.seen_ms
        before = self._by_id.get(number) or Category(number, f"category {number}")
        try:
            payload = await self.client.category(number)
            told = records.parse_category(payload)
        except (AccessDeniedError, NotFoundError):
            return replace(before, is_restricted=True)
        except MalformedPayloadError as error:
            self.validator.leave_out("category", error)
            return replace(before, is_restricted=True)
        return told if told.parent is not None else replace(told, parent=before.parent)

    async def _learn(self, told: Sequence[Category], observation: Observation) -> None:
        """Take in categories as they are now."""
        changed = {
            category.id: category
            for category in told
            if self._by_id.get(category.id) != category
        }
        self._by_id |= {category.id: category for category in told}
        if not changed:
            return  # all of it is recorded
        for parent in {category.parent for category in changed.values()} - self._by_id.keys():
            if parent is not None:
                category = await self._ask(parent, observation)
                self._by_id[parent] = changed[parent] = category
        before, self.private = self.private, _private(list(self._by_id.values()))
        batch = parse.merge_batches(
            parse.category_batch(category, observation)
            for category in changed.values()
            if self.is_public(category.id)
        )
        gaps = {
            recorded.gap.place: recorded.number
            for recorded in await self.inlet.open_gaps()
            if recorded.gap.reason == PRIVATE
        }
        new = [
            Gap(NAME, category_place(number), observation.seen_ms, None, PRIVATE)
            for number in sorted(self.private - before)
            if category_place(number) not in gaps
        ]
        public = {category_place(number) for number in self._by_id if self.is_public(number)}
        closed = {
            number: observation.seen_ms for place, number in gaps.items() if place in public
        }
        await self.inlet.record(replace(batch, gaps=tuple(new), closed_gaps=closed))


def _private(categories: list[Category]) -> frozenset[int]:
    """Return the categories that are private, and those inside them."""
    private = {category.id for category in categories if category.is_restricted}
    for _ in range(_NESTING):
        private |= {category.id for category in categories if category.parent in private}
    return frozenset(private)

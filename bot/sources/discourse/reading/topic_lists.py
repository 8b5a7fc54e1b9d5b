"""Which topics a forum has, by the lists that it makes of them."""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.fields import LARGEST, Json
from bot.sources.discourse.api.transport import (
    AccessDeniedError,
    ForumFailureError,
    NotFoundError,
)
from bot.sources.discourse.reading.forum_reader import ForumReader
from bot.sources.discourse.reading.topic_cursor import TopicCursor, topics_with_cursors
from bot.sources.discourse.subjects import NAME, category_place
from cred.facts.events import Provenance
from storage.log.batch import Batch, Gap

_log = logging.getLogger(__name__)

SUSPECT: Final = 3
"""So many entries of a list, all of them malformed, mean that its schema has changed."""

UNLISTED: Final = "some of its topics may be in none of the forum's lists"
"""Reason of a category's gap."""

_FINGERPRINTED: Final = (
    "posts_count",
    "reply_count",
    "highest_post_number",
    "like_count",
    "category_id",
    "last_posted_at",
    "bumped_at",
)
_LARGE: Final = 10_000
"""Posts of a topic of which a list does not say how many it has."""

_UNREADABLE: Final = (
    AccessDeniedError,
    NotFoundError,
    ForumFailureError,
    MalformedPayloadError,
)

_ReadPage = Callable[[int], Awaitable[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class ListedTopic:
    """A topic as a list has it."""

    id: int
    category: int | None
    posts: int
    fingerprint: str
    is_pinned: bool = False
    """It may be at the top of a list, whatever the order of the others."""

    @classmethod
    def parse(cls, payload: object) -> "ListedTopic":
        """Return an entry of a list.

        Raises
        ------
        MalformedPayloadError
            If it is not a topic.
        """
        if not isinstance(payload, dict):
            raise MalformedPayloadError("a topic in a list is an object")
        number, category = payload.get("id"), payload.get("category_id")
        posts = payload.get("posts_count")
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= LARGEST:
            raise MalformedPayloadError(f"a topic in a list cannot have the id {number!r:.40}")
        return cls(
            number,
            category if isinstance(category, int) else None,
            posts if isinstance(posts, int) else _LARGE,
            _fingerprint(payload),
            any(payload.get(name) is True for name in ("pinned", "pinned_globally")),
        )


def _fingerprint(payload: Json) -> str:
    """Return a short digest of what a list says about a topic."""
    values = [payload.get(name) for name in _FINGERPRINTED]
    text = json.dumps([values, payload.get("tags")], sort_keys=True, default=str)
    return hashlib.blake2s(text.encode(), digest_size=9).hexdigest()


class TopicLists:
    """Lists of topics, without those that not everybody may read."""

    def __init__(self, reader: ForumReader) -> None:
        self._reader = reader

    async def list_changed(self, cursors: Mapping[str, str]) -> list[ListedTopic]:
        """Return the topics that changed, from the latest bumped back to one that did not."""
        changed: dict[int, ListedTopic] = {}
        page = 0
        while True:
            found_before = len(changed)
            topics = self._parse(await self._reader.client.topics(page, "activity"))
            public = await self._choose_public(topics)
            new = [
                topic
                for topic in public
                if TopicCursor.of(cursors, topic.id).fingerprint != topic.fingerprint
            ]
            changed |= {topic.id: topic for topic in new}
            has_unchanged = any(topic not in new and not topic.is_pinned for topic in public)
            is_repeated = bool(public) and len(changed) == found_before
            if not topics or has_unchanged or is_repeated:
                return list(changed.values())
            page += 1

    async def list_all(self, cursors: Mapping[str, str]) -> list[ListedTopic]:
        """Return all topics, the youngest first.

        The list of all topics has none of categories that are muted for whoever asks, by their
        own wish or the forum's. The lists of the categories have those.
        """
        reader = self._reader
        topics: dict[int, ListedTopic] = {}
        await self._read_pages(lambda page: reader.client.topics(page, "created"), topics)
        public = {topic.id: topic for topic in await self._choose_public(topics.values())}
        counts = Counter(topic.category for topic in public.values())
        known = {
            number
            for number in topics_with_cursors(cursors)
            if TopicCursor.of(cursors, number).fingerprint != TopicCursor.GONE
        }
        incomplete = set()
        for category in reader.categories.list_public():
            if counts[category] and counts[category] >= reader.categories.topic_count(category):
                continue
            others = dict(topics)
            is_read = await self._read_category(category, others)
            found = [topic for topic in others.values() if topic.category == category]
            public |= {topic.id: topic for topic in found}
            # Polls have met others, and may have met those.
            elsewhere = known - public.keys() - reader.categories.definition_topics
            missing = reader.categories.topic_count(category) - len(found) - len(elsewhere)
            if missing > 0 or not is_read:
                incomplete.add(category_place(category))
        await self._record_gaps(incomplete)
        return sorted(public.values(), key=lambda topic: -topic.id)

    async def _read_category(self, category: int, topics: dict[int, ListedTopic]) -> bool:
        """Add the topics of a category that it lists; return whether it can be read."""
        reader = self._reader
        path = reader.categories.path(category)
        try:
            await self._read_pages(
                lambda page: reader.client.category_topics(path, page), topics
            )
        except _UNREADABLE as error:
            _log.warning("category %d of %s is not listed: %s", category, reader.home, error)
            return False
        return True

    async def _read_pages(self, read_page: _ReadPage, topics: dict[int, ListedTopic]) -> None:
        """Add the topics of a list, up to a page that has nothing new."""
        page = 0
        while listed := self._parse(await read_page(page)):
            found_before = len(topics)
            topics |= {topic.id: topic for topic in listed if topic.id not in topics}
            if len(topics) == found_before:
                break  # some forums repeat their only page
            page += 1

    def _parse(self, payloads: Sequence[Any]) -> list[ListedTopic]:
        return self._reader.validator.parse_each(
            payloads, ListedTopic.parse, "topic in a list", suspect=SUSPECT
        )

    async def _choose_public(self, topics: Collection[ListedTopic]) -> list[ListedTopic]:
        """Return those in public categories. Categories that no list has are asked about."""
        reader, numbers = self._reader, {topic.category for topic in topics} - {None}
        observation = reader.observation(Provenance.BACKFILL)
        await reader.categories.ask((n for n in numbers if n is not None), observation)
        return [
            topic
            for topic in topics
            if topic.category is None or reader.categories.is_public(topic.category)
        ]

    async def _record_gaps(self, places: Collection[str]) -> None:
        """Open a gap for each of some categories, and close those of all others."""
        inlet, now_ms = self._reader.inlet, self._reader.now_ms()
        gaps = {
            recorded.gap.place: recorded.number
            for recorded in await inlet.open_gaps()
            if recorded.gap.reason == UNLISTED
        }
        new = [Gap(NAME, place, now_ms, None, UNLISTED) for place in sorted(places)]
        batch = Batch(
            gaps=tuple(gap for gap in new if gap.place not in gaps),
            closed_gaps={
                number: now_ms for place, number in gaps.items() if place not in places
            },
        )
        if batch.gaps or batch.closed_gaps:
            await inlet.record(batch)

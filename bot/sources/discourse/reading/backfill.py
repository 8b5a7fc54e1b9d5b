"""Reads a forum: what is new since the last look (a poll), and all of it (a sweep).

Topics are listed with how many posts and likes they have; what a list says of a topic is its
*mark*, kept with when the topic was read. A poll reads the topics whose mark changed, from the
latest bumped back to the first that did not. A sweep lists all topics: those with another
mark are read, those that are missing are asked for, and those that were not read for long are
read again, because nothing in a list tells of an edit, or of a like that replaced another.

Both can be broken off anywhere: each topic is recorded together with its cursor.
"""

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.records import LARGEST, Json
from bot.sources.discourse.api.transport import UnexpectedResponseError
from bot.sources.discourse.reading.forum_reader import ForumReader, TopicCursor, topic_cursor
from bot.sources.discourse.subjects import NAME
from cred.facts.events import Provenance
from storage.log.batch import Batch

_log = logging.getLogger(__name__)

LARGE: Final = 200
"""Of a topic with more posts, a poll reads only those not known; a sweep reads it whole."""

WINDOW: Final = 49
MOST_STEPS: Final = 40
"""Requests in which a poll looks for posts; what is older is found by a topic's mark."""

LAST_POST: Final = "posts"
"""Cursor: the last post that a poll has seen."""
SWEPT: Final = "swept"
"""Cursor: when the last sweep that left nothing out ended, in milliseconds UTC."""
PEOPLE: Final = "people"
"""Cursor: when people's trust levels were last asked for one by one."""

ODD_IN_A_ROW: Final = 3
"""So many topics that make no sense, one after the other, mean that the schema has changed."""

_TOPICS: Final = "topic:"
_MARKED: Final = (
    "posts_count",
    "reply_count",
    "highest_post_number",
    "like_count",
    "category_id",
    "last_posted_at",
    "bumped_at",
)


async def _go_on() -> None:
    """Do nothing between two topics."""


@dataclass(frozen=True, slots=True)
class ListedTopic:
    """A topic as a list has it."""

    id: int
    category: int | None
    posts: int
    mark: str

    @classmethod
    def of(cls, said: object) -> "Row":
        """Return a row of a list.

        Raises
        ------
        OddPayloadError
            If it is none.
        """
        if not isinstance(said, dict):
            raise MalformedPayloadError("a topic in a list is an object")
        number, category = said.get("id"), said.get("category_id")
        posts = said.get("posts_count")
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= LARGEST:
            raise MalformedPayloadError(f"a topic in a list cannot have the id {number!r:.40}")
        return cls(
            number,
            category if isinstance(category, int) else None,
            posts if isinstance(posts, int) else LARGE + 1,
            fingerprint(said),
        )


def fingerprint(said: Json) -> str:
    """Return what a list says of a topic, in short: other words, another mark."""
    told = [said.get(name) for name in _MARKED]
    tags = json.dumps([told, said.get("tags")], sort_keys=True, default=str)
    return hashlib.blake2s(tags.encode(), digest_size=9).hexdigest()


@dataclass(slots=True)
class SweepProgress:
    """How far a sweep has come."""

    read: int = 0
    topics: int = 0
    """To be read, in all."""


class Backfill:
    """Polls and sweeps of one forum.

    Parameters
    ----------
    between
        Awaited between two topics, so that what is more urgent can be read.
    progress
        Told after each topic of a sweep.
    """

    def __init__(
        self,
        reader: ForumReader,
        *,
        between: Callable[[], Awaitable[None]] = _go_on,
        progress: Callable[[SweepProgress], None] = lambda _progress: None,
    ) -> None:
        self._reader = reader
        self._between = between
        self._progress = progress
        self._odd_in_a_row = 0

    # ── what is new ───────────────────────────────────────────────────────────────────────────

    async def poll(self) -> None:
        """Read what is new since the last poll: posts, and topics that a list says changed."""
        reader = self._reader
        reader.begin()
        await reader.read_categories(Provenance.BACKFILL)
        cursors = await reader.inlet.cursors()
        last = cursors.get(LAST_POST)
        newest, posted = await self._posted(None if last is None else int(last))
        changed = await self._changed(cursors)
        for row in changed:
            new = posted.pop(row.id, set())
            if row.posts > LARGE:
                await self._topic(cursors, row.id, wanted=new)
            else:
                await self._topic(cursors, row.id, mark=row.mark)
        for topic, posts in sorted(posted.items()):
            await self._topic(cursors, topic, wanted=posts)
        if newest is not None and str(newest) != last:
            cursor = {(NAME, LAST_POST): str(newest)}
            await reader.inlet.record(Batch(cursors=cursor))

    async def _posted(self, last: int | None) -> tuple[int | None, dict[int, set[int]]]:
        """Return the newest post there is, and by topic those posted after `last`."""
        newest, before, steps = last, None, 0
        found: dict[int, set[int]] = {}
        while steps < MOST_STEPS:
            steps += 1
            said = await self._reader.client.posts_before(before)
            page = self._reader.sensible(said, _post_and_topic, "post in a list")
            lowest = min((post for post, _, _ in page), default=None)
            if before is None:
                newest = max((post for post, _, _ in page), default=last)
                if last is None or lowest is None:
                    return newest, {}  # a sweep reads them
            for post, topic, category in page:
                if last is not None and post > last and category not in self._reader.private:
                    found.setdefault(topic, set()).add(post)
            # A page is some 50 numbers, of which none may be there to be seen.
            step_down = 0 if before is None else before - WINDOW
            before = lowest if lowest is not None and lowest != before else step_down
            if before <= (last or 0):
                break
        return newest, found

    async def _changed(self, cursors: Mapping[str, str]) -> list[ListedTopic]:
        """Return the topics with another mark, from the latest bumped back to one without."""
        changed: dict[int, ListedTopic] = {}
        page = 0
        while True:
            before = len(changed)
            rows = await self._rows(page, "activity")
            public = [row for row in rows if row.category not in self._reader.private]
            other = [row for row in public if self._mark(cursors, row) != row.mark]
            changed |= {row.id: row for row in other}
            is_known = len(other) < len(public)
            if not rows or is_known or (public and len(changed) == before):
                return list(changed.values())
            page += 1

    @staticmethod
    def _mark(cursors: Mapping[str, str], row: ListedTopic) -> str:
        return TopicCursor.of(cursors.get(topic_cursor(row.id))).mark

    # ── everything ────────────────────────────────────────────────────────────────────────────

    async def sweep(self, *, again_before_ms: int = 0) -> None:
        """Read all that changed anywhere, and find out what is gone.

        Parameters
        ----------
        again_before_ms
            Topics last read before this are read again, whatever a list says, and their posts'
            likes are asked for; so are people's trust levels.
        """
        reader = self._reader
        await reader.people.load(reader.inlet)
        cursors = await reader.inlet.cursors()
        reader.begin(eager=SWEPT not in cursors)
        reader.numbers.forget()
        await reader.read_categories(Provenance.BACKFILL)
        if LAST_POST not in cursors:
            newest, _ = await self._posted(None)
            cursor = {} if newest is None else {(NAME, LAST_POST): str(newest)}
            await reader.inlet.record(Batch(cursors=cursor))
        rows = await self._all()
        listed = {row.id for row in rows}
        wanted = []
        for row in reversed(rows):  # the oldest first: links lead to what is older
            cursor_of = TopicCursor.of(cursors.get(topic_cursor(row.id)))
            again = 0 < cursor_of.read_ms < again_before_ms
            if again or cursor_of.mark != row.mark:
                wanted.append((row.id, row.mark, again))
        for name in sorted(cursors):
            number = name.removeprefix(_TOPICS)
            if (
                name.startswith(_TOPICS)
                and int(number) not in listed
                and TopicCursor.of(cursors[name]).mark != TopicCursor.GONE
            ):
                wanted.append((int(number), "unlisted", True))
        wanted += [
            (number, "unlisted", False)
            for number in sorted(reader.definitions - listed)
            if topic_cursor(number) not in cursors
        ]
        await self._read(wanted, cursors)
        await self._people(cursors, again_before_ms)
        swept = {(NAME, SWEPT): str(reader.now_ms())}
        await reader.inlet.record(Batch(cursors=swept))

    async def _read(
        self, wanted: Sequence[tuple[int, str, bool]], cursors: Mapping[str, str]
    ) -> None:
        progress = SweepProgress(0, len(wanted))
        for number, mark, sure in wanted:
            self._progress(replace(progress))
            await self._topic(cursors, number, mark=mark, sure=sure)
            progress.read += 1
        self._progress(progress)

    async def _topic(
        self,
        cursors: Mapping[str, str],
        number: int,
        *,
        wanted: Collection[int] | None = None,
        mark: str | None = None,
        sure: bool = False,
    ) -> None:
        """Read a topic; one that makes no sense is left out, several in a row are an error."""
        try:
            await self._reader.read_topic(
                number, Provenance.BACKFILL, wanted=wanted, mark=mark, sure=sure
            )
        except MalformedPayloadError as error:
            if TopicCursor.of(cursors.get(topic_cursor(number))).mark == TopicCursor.ODD:
                return
            self._odd_in_a_row += 1
            if self._odd_in_a_row >= ODD_IN_A_ROW:
                raise UnexpectedResponseError(str(error)) from error
            await self._reader.leave_out(number, error)
        else:
            self._odd_in_a_row = 0
        await self._between()

    async def _people(self, cursors: Mapping[str, str], again_before_ms: int) -> None:
        """Ask for the trust levels of those that no post told of."""
        reader = self._reader
        if int(cursors.get(PEOPLE, "0")) >= again_before_ms:
            return
        for name in reader.people.unseen().values():
            await reader.read_user(name, Provenance.BACKFILL)
            await self._between()
        asked = {(NAME, PEOPLE): str(reader.now_ms())}
        await reader.inlet.record(Batch(cursors=asked))

    async def _all(self) -> list[ListedTopic]:
        """Return all topics that are listed and not private."""
        found: dict[int, ListedTopic] = {}
        page = 0
        while rows := await self._rows(page, "created"):
            before = len(found)
            found |= {row.id: row for row in rows}
            if len(found) == before:
                break  # a forum that has but one page
            page += 1
        return [row for row in found.values() if row.category not in self._reader.private]

    async def _rows(self, page: int, order: str) -> list[ListedTopic]:
        said = await self._reader.client.topics(page, order)
        return self._reader.sensible(said, ListedTopic.of, "topic in a list")


def _post_and_topic(said: Any) -> tuple[int, int, object]:  # noqa: ANN401 - JSON
    if not isinstance(said, dict):
        raise MalformedPayloadError("a post in a list is an object")
    post, topic = said.get("id"), said.get("topic_id")
    if not isinstance(post, int) or not isinstance(topic, int):
        raise MalformedPayloadError("a post in a list has no id, or is in no topic")
    return post, topic, said.get("category_id")

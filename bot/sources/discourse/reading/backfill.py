"""Reads a forum: what is new since the last time (a poll), and all of it (a sweep).

Lists of topics say how many posts and likes each has. A fingerprint of what a list says is kept
in the topic's cursor, with the time at which the topic was read. A poll reads the topics whose
fingerprint changed, from the latest bumped back to the first that did not. A sweep lists all
topics: it reads those whose fingerprint changed, asks for those that are missing, and rereads
those that were not read for long, because nothing in a list shows an edit, or a like that
replaced another.

Both can be interrupted anywhere: each topic is recorded together with its cursor.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from bot.community.history_progress import Progress
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.transport import ForumFailureError, UnexpectedResponseError
from bot.sources.discourse.reading.forum_reader import ForumReader
from bot.sources.discourse.reading.topic_cursor import TopicCursor, topics_with_cursors
from bot.sources.discourse.reading.topic_lists import SUSPECT, ListedTopic, TopicLists
from bot.sources.discourse.subjects import NAME
from cred.facts.events import Provenance
from storage.log.batch import Batch

LARGE_TOPIC: Final = 200
"""Of a topic with more posts, a poll reads only those not known; a sweep reads all of them."""

PAGE_SPAN: Final = 49
"""Numbers of posts that a page of the latest posts covers, of which any may be hidden."""
MAX_PAGES: Final = 40
"""Pages in which a poll looks for posts. Older ones are found by their topic's fingerprint."""

LAST_POST: Final = "posts"
"""Cursor: the last post that a poll has seen."""
SWEPT: Final = "swept"
"""Cursor: when the last sweep that left nothing out ended, in milliseconds UTC."""
USERS_REFRESHED: Final = "people"
"""Cursor: when users' trust levels were last asked for one by one."""

MAX_MALFORMED_IN_A_ROW: Final = 10
"""So many topics that become malformed one after the other mean that the schema has changed.
The next reading passes over those, so that it gets further."""


async def _continue() -> None:
    """Do nothing between two topics."""


@dataclass(slots=True)
class SweepProgress:
    """How far a sweep has come."""

    read: int = 0
    topics: int = 0
    """To be read, in all."""


class _TopicToRead(NamedTuple):
    number: int
    fingerprint: str
    recheck_likes: bool


class Backfill:
    """Polls and sweeps of one forum.

    Parameters
    ----------
    between
        Awaited between two topics, so that what is more urgent can be read.
    progress
        Called before each topic of a sweep, and at its end.
    """

    def __init__(
        self,
        reader: ForumReader,
        *,
        between: Callable[[], Awaitable[None]] = _continue,
        progress: Callable[[SweepProgress], None] = lambda _progress: None,
    ) -> None:
        self._reader = reader
        self._lists = TopicLists(reader)
        self._between = between
        self._progress = progress
        self._malformed_in_a_row = 0
        self.odd: dict[int, str] = {}
        """The topics that were malformed since one was read well, and why."""

    # ── what is new ───────────────────────────────────────────────────────────────────────────

    async def poll(self) -> None:
        """Read what is new since the last poll: posts, and topics that changed in the list."""
        reader = self._reader
        reader.begin()
        self._malformed_in_a_row = 0
        await reader.read_categories(Provenance.BACKFILL)
        cursors = await reader.inlet.cursors()
        last = cursors.get(LAST_POST)
        newest, new_posts = await self._posts_since(None if last is None else int(last))
        for topic in await self._lists.list_changed(cursors):
            posts = new_posts.pop(topic.id, set())
            if topic.posts > LARGE_TOPIC:
                await self._read_topic(cursors, topic.id, wanted=posts)
            else:
                await self._read_topic(cursors, topic.id, fingerprint=topic.fingerprint)
        for number, posts in sorted(new_posts.items()):
            await self._read_topic(cursors, number, wanted=posts)
        if newest is not None and str(newest) != last:
            await self._record_cursor(LAST_POST, newest)

    async def _posts_since(self, last: int | None) -> tuple[int | None, dict[int, set[int]]]:
        """Return the newest post there is, and by topic those posted after `last`."""
        newest, before = last, None
        by_topic: dict[int, set[int]] = {}
        for _ in range(MAX_PAGES):
            payloads = await self._reader.client.posts_before(before)
            page = self._reader.validator.parse_each(
                payloads, _post_and_topic, "post in a list", suspect=SUSPECT
            )
            lowest = min((post for post, _, _ in page), default=None)
            if before is None:
                newest = max((post for post, _, _ in page), default=last)
                if last is None or lowest is None:
                    return newest, {}  # a sweep reads them
            for post, topic, category in page:
                is_private = category in self._reader.categories.private
                if last is not None and post > last and not is_private:
                    by_topic.setdefault(topic, set()).add(post)
            # A page covers some 50 numbers, of which none may be there to be seen.
            step_down = 0 if before is None else before - PAGE_SPAN
            before = lowest if lowest is not None and lowest != before else step_down
            if before <= (last or 0):
                break
        return newest, by_topic

    # ── everything ────────────────────────────────────────────────────────────────────────────

    async def sweep(self, *, reread_before_ms: int = 0) -> None:
        """Read everything that changed, and find out what is gone.

        Parameters
        ----------
        reread_before_ms
            Topics last read before this are read again, whatever a list says, and the likes of
            their posts are asked for; so are users' trust levels.
        """
        reader = self._reader
        await reader.users.load(reader.inlet)
        cursors = await reader.inlet.cursors()
        reader.begin(eager=SWEPT not in cursors)
        self._malformed_in_a_row = 0
        reader.posts.forget()
        await reader.read_categories(Provenance.BACKFILL)
        if LAST_POST not in cursors:
            newest, _ = await self._posts_since(None)
            if newest is not None:
                await self._record_cursor(LAST_POST, newest)
        topics = self._topics_to_read(
            await self._lists.list_all(cursors), cursors, reread_before_ms
        )
        progress = SweepProgress(0, len(topics))
        reader.inlet.begin_reading()
        for topic in topics:
            self._report(progress, is_new=SWEPT not in cursors)
            await self._read_topic(
                cursors,
                topic.number,
                fingerprint=topic.fingerprint,
                recheck_likes=topic.recheck_likes,
            )
            progress.read += 1
        self._report(progress, is_new=SWEPT not in cursors)
        await self._refresh_users(cursors, reread_before_ms)
        await self._record_cursor(SWEPT, reader.now_ms())

    def _report(self, progress: SweepProgress, *, is_new: bool) -> None:
        self._progress(replace(progress))
        forum = self._reader.home.partition("://")[2]
        self._reader.inlet.report(
            Progress(None, forum, progress.read, progress.topics, is_new=is_new)
        )

    def _topics_to_read(
        self,
        listed: Sequence[ListedTopic],
        cursors: Mapping[str, str],
        reread_before_ms: int,
    ) -> list[_TopicToRead]:
        """Return what a sweep reads: topics that changed, or are old, missing or unlisted."""
        topics = []
        for topic in reversed(listed):  # the oldest first: links lead to what is older
            cursor = TopicCursor.of(cursors, topic.id)
            is_old = 0 < cursor.read_ms < reread_before_ms
            if is_old or cursor.fingerprint != topic.fingerprint:
                topics.append(_TopicToRead(topic.id, topic.fingerprint, is_old))
        numbers = {topic.id for topic in listed}
        known = topics_with_cursors(cursors)
        topics += [
            _TopicToRead(number, "unlisted", recheck_likes=True)
            for number in known
            if number not in numbers
            and TopicCursor.of(cursors, number).fingerprint != TopicCursor.GONE
        ]
        definitions = self._reader.categories.definition_topics - numbers - set(known)
        return topics + [
            _TopicToRead(number, "unlisted", recheck_likes=False)
            for number in sorted(definitions)
        ]

    async def _refresh_users(self, cursors: Mapping[str, str], before_ms: int) -> None:
        """Request trust levels not seen in posts since `before_ms`."""
        reader = self._reader
        if int(cursors.get(USERS_REFRESHED, "0")) >= before_ms:
            return
        for name in reader.users.list_unrefreshed().values():
            await reader.read_user(name, Provenance.BACKFILL)
            await self._between()
        await self._record_cursor(USERS_REFRESHED, reader.now_ms())

    # ── both ──────────────────────────────────────────────────────────────────────────────────

    async def _read_topic(
        self,
        cursors: Mapping[str, str],
        number: int,
        *,
        wanted: Collection[int] | None = None,
        fingerprint: str | None = None,
        recheck_likes: bool = False,
    ) -> None:
        """Read a topic. An odd one is left out; many that become odd in a row are an error."""
        try:
            await self._reader.read_topic(
                number,
                Provenance.BACKFILL,
                wanted=wanted,
                fingerprint=fingerprint,
                recheck_likes=recheck_likes,
            )
        except (MalformedPayloadError, ForumFailureError) as error:
            self.odd[number] = str(error)
            if TopicCursor.of(cursors, number).fingerprint != TopicCursor.MALFORMED:
                await self._reader.leave_out(number, error)
                self._malformed_in_a_row += 1
            if self._malformed_in_a_row >= MAX_MALFORMED_IN_A_ROW:
                raise UnexpectedResponseError(str(error)) from error
        else:
            self._malformed_in_a_row = 0
            self.odd.clear()
        await self._between()

    async def _record_cursor(self, name: str, position: int) -> None:
        await self._reader.inlet.record(Batch(cursors={(NAME, name): str(position)}))


def _post_and_topic(payload: Any) -> tuple[int, int, int | None]:
    """Return a post's id, its topic and its category."""
    if not isinstance(payload, dict):
        raise MalformedPayloadError("a post in a list is an object")
    post, topic = payload.get("id"), payload.get("topic_id")
    if not isinstance(post, int) or not isinstance(topic, int):
        raise MalformedPayloadError("a post in a list has no id, or is in no topic")
    category = payload.get("category_id")
    return post, topic, category if isinstance(category, int) else None

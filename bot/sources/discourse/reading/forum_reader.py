"""Reads single things of a forum (a topic, a post's likes) and records the difference.

All facts come from here, whatever made us look: a poll, a sweep, or a webhook, which only says
where to look. One task reads, so nothing it records is older than what it recorded before.
"""

import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, TypeVar

from bot.sources.discourse import parse
from bot.sources.discourse.api import records
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.records import Category, Post, Topic
from bot.sources.discourse.api.transport import (
    AccessDeniedError,
    NotFoundError,
    UnexpectedResponseError,
)
from bot.sources.discourse.parse import UNKNOWN, Context
from bot.sources.discourse.reading import likes
from bot.sources.discourse.reading.hints import OnPost, ignore_post
from bot.sources.discourse.reading.likes import LikedPost, LikeReader
from bot.sources.discourse.reading.lookup import PostLookup, UserLookup, resolve_ids
from bot.sources.discourse.subjects import (
    IN,
    NAME,
    POST,
    category_place,
    post_id,
    topic_id,
    topic_place,
)
from bot.sources.port import Inlet
from cred.facts.events import Event, Provenance
from storage.log.batch import Batch, Gap
from storage.log.current_state import CurrentContribution

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

PRIVATE: Final = "the category is private"
"""Reason of a gap."""

_TOGETHER: Final = 200
"""Posts recorded in one batch."""
_NEVER: Final = "none"


_TOPIC_URL: Final = re.compile(r".*/t/(?:[^/]+/)?([0-9]{1,15})")
_MOVED: Final = "moved:"
"""A post's cursor begins so; its position is the topic that it was moved to. The log knows
where a post was first."""


def topic_cursor(number: int) -> str:
    """Return the name of the cursor that says how far a topic was read (`TopicCursor`)."""
    return f"topic:{number}"


@dataclass(frozen=True, slots=True)
class TopicCursor:
    """How far a topic was read."""

    mark: str
    """What a list of topics said of it; or one of the words below."""
    read_ms: int

    GONE: ClassVar[str] = "gone"
    """It was deleted, or hidden."""
    HEARD: ClassVar[str] = "heard"
    """It was read, but in no list yet."""
    ODD: ClassVar[str] = "odd"
    """It made no sense, and is tried again whenever it is come by."""

    def text(self) -> str:
        """Return it as it is kept."""
        return f"{self.mark} {self.read_ms}"

    @classmethod
    def of(cls, text: str | None) -> "TopicCursor":
        """Return what was kept; of nothing, what equals nothing."""
        mark, _, read = (text or "").partition(" ")
        return cls(mark or _NEVER, int(read) if read.isdigit() else 0)


@dataclass(slots=True)
class ForumReader:
    """Reads one forum into one community.

    Attributes
    ----------
    private
        Places of categories that not everybody may read: their topics are left out.
    odd
        Things left out so far because they made no sense.
    on_post
        Told of every post that is read with its topic.
    bot
        Name of the user that the bot itself is there.
    """

    client: ForumClient
    inlet: Inlet
    home: str
    now_ms: Callable[[], int]
    people: UserLookup = field(init=False)
    numbers: PostLookup = field(init=False)
    likes: LikeReader = field(init=False)
    definitions: frozenset[int] = frozenset()
    """Topics that tell what a category is for; lists may leave them out."""
    moved: dict[int, int] = field(default_factory=dict)
    """Post → the topic that it was moved to."""
    categories: dict[int, Category] = field(default_factory=dict)
    private: frozenset[int] = frozenset()
    odd: int = 0
    on_post: OnPost = ignore_post
    bot: str = ""

    def __post_init__(self) -> None:
        self.people = UserLookup(self.client)
        self.numbers = PostLookup(self.client)
        self.likes = LikeReader(self.client, self.people)

    async def load(self) -> None:
        """Begin with what the log knows."""
        await self.people.load(self.inlet)
        self.moved = {
            int(name.removeprefix(_MOVED)): int(topic)
            for name, topic in (await self.inlet.cursors()).items()
            if name.startswith(_MOVED)
        }

    def begin(self, *, eager: bool = False) -> None:
        """Begin a reading of many things: what was looked up for the last one may be old."""
        self.likes = LikeReader(self.client, self.people, eager=eager)
        self.people.forget_missing()

    def context(self, how: Provenance) -> Context:
        """Return that something is heard now."""
        return Context(how, self.now_ms(), self.bot)

    # ── categories and people ─────────────────────────────────────────────────────────────────

    async def read_categories(self, how: Provenance) -> None:
        """Read all categories; report those that are private, once."""
        context = self.context(how)
        said = await self.client.categories()
        found = self.sensible(said, records.parse_category, "category")
        urls = (it.get("topic_url") for it in said if isinstance(it, dict))
        told = (_TOPIC_URL.fullmatch(url) for url in urls if isinstance(url, str))
        self.definitions = frozenset(int(one[1]) for one in told if one)
        if found == list(self.categories.values()):
            return  # all of it is recorded
        self.categories = {one.id: one for one in found}
        self.private = self._private()
        batch = parse.merge_batches(
            parse.category_batch(one, context) for one in found if one.id not in self.private
        )
        gaps = {
            recorded_gap.gap.place: recorded_gap.number
            for recorded_gap in await self.inlet.open_gaps()
            if recorded_gap.gap.reason == PRIVATE
        }
        hidden = {category_place(one) for one in self.private}
        new = [
            Gap(NAME, place, context.seen_ms, None, PRIVATE)
            for place in sorted(hidden - gaps.keys())
        ]
        closed = {
            number: context.seen_ms
            for place, number in gaps.items()
            if place is not None and place not in hidden
        }
        await self.inlet.record(replace(batch, gaps=tuple(new), closed_gaps=closed))

    def _private(self) -> frozenset[int]:
        """Return the categories that are private, and those inside them."""
        private = {
            category.id for category in self.categories.values() if category.is_restricted
        }
        for _ in range(3):  # Discourse nests two or three levels
            private |= {
                category.id
                for category in self.categories.values()
                if category.parent in private
            }
        return frozenset(private)

    async def read_user(self, name: str, how: Provenance) -> None:
        """Read somebody's name and trust level."""
        found = await self.people.read(name)
        if found is not None:
            await self.inlet.record(parse.user_batch(found, self.context(how)))

    # ── the likes of a post ───────────────────────────────────────────────────────────────────

    async def read_likes(self, number: int, how: Provenance) -> None:
        """Read who likes a post that is known; of another, read its topic."""
        target = post_id(number)
        known = (await self.inlet.contributions([target])).get(target, UNKNOWN)
        try:
            said = await self.client.post(number)
        except (NotFoundError, AccessDeniedError):
            return  # its deletion is found with its topic
        post = self._checked(said, self._post_of, f"post {number}")
        if not known.posted or known.deleted:
            await self.read_topic(post.topic, how, wanted={number})
        elif post.is_public and not post.is_gone:
            liked = LikedPost(post, likes.like_count(said), known, is_new=False)
            batch = await self.likes.changes(liked, self.context(how), sure=False)
            await self.inlet.record(batch)

    # ── a topic ───────────────────────────────────────────────────────────────────────────────

    async def read_topic(
        self,
        number: int,
        how: Provenance,
        *,
        wanted: Collection[int] | None = None,
        mark: str | None = None,
        sure: bool = False,
    ) -> None:
        """Read a topic and record what is new about it.

        Parameters
        ----------
        wanted
            Posts to read beside those that are not known yet; None: all.
        mark
            What a list says of it, which makes its cursor.
        sure
            Ask who likes what even where the count is as known.

        Raises
        ------
        ForumError
            If the forum does not tell; nothing of the topic is lost then.
        """
        try:
            said, first, stream = await self.client.topic(number)
        except (NotFoundError, AccessDeniedError):
            # A wrong key, or a proxy, refuses everything: that deletes nothing.
            await self.client.categories()
            await self._gone(number, how)
            return
        topic = self._checked(said, records.parse_topic, f"topic {number}")
        if topic.category is not None and topic.category not in self.categories:
            await self.read_categories(how)
        if not topic.is_public or topic.is_gone or topic.category in self.private:
            await self._gone(number, how)
            return
        known = (await self.inlet.contributions([topic_id(number)])).get(
            topic_id(number), UNKNOWN
        )
        is_new = not known.posted
        present = await self._present(number)
        if wanted is None or is_new:
            chosen = set(stream)
        else:
            chosen = {it for it in stream if it in wanted or post_id(it) not in present}
        there = [it.get("id") for it in first if isinstance(it, dict)]
        rest = [it for it in stream if it in chosen and it not in there]
        posts = self._posts([*first, *await self.client.topic_posts(number, rest)])
        for post, _ in posts:
            self.numbers.learn(post)
        missing = await self._missing(number, stream, present, how)
        picked = [(post, it) for post, it in posts if post.id in chosen]
        for _, it in picked:
            self.on_post(it)
        await self._record(topic, picked, missing, how, mark=mark, sure=sure, is_new=is_new)

    async def _present(self, number: int) -> set[str]:
        """Return what is known to be in a topic, itself among it."""
        posted = await self.inlet.posts(topic_place(number), 0)
        here = [post_id(post) for post, topic in self.moved.items() if topic == number]
        away = {post_id(post) for post, topic in self.moved.items() if topic != number}
        known = await self.inlet.contributions(here)
        return (set(posted) - away) | {one for one in known if not known[one].deleted}

    async def _record(  # noqa: PLR0913 - all that was read of it
        self,
        topic: Topic,
        posts: Sequence[tuple[Post, Mapping[str, Any]]],
        missing: tuple[Event, ...],
        how: Provenance,
        *,
        mark: str | None,
        sure: bool,
        is_new: bool,
    ) -> None:
        """Record a topic with posts of it, some at a time; the cursor comes with the last."""
        place = topic_place(topic.id)
        batch = parse.topic_batch(topic, self.context(how))
        batch = replace(batch, events=batch.events + missing)
        for start in range(0, len(posts), _TOGETHER):
            chunk = posts[start : start + _TOGETHER]
            known = await self.inlet.contributions([post_id(post.id) for post, _ in chunk])
            told = [batch]
            for post, it in chunk:
                told.append(await self._post(post, it, known, how, sure=sure, is_new=is_new))
            batch = replace(parse.merge_batches(told), cursors=self._moves(chunk, known))
            if start + _TOGETHER < len(posts):
                await self.inlet.record(batch)
                batch = Batch()
        if mark is None and is_new:
            mark = TopicCursor.HEARD
        if mark is not None:
            cursor = {(NAME, topic_cursor(topic.id)): TopicCursor(mark, self.now_ms()).text()}
            batch = replace(batch, cursors={**batch.cursors, **cursor})
        _log.debug("%s: %d posts read", place, len(posts))
        await self.inlet.record(batch)

    def _moves(
        self, posts: Sequence[tuple[Post, object]], known: Mapping[str, CurrentContribution]
    ) -> dict[tuple[str, str], str]:
        """Take note of posts that were in another topic before; return their cursors."""
        moved = {}
        for post, _ in posts:
            before = known.get(post_id(post.id), UNKNOWN).references
            first_here = not any(sort == IN for _, sort in before)
            if not first_here and (topic_id(post.topic), IN) not in before:
                self.moved[post.id] = post.topic
                moved[NAME, f"{_MOVED}{post.id}"] = str(post.topic)
        return moved

    async def _post(  # noqa: PLR0913
        self,
        post: Post,
        said: Mapping[str, Any],
        all_known: Mapping[str, CurrentContribution],
        how: Provenance,
        *,
        sure: bool,
        is_new: bool,
    ) -> Batch:
        known = all_known.get(post_id(post.id), UNKNOWN)
        found = await resolve_ids(post, self.people, self.numbers)
        context = self.context(how)
        batch = parse.post_batch(post, found, known, context)
        if not batch.events:
            return batch
        self.people.learn(post.author, post.username, trusted=post.trust is not None)
        liked = LikedPost(post, likes.like_count(said), known, is_new)
        return parse.merge_batches([batch, await self.likes.changes(liked, context, sure=sure)])

    async def _missing(
        self, topic: int, stream: Sequence[int], present: set[str], how: Provenance
    ) -> tuple[Event, ...]:
        """Return the end of posts that were in a topic and are not any more.

        Those that are in another topic now are told of there.
        """
        told: list[Event] = []
        for one in sorted(present - {post_id(it) for it in stream}):
            sort, _, number = one.partition(":")
            if sort == POST and not await self._is_elsewhere(int(number), topic):
                told.append(parse.deletion_event(one, topic_place(topic), self.context(how)))
        return tuple(told)

    async def _is_elsewhere(self, number: int, topic: int) -> bool:
        """Tell whether a post that a topic does not show is there all the same, for all."""
        try:
            said = await self.client.post(number)
            post = self._checked(said, self._post_of, f"post {number}")
            if post.is_gone or not post.is_public:
                return False
            if post.topic == topic:
                return True  # it came back meanwhile
            told, _, _ = await self.client.topic(post.topic)
        except (NotFoundError, AccessDeniedError):
            return False
        other = self._checked(told, records.parse_topic, f"topic {post.topic}")
        return other.is_public and not other.is_gone and other.category not in self.private

    async def _gone(self, number: int, how: Provenance) -> None:
        """Record that a topic is not there for all to see: nor are its posts."""
        place, context = topic_place(number), self.context(how)
        if not await self.inlet.contributions([topic_id(number)]):
            return  # it never was, for us
        present = sorted(await self._present(number))
        events = tuple(parse.deletion_event(one, place, context) for one in present)
        cursor = TopicCursor(TopicCursor.GONE, self.now_ms()).text()
        await self.inlet.record(Batch(events, cursors={(NAME, topic_cursor(number)): cursor}))

    async def leave_out(self, number: int, why: MalformedPayloadError) -> None:
        """Go on without a topic that makes no sense, this time."""
        self.odd += 1
        _log.warning("topic %d of %s is left out: %s", number, self.home, why)
        cursor = TopicCursor(TopicCursor.ODD, self.now_ms()).text()
        await self.inlet.record(Batch(cursors={(NAME, topic_cursor(number)): cursor}))

    # ── what makes no sense ───────────────────────────────────────────────────────────────────

    def _post_of(self, said: Any) -> Post:  # noqa: ANN401 - JSON
        return records.parse_post(said, self.home)

    def _posts(self, every: Sequence[Any]) -> list[tuple[Post, Mapping[str, Any]]]:
        return self.sensible(every, lambda it: (self._post_of(it), it), "post")

    def sensible(self, every: Sequence[Any], read: Callable[[Any], _T], what: str) -> list[_T]:
        """Return those that make sense.

        Raises
        ------
        OddAnswerError
            If none does: the forum's schema has changed.
        """
        good, why = [], ""
        for it in every:
            try:
                good.append(read(it))
            except MalformedPayloadError as error:
                why = str(error)
                self.odd += 1
                _log.warning("a %s of %s is left out: %s", what, self.home, error)
        if every and not good:
            raise UnexpectedResponseError(why)
        return good

    @staticmethod
    def _checked(said: Any, read: Callable[[Any], _T], what: str) -> _T:  # noqa: ANN401
        try:
            return read(said)
        except MalformedPayloadError as error:
            raise UnexpectedResponseError(f"{what}: {error}") from None

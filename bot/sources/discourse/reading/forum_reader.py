"""Reads single things of a forum (a topic, a post's likes) and records the difference.

Everything recorded comes from here, whatever made us look: a poll, a sweep, or a webhook, which
only says where to look. One task reads, so nothing it records is older than what it recorded
before.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bot.sources.discourse import parse
from bot.sources.discourse.api import records
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.records import Post, Topic
from bot.sources.discourse.api.transport import AccessDeniedError, NotFoundError
from bot.sources.discourse.parse import UNKNOWN, Observation
from bot.sources.discourse.reading.categories import Categories
from bot.sources.discourse.reading.hints import OnPost, ignore_post
from bot.sources.discourse.reading.like_gaps import LikeGaps
from bot.sources.discourse.reading.likes import LikedPost, LikeReader, like_count
from bot.sources.discourse.reading.lookup import PostLookup, UserLookup, resolve_ids
from bot.sources.discourse.reading.moves import Moves
from bot.sources.discourse.reading.topic_cursor import TopicCursor, topic_cursor_name
from bot.sources.discourse.reading.validation import Validator, parse_one
from bot.sources.discourse.subjects import NAME, POST, post_id, topic_id, topic_place
from bot.sources.port import Inlet
from cred.facts.events import Event, Provenance
from storage.log.batch import Batch
from storage.log.current_state import CurrentContribution

_log = logging.getLogger(__name__)

_POSTS_A_BATCH: Final = 200


@dataclass(slots=True)
class ForumReader:
    """Reads one forum into one community.

    Attributes
    ----------
    on_post
        Called with every post that is read with its topic.
    bot
        Name of the bot's own user there.
    """

    client: ForumClient
    inlet: Inlet
    home: str
    now_ms: Callable[[], int]
    users: UserLookup = field(init=False)
    posts: PostLookup = field(init=False)
    likes: LikeReader = field(init=False)
    validator: Validator = field(init=False)
    categories: Categories = field(init=False)
    like_gaps: LikeGaps = field(init=False)
    moves: Moves = field(init=False)
    on_post: OnPost = ignore_post
    bot: str = ""

    def __post_init__(self) -> None:
        self.users = UserLookup(self.client)
        self.posts = PostLookup(self.client)
        self.likes = LikeReader(self.client, self.users)
        self.validator = Validator(self.home)
        self.categories = Categories(self.client, self.inlet, self.validator)
        self.like_gaps = LikeGaps(self.inlet)
        self.moves = Moves(self.inlet)

    async def load(self) -> None:
        """Start from what the log knows."""
        await self.users.load(self.inlet)
        await self.like_gaps.load()
        await self.moves.load()

    def begin(self, *, eager: bool = False) -> None:
        """Begin a reading of many things: what was looked up for the last one may be old."""
        self.likes = LikeReader(self.client, self.users, eager=eager)
        self.users.forget_missing()

    def observation(self, provenance: Provenance) -> Observation:
        """Return how and when something that is read now was seen."""
        return Observation(provenance, self.now_ms(), self.bot)

    # ── categories, users, likes ──────────────────────────────────────────────────────────────

    async def read_categories(self, provenance: Provenance, *, ask_all: bool = False) -> None:
        """Read the categories; record a gap for each that is private, once."""
        await self.categories.read(self.observation(provenance), ask_all=ask_all)

    async def read_user(self, name: str, provenance: Provenance) -> None:
        """Read a user's name and trust level."""
        user = await self.users.read(name)
        if user is not None:
            await self.inlet.record(parse.user_batch(user, self.observation(provenance)))

    async def read_likes(self, number: int, provenance: Provenance) -> None:
        """Read who likes a post that is known; if it is not known, read its topic."""
        target = post_id(number)
        known = (await self.inlet.contributions([target])).get(target, UNKNOWN)
        try:
            payload = await self.client.post(number)
        except (NotFoundError, AccessDeniedError):
            return  # its deletion is found with its topic
        post = parse_one(payload, self._parse_post, f"post {number}")
        if not known.posted or known.deleted:
            await self.read_topic(post.topic, provenance, wanted={number})
        elif post.is_public and not post.is_deleted:
            liked = LikedPost(post, like_count(payload), known, is_new=False)
            observation = self.observation(provenance)
            batch = await self.likes.changes(liked, observation, recheck=False)
            if number in self.likes.unnamed:
                batch = self.like_gaps.open_gap(batch, post.topic, observation.seen_ms)
            await self.inlet.record(batch)

    # ── a topic ───────────────────────────────────────────────────────────────────────────────

    async def read_topic(
        self,
        number: int,
        provenance: Provenance,
        *,
        wanted: Collection[int] | None = None,
        fingerprint: str | None = None,
        recheck_likes: bool = False,
    ) -> None:
        """Read a topic and record what is new about it.

        Parameters
        ----------
        wanted
            Posts to read in addition to those that are not known yet; None: all.
        fingerprint
            Of what a list says about the topic; its cursor keeps it.
        recheck_likes
            Ask who likes a post even where the count is as known.

        Raises
        ------
        DiscourseError
            If the forum does not answer; nothing of the topic is lost then.
        """
        try:
            payload, first, stream = await self.client.topic(number)
        except (NotFoundError, AccessDeniedError):
            # A wrong key, or a proxy, refuses everything: that deletes nothing.
            await self.client.categories()
            await self._record_deletion(number, provenance)
            return
        topic = parse_one(payload, records.parse_topic, f"topic {number}")
        if topic.category is not None and topic.category not in self.categories:
            await self.read_categories(provenance)
            await self.categories.ask([topic.category], self.observation(provenance))
        if not self._is_readable(topic):
            await self._record_deletion(number, provenance)
            return
        known = await self.inlet.contributions([topic_id(number)])
        is_new = not known.get(topic_id(number), UNKNOWN).posted
        recording = _Recording(provenance, recheck_likes, is_new, fingerprint)
        if wanted is not None and is_new:
            wanted = None
        if stream is None and wanted is None:
            await self._read_pages(topic, first, recording)
            return
        present = await self.moves.present(number)
        if stream is None:
            chosen = set(wanted or ())
        elif wanted is None:
            chosen = set(stream)
        else:
            chosen = {post for post in stream if post in wanted or post_id(post) not in present}
        # Read those that the topic's first page does not show.
        shown = [post.get("id") for post in first if isinstance(post, dict)]
        rest = [post for post in sorted(chosen) if post not in shown]
        posts = self._parse_posts([*first, *await self.client.topic_posts(number, rest)])
        deletions: tuple[Event, ...] = ()
        if stream is not None:
            deletions = await self._deletions(number, stream, present, provenance)
            recording = replace(recording, is_whole=chosen.issuperset(stream))
        posts = [(post, payload) for post, payload in posts if post.id in chosen]
        await self._record(topic, posts, deletions, recording)

    async def _read_pages(
        self, topic: Topic, first: Sequence[Any], recording: "_Recording"
    ) -> None:
        """Read a topic whose posts the forum does not list, and record it part by part."""
        seen: set[int] = set()
        waiting: list[tuple[Post, Mapping[str, Any]]] = []
        page, posts = 1, self._parse_posts(first)
        while new := [(post, payload) for post, payload in posts if post.id not in seen]:
            seen |= {post.id for post, _ in new}
            waiting += new
            if len(waiting) >= _POSTS_A_BATCH:
                await self._record(topic, waiting, (), replace(recording, fingerprint=None))
                waiting = []
            page += 1
            posts = self._parse_posts(await self.client.topic_page(topic.id, page))
        present = await self.moves.present(topic.id)
        deletions = await self._deletions(topic.id, seen, present, recording.provenance)
        is_whole = self.likes.unnamed.isdisjoint(seen)
        await self._record(topic, waiting, deletions, replace(recording, is_whole=is_whole))

    def _parse_posts(self, payloads: Sequence[Any]) -> list[tuple[Post, Mapping[str, Any]]]:
        """Return posts with what they were parsed from."""
        posts = self.validator.parse_each(
            payloads, lambda post: (self._parse_post(post), post), "post"
        )
        for post, _ in posts:
            self.posts.learn(post)
        return posts

    def _is_readable(self, topic: Topic) -> bool:
        is_public = topic.category is None or self.categories.is_public(topic.category)
        return topic.is_public and not topic.is_deleted and is_public

    async def _record(
        self,
        topic: Topic,
        posts: Sequence[tuple[Post, Mapping[str, Any]]],
        deletions: tuple[Event, ...],
        recording: "_Recording",
    ) -> None:
        """Pass on and record a topic and posts of it in batches; the cursor is in the last."""
        for _, payload in posts:
            self.on_post(payload)
        contribution = topic_id(topic.id)
        topics = await self.inlet.contributions([contribution])
        state = topics.get(contribution, UNKNOWN)
        batch = parse.topic_batch(topic, self.observation(recording.provenance), state)
        batch = replace(batch, events=batch.events + deletions)
        for start in range(0, len(posts), _POSTS_A_BATCH):
            chunk = posts[start : start + _POSTS_A_BATCH]
            known = await self.inlet.contributions([post_id(post.id) for post, _ in chunk])
            moves = self.moves.learn((post for post, _ in chunk), known)
            batches = [batch]
            for post, payload in chunk:
                state = known.get(post_id(post.id), UNKNOWN)
                batches.append(await self._post_batch(post, payload, state, recording))
            batch = replace(parse.merge_batches(batches), cursors=moves)
            if start + _POSTS_A_BATCH < len(posts):
                await self.inlet.record(batch)
                batch = Batch()
        fingerprint = recording.fingerprint
        if fingerprint is None and recording.is_new:
            fingerprint = TopicCursor.UNLISTED
        if fingerprint is not None:
            cursor = self._cursor(topic.id, fingerprint)
            batch = replace(batch, cursors={**batch.cursors, **cursor})
        if any(post.id in self.likes.unnamed for post, _ in posts):
            batch = self.like_gaps.open_gap(batch, topic.id, self.now_ms())
        elif recording.is_whole:
            batch = await self.like_gaps.close_gap(batch, topic.id, self.now_ms())
        _log.debug("topic %d: %d posts read", topic.id, len(posts))
        await self.inlet.record(batch)

    def _cursor(self, topic: int, fingerprint: str) -> dict[tuple[str, str], str]:
        position = TopicCursor(fingerprint, self.now_ms()).text()
        return {(NAME, topic_cursor_name(topic)): position}

    async def _post_batch(
        self,
        post: Post,
        payload: Mapping[str, Any],
        known: CurrentContribution,
        recording: "_Recording",
    ) -> Batch:
        ids = await resolve_ids(post, self.users, self.posts)
        observation = self.observation(recording.provenance)
        batch = parse.post_batch(post, ids, known, observation)
        if not batch.events:
            return batch
        self.users.learn(post.author, post.username, has_trust=post.trust is not None)
        liked = LikedPost(post, like_count(payload), known, recording.is_new)
        likes = await self.likes.changes(liked, observation, recheck=recording.recheck_likes)
        return parse.merge_batches([batch, likes])

    # ── what is gone ──────────────────────────────────────────────────────────────────────────

    async def _deletions(
        self, topic: int, stream: Collection[int], present: set[str], provenance: Provenance
    ) -> tuple[Event, ...]:
        """Return the deletions of posts that were in a topic and are not any more.

        Posts that are in another topic now are recorded with that one.
        """
        events: list[Event] = []
        for contribution in sorted(present - {post_id(post) for post in stream}):
            kind, _, number = contribution.partition(":")
            if kind == POST and not await self._is_elsewhere(int(number), topic):
                place = topic_place(topic)
                event = parse.deletion_event(contribution, place, self.observation(provenance))
                events.append(event)
        return tuple(events)

    async def _is_elsewhere(self, number: int, topic: int) -> bool:
        """Tell whether a post that a topic does not show exists all the same, for everybody."""
        try:
            payload = await self.client.post(number)
            post = parse_one(payload, self._parse_post, f"post {number}")
            if post.is_deleted or not post.is_public:
                return False
            if post.topic == topic:
                return True  # it came back meanwhile
            other, _, _ = await self.client.topic(post.topic)
        except (NotFoundError, AccessDeniedError):
            return False
        return self._is_readable(parse_one(other, records.parse_topic, f"topic {post.topic}"))

    async def _record_deletion(self, number: int, provenance: Provenance) -> None:
        """Record that a topic and its posts are not there for everybody to see."""
        place, observation = topic_place(number), self.observation(provenance)
        if not await self.inlet.contributions([topic_id(number)]):
            return  # it never was recorded
        events = tuple(
            parse.deletion_event(contribution, place, observation)
            for contribution in sorted(await self.moves.present(number))
        )
        cursor = self._cursor(number, TopicCursor.GONE)
        await self.inlet.record(Batch(events, cursors=cursor))

    async def leave_out(self, number: int, reason: Exception) -> None:
        """Go on without an odd topic; a sweep reads it again."""
        self.validator.malformed += 1
        _log.warning("topic %d of %s is left out: %s", number, self.home, reason)
        cursor = self._cursor(number, TopicCursor.MALFORMED)
        await self.inlet.record(Batch(cursors=cursor))

    def _parse_post(self, payload: Any) -> Post:
        return records.parse_post(payload, self.home)


@dataclass(frozen=True, slots=True)
class _Recording:
    """How the posts of one topic are recorded."""

    provenance: Provenance
    recheck_likes: bool
    is_new: bool
    """The topic was never recorded before."""
    fingerprint: str | None = None
    """Of what a list says about the topic; its cursor keeps it."""
    is_whole: bool = False
    """All its posts are read."""

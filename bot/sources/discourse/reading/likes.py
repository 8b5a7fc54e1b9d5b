"""How likes differ from what is known, found out with as few requests as possible.

A post says how many like it. Only where that differs from what is known is anything asked: the
post for who (without times), users for what they like (with times, 30 a page). The likes that
a user gave tell of other posts as well, so a first reading of a forum asks users rather than
posts.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.sources.discourse import parse
from bot.sources.discourse.api import records
from bot.sources.discourse.api.client import LIKE_ACTION, ForumClient
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.records import Like, Post
from bot.sources.discourse.api.transport import AccessDeniedError, NotFoundError
from bot.sources.discourse.parse import Observation, ResolvedIds
from bot.sources.discourse.reading.lookup import UserLookup
from bot.sources.discourse.subjects import LIKE
from storage.log.batch import Batch
from storage.log.current_state import CurrentContribution

_log = logging.getLogger(__name__)


def like_count(payload: Mapping[str, Any]) -> int | None:
    """Return how many users like a post; None where its JSON does not say."""
    summary = payload.get("actions_summary")
    if not isinstance(summary, list):
        return None
    for action in summary:
        if isinstance(action, dict) and action.get("id") == LIKE_ACTION:
            count = action.get("count", 0)
            return count if isinstance(count, int) and count >= 0 else None
    return 0


@dataclass(frozen=True, slots=True)
class LikedPost:
    """A post whose likes may have changed."""

    post: Post
    count: int | None
    known: CurrentContribution
    is_new: bool
    """Its topic was never read before: a like without a time is dated as the post."""

    @property
    def likers(self) -> frozenset[str]:
        """The accounts that are known to like it."""
        return frozenset(account for account, text in self.known.reactions if text == LIKE)


class LikeReader:
    """Reads likes; what it has read is remembered for as long as one reading of a forum lasts.

    Parameters
    ----------
    eager
        Read all likes that a user gave when the user is first met.
    """

    def __init__(self, client: ForumClient, users: UserLookup, *, eager: bool = False) -> None:
        self._client = client
        self._users = users
        self._eager = eager
        self._by_user: dict[int, dict[int, Like]] = {}
        """User → post → like, of the users that were asked."""
        self._by_post: dict[int, dict[int, Like]] = {}
        """The same likes: post → user → like."""
        self.unnamed: set[int] = set()
        """Posts of which the forum counts likes that it names nobody for."""

    async def changes(
        self, liked: LikedPost, observation: Observation, *, recheck: bool
    ) -> Batch:
        """Return the likes of a post that were given or taken back since they were last read.

        Parameters
        ----------
        recheck
            Ask even where the count is as known: a like may have replaced another.
        """
        self.unnamed.discard(liked.post.id)
        if liked.count == len(liked.likers) and not (recheck and liked.likers):
            return Batch()
        likes = await self._read_likes(liked)
        batches = []
        for user in sorted(likes):
            if str(user) not in liked.likers:
                batches += await self._new_like(likes[user], liked, observation)
        # Only if all are named does a missing name mean that a like was taken back.
        named = {str(user) for user in likes}
        is_whole = len(likes) == liked.count
        if not is_whole and len(liked.likers | named) != liked.count:
            self.unnamed.add(liked.post.id)
        gone = liked.likers - named if is_whole else ()
        for user_id in sorted(gone):
            like = Like(int(user_id), None, liked.post.id)
            batches.append(parse.like_batch(like, ResolvedIds(), observation, taken_back=True))
        return parse.merge_batches(batches)

    async def _read_likes(self, liked: LikedPost) -> dict[int, Like]:
        """Return the likes of a post as far as the forum names who gave them, by user."""
        post, count = liked.post.id, liked.count
        likes = self._by_post.get(post, {})
        if len(likes) == count:
            return likes
        try:
            likers = await self._client.likers(post)
        except (NotFoundError, AccessDeniedError):
            likers = []  # it was just deleted, or a plugin keeps secret who likes it
        given = [records.parse_liker(liker, post) for liker in likers]
        likes = {like.user: like for like in given}
        if count is not None and len(likes) < count:
            reactions = await self._reactions(post, likes)
            # Some reactions may count as no like; then nothing says which do.
            likes |= reactions if len(likes) + len(reactions) <= count else {}
        return likes

    async def _reactions(self, post: int, likes: Mapping[int, Like]) -> dict[int, Like]:
        """Return the likes that only the Reactions plugin names."""
        found: dict[int, Like] = {}
        named = {like.username.lower() for like in likes.values() if like.username}
        try:
            reactions = [*map(records.parse_reactor, await self._client.reactors(post))]
        except MalformedPayloadError as error:
            _log.warning("the reactions to a post are left out: %s", error)
            return found
        for name, at_ms in reactions:
            user = None if name.lower() in named else await self._users.id_of(name.lower())
            if user is not None and user not in likes:
                found[user] = Like(user, name, post, at_ms=at_ms)
        return found

    async def _new_like(
        self, like: Like, liked: LikedPost, observation: Observation
    ) -> list[Batch]:
        at_ms = like.at_ms
        if at_ms is None and like.username is not None:
            at_ms = await self._time_of(like, liked.post)
        batch = parse.like_batch(replace(like, at_ms=at_ms), ResolvedIds(), observation)
        if at_ms is None and liked.is_new:
            events = tuple(
                replace(event, at_ms=liked.post.at_ms, estimated=True) for event in batch.events
            )
            batch = replace(batch, events=events)
        return [batch, await self._users.trust_batch(like.user, like.username, observation)]

    async def _time_of(self, like: Like, post: Post) -> int | None:
        """Return when a like was given; None where the forum does not say."""
        reads_all = self._eager and like.user not in self._by_user
        given = self._by_user.setdefault(like.user, {})
        if post.id not in given:

            def is_enough(oldest_ms: int) -> bool:
                return not reads_all and (post.id in given or oldest_ms < post.at_ms)

            await self._read_given(like, given, is_enough)
        found = given.get(post.id)
        return None if found is None else found.at_ms

    async def _read_given(
        self, liker: Like, given: dict[int, Like], is_enough: Callable[[int], bool]
    ) -> None:
        """Read the likes that a user gave, the latest first, until it is enough."""
        offset, last_page = 0, None
        while True:
            try:
                page = await self._client.likes_given(liker.username or "", offset)
            except (NotFoundError, AccessDeniedError):
                return  # the user hides them
            oldest_ms = None
            for like in map(_like_of, page):
                if like is None or like.at_ms is None:
                    continue
                oldest_ms = like.at_ms
                if like.post is not None and like.user == liker.user:
                    given[like.post] = like
                    self._by_post.setdefault(like.post, {})[like.user] = like
            is_last = not page or page == last_page  # some forums repeat the same page
            if is_last or (oldest_ms is not None and is_enough(oldest_ms)):
                return
            offset, last_page = offset + len(page), page


def _like_of(action: object) -> Like | None:
    """Return a like; None if its post was deleted or the action is malformed."""
    try:
        return records.parse_user_action(action)
    except MalformedPayloadError as error:
        _log.warning("a like that somebody gave is left out: %s", error)
        return None

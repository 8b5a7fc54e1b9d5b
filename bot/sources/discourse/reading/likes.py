"""Who likes a post now, and since when: the difference to what is known, in as few requests.

A post says how many like it. Only where that is not how many are known is anybody asked: the
post for who (without times), people for what they like (with times, 30 a page). Whoever's
likes were read once tells of other posts as well, so that a first reading of a forum asks
people rather than posts.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.sources.discourse import parse
from bot.sources.discourse.api import records
from bot.sources.discourse.api.client import LIKE, ForumClient
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.records import Json, Like, Post
from bot.sources.discourse.api.transport import AccessDeniedError, NotFoundError
from bot.sources.discourse.parse import Context, ResolvedIds
from bot.sources.discourse.reading.lookup import UserLookup
from bot.sources.discourse.subjects import LIKE as TEXT
from storage.log.batch import Batch
from storage.log.current_state import CurrentContribution

_log = logging.getLogger(__name__)


def like_count(data: Json) -> int | None:
    """Return how many like a post; None where it does not say."""
    summary = data.get("actions_summary")
    if not isinstance(summary, list):
        return None
    for one in summary:
        if isinstance(one, dict) and one.get("id") == LIKE:
            number = one.get("count", 0)
            return number if isinstance(number, int) and number >= 0 else None
    return 0


@dataclass(frozen=True, slots=True)
class LikedPost:
    """A post whose likes may have changed."""

    post: Post
    count: int | None
    known: CurrentContribution
    is_new: bool
    """Its topic was never read before: a like without a time is as old as the post."""

    @property
    def likers(self) -> frozenset[str]:
        """Return who is known to like it."""
        return frozenset(who for who, text in self.known.reactions if text == TEXT)


class LikeReader:
    """The likes of a forum, for as long as one reading of it lasts.

    Parameters
    ----------
    eager
        Read all that somebody likes when they are first met.
    """

    def __init__(self, client: ForumClient, people: UserLookup, *, eager: bool = False) -> None:
        self._client = client
        self._people = people
        self._eager = eager
        self._given: dict[int, dict[int, Like]] = {}
        """User → post → like, of those asked."""
        self._got: dict[int, dict[int, Like]] = {}
        """The same by post."""

    async def changes(self, liked: LikedPost, context: Context, *, sure: bool) -> Batch:
        """Return what changed about who likes a post.

        Parameters
        ----------
        sure
            Ask even where the count is as known: a like may have replaced another.
        """
        if liked.count == len(liked.likers) and not (sure and liked.likers):
            return Batch()
        got = self._got.get(liked.post.id, {})
        if len(got) != liked.count:
            told = await self._client.likers(liked.post.id)
            got = {
                one.user: one for one in (records.parse_liker(it, liked.post.id) for it in told)
            }
        batches = []
        for number in sorted(got):
            if str(number) not in liked.likers:
                batches += await self._begun(got[number], liked, context)
        for gone in sorted(liked.likers - {str(number) for number in got}):
            like = Like(int(gone), None, liked.post.id)
            batches.append(parse.like_batch(like, ResolvedIds(), context, taken_back=True))
        return parse.merge_batches(batches)

    async def _begun(self, like: Like, liked: LikedPost, context: Context) -> list[Batch]:
        at_ms = like.at_ms
        if at_ms is None and like.username is not None:
            at_ms = await self._since(like, liked.post)
        told = parse.like_batch(replace(like, at_ms=at_ms), ResolvedIds(), context)
        if at_ms is None and liked.is_new:
            events = tuple(
                replace(event, at_ms=liked.post.at_ms, estimated=True) for event in told.events
            )
            told = replace(told, events=events)
        return [told, await self._people.trust(like.user, like.username, context)]

    async def _since(self, like: Like, post: Post) -> int | None:
        """Return when somebody began to like a post; None where the forum does not say."""
        met = like.user in self._given
        given = self._given.setdefault(like.user, {})
        if post.id not in given:
            everything = self._eager and not met

            def enough(oldest_ms: int) -> bool:
                return not everything and (post.id in given or oldest_ms < post.at_ms)

            await self._read(like, given, enough)
        found = given.get(post.id)
        return None if found is None else found.at_ms

    async def _read(
        self, who: Like, given: dict[int, Like], enough: Callable[[int], bool]
    ) -> None:
        """Read what somebody likes, from the latest on, until it is enough."""
        offset, last = 0, None
        while True:
            try:
                page = await self._client.likes_given(who.username or "", offset)
            except (NotFoundError, AccessDeniedError):
                return  # they hide it
            oldest_ms = None
            for one in map(_action, page):
                if one is None or one.at_ms is None:
                    continue
                oldest_ms = one.at_ms
                if one.post is not None and one.user == who.user:
                    given[one.post] = one
                    self._got.setdefault(one.post, {})[one.user] = one
            is_over = not page or page == last  # some tell the same again and again
            if is_over or (oldest_ms is not None and enough(oldest_ms)):
                return
            offset, last = offset + len(page), page


def _action(said: object) -> Like | None:
    """Return a like; None where it is of something deleted, or makes no sense."""
    try:
        return records.parse_user_action(said)
    except MalformedPayloadError as error:
        _log.warning("what somebody likes is left out: %s", error)
        return None

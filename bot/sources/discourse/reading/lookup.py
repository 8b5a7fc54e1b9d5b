"""Ids of what a forum names otherwise: people by name, posts by their number in a topic.

What is known already is not asked again; what is not there is asked again only after `forget`.
"""

import logging

from bot.sources.discourse import parse
from bot.sources.discourse.api import records
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.records import Post, PostPosition, User
from bot.sources.discourse.api.transport import AccessDeniedError, NotFoundError
from bot.sources.discourse.parse import Context, ResolvedIds
from bot.sources.port import Inlet
from storage.log.batch import Batch

_log = logging.getLogger(__name__)

_MOST_KEPT = 200_000
"""Numbers of posts remembered at once."""


class UserLookup:
    """Accounts of a forum, as the log and its latest answers have them."""

    def __init__(self, client: ForumClient) -> None:
        self._client = client
        self._ids: dict[str, int | None] = {}
        """By name in small letters; None: nobody is called so."""
        self._trusted: dict[int, str] = {}
        """Name of those whose trust level is known, by id."""
        self.seen: set[int] = set()
        """Whose trust level the forum told since `load`."""

    async def load(self, inlet: Inlet) -> None:
        """Begin with what the log knows."""
        self._ids, self._trusted, self.seen = {}, {}, set()
        for ref, known in (await inlet.accounts()).items():
            if known.name is not None:
                self._ids[known.name.lower()] = int(ref)
                if known.roles is not None:
                    self._trusted[int(ref)] = known.name

    def learn(self, number: int | None, name: str | None, *, trusted: bool) -> None:
        """Take in that somebody is called so now, and whether it was said how trusted."""
        if number is None or name is None:
            return
        self._ids[name.lower()] = number
        if trusted:
            self._trusted[number] = name
            self.seen.add(number)

    async def id_of(self, name: str) -> int | None:
        """Return whose name it is; None: nobody's, or of somebody who hides."""
        if name not in self._ids:
            found = await self.read(name)
            self._ids[name] = None if found is None else found.id
        return self._ids[name]

    async def read(self, name: str) -> User | None:
        """Return somebody as the forum has them now; None where it does not say."""
        try:
            found = records.parse_user(await self._client.user(name))
        except (NotFoundError, AccessDeniedError):
            return None
        except MalformedPayloadError as error:
            _log.warning("a user is left out: %s", error)
            return None
        self.learn(found.id, found.username, trusted=found.trust is not None)
        return found

    async def trust(self, number: int, name: str | None, context: Context) -> Batch:
        """Return somebody's trust level, if nothing was known of it."""
        if number in self._trusted or number < 0 or name is None:
            return Batch()
        found = await self.read(name)
        if found is None or found.id != number:
            self._trusted[number] = name  # not asked again and again
            return Batch()
        return parse.user_batch(found, context)

    def unseen(self) -> dict[int, str]:
        """Return people (id → name) whose trust level was not told since `load`."""
        return {
            number: name
            for number, name in self._trusted.items()
            if number not in self.seen and number > 0
        }

    def forget_missing(self) -> None:
        """Ask again for names that were nobody's."""
        self._ids = {name: number for name, number in self._ids.items() if number is not None}


class PostLookup:
    """Ids of posts by their number in a topic."""

    def __init__(self, client: ForumClient) -> None:
        self._client = client
        self._ids: dict[PostPosition, int | None] = {}

    def learn(self, post: Post) -> None:
        """Take in a post that was read."""
        if len(self._ids) >= _MOST_KEPT:
            self._ids.clear()
        self._ids[post.topic, post.number] = None if post.is_gone else post.id

    async def id_of(self, at: PostPosition) -> int | None:
        """Return the id of the post that has a number; None: it is not there."""
        if at not in self._ids:
            try:
                said = records.parse_post(await self._client.post_at(*at), "")
            except (NotFoundError, AccessDeniedError):
                self._ids[at] = None
            except MalformedPayloadError as error:
                _log.warning("a post that is linked to is left out: %s", error)
                self._ids[at] = None
            else:
                self.learn(said)
        return self._ids.get(at)

    def forget(self) -> None:
        """Ask anew."""
        self._ids.clear()


async def resolve_ids(post: Post, people: UserLookup, numbers: PostLookup) -> ResolvedIds:
    """Return the ids of all that a post names."""
    posts = {at: await numbers.id_of(at) for at in sorted(post.posts_wanted)}
    users = {name: await people.id_of(name) for name in sorted(post.users_wanted)}
    return ResolvedIds(
        {at: number for at, number in posts.items() if number is not None},
        {name: number for name, number in users.items() if number is not None},
    )

"""Ids of what a forum names otherwise: users by name, posts by their number in a topic.

What is known is not asked again. What was not found is asked again only after it was forgotten.
"""

import logging
from typing import Final

from bot.sources.discourse import parse
from bot.sources.discourse.api import records
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.records import Post, PostPosition, User
from bot.sources.discourse.api.transport import AccessDeniedError, NotFoundError
from bot.sources.discourse.parse import Observation, ResolvedIds
from bot.sources.port import Inlet
from storage.log.batch import Batch

_log = logging.getLogger(__name__)

_CAPACITY: Final = 200_000
"""Posts remembered at once."""


class UserLookup:
    """Ids and trust levels of a forum's users, from the log and the forum's latest answers."""

    def __init__(self, client: ForumClient) -> None:
        self._client = client
        self._ids: dict[str, int | None] = {}
        """By name in lower case; None: no user has the name."""
        self._trusted: dict[int, str] = {}
        """Names of the users whose trust level is known, by id."""
        self._refreshed: set[int] = set()
        """Users whose trust level was read since `load`."""
        self._unrecorded: dict[int, User] = {}
        """Users that were read for their id alone, so that their trust level is in no batch."""

    async def load(self, inlet: Inlet) -> None:
        """Start again from what the log knows."""
        self._ids, self._trusted, self._refreshed = {}, {}, set()
        self._unrecorded = {}
        for user_id, account in (await inlet.accounts()).items():
            if account.name is not None:
                self._ids[account.name.lower()] = int(user_id)
                if account.roles is not None:
                    self._trusted[int(user_id)] = account.name

    def learn(self, number: int | None, name: str | None, *, has_trust: bool) -> None:
        """Remember a user's current name, and whether their trust level was read with it."""
        if number is None or name is None:
            return
        self._ids[name.lower()] = number
        if has_trust:
            self._trusted[number] = name
            self._refreshed.add(number)

    async def id_of(self, name: str) -> int | None:
        """Return the id of the user with a name; None: there is none, or they are hidden."""
        if name not in self._ids:
            user = await self._ask(name)
            self._ids[name] = None if user is None else user.id
            if user is not None and user.id not in self._trusted:
                self._unrecorded[user.id] = user
        return self._ids[name]

    async def read(self, name: str) -> User | None:
        """Return a user as the forum shows them now, to be recorded; None where it does not."""
        user = await self._ask(name)
        if user is not None:
            self.learn(user.id, user.username, has_trust=user.trust is not None)
        return user

    async def _ask(self, name: str) -> User | None:
        try:
            return records.parse_user(await self._client.user(name))
        except (NotFoundError, AccessDeniedError):
            return None
        except MalformedPayloadError as error:
            _log.warning("a user is left out: %s", error)
            return None

    async def trust_batch(
        self, number: int, name: str | None, observation: Observation
    ) -> Batch:
        """Return a user's trust level if it is not known yet, else an empty batch."""
        if number in self._trusted or number < 0 or name is None:
            return Batch()
        user = self._unrecorded.pop(number, None)
        if user is None:
            user = await self.read(name)
        else:
            self.learn(user.id, user.username, has_trust=user.trust is not None)
        if user is None or user.id != number or user.trust is None:
            self._trusted[number] = name  # not asked again and again
        if user is None or user.id != number:
            return Batch()
        return parse.user_batch(user, observation)

    def list_unrefreshed(self) -> dict[int, str]:
        """Return the users (id → name) whose trust level was not read since `load`."""
        return {
            number: name
            for number, name in self._trusted.items()
            if number not in self._refreshed and number > 0
        }

    def forget_missing(self) -> None:
        """Forget which names no user had."""
        self._ids = {name: number for name, number in self._ids.items() if number is not None}


class PostLookup:
    """Ids of posts by their position."""

    def __init__(self, client: ForumClient) -> None:
        self._client = client
        self._ids: dict[PostPosition, int | None] = {}

    def learn(self, post: Post) -> None:
        """Remember a post that was read."""
        if len(self._ids) >= _CAPACITY:
            self._ids.clear()
        self._ids[post.topic, post.number] = None if post.is_deleted else post.id

    async def id_of(self, position: PostPosition) -> int | None:
        """Return the id of the post at a position; None: there is none."""
        if position not in self._ids:
            try:
                post = records.parse_post(await self._client.post_at(*position), "")
            except (NotFoundError, AccessDeniedError):
                self._ids[position] = None
            except MalformedPayloadError as error:
                _log.warning("a post that is linked to is left out: %s", error)
                self._ids[position] = None
            else:
                self.learn(post)
        return self._ids.get(position)

    def forget(self) -> None:
        """Forget everything."""
        self._ids.clear()


async def resolve_ids(post: Post, users: UserLookup, posts: PostLookup) -> ResolvedIds:
    """Return the ids of the posts and users that a post refers to."""
    post_ids = {
        position: await posts.id_of(position) for position in sorted(post.positions_to_resolve)
    }
    user_ids = {name: await users.id_of(name) for name in sorted(post.names_to_resolve)}
    return ResolvedIds(
        {position: number for position, number in post_ids.items() if number is not None},
        {name: number for name, number in user_ids.items() if number is not None},
    )

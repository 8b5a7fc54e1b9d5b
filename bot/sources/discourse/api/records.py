"""Discourse's JSON → checked records. Pure, and lenient: forums have plugins.

What is not asked for is ignored, what may be missing may be missing; what is used is checked,
and nonsense (other types, numbers that are none, times outside 1970-9999) is one error. Numbers
may be written as texts, as the API's own description says of some.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from bot.sources.discourse.api import cooked
from bot.sources.discourse.api.cooked import PostContent
from bot.sources.discourse.api.errors import MalformedPayloadError

Json: TypeAlias = Mapping[str, Any]

PostPosition: TypeAlias = tuple[int, int]
"""A post by its topic and its number in it."""

LARGEST: Final = 2**53 - 1
"""Largest number that JSON holds exactly."""
_LATEST_MS: Final = 253_402_300_799_999
_LONGEST_NAME: Final = 255
_TRUST_LEVELS: Final = range(5)
_LIKE: Final = 1
"""Type of a like among user actions (what somebody liked)."""
_WRITTEN: Final = frozenset({1, 2})
"""Post types that somebody wrote for all: regular, and a moderator's word. The others are
Discourse's own note of an act (closed, pinned …), and whispers among staff."""


@dataclass(frozen=True, slots=True)
class Post:
    """A post as it is now."""

    id: int
    topic: int
    number: int
    """Its number in the topic, from 1 up."""
    at_ms: int
    author: int | None = None
    """Numeric user id; None where the user was deleted."""
    username: str | None = None
    trust: int | None = None
    """The author's trust level now, 0-4."""
    reply_to: int | None = None
    """Number in the same topic, as given."""
    edited_ms: int | None = None
    """When it last changed, if it ever did."""
    content: PostContent | None = None
    """None where the forum did not show it."""
    is_gone: bool = False
    is_public: bool = True
    """Not in a private message, as far as is said."""
    is_written: bool = True
    """By somebody, for all to see."""

    @property
    def parent(self) -> PostPosition | None:
        """Return what it answers: the number given, else post 1, which answers nothing."""
        number = self.reply_to or (1 if self.number != 1 else None)
        return None if number is None else (self.topic, number)

    @property
    def posts_wanted(self) -> frozenset[PostPosition]:
        """Return posts it answers, links to or quotes, whose ids are to be looked up."""
        told = self.content or PostContent()
        parent = self.parent
        return frozenset([*told.posts, *told.quotes, *([parent] if parent else [])])

    @property
    def users_wanted(self) -> frozenset[str]:
        """Return names (in small letters) of users it links to: their ids are wanted."""
        return frozenset(self.content.users if self.content else ())


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is now, without its posts."""

    id: int
    at_ms: int
    author: int | None = None
    category: int | None = None
    tags: tuple[str, ...] = ()
    """Sorted."""
    is_gone: bool = False
    is_public: bool = True
    """Not a private message, as far as is said."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category as it is now."""

    id: int
    name: str
    parent: int | None = None
    is_restricted: bool = False
    """Not everybody may read it."""


@dataclass(frozen=True, slots=True)
class User:
    """A user as they are now."""

    id: int
    username: str
    trust: int | None = None


@dataclass(frozen=True, slots=True)
class Like:
    """Somebody likes a post."""

    user: int
    username: str | None = None
    post: int | None = None
    """None: look `at` up."""
    at: PostPosition | None = None
    at_ms: int | None = None
    """When; None where the forum does not say."""


def parse_post(data: object, home: str) -> Post:
    """Return a post out of any of the answers, or webhooks, that hold one.

    Parameters
    ----------
    home
        The forum's address, to tell its links from others.

    Raises
    ------
    OddPayloadError
        If it is not one.
    """
    it = _Fields(data, "post")
    html = it.optional("cooked", str)
    version = it.number("version", 0, LARGEST) or 1
    kind = it.number("post_type", 0, LARGEST)
    number = it.needed("post_number", 1)
    return Post(
        id=it.needed("id", 1),
        topic=it.needed("topic_id", 1),
        number=number,
        at_ms=it.moment_needed("created_at"),
        author=it.number("user_id", -LARGEST, LARGEST),
        username=it.name("username"),
        trust=it.trust(),
        reply_to=it.number("reply_to_post_number", 0, LARGEST) or None,
        edited_ms=it.moment("updated_at") if version > 1 else None,
        content=None if html is None else cooked.parse_cooked(html, home),
        is_gone=it.moment("deleted_at") is not None or bool(it.optional("user_deleted", bool)),
        is_public=it.optional("topic_archetype", str) in {None, "regular"},
        is_written=kind is None or kind in _WRITTEN,
    )


def parse_topic(data: object) -> Topic:
    """Return a topic out of `/t/ID.json`, a list of topics, or a webhook.

    Raises
    ------
    OddPayloadError
        If it is not one.
    """
    it = _Fields(data, "topic")
    return Topic(
        id=it.needed("id", 1),
        at_ms=it.moment_needed("created_at"),
        author=_author(it),
        category=it.number("category_id", 1, LARGEST),
        tags=_tags(it.optional("tags", list) or []),
        is_gone=it.moment("deleted_at") is not None,
        is_public=it.optional("archetype", str) in {None, "regular"},
    )


def parse_category(data: object) -> Category:
    """Return a category.

    Raises
    ------
    OddPayloadError
        If it is not one.
    """
    it = _Fields(data, "category")
    number = it.needed("id", 1)
    return Category(
        number,
        it.name("name") or f"category {number}",
        it.number("parent_category_id", 1, LARGEST),
        bool(it.optional("read_restricted", bool)),
    )


def parse_user(data: object) -> User:
    """Return a user out of `/u/NAME.json` (its "user"), a list of users, or a webhook.

    Raises
    ------
    OddPayloadError
        If it is not one.
    """
    it = _Fields(data, "user")
    username = it.name("username")
    if username is None:
        raise it.odd("username", None)
    return User(it.needed("id", -LARGEST), username, it.trust())


def parse_user_action(data: object) -> Like | None:
    """Return a like out of `/user_actions.json?filter=1`; None where the post was deleted.

    Raises
    ------
    OddPayloadError
        If it is not one.
    """
    it = _Fields(data, "user action")
    if it.needed("action_type", 0) != _LIKE:
        raise it.odd("action_type", it.get("action_type"))
    if it.optional("deleted", bool):
        return None
    return Like(
        it.needed("acting_user_id", -LARGEST),
        it.name("acting_username"),
        it.number("post_id", 1, LARGEST),
        (it.needed("topic_id", 1), it.needed("post_number", 1)),
        it.moment_needed("created_at"),
    )


def parse_liker(data: object, post: int) -> Like:
    """Return a like of a post out of `/post_action_users.json`, which tells no times.

    Raises
    ------
    OddPayloadError
        If it is not one.
    """
    one = parse_user(data)
    return Like(one.id, one.username, post)


def parse_webhook_like(data: object) -> Like:
    """Return a like out of a webhook's "like".

    Raises
    ------
    OddPayloadError
        If it is not one.
    """
    it = _Fields(data, "like")
    return parse_liker(it.get("user"), _Fields(it.get("post"), "liked post").needed("id", 1))


class _Fields:
    """Takes an object's fields, each checked."""

    def __init__(self, data: object, what: str) -> None:
        if not isinstance(data, Mapping):
            raise MalformedPayloadError(f"a {what} is an object, not {_shown(data)}")
        self._data: Json = data
        self._what = what

    def odd(self, key: str, value: object) -> MalformedPayloadError:
        return MalformedPayloadError(f"the {key} of a {self._what} cannot be {_shown(value)}")

    def get(self, key: str) -> object:
        return self._data.get(key)

    def optional(self, key: str, kind: type[Any]) -> Any:  # noqa: ANN401 - JSON
        value = self._data.get(key)
        if value is not None and not isinstance(value, kind):
            raise self.odd(key, value)
        return value

    def number(self, key: str, least: int, most: int) -> int | None:
        value = self._data.get(key)
        if isinstance(value, str) and re.fullmatch("-?[0-9]{1,16}", value):
            value = int(value)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.odd(key, value)
        return value

    def needed(self, key: str, least: int) -> int:
        value = self.number(key, least, LARGEST)
        if value is None:
            raise self.odd(key, None)
        return value

    def name(self, key: str) -> str | None:
        value = self.optional(key, str)
        if value is None:
            return None
        clean = _clean(value)
        if not 0 < len(clean) <= _LONGEST_NAME:
            raise self.odd(key, value)
        return clean

    def trust(self) -> int | None:
        """Return the trust level; one that Discourse does not know is none."""
        level = self.number("trust_level", -LARGEST, LARGEST)
        return level if level in _TRUST_LEVELS else None

    def moment(self, key: str) -> int | None:
        value = self.optional(key, str)
        if value is None:
            return None
        try:
            told = datetime.fromisoformat(value)
            at_ms = math.floor(
                (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() * 1000 + 0.5
            )
        except (ValueError, OverflowError):
            raise self.odd(key, value) from None
        if not 0 <= at_ms <= _LATEST_MS:
            raise self.odd(key, value)
        return at_ms

    def moment_needed(self, key: str) -> int:
        value = self.moment(key)
        if value is None:
            raise self.odd(key, None)
        return value


def _author(it: _Fields) -> int | None:
    """Return who began a topic; answers say it in several ways, or not at all."""
    number = it.number("user_id", -LARGEST, LARGEST)
    details = it.get("details")
    for holder in (
        it.get("created_by"),
        details.get("created_by") if isinstance(details, Mapping) else None,
    ):
        if number is None and isinstance(holder, Mapping):
            number = _Fields(holder, "topic's author").number("id", -LARGEST, LARGEST)
    posters = it.get("posters")
    if number is None and isinstance(posters, list) and posters:
        first = _Fields(posters[0], "poster")  # the original poster comes first
        number = first.number("user_id", -LARGEST, LARGEST)
        if number is None and first.get("user") is not None:
            number = _Fields(first.get("user"), "poster").number("id", -LARGEST, LARGEST)
    return number


def _tags(given: list[object]) -> tuple[str, ...]:
    """Return tags by name, sorted; forums send names, newer ones objects with a name."""
    names = set()
    for one in given:
        name = one.get("name") if isinstance(one, Mapping) else one
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
            raise MalformedPayloadError(f"a tag cannot be {_shown(name)}")
        names.add(_clean(name).replace(",", " "))
    return tuple(sorted(names))


def _clean(text: str) -> str:
    """Return text that can be kept: without control characters and halves of characters."""
    return "".join(one for one in text if one.isprintable()).strip()


def _shown(value: object) -> str:
    return "missing" if value is None else f"{value!r:.60}"

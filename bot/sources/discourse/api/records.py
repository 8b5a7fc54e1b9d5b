"""Discourse's JSON as checked records. Pure, and lenient, because forums have plugins.

Unknown fields are ignored and optional ones may be missing. What is used is checked: a wrong
type, a number out of range or a time outside 1970-9999 raises `MalformedPayloadError`. Numbers
may be written as text, as the API's own description says of some.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from bot.sources.discourse.api.cooked import PostContent, parse_cooked
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.fields import (
    LARGEST,
    LONGEST_NAME,
    Fields,
    clean_text,
    excerpt,
)

PostPosition: TypeAlias = tuple[int, int]
"""A post as (topic, number in it)."""

PRIVATE_MESSAGE: Final = "private_message"
"""Archetype of what only some may read. Any other ("regular", "banner", a plugin's own) is a
topic like others."""
_LIKE: Final = 1
"""Type of user action: a like that the user gave."""
_REGULAR: Final = frozenset({1, 2})
"""Post types that somebody wrote for everybody: regular and moderator action. The others are
small actions, Discourse's own notes (closed, pinned …), and whispers among staff."""


@dataclass(frozen=True, slots=True)
class Post:
    """A post as it is now."""

    id: int
    topic: int
    number: int
    """Its number in the topic, from 1 up."""
    at_ms: int
    author: int | None = None
    """User id; None if the user was deleted."""
    username: str | None = None
    trust: int | None = None
    """The author's trust level now, 0-4."""
    reply_to: int | None = None
    """Number in the same topic, as the forum gives it."""
    edited_ms: int | None = None
    """When it was last edited; None: never."""
    content: PostContent | None = None
    """None if the forum did not show it."""
    is_deleted: bool = False
    is_public: bool = True
    """Not in a private message, as far as the payload says."""
    is_regular: bool = True
    """Written by somebody for everybody: neither a small action nor a whisper."""
    full_name: str | None = None
    """The author's name beside the username; "" if empty, None if the forum shows none."""

    @property
    def parent(self) -> PostPosition | None:
        """The post it replies to: the one given, else post 1, which replies to nothing."""
        number = self.reply_to or (1 if self.number != 1 else None)
        return None if number is None else (self.topic, number)

    @property
    def positions_to_resolve(self) -> frozenset[PostPosition]:
        """The posts that it replies to, links to or quotes."""
        content = self.content or PostContent()
        parent = self.parent
        return frozenset([*content.posts, *content.quotes, *([parent] if parent else [])])

    @property
    def names_to_resolve(self) -> frozenset[str]:
        """The names, in lower case, of the users that it links to."""
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
    is_deleted: bool = False
    is_public: bool = True
    """Not a private message, as far as the payload says."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category as it is now."""

    id: int
    name: str
    parent: int | None = None
    is_restricted: bool = False
    """Not everybody may read it."""
    slug: str | None = field(default=None, compare=False)
    """Its name in addresses."""
    topics: int | None = field(default=None, compare=False)
    """How many topics the forum counts in it, without those inside categories inside it."""


@dataclass(frozen=True, slots=True)
class User:
    """A user as they are now."""

    id: int
    username: str
    trust: int | None = None
    full_name: str | None = None
    """As in `Post`."""


@dataclass(frozen=True, slots=True)
class Like:
    """A like of a post."""

    user: int
    username: str | None = None
    post: int | None = None
    """None: only its `position` is known."""
    position: PostPosition | None = None
    at_ms: int | None = None
    """None if the forum does not say when."""


def parse_post(data: object, home: str) -> Post:
    """Return a post from any response or webhook that contains one.

    Parameters
    ----------
    home
        The forum's address, by which its own links are recognised.

    Raises
    ------
    MalformedPayloadError
        If it is malformed.
    """
    fields = Fields(data, "post")
    # Of a post that flags have hidden, Discourse shows a note in place of the text.
    is_hidden = fields.optional("cooked_hidden", bool)
    html = None if is_hidden else fields.optional("cooked", str)
    version = fields.number("version", 0, LARGEST) or 1
    kind = fields.number("post_type", 0, LARGEST)
    number = fields.required_number("post_number", 1)
    return Post(
        id=fields.required_number("id", 1),
        topic=fields.required_number("topic_id", 1),
        number=number,
        at_ms=fields.required_time("created_at"),
        author=fields.number("user_id", -LARGEST, LARGEST),
        username=fields.name("username"),
        trust=fields.trust(),
        reply_to=fields.number("reply_to_post_number", 0, LARGEST) or None,
        edited_ms=fields.time("updated_at") if version > 1 else None,
        content=None if html is None else parse_cooked(html, home),
        is_deleted=fields.time("deleted_at") is not None
        or bool(fields.optional("user_deleted", bool)),
        is_public=fields.optional("topic_archetype", str) != PRIVATE_MESSAGE,
        is_regular=kind is None or kind in _REGULAR,
        full_name=fields.full_name(),
    )


def parse_topic(data: object) -> Topic:
    """Return a topic from `/t/ID.json`, a list of topics, or a webhook.

    Raises
    ------
    MalformedPayloadError
        If it is malformed.
    """
    fields = Fields(data, "topic")
    return Topic(
        id=fields.required_number("id", 1),
        at_ms=fields.required_time("created_at"),
        author=_author(fields),
        category=fields.number("category_id", 1, LARGEST),
        tags=_tags(fields.optional("tags", list) or []),
        is_deleted=fields.time("deleted_at") is not None,
        is_public=fields.optional("archetype", str) != PRIVATE_MESSAGE,
    )


def parse_category(data: object) -> Category:
    """Return a category.

    Raises
    ------
    MalformedPayloadError
        If it is malformed.
    """
    fields = Fields(data, "category")
    number = fields.required_number("id", 1)
    return Category(
        number,
        fields.name("name") or f"category {number}",
        fields.number("parent_category_id", 1, LARGEST),
        fields.optional("read_restricted", bool) is not False,  # public only if it says so
        slug if isinstance(slug := fields.get("slug"), str) else None,
        topics if isinstance(topics := fields.get("topic_count"), int) else None,
    )


def parse_user(data: object) -> User:
    """Return a user from `/u/NAME.json` (its "user"), a list of users, or a webhook.

    Raises
    ------
    MalformedPayloadError
        If it is malformed.
    """
    fields = Fields(data, "user")
    username = fields.name("username")
    if username is None:
        raise fields.error("username", None)
    return User(
        fields.required_number("id", -LARGEST), username, fields.trust(), fields.full_name()
    )


def parse_user_action(data: object) -> Like | None:
    """Return a like from `/user_actions.json?filter=1`; None if the post was deleted.

    Raises
    ------
    MalformedPayloadError
        If it is malformed.
    """
    fields = Fields(data, "user action")
    if fields.required_number("action_type", 0) != _LIKE:
        raise fields.error("action_type", fields.get("action_type"))
    if fields.optional("deleted", bool):
        return None
    return Like(
        fields.required_number("acting_user_id", -LARGEST),
        fields.name("acting_username"),
        fields.number("post_id", 1, LARGEST),
        (fields.required_number("topic_id", 1), fields.required_number("post_number", 1)),
        fields.required_time("created_at"),
    )


def parse_liker(data: object, post: int) -> Like:
    """Return a like of a post from `/post_action_users.json`, which has no times.

    Raises
    ------
    MalformedPayloadError
        If it is malformed.
    """
    user = parse_user(data)
    return Like(user.id, user.username, post)


def parse_reactor(data: object) -> tuple[str, int | None]:
    """Return a user's name, and when they reacted, as the Reactions plugin tells them.

    Raises
    ------
    MalformedPayloadError
        If it is malformed.
    """
    fields = Fields(data, "reaction")
    name = fields.name("username")
    if name is None:
        raise fields.error("username", None)
    return name, fields.time("created_at")


def parse_webhook_like(data: object) -> Like:
    """Return a like from the "like" of a webhook.

    Raises
    ------
    MalformedPayloadError
        If it is malformed.
    """
    fields = Fields(data, "like")
    return parse_liker(
        fields.get("user"), Fields(fields.get("post"), "liked post").required_number("id", 1)
    )


def _author(fields: Fields) -> int | None:
    """Return who started a topic; responses say so in several ways, or not at all."""
    number = fields.number("user_id", -LARGEST, LARGEST)
    details = fields.get("details")
    for holder in (
        fields.get("created_by"),
        details.get("created_by") if isinstance(details, Mapping) else None,
    ):
        if number is None and isinstance(holder, Mapping):
            number = Fields(holder, "topic's author").number("id", -LARGEST, LARGEST)
    posters = fields.get("posters")
    if number is None and isinstance(posters, list) and posters:
        first = Fields(posters[0], "poster")  # the original poster comes first
        number = first.number("user_id", -LARGEST, LARGEST)
        if number is None and first.get("user") is not None:
            number = Fields(first.get("user"), "poster").number("id", -LARGEST, LARGEST)
    return number


def _tags(given: list[object]) -> tuple[str, ...]:
    """Return the names of tags, sorted. Newer forums send objects, older ones names."""
    names = set()
    for tag in given:
        name = tag.get("name") if isinstance(tag, Mapping) else tag
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
            raise MalformedPayloadError(f"a tag cannot be {excerpt(name)}")
        names.add(clean_text(name).replace(",", " "))
    return tuple(sorted(names))

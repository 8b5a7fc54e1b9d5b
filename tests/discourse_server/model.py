"""The records that a forum consists of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


@dataclass(slots=True)
class User:
    id: int
    username: str
    trust_level: int
    created_ms: int
    name: str | None = None
    admin: bool = False
    moderator: bool = False
    groups: tuple[str, ...] = ()
    """Names of the groups that the user is in, beside those of trust levels."""
    hides_profile: bool = False
    """Nobody is shown what the user did."""


@dataclass(slots=True)
class Category:
    id: int
    name: str
    parent_id: int | None = None
    read_restricted: bool = False
    """Private: only admins see it."""
    muted: bool = False
    """Only its own list has its topics."""
    definition: int | None = None
    """Topic that tells what the category is for; it is in no list."""

    @property
    def slug(self) -> str:
        return self.name.lower().replace(" ", "-")


@dataclass(slots=True)
class Topic:
    id: int
    title: str
    user_id: int
    category_id: int | None
    """None: it is a private message."""
    created_ms: int
    bumped_ms: int
    tags: list[str] = field(default_factory=list)
    deleted_ms: int | None = None
    allowed: set[int] = field(default_factory=set)
    """Users that may read it, if it is a private message."""
    external_id: str | None = None
    pinned: bool = False
    """It is on top of the first page of the latest topics."""
    closed: bool = False
    """Only admins may write in it."""
    posts: list[int] = field(default_factory=list)
    """Ids in the order of their numbers, deleted posts included."""

    @property
    def is_message(self) -> bool:
        return self.category_id is None


@dataclass(slots=True)
class Post:
    id: int
    topic_id: int
    number: int
    user_id: int | None
    """None: the account was deleted."""
    created_ms: int
    updated_ms: int
    raw: str
    cooked: str
    reply_to: int | None = None
    """Number of a post in the topic."""
    version: int = 1
    type: int = 1
    deleted_ms: int | None = None
    user_deleted: bool = False
    """Its author deleted it; Discourse removes it a day later."""
    likes: dict[int, int] = field(default_factory=dict)
    """User → milliseconds UTC."""

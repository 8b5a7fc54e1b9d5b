"""What the chat needs of a forum: a few questions, and ways to write. No HTTP.

ForumError
├── RefusedError   the forum will not do it: a closed topic, a missing right. Nothing was done
└── DoubtError     nobody knows whether it was done: look before trying again
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

SOURCE: Final = "discourse"
"""Source whose account and contribution ids are meant."""


class ForumError(Exception):
    """The forum did not do what it was asked. The message is for operators."""


class ForumRefusedError(ForumError):
    """The forum will not do it, now or later."""


class UnknownOutcomeError(ForumError):
    """The forum did not say whether it did it."""


@dataclass(frozen=True, slots=True)
class PostNotice:
    """A post that somebody says is new or was edited: reason to look, no more."""

    id: int
    version: int
    created_ms: int
    username: str
    text: str
    """As typed, or as HTML: enough to see whether it names the bot."""
    is_message: bool = False
    """In a private message, which need not name it."""


@dataclass(frozen=True, slots=True)
class ForumPost:
    """A post as the forum shows it now."""

    id: int
    topic: int
    number: int
    """Its number in the topic, from 1 up."""
    version: int
    """Grows with every edit, from 1 up."""
    created_ms: int
    user: int | None
    """Who wrote it; None where the account was deleted."""
    username: str
    raw: str
    """As it was typed. Used to answer, never kept."""
    reply_to: int | None = None
    """Number of the post that it answers."""
    is_plain: bool = True
    """Written for all who read the topic, and still there: no whisper, no note of an act."""
    is_staff: bool = False
    """Its author is an admin or moderator."""


@dataclass(frozen=True, slots=True)
class ForumTopic:
    """Where a post is."""

    id: int
    category: int | None
    """None: it is in none, as private messages are."""
    is_message: bool = False
    readers: frozenset[int] = frozenset()
    """Of a private message: the users it is for."""
    is_for_groups: bool = False
    """Of a private message: whole groups may read it, too."""


class Forum(Protocol):
    """One forum, as the bot's account sees it. Everything may raise `ForumError`."""

    @property
    def home(self) -> str:
        """Its address, without a slash at its end."""
        ...

    @property
    def username(self) -> str:
        """Name of the bot's account."""
        ...

    async def user(self, username: str) -> int | None:
        """Return the id of whoever is called so; None: nobody, or nobody that is shown."""
        ...

    async def post(self, post: int) -> ForumPost | None:
        """Return a post as it is now; None: it is not there, or not shown."""
        ...

    async def post_at(self, topic: int, number: int) -> ForumPost | None:
        """Return a post by its number in its topic."""
        ...

    async def topic(self, topic: int) -> ForumTopic | None:
        """Return a topic as it is now."""
        ...

    async def replies(self, post: int) -> Sequence[tuple[int, int | None]]:
        """Return the posts that answer a post, each with its author, the oldest first."""
        ...

    async def message(self, external_id: str) -> int | None:
        """Return the first post of the private message so named; None: there is none."""
        ...

    async def reply(self, topic: int, number: int, raw: str) -> int:
        """Answer a post; return the new one's id."""
        ...

    async def send(self, username: str, title: str, raw: str, external_id: str) -> int:
        """Begin a private message to somebody; return the id of its post."""
        ...

    async def edit(self, post: int, raw: str) -> None:
        """Give a post of ours another text."""
        ...

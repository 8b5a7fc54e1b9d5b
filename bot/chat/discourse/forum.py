"""What the chat needs of a forum: a few queries, and ways to write. No HTTP.

ForumError
├── ForumRefusedError     a closed topic, a missing permission: nothing was done
└── UnknownOutcomeError   it may have been done: look before trying again
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

SOURCE: Final = "discourse"
"""The source of all accounts and contributions here."""


class ForumError(Exception):
    """The forum did not do what it was asked to do. The message is for operators."""


class ForumRefusedError(ForumError):
    """The forum refuses, now and later."""


class UnknownOutcomeError(ForumError):
    """The forum did not say whether it did what it was asked to do."""


@dataclass(frozen=True, slots=True)
class PostNotice:
    """A post that is said to be new or edited: a reason to look at it, no more."""

    id: int
    version: int
    created_ms: int
    username: str
    text: str
    """Raw or HTML: enough to see whether it names the bot."""
    is_message: bool = False
    """It is in a private message, which need not name the bot."""


@dataclass(frozen=True, slots=True)
class ForumPost:
    """A post as the forum shows it now."""

    id: int
    topic: int
    number: int
    """Its number in the topic, from 1 up."""
    version: int
    """1 at first, and larger after every edit."""
    created_ms: int
    user: int | None
    """Id of its author; None if the account was deleted."""
    username: str
    raw: str
    """The text as it was typed. It is used to answer and never kept."""
    reply_to: int | None = None
    """Number of the post that it replies to."""
    is_plain: bool = True
    """For everybody who reads the topic, and not deleted: no whisper, no small action."""
    is_staff: bool = False
    """Its author is an admin or moderator."""


@dataclass(frozen=True, slots=True)
class ForumTopic:
    """The topic or private message that a post is in."""

    id: int
    category: int | None
    """None: it is in none, as all private messages."""
    is_message: bool = False
    readers: frozenset[int] = frozenset()
    """Of a private message: the users that it is for."""
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
        """Return the id of the user with a name; None: there is none, or they are hidden."""
        ...

    async def groups(self, username: str) -> frozenset[str]:
        """Return the names of the groups that a user is in and that the bot's account sees."""
        ...

    async def post(self, post: int) -> ForumPost | None:
        """Return a post as it is now; None: it does not exist, or is hidden."""
        ...

    async def post_at(self, topic: int, number: int) -> ForumPost | None:
        """Return a post by its number in its topic."""
        ...

    async def topic(self, topic: int) -> ForumTopic | None:
        """Return a topic as it is now."""
        ...

    async def replies(self, post: int) -> Sequence[tuple[int, int | None]]:
        """Return the replies to a post with their authors, the oldest first."""
        ...

    async def message(self, external_id: str) -> int | None:
        """Return the first post of the private message with an external id; None: none."""
        ...

    async def open_topic(self, category: int, title: str, raw: str, external_id: str) -> int:
        """Open a topic in a category; return the id of its first post."""
        ...

    async def reply(self, topic: int, number: int, raw: str) -> int:
        """Reply to a post; return the id of the reply."""
        ...

    async def send(self, username: str, title: str, raw: str, external_id: str) -> int:
        """Start a private message to a user; return the id of its post."""
        ...

    async def edit(self, post: int, raw: str) -> None:
        """Replace the text of a post of ours."""
        ...

"""What is needed of a platform to post announcements there, each once.

Whoever posts looks first whether it was posted already: a bot that was stopped, or a platform
that did not answer, may have left a message that nobody recorded.
"""

from dataclasses import dataclass
from typing import Protocol

from bot.commands.admin.announce import PostingRights
from bot.commands.kit.reply import Reply


@dataclass(frozen=True, slots=True)
class Notice:
    """An announcement to post."""

    key: str
    """What no other announcement of the community has: "12-1790000000000"."""
    place: str
    """Id of the channel or category, or of where its proposal was made."""
    since_ms: int
    """It was not posted earlier than this."""
    reply: Reply
    """Its title is of this announcement alone."""
    begins_thread: bool
    """What follows is posted in a thread or topic of its own."""
    thread: str | None = None
    """The thread or topic that it belongs in."""
    answers: str | None = None
    """Id of the message that began that."""


@dataclass(frozen=True, slots=True)
class PostedNotice:
    """Where an announcement was posted."""

    thread: str | None
    message: str


class CannotPostError(Exception):
    """It was not posted, as far as is known; a clause says why."""


class Noticeboard(Protocol):
    """A platform where a community's announcements can be posted."""

    async def check(self, place: str) -> PostingRights:
        """Return what the bot lacks in order to post in a channel or category."""
        ...

    async def post(self, notice: Notice) -> PostedNotice:
        """Post an announcement, unless it is there already.

        Raises
        ------
        CannotPostError
            If it could not be posted, or the platform did not say whether it was.
        """
        ...


def begin_alike(title: str, other: str) -> bool:
    """Tell whether titles are of one announcement: up to a colon they say which.

    >>> begin_alike("Result of proposal 3: passed", "Result of proposal 3: vetoed")
    True
    """
    return title.partition(":")[0] == other.partition(":")[0]

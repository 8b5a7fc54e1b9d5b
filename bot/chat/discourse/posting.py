"""Writing an answer so that there is exactly one, whatever becomes of a request to write it.

After a request whose outcome nobody knows, the answer is looked for before it is written again:
in a topic among the replies to what was asked, a private message by the name that it was given.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bot.chat.discourse.forum import Forum, ForumPost, ForumRefusedError, UnknownOutcomeError

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]
"""Waits for seconds; tests need not."""

_PAUSES_SECONDS: Final = (15.0, 30.0, 60.0, 120.0)
"""Until what a forum did not confirm can be seen there, if it was done."""


@dataclass(frozen=True, slots=True)
class PostedAnswer:
    """An answer that is there."""

    post: int
    is_private: bool
    """Only its reader sees it: it is a private message of its own."""


class AnswerWriter:
    """Writes answers in a forum.

    Parameters
    ----------
    forum
        Where.
    sleep
        How pauses are waited for.
    """

    def __init__(self, forum: Forum, sleep: Sleep = asyncio.sleep) -> None:
        self._forum = forum
        self._sleep = sleep

    async def find(self, asked: int, me: int) -> PostedAnswer | None:
        """Return the answer to a post, if there is one.

        Parameters
        ----------
        asked
            Id of the post.
        me
            Id of the bot's account.
        """
        for post, user in await self._forum.replies(asked):
            if user == me:
                return PostedAnswer(post, is_private=False)
        sent = await self._forum.message(message_name(asked))
        return None if sent is None else PostedAnswer(sent, is_private=True)

    async def reply(self, asked: ForumPost, raw: str, me: int) -> PostedAnswer:
        """Answer a post where it is.

        Raises
        ------
        ForumError
            If the forum would not, or nobody knows.
        """

        async def found() -> int | None:
            replies = await self._forum.replies(asked.id)
            return next((post for post, user in replies if user == me), None)

        post = await self._once(
            lambda: self._forum.reply(asked.topic, asked.number, raw), found
        )
        return PostedAnswer(post, is_private=False)

    async def send(self, asked: ForumPost, title: str, raw: str) -> PostedAnswer:
        """Answer a post by a private message to whoever wrote it.

        Raises
        ------
        ForumError
            If the forum would not, or nobody knows.
        """
        name = message_name(asked.id)
        post = await self._once(
            lambda: self._forum.send(asked.username, title, raw, name),
            lambda: self._forum.message(name),
        )
        return PostedAnswer(post, is_private=True)

    async def edit(self, post: int, raw: str) -> None:
        """Give an answer another text. One that is gone, or closed to us, stays as it is.

        Raises
        ------
        DoubtError
            If nobody knows.
        """
        for pause in (*_PAUSES_SECONDS, None):
            try:
                await self._forum.edit(post, raw)
            except ForumRefusedError as error:
                log.warning("answer %d could not be edited: %s", post, error)
            except UnknownOutcomeError:
                if pause is None:
                    raise
                # The same text again changes nothing.
                await self._sleep(pause)
                continue
            return

    async def _once(
        self,
        write: Callable[[], Awaitable[int]],
        find: Callable[[], Awaitable[int | None]],
    ) -> int:
        is_doubtful = False
        for pause in (*_PAUSES_SECONDS, None):
            try:
                found = await find() if is_doubtful else None
                return await write() if found is None else found
            except UnknownOutcomeError:
                if pause is None:
                    raise
            is_doubtful = True
            await self._sleep(pause)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises


def message_name(asked: int) -> str:
    """Return the external id of the private message that answers a post."""
    return f"credbot-answer-{asked}"

"""Writes an answer so that there is exactly one, whatever becomes of the request to write it.

After a request with an unknown outcome, the answer is looked for before it is written again: in
a topic among the replies to the question, a private message by its external id.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bot.chat.discourse.forum import Forum, ForumPost, ForumRefusedError, UnknownOutcomeError
from bot.runtime.clock import Sleep

log = logging.getLogger(__name__)

_PAUSES_SECONDS: Final = (15.0, 30.0, 60.0, 120.0)
"""Until a post that the forum did not confirm can be seen there, if it was written."""


@dataclass(frozen=True, slots=True)
class PostedAnswer:
    """An answer that was written."""

    post: int
    is_private: bool
    """It is a private message of its own."""


class AnswerWriter:
    """Writes answers in a forum.

    Parameters
    ----------
    forum
        The forum.
    sleep
        Waits for a number of seconds.
    """

    def __init__(self, forum: Forum, sleep: Sleep = asyncio.sleep) -> None:
        self._forum = forum
        self._sleep = sleep

    async def find(self, question: int, me: int) -> PostedAnswer | None:
        """Return the answer to a post; None if there is none.

        Parameters
        ----------
        question
            Id of the post.
        me
            Id of the bot's account.
        """
        for post, user in await self._forum.replies(question):
            if user == me:
                return PostedAnswer(post, is_private=False)
        sent = await self._forum.message(message_external_id(question))
        return None if sent is None else PostedAnswer(sent, is_private=True)

    async def reply(self, question: ForumPost, raw: str, me: int) -> PostedAnswer:
        """Reply to a post in its topic.

        Raises
        ------
        ForumError
            If the forum refuses, or the outcome stays unknown.
        """

        async def find() -> int | None:
            replies = await self._forum.replies(question.id)
            return next((post for post, user in replies if user == me), None)

        post = await self._write_once(
            lambda: self._forum.reply(question.topic, question.number, raw), find
        )
        return PostedAnswer(post, is_private=False)

    async def send(self, question: ForumPost, title: str, raw: str) -> PostedAnswer:
        """Answer a post by a private message to its author.

        Raises
        ------
        ForumError
            If the forum refuses, or the outcome stays unknown.
        """
        external_id = message_external_id(question.id)
        post = await self._write_once(
            lambda: self._forum.send(question.username, title, raw, external_id),
            lambda: self._forum.message(external_id),
        )
        return PostedAnswer(post, is_private=True)

    async def edit(self, post: int, raw: str) -> None:
        """Replace the text of an answer. One that is gone, or closed to us, stays as it is.

        Raises
        ------
        UnknownOutcomeError
            If the outcome stays unknown.
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

    async def _write_once(
        self,
        write: Callable[[], Awaitable[int]],
        find: Callable[[], Awaitable[int | None]],
    ) -> int:
        may_be_written = False
        for pause in (*_PAUSES_SECONDS, None):
            try:
                found = await find() if may_be_written else None
                return await write() if found is None else found
            except UnknownOutcomeError:
                if pause is None:
                    raise
            may_be_written = True
            await self._sleep(pause)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises


def message_external_id(question: int) -> str:
    """Return the external id of the private message that answers a post."""
    return f"credbot-answer-{question}"

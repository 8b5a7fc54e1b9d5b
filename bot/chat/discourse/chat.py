"""The chat of one forum: a post that speaks to the bot gets one reply.

    chat = DiscourseChat(forum, registry, community)
    ...chat.run()                     # in a task, until cancelled
    chat.notice(post)                 # for every post that is new or was edited

That a post is being answered is kept in the community's file before anything is done, so that
a webhook sent twice, a crash or a backfill leads to no second answer. What a crash interrupted
is not done a second time: the asker is told.
"""

import asyncio
import hashlib
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Final

from bot.chat.discourse.answers import (
    Answerer,
    answered_privately_reply,
    interrupted_reply,
    too_fast_reply,
)
from bot.chat.discourse.forum import (
    SOURCE,
    Forum,
    ForumError,
    ForumRefusedError,
    PostNotice,
)
from bot.chat.discourse.posting import AnswerWriter, PostedAnswer
from bot.chat.discourse.question import Question, find_post, read_question
from bot.commands.kit.registry import Registry
from bot.commands.kit.reply import Reply
from bot.community.communities import Community
from bot.runtime.clock import Sleep, now_ms
from bot.runtime.cooldown import Cooldown, Verdict
from storage.answered_posts import KEPT_MS, AnsweredPost, AnsweredPosts

log = logging.getLogger(__name__)

FRESH_MS: Final = 10 * 60_000
"""A post older than this when it is first noticed is history and gets no answer."""
_ACCOUNT_PAUSE_SECONDS: Final = 60.0
"""Between two attempts to find the bot's account."""
_RETRY_SECONDS: Final = 300.0
"""After this, questions that a failing forum left without an answer are tried again."""
_MAX_WAITING: Final = 200
_MAX_WAITING_EACH: Final = 8
"""Posts of one user."""
_MAX_SEEN: Final = 10_000


class DiscourseChat:
    """Answers commands in one forum.

    Parameters
    ----------
    forum
        As the bot's account sees it.
    registry
        The commands there are.
    community
        The community that they are about.
    now_ms
        The clock.
    sleep
        Waits for a number of seconds.
    """

    def __init__(
        self,
        forum: Forum,
        registry: Registry,
        community: Community,
        *,
        now_ms: Callable[[], int] = now_ms,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._forum = forum
        self._community = community
        self._now_ms = now_ms
        self._sleep = sleep
        self._answerer = Answerer(forum, registry, community, now_ms)
        self._writer = AnswerWriter(forum, sleep)
        self._answered = AnsweredPosts(community.database, SOURCE)
        # The second one ends a conversation between two programs that answer each other.
        self._cooldowns = (Cooldown(), Cooldown(burst=20, ms_per_token=180_000))
        self._queue: asyncio.Queue[PostNotice] = asyncio.Queue(_MAX_WAITING)
        self._waiting: Counter[str] = Counter()
        """Posts in the queue by their authors' names."""
        self._seen: OrderedDict[tuple[int, int], None] = OrderedDict()
        """Posts and versions that were queued."""

    def notice(self, post: PostNotice) -> None:
        """Queue a post, new or edited, to be answered if it is to the bot.

        Nothing of it is believed: the forum is asked what the post says.
        """
        if not self._may_be_to_us(post) or (post.id, post.version) in self._seen:
            return
        if self._queue.full() or self._waiting[post.username] >= _MAX_WAITING_EACH:
            log.warning("post %d is not answered: too many wait", post.id)
            return
        self._seen[post.id, post.version] = None
        if len(self._seen) > _MAX_SEEN:
            self._seen.popitem(last=False)
        self._waiting[post.username] += 1
        self._queue.put_nowait(post)

    def _may_be_to_us(self, post: PostNotice) -> bool:
        """Tell whether a post is worth asking the forum about."""
        name = self._forum.username.casefold()
        return (
            post.username.casefold() != name
            and self._now_ms() - post.created_ms <= KEPT_MS
            and (post.is_message or f"@{name}" in post.text.casefold())
        )

    async def wait_until_settled(self) -> None:
        """Return once everything noticed so far has been handled."""
        await self._queue.join()

    async def run(self) -> None:
        """Answer until cancelled. A forum that fails is asked again later."""
        me = await self._find_own_account()
        is_behind = not await self._finish_interrupted(me)
        while True:
            post = await self._next(_RETRY_SECONDS if is_behind else None)
            if post is None:
                is_behind = not await self._finish_interrupted(me)
                continue
            try:
                await self._handle(post, me)
                if is_behind:  # the forum answers again
                    is_behind = not await self._finish_interrupted(me)
            except ForumError as error:
                self._seen.pop((post.id, post.version), None)
                is_behind = True
                log.warning("post %d is not answered: %s", post.id, error)
            except Exception:
                # One post must not keep the others without answers.
                log.exception("post %d is not answered", post.id)
            finally:
                self._waiting -= Counter([post.username])
                self._queue.task_done()

    async def _next(self, timeout_seconds: float | None) -> PostNotice | None:
        """Return the next post; None if none comes in time."""
        if timeout_seconds is None or not self._queue.empty():
            return await self._queue.get()
        coming = asyncio.ensure_future(self._queue.get())
        waiting = asyncio.ensure_future(self._sleep(timeout_seconds))
        try:
            await asyncio.wait({coming, waiting}, return_when=asyncio.FIRST_COMPLETED)
            return coming.result() if coming.done() else None
        finally:
            coming.cancel()
            waiting.cancel()
            await asyncio.gather(coming, waiting, return_exceptions=True)

    async def _find_own_account(self) -> int:
        """Return the id of the bot's account; wait until the forum shows it."""
        home, username = self._forum.home, self._forum.username
        while True:
            try:
                me = await self._forum.user(username)
            except ForumError as error:
                log.warning("%s: %s", home, error)
            else:
                if me is not None:
                    log.info("answering on %s as %s", home, username)
                    return me
                log.warning("%s shows no %s: check the key and its user", home, username)
            await self._sleep(_ACCOUNT_PAUSE_SECONDS)

    # Answering ------------------------------------------------------------------------------

    async def _handle(self, notice: PostNotice, me: int) -> None:
        """Answer a post if it asks something that was not answered yet."""
        before = await self._answered.get(str(notice.id))
        if before is None:
            if self._now_ms() - notice.created_ms > FRESH_MS:
                return
        elif before.reread or notice.version <= before.version or not before.is_done:
            return
        question = await read_question(self._forum, self._community, notice.id, me)
        if question is None:
            return
        line = hashlib.sha256(question.line.encode()).digest()
        if before is not None and before.line == line:
            return  # the edit changed something else in the post
        verdict = self._verdict(str(question.post.user))
        if verdict is Verdict.IGNORE:
            return
        await self._answered.begin(
            str(notice.id),
            str(question.post.user),
            version=question.post.version,
            line=line,
            now_ms=self._now_ms(),
        )
        if verdict is Verdict.WARN:
            reply = too_fast_reply()
        else:
            reply = await self._answerer.reply(question)
        await self._put(question, reply, before)

    def _verdict(self, user: str) -> Verdict:
        now_ms = self._now_ms()
        return max(
            (cooldown.ask(user, now_ms) for cooldown in self._cooldowns),
            key=lambda verdict: verdict.value,
        )

    async def _put(self, question: Question, reply: Reply, before: AnsweredPost | None) -> None:
        """Write an answer, or replace the one before it, and record which post it is."""
        old = None if before is None or before.reply is None else int(before.reply)
        old_is_private = before is not None and before.is_private
        private = reply.private and not question.is_private
        if old is not None and private == old_is_private:
            text = self._answerer.render(reply, question, private=private)
            await self._writer.edit(old, text)
            answer: PostedAnswer | None = PostedAnswer(old, private)
        else:
            answer = await self._write(question, reply, private=private)
            if old is not None and answer is not None and answer.is_private:
                replacement = answered_privately_reply()
                text = self._answerer.render(replacement, question, private=False)
                await self._writer.edit(old, text)
        await self._record(question.post.id, answer)

    async def _write(
        self, question: Question, reply: Reply, *, private: bool
    ) -> PostedAnswer | None:
        """Write an answer and return it; None if the forum has no place for it."""
        post = question.post
        if not private:
            text = self._answerer.render(reply, question, private=False)
            try:
                return await self._writer.reply(post, text, question.me)
            except ForumRefusedError as error:
                # The topic was closed meanwhile, or we may not write there.
                log.warning("post %d is answered privately: %s", post.id, error)
        title = f"Your question to {self._forum.username}"
        text = self._answerer.render(reply, question, private=True)
        try:
            return await self._writer.send(post, title, text)
        except ForumRefusedError as error:
            log.warning("post %d cannot be answered: %s", post.id, error)
            return None

    async def _record(self, post: int, answer: PostedAnswer | None) -> None:
        await self._answered.finish(
            str(post),
            None if answer is None else str(answer.post),
            is_private=answer is not None and answer.is_private,
        )

    # After a restart ------------------------------------------------------------------------

    async def _finish_interrupted(self, me: int) -> bool:
        """Find the answers that were written, and tell who else was being answered.

        Returns
        -------
        bool
            Whether the forum let us do all of it.
        """
        is_done = True
        for answered in await self._answered.list_unfinished():
            post = int(answered.post)
            try:
                answer = await self._writer.find(post, me)
                if answer is None:
                    answer = await self._apologise(post, me)
                await self._record(post, answer)
            except ForumError as error:
                is_done = False
                log.warning("post %d is left without an answer: %s", post, error)
            except Exception:
                # One post must not keep the others without answers.
                log.exception("post %d is left without an answer", post)
        return is_done

    async def _apologise(self, post: int, me: int) -> PostedAnswer | None:
        """Tell the author of a post that its answer was interrupted."""
        found = await find_post(self._forum, post)
        topic = None if found is None else await self._forum.topic(found.topic)
        if found is None or topic is None:
            return None
        question = Question(found, topic, me, "")
        return await self._write(question, interrupted_reply(), private=not question.is_private)

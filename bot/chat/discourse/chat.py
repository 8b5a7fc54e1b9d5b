"""Discourse's side of the commands: a post that speaks to the bot gets one reply.

    chat = DiscourseChat(forum, registry, community)
    ...chat.run()                     # in a task, until cancelled
    chat.heard(told)                  # for every post that is new or was edited

What was answered is kept in the community's file before anything is done, so that a hook told
twice, a crash or a backfill leads to no second answer. What a crash interrupted is not done a
second time: whoever asked is told.
"""

import asyncio
import hashlib
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.chat.cooldown import Cooldown, Verdict
from bot.chat.discourse.forum import (
    SOURCE,
    Forum,
    ForumError,
    ForumPost,
    ForumRefusedError,
    ForumTopic,
    PostNotice,
)
from bot.chat.discourse.mentions import command_line
from bot.chat.discourse.posting import AnswerWriter, PostedAnswer, Sleep
from bot.chat.discourse.references import resolve_references, restore_typed
from bot.chat.discourse.render import RenderContext, render
from bot.chat.line.parse import Invocation, parse
from bot.commands.kit.arguments import Argument, ContributionLink
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.errors import error_reply
from bot.commands.kit.registry import Registry
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.communities import Community
from bot.runtime.clock import now_ms
from bot.services import people
from storage.answered_posts import KEPT_MS, AnsweredPost, AnsweredPosts

log = logging.getLogger(__name__)

ANSWERS_IN: Final = "discourse.answers-in"
"""Setting: the categories where it answers; none: in all."""
FRESH_MS: Final = 10 * 60_000
"""A post older than this, when it is first seen, is history and gets no answer."""
_PAUSE_SECONDS: Final = 60.0
_AGAIN_SECONDS: Final = 300.0
"""After so long, what a forum that failed left without an answer is tried again."""
_MOST_WAITING: Final = 200
_MOST_WAITING_EACH: Final = 8
_MOST_SEEN: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """A post that says something to us, where we may answer."""

    post: ForumPost
    topic: ForumTopic
    me: int
    alone: bool
    """Nobody but the asker and us reads it."""
    line: str


class DiscourseChat:
    """Answers commands in one forum.

    Parameters
    ----------
    forum
        As the bot's account sees it.
    registry
        The commands there are.
    community
        Whose they are about.
    now_ms
        The clock.
    sleep
        How pauses are waited for.
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
        self._registry = registry
        self._community = community
        self._now_ms = now_ms
        self._sleep = sleep
        self._posting = AnswerWriter(forum, sleep)
        self._answered = AnsweredPosts(community.database, SOURCE)
        # The second one ends whatever two programs might have to say to each other.
        self._cooldowns = (Cooldown(), Cooldown(burst=20, ms_per_token=180_000))
        self._queue: asyncio.Queue[PostNotice] = asyncio.Queue(_MOST_WAITING)
        self._waiting: Counter[str] = Counter()
        self._seen: OrderedDict[tuple[int, int], None] = OrderedDict()

    def heard(self, post: PostNotice) -> None:
        """Take note of a post, new or edited; it is answered later, if it is to us.

        It is believed in nothing: the forum is asked what the post is.
        """
        if not self._may_be_to_us(post) or (post.id, post.version) in self._seen:
            return
        if self._queue.full() or self._waiting[post.username] >= _MOST_WAITING_EACH:
            log.warning("post %d is not answered: too many wait", post.id)
            return
        self._seen[post.id, post.version] = None
        if len(self._seen) > _MOST_SEEN:
            self._seen.popitem(last=False)
        self._waiting[post.username] += 1
        self._queue.put_nowait(post)

    async def wait_until_settled(self) -> None:
        """Return once everything heard so far was dealt with."""
        await self._queue.join()

    async def run(self) -> None:
        """Answer until cancelled. A forum that fails is asked again later."""
        me = await self._known_me()
        is_behind = not await self._finish_what_was_begun(me)
        while True:
            post = await self._next(_AGAIN_SECONDS if is_behind else None)
            if post is None:
                is_behind = not await self._finish_what_was_begun(me)
                continue
            try:
                await self._deal_with(post, me)
                if is_behind:  # the forum answers again
                    is_behind = not await self._finish_what_was_begun(me)
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

    async def _next(self, seconds: float | None) -> PostNotice | None:
        """Return the next post; None if there is none for so long (None: wait for one)."""
        if seconds is None or not self._queue.empty():
            return await self._queue.get()
        coming = asyncio.ensure_future(self._queue.get())
        waiting = asyncio.ensure_future(self._sleep(seconds))
        try:
            await asyncio.wait({coming, waiting}, return_when=asyncio.FIRST_COMPLETED)
            return coming.result() if coming.done() else None
        finally:
            coming.cancel()
            waiting.cancel()
            await asyncio.gather(coming, waiting, return_exceptions=True)

    # Which posts are answered ---------------------------------------------------------------

    def _may_be_to_us(self, post: PostNotice) -> bool:
        """Tell whether a post is worth asking the forum about."""
        name = self._forum.username.casefold()
        return (
            post.username.casefold() != name
            and self._now_ms() - post.created_ms <= KEPT_MS
            and (post.is_message or f"@{name}" in post.text.casefold())
        )

    @staticmethod
    def _is_somebodys(post: ForumPost) -> bool:
        """Tell whether somebody wrote it for all: not Discourse's own accounts (below 0)."""
        return post.is_plain and post.user is not None and post.user > 0

    async def _deal_with(self, heard: PostNotice, me: int) -> None:
        before = await self._answered.get(str(heard.id))
        if before is None:
            if self._now_ms() - heard.created_ms > FRESH_MS:
                return
        elif before.reread or heard.version <= before.version or not before.is_done:
            return
        asked = await self._asked(heard, me)
        if asked is None:
            return
        line = hashlib.sha256(asked.line.encode()).digest()
        if before is not None and before.line == line:
            return  # something else in the post was put right
        verdict = self._verdict(str(asked.post.user))
        if verdict is Verdict.IGNORE:
            return
        await self._answered.begin(
            str(heard.id),
            str(asked.post.user),
            version=asked.post.version,
            line=line,
            now_ms=self._now_ms(),
        )
        reply = _too_fast() if verdict is Verdict.WARN else await self._reply(asked)
        await self._put(asked, reply, before)

    async def _asked(self, heard: PostNotice, me: int) -> _Asked | None:
        """Return what a post asks, as the forum shows it now; None: nothing that we answer."""
        post = await self._forum.post(heard.id)
        if post is None or not self._is_somebodys(post) or me == post.user:
            return None
        names = self._community.directory
        number = names.account_number(SOURCE, str(post.user))
        if number is not None and names.account_kind(number) != "user":
            return None
        topic = await self._forum.topic(post.topic)
        if topic is None or not self._answers_in(topic, me):
            return None
        alone = _is_between(topic, me, post.user)
        line = command_line(self._forum.username, post.raw, alone=alone)
        return None if line is None else _Asked(post, topic, me, alone, line)

    def _answers_in(self, topic: ForumTopic, me: int) -> bool:
        if topic.is_message:
            # A key of staff may see those of others, too.
            return me in topic.readers
        listed = self._community.settings.get(ANSWERS_IN)
        return not isinstance(listed, list) or not listed or str(topic.category) in listed

    def _verdict(self, who: str) -> Verdict:
        now_ms = self._now_ms()
        return max(
            (cooldown.ask(who, now_ms) for cooldown in self._cooldowns),
            key=lambda verdict: verdict.value,
        )

    # What they are answered -----------------------------------------------------------------

    @property
    def _prefix(self) -> str:
        return f"@{self._forum.username} "

    async def _reply(self, asked: _Asked) -> Reply:
        """Return the reply to what was asked; whatever goes wrong is one, too."""
        post, prefix = asked.post, self._prefix
        try:
            line, typed = await resolve_references(asked.line, self._forum)
            called = _with_texts_as_typed(parse(line, self._registry, SOURCE), typed)
            arguments = await self._about_replied(called, asked)
        except Exception as error:  # noqa: BLE001 - errors.py puts every error into words
            return error_reply(error, prefix=prefix, activity="reading a line")
        reply = await dispatch(
            called.command,
            Request(
                community=self._community,
                source=SOURCE,
                actor=str(post.user),
                actor_name=post.username,
                is_admin=post.is_staff,
                arguments=arguments,
                now_ms=self._now_ms(),
                place=f"t{post.topic}",
                prefix=prefix,
                # What is private goes by private message.
                is_private=called.command.private or asked.alone,
                is_overheard=not asked.alone,
                suggestion=called.suggestion,
            ),
        )
        return replace(reply, private=reply.private or called.command.private)

    async def _about_replied(self, called: Invocation, asked: _Asked) -> Mapping[str, Argument]:
        """Return the arguments, about the post replied to where nothing else is named."""
        about = [
            parameter.name
            for parameter in called.command.parameters
            if parameter.type.names_contribution
        ]
        number = asked.post.reply_to
        if number is None or not set(about) - set(called.arguments):
            return called.arguments
        replied = await self._forum.post_at(asked.post.topic, number)
        if replied is None or replied.user == asked.me:
            return called.arguments  # people reply to our suggestions
        link = ContributionLink(SOURCE, f"post:{replied.id}")
        return {**dict.fromkeys(about, link), **called.arguments}

    # Where the answers go -------------------------------------------------------------------

    async def _put(self, asked: _Asked, reply: Reply, before: AnsweredPost | None) -> None:
        """Write the answer, or put it in the place of the one before, and note which it is."""
        was = None if before is None or before.reply is None else int(before.reply)
        was_private = before is not None and before.is_private
        private = reply.private and not asked.alone
        if was is not None and private == was_private:
            await self._posting.edit(was, self._raw(reply, asked, private=private))
            written: PostedAnswer | None = PostedAnswer(was, private)
        else:
            written = await self._write(asked, reply, private=private)
            if was is not None and written is not None and written.is_private:
                await self._posting.edit(was, self._raw(_privately(), asked, private=False))
        await self._answered.finish(
            str(asked.post.id),
            None if written is None else str(written.post),
            is_private=written is not None and written.is_private,
        )

    async def _write(
        self, asked: _Asked, reply: Reply, *, private: bool
    ) -> PostedAnswer | None:
        """Return the answer, written; None where the forum has no place for it."""
        post = asked.post
        if not private:
            try:
                raw = self._raw(reply, asked, private=False)
                return await self._posting.reply(post, raw, asked.me)
            except ForumRefusedError as error:
                # Closed meanwhile, or we may not write there.
                log.warning("post %d is answered privately: %s", post.id, error)
        try:
            raw = self._raw(reply, asked, private=True)
            return await self._posting.send(
                post, f"Your question to {self._forum.username}", raw
            )
        except ForumRefusedError as error:
            log.warning("post %d cannot be answered: %s", post.id, error)
            return None

    def _raw(self, reply: Reply, asked: _Asked, *, private: bool) -> str:
        """Return the text of an answer; where that cannot be made, one that says so."""
        shown = RenderContext(
            self._forum.username,
            self._forum.home,
            lambda account: self._called(account, str(asked.post.user)),
            linked=private or asked.alone,
        )
        try:
            raw = render(reply, shown)
        except Exception as error:  # noqa: BLE001 - errors.py puts every error into words
            what = f"showing “{reply.title:.60}”"
            raw = render(error_reply(error, prefix=self._prefix, activity=what), shown)
        # Discourse refuses the same text twice within minutes; nobody sees a comment.
        return f"{raw}\n\n<!-- answers {asked.post.id} -->"

    def _called(self, account: str, asker: str) -> str:
        """Return an account's name there; "" for nobody who is shown."""
        found = people.find_by_account(self._community, SOURCE, account, asker=asker)
        number = self._community.directory.account_number(SOURCE, account)
        if number is None or not isinstance(found, people.Person):
            return ""
        name = self._community.directory.account_name(number)
        return "" if any(map(str.isspace, name)) else name

    # Beginning ------------------------------------------------------------------------------

    async def _known_me(self) -> int:
        while True:
            try:
                me = await self._forum.user(self._forum.username)
            except ForumError as error:
                log.warning("%s: %s", self._forum.home, error)
            else:
                if me is not None:
                    log.info("answering on %s as %s", self._forum.home, self._forum.username)
                    return me
                log.warning(
                    "%s shows no %s: check the key and its user",
                    self._forum.home,
                    self._forum.username,
                )
            await self._sleep(_PAUSE_SECONDS)

    async def _finish_what_was_begun(self, me: int) -> bool:
        """Find the answers that were written, and tell who else was being answered.

        Returns
        -------
        bool
            Whether the forum let us do all of it.
        """
        is_done = True
        for answered in await self._answered.unfinished():
            try:
                await self._finish(answered, me)
            except ForumError as error:
                is_done = False
                log.warning("post %s is left without an answer: %s", answered.post, error)
            except Exception:
                # One post must not keep the others without answers.
                log.exception("post %s is left without an answer", answered.post)
        return is_done

    async def _finish(self, one: AnsweredPost, me: int) -> None:
        written = await self._posting.find(int(one.post), me)
        if written is None:
            post = await self._forum.post(int(one.post))
            topic = None if post is None else await self._forum.topic(post.topic)
            if post is not None and topic is not None and self._is_somebodys(post):
                alone = _is_between(topic, me, post.user)
                asked = _Asked(post, topic, me, alone, "")
                written = await self._write(asked, _interrupted(), private=not alone)
        await self._answered.finish(
            one.post,
            None if written is None else str(written.post),
            is_private=written is not None and written.is_private,
        )


def _with_texts_as_typed(called: Invocation, typed: Mapping[str, str]) -> Invocation:
    """Return what was called; its sentences name people, not their ids."""
    arguments = {
        name: restore_typed(one, typed) if isinstance(one, str) else one
        for name, one in called.arguments.items()
    }
    return replace(called, arguments=arguments)


def _is_between(topic: ForumTopic, *users: int | None) -> bool:
    """Tell whether a topic is a private message that nobody but these read."""
    return topic.is_message and not topic.is_for_groups and set(topic.readers) == set(users)


def _too_fast() -> Reply:
    return Reply(
        title="One moment",
        text="That was many questions at once. Ask again in a few minutes.",
        private=True,
        is_error=True,
    )


def _interrupted() -> Reply:
    return Reply(
        title="I was interrupted",
        text="I was stopped while I was at what you asked. If it changes something, that may "
        "have been done: look first, then ask again.",
        private=True,
        is_error=True,
    )


def _privately() -> Reply:
    return Reply(title="Answered privately", text="See your messages for the answer.")

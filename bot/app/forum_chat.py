"""Has the bot answer in forums: joins a forum's client with the chat, which knows no HTTP."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from bot.chat.discourse import DiscourseChat
from bot.chat.discourse import forum as chat_forum
from bot.chat.discourse.forum import ForumPost, ForumTopic, PostNotice
from bot.commands.kit.registry import Registry
from bot.community.communities import Community
from bot.runtime.supervisor import Supervisor
from bot.sources.discourse.api import records
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.transport import (
    Access,
    AccessDeniedError,
    DiscourseError,
    ForumTransport,
    NotFoundError,
)
from bot.sources.discourse.reading.hints import ignore_post
from bot.sources.discourse.runner import DiscourseRunner
from bot.sources.port import Runner

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_MESSAGE: Final = "private_message"
_SYSTEM: Final = "system"
"""Discourse's own account. It speaks of its own accord, so nobody asks it anything."""


@asynccontextmanager
async def run_forum_chat(
    runner: Runner, community: Community, registry: Registry
) -> AsyncIterator[None]:
    """Have the bot answer where a runner listens, until the block is left.

    Nothing happens beside runners of other platforms, nor without an account of the bot's own.
    """
    if not isinstance(runner, DiscourseRunner):
        yield
        return
    access, around = runner.settings.access, runner.around
    if access.api_key is None or access.api_user.casefold() == _SYSTEM:
        log.info(
            "%s is only read: to have questions answered there, set CRED_DISCOURSE_API_KEY and "
            "CRED_DISCOURSE_API_USER to an account of the bot's own",
            runner.name,
        )
        yield
        return
    async with around.session() as session, Supervisor(around.sleep, around.clock) as keeper:
        calls = ForumTransport(
            access,
            session,
            pace=runner.pace,
            sleep=around.sleep,
            timeout_seconds=around.timeout_seconds,
        )
        chat = DiscourseChat(
            DiscourseForum(ForumClient(calls), access),
            registry,
            community,
            now_ms=around.now_ms,
            sleep=around.sleep,
        )

        def heard(said: Mapping[str, Any]) -> None:
            post = post_notice(said)
            if post is not None:
                chat.heard(post)

        keeper.watch(f"answers on {runner.name}", chat.run)
        runner.on_post = heard
        try:
            yield
        finally:
            runner.on_post = ignore_post


class DiscourseForum:
    """A forum as the chat sees it (`bot.chat.discourse.forum.Forum`).

    Parameters
    ----------
    client
        Asks and writes, with the account of the access.
    access
        Where, and as whom.
    """

    def __init__(self, client: ForumClient, access: Access) -> None:
        self._client = client
        self._access = access

    @property
    def home(self) -> str:
        """Its address, without a slash at its end."""
        return self._access.url

    @property
    def username(self) -> str:
        """Name of the bot's account."""
        return self._access.api_user

    async def user(self, username: str) -> int | None:
        """Return the id of whoever is called so; None: nobody, or nobody that is shown."""

        async def ask() -> int:
            return records.parse_user(await self._client.user(username)).id

        return await _if_there(ask)

    async def post(self, post: int) -> ForumPost | None:
        """Return a post as it is now; None: it is not there, or not shown."""

        async def ask() -> ForumPost:
            return self._post(await self._client.post(post))

        return await _if_there(ask)

    async def post_at(self, topic: int, number: int) -> ForumPost | None:
        """Return a post by its number in its topic."""

        async def ask() -> ForumPost:
            return self._post(await self._client.post_at(topic, number))

        return await _if_there(ask)

    async def topic(self, topic: int) -> ForumTopic | None:
        """Return a topic as it is now."""

        async def ask() -> ForumTopic:
            said, _, _ = await self._client.topic(topic)
            return _topic(said)

        return await _if_there(ask)

    async def replies(self, post: int) -> Sequence[tuple[int, int | None]]:
        """Return the posts that answer a post, each with its author, the oldest first."""

        async def ask() -> list[tuple[int, int | None]]:
            said = [
                records.parse_post(one, self.home) for one in await self._client.replies(post)
            ]
            return sorted((one.id, one.author) for one in said if not one.is_gone)

        return await _if_there(ask) or ()

    async def message(self, external_id: str) -> int | None:
        """Return the first post of the private message so named; None: there is none."""

        async def ask() -> int | None:
            topic = await self._client.topic_named(external_id)
            _, _, stream = await self._client.topic(topic)
            return stream[0] if stream else None

        return await _if_there(ask)

    async def reply(self, topic: int, number: int, raw: str) -> int:
        """Answer a post; return the new one's id."""
        return await self._written(raw, topic=topic, reply_to=number)

    async def send(self, username: str, title: str, raw: str, external_id: str) -> int:
        """Begin a private message to somebody; return the id of its post."""
        return await self._written(raw, title=title, to=(username,), external_id=external_id)

    async def edit(self, post: int, raw: str) -> None:
        """Give a post of ours another text."""
        await _done(lambda: self._client.edit(post, raw))

    async def _written(self, raw: str, **where: Any) -> int:  # noqa: ANN401 - as `write` has it
        async def write() -> int:
            return records.parse_post(await self._client.write(raw, **where), self.home).id

        return await _done(write)

    def _post(self, said: Mapping[str, Any]) -> ForumPost:
        post = records.parse_post(said, self.home)
        raw, version = said.get("raw"), said.get("version")
        return ForumPost(
            id=post.id,
            topic=post.topic,
            number=post.number,
            version=version if isinstance(version, int) else 1,
            created_ms=post.at_ms,
            user=post.author,
            username=post.username or "",
            raw=raw if isinstance(raw, str) else "",
            reply_to=post.reply_to,
            is_plain=post.is_written and not post.is_gone and said.get("hidden") is not True,
            is_staff=said.get("admin") is True or said.get("moderator") is True,
        )


def post_notice(said: Mapping[str, Any]) -> PostNotice | None:
    """Return what a webhook or a topic tells of a post; None where it makes no sense."""
    try:
        post = records.parse_post({**said, "cooked": None}, "")
    except MalformedPayloadError:
        return None
    text = said.get("raw")
    if not isinstance(text, str):
        text = said.get("cooked")
    version = said.get("version")
    return PostNotice(
        id=post.id,
        version=version if isinstance(version, int) else 1,
        created_ms=post.at_ms,
        username=post.username or "",
        text=text if isinstance(text, str) else "",
        is_message=said.get("topic_archetype") == _MESSAGE,
    )


def _topic(said: Mapping[str, Any]) -> ForumTopic:
    topic = records.parse_topic(said)
    is_message = said.get("archetype") == _MESSAGE
    details = said.get("details")
    if not is_message or not isinstance(details, Mapping):
        return ForumTopic(topic.id, topic.category, is_message)
    users = details.get("allowed_users")
    readers = users if isinstance(users, list) else []
    return ForumTopic(
        topic.id,
        topic.category,
        is_message,
        frozenset(records.parse_user(reader).id for reader in readers),
        is_for_groups=bool(details.get("allowed_groups")),
    )


async def _if_there(ask: Callable[[], Awaitable[_T]]) -> _T | None:
    """Return an answer, None if what was asked for is not there or not shown to us."""
    try:
        return await _done(ask)
    except _NotThereError:
        return None


class _NotThereError(chat_forum.ForumRefusedError):
    """It is gone, or hidden."""


async def _done(ask: Callable[[], Awaitable[_T]]) -> _T:
    """Return an answer; errors become those that the chat knows."""
    try:
        return await ask()
    except (NotFoundError, AccessDeniedError) as error:
        raise _NotThereError(str(error)) from error
    except (DiscourseError, MalformedPayloadError) as error:
        raise chat_forum.UnknownOutcomeError(str(error)) from error

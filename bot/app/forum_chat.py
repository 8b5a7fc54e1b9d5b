"""Connects the chat of a forum, which knows no HTTP, with the source's client and runner."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from bot.app.announcer import Announcer
from bot.chat.discourse import DiscourseChat
from bot.chat.discourse import forum as chat_forum
from bot.chat.discourse.forum import ForumPost, ForumTopic, PostNotice
from bot.chat.discourse.noticeboard import DiscourseNoticeboard
from bot.commands.kit.registry import Registry
from bot.community.communities import Community
from bot.runtime.supervisor import Supervisor
from bot.sources.discourse.api import records
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.transport import (
    AccessDeniedError,
    DiscourseError,
    ForumAccess,
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
"""Discourse's own user. It posts by itself, so nobody asks it anything."""


@asynccontextmanager
async def run_forum_chat(
    runner: Runner, community: Community, registry: Registry, announcer: Announcer
) -> AsyncIterator[None]:
    """Have the bot answer and announce in a runner's forum, until the block is left.

    It does nothing for runners of other platforms, or where the bot has no account of its own.
    """
    if not isinstance(runner, DiscourseRunner):
        yield
        return
    access, environment = runner.settings.access, runner.environment
    if access.api_key is None or access.api_user.casefold() == _SYSTEM:
        log.info(
            "%s is only read: to have questions answered there, set CRED_DISCOURSE_API_KEY and "
            "CRED_DISCOURSE_API_USER to an account of the bot's own",
            runner.name,
        )
        yield
        return
    async with (
        environment.session() as session,
        Supervisor(environment.sleep, environment.clock) as supervisor,
    ):
        transport = ForumTransport(
            access,
            session,
            pace=runner.pace,
            sleep=environment.sleep,
            timeout_seconds=environment.timeout_seconds,
        )
        forum = DiscourseForum(ForumClient(transport), access)
        chat = DiscourseChat(
            forum,
            registry,
            community,
            now_ms=environment.now_ms,
            sleep=environment.sleep,
        )

        def on_post(payload: Mapping[str, Any]) -> None:
            post = post_notice(payload)
            if post is not None:
                chat.notice(post)

        supervisor.supervise(f"answers on {runner.name}", chat.run)
        runner.on_post = on_post
        announcer.add_board(community.slug, chat_forum.SOURCE, DiscourseNoticeboard(forum))
        try:
            yield
        finally:
            announcer.remove_board(community.slug, chat_forum.SOURCE)
            runner.on_post = ignore_post


class DiscourseForum:
    """A `bot.chat.discourse.forum.Forum` that asks Discourse's API.

    Parameters
    ----------
    client
        Uses the same access.
    access
        The forum, and the bot's account.
    """

    def __init__(self, client: ForumClient, access: ForumAccess) -> None:
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
        """Return the id of the user with a name; None: there is none, or they are hidden."""

        async def ask() -> int:
            return records.parse_user(await self._client.user(username)).id

        return await _unless_missing(ask)

    async def groups(self, username: str) -> frozenset[str]:
        """Return the names of the groups that a user is in and that the bot's account sees."""

        async def ask() -> frozenset[str]:
            groups = (await self._client.user(username)).get("groups")
            return frozenset(
                str(group["name"])
                for group in (groups if isinstance(groups, list) else ())
                if isinstance(group, dict) and "name" in group
            )

        return await _unless_missing(ask) or frozenset()

    async def post(self, post: int) -> ForumPost | None:
        """Return a post as it is now; None: it does not exist, or is hidden."""

        async def ask() -> ForumPost:
            return self._post(await self._client.post(post))

        return await _unless_missing(ask)

    async def post_at(self, topic: int, number: int) -> ForumPost | None:
        """Return a post by its number in its topic."""

        async def ask() -> ForumPost:
            return self._post(await self._client.post_at(topic, number))

        return await _unless_missing(ask)

    async def topic(self, topic: int) -> ForumTopic | None:
        """Return a topic as it is now."""

        async def ask() -> ForumTopic:
            payload, _, _ = await self._client.topic(topic)
            return _topic(payload)

        return await _unless_missing(ask)

    async def replies(self, post: int) -> Sequence[tuple[int, int | None]]:
        """Return the replies to a post with their authors, the oldest first."""

        async def ask() -> list[tuple[int, int | None]]:
            payloads = await self._client.replies(post)
            replies = [records.parse_post(payload, self.home) for payload in payloads]
            return sorted((reply.id, reply.author) for reply in replies if not reply.is_deleted)

        return await _unless_missing(ask) or ()

    async def message(self, external_id: str) -> int | None:
        """Return the first post of the private message with an external id; None: none."""

        async def ask() -> int | None:
            topic = await self._client.topic_by_external_id(external_id)
            _, _, stream = await self._client.topic(topic)
            return stream[0] if stream else None

        return await _unless_missing(ask)

    async def open_topic(self, category: int, title: str, raw: str, external_id: str) -> int:
        """Open a topic in a category; return the id of its first post."""
        return await self._write(raw, title=title, category=category, external_id=external_id)

    async def reply(self, topic: int, number: int, raw: str) -> int:
        """Reply to a post; return the id of the reply."""
        return await self._write(raw, topic=topic, reply_to=number)

    async def send(self, username: str, title: str, raw: str, external_id: str) -> int:
        """Start a private message to a user; return the id of its post."""
        return await self._write(raw, title=title, to=(username,), external_id=external_id)

    async def edit(self, post: int, raw: str) -> None:
        """Replace the text of a post of ours."""
        await _translate_errors(lambda: self._client.edit(post, raw))

    async def _write(self, raw: str, **where: Any) -> int:
        async def write() -> int:
            return records.parse_post(await self._client.write(raw, **where), self.home).id

        return await _translate_errors(write)

    def _post(self, payload: Mapping[str, Any]) -> ForumPost:
        post = records.parse_post(payload, self.home)
        raw, version = payload.get("raw"), payload.get("version")
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
            is_plain=post.is_regular
            and not post.is_deleted
            and payload.get("hidden") is not True,
            is_staff=payload.get("admin") is True or payload.get("moderator") is True,
        )


def post_notice(payload: Mapping[str, Any]) -> PostNotice | None:
    """Return a post from a webhook or a topic; None if it is malformed."""
    try:
        post = records.parse_post({**payload, "cooked": None}, "")
    except MalformedPayloadError:
        return None
    text = payload.get("raw")
    if not isinstance(text, str):
        text = payload.get("cooked")
    version = payload.get("version")
    return PostNotice(
        id=post.id,
        version=version if isinstance(version, int) else 1,
        created_ms=post.at_ms,
        username=post.username or "",
        text=text if isinstance(text, str) else "",
        is_message=payload.get("topic_archetype") == _MESSAGE,
    )


def _topic(payload: Mapping[str, Any]) -> ForumTopic:
    topic = records.parse_topic(payload)
    is_message = payload.get("archetype") == _MESSAGE
    details = payload.get("details")
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


async def _unless_missing(ask: Callable[[], Awaitable[_T]]) -> _T | None:
    """Return an answer; None if what was asked for does not exist or is hidden from us."""
    try:
        return await _translate_errors(ask)
    except _MissingError:
        return None


class _MissingError(chat_forum.ForumRefusedError):
    """What was asked for does not exist, or is hidden."""


async def _translate_errors(ask: Callable[[], Awaitable[_T]]) -> _T:
    """Return an answer, raising the chat's errors in place of the source's."""
    try:
        return await ask()
    except (NotFoundError, AccessDeniedError) as error:
        raise _MissingError(str(error)) from error
    except (DiscourseError, MalformedPayloadError) as error:
        raise chat_forum.UnknownOutcomeError(str(error)) from error

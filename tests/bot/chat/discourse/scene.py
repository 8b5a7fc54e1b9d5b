"""A forum with people, a community that knows them, and the bot, over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr

from bot.app.forum_chat import DiscourseForum, post_notice
from bot.chat.discourse import DiscourseChat
from bot.commands.catalogue import build_registry
from bot.commands.kit.registry import Registry
from bot.community.communities import Communities, Community
from bot.runtime.pace import Pace
from bot.sources import discover
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.transport import ForumAccess, ForumTransport
from cred.facts.events import Event, Kind, Provenance
from storage.log.batch import Account, Batch
from tests.bot.commands.garden import NOW_MS, garden
from tests.discourse_server import DiscourseServer, objects, running_discourse
from tests.discourse_server.clock import Clock
from tests.discourse_server.model import Category, Post, Topic, User

_DAY_MS = 86_400_000


@dataclass
class Scene:
    """A forum and a bot. Posts are answered only while the bot runs."""

    server: DiscourseServer
    community: Community
    bot: User
    ada: User
    grace: User
    topic: Topic
    session: aiohttp.ClientSession
    registry: Registry = field(default_factory=build_registry)
    chat: DiscourseChat = field(init=False)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the bot until the block ends. A second time, it is a restart."""
        clock = self.server.clock
        access = ForumAccess(self.server.url, SecretStr(self.server.api_key), self.bot.username)
        calls = ForumTransport(
            access,
            self.session,
            pace=Pace(55, 60.0, clock.sleep, clock.seconds),
            sleep=clock.sleep,
        )
        forum = DiscourseForum(ForumClient(calls), access)
        self.chat = DiscourseChat(
            forum, self.registry, self.community, now_ms=clock.now_ms, sleep=clock.sleep
        )
        task = asyncio.create_task(self.chat.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def says(
        self, user: User, text: str, topic: Topic | None = None, reply_to: Post | None = None
    ) -> Post:
        return self.server.forum.post(topic or self.topic, user, text, reply_to=reply_to)

    def writes(self, user: User, text: str, *others: User) -> Topic:
        """Start a private message to the bot."""
        return self.server.forum.topic(user, "A word", text=text, to=[self.bot, *others])

    async def notify(self, *posts: Post) -> None:
        """Notify the bot of posts, as a webhook does, and wait until it has handled them."""
        for post in posts:
            body = objects.webhook_body(self.server.forum, "post", post, None)
            notice = post_notice(body["post"])
            assert notice is not None
            self.chat.notice(notice)
        await self.chat.wait_until_settled()

    async def asks(self, user: User, text: str, **where: Any) -> list[Post]:
        """Post a text and return what the bot wrote since."""
        before = set(self.server.forum.posts)
        await self.notify(self.says(user, text, **where))
        return [post for post in self.answers() if post.id not in before]

    def answers(self) -> list[Post]:
        """Return everything that the bot wrote, in topics and in private."""
        posts = self.server.forum.posts.values()
        return [post for post in posts if post.user_id == self.bot.id]

    def is_private(self, post: Post) -> bool:
        return self.server.forum.topics[post.topic_id].is_message

    def readers(self, post: Post) -> set[int]:
        return self.server.forum.topics[post.topic_id].allowed

    def limit_to(self, *categories: Category) -> Awaitable[int]:
        """Limit the categories in which the bot answers."""
        ids = ", ".join(str(category.id) for category in categories)
        return self.community.settings.set(
            {"discourse.answers-in": ids}, author="operator", reason="", now_ms=NOW_MS
        )


@asynccontextmanager
async def scenes(folder: Path, *, rename: Callable[[str], str] = str) -> AsyncIterator[Scene]:
    """Make a scene; `rename` turns names in the forum into names in the log."""
    with ThreadPoolExecutor(1) as worker:
        async with (
            running_discourse(Clock(NOW_MS)) as server,
            Communities(folder, list(discover().values()), worker) as opened,
            aiohttp.ClientSession() as session,
        ):
            forum = server.forum
            bot, ada, grace = (
                forum.user(name, trust=2) for name in ("credbot", "adele", "greta")
            )
            topic = forum.topic(ada, "The gate")
            community = await garden(opened, fill=20, scored=False)
            await community.log.append(_story(topic, [ada, grace], rename))
            await community.scoring.recompute(NOW_MS)
            community.visibility.may_see = lambda *_: True
            yield Scene(server, community, bot, ada, grace, topic, session)


def _story(topic: Topic, people: list[User], rename: Callable[[str], str]) -> Batch:
    """Return the log of a forum in which each person wrote a post that another liked."""

    def event(kind: Kind, actor: User | None, **more: Any) -> Event:
        at_ms = NOW_MS - 8 * _DAY_MS
        return Event(
            source="discourse",
            kind=kind,
            at_ms=at_ms,
            seen_ms=at_ms,
            provenance=Provenance.LIVE,
            actor=None if actor is None else str(actor.id),
            **more,
        )

    place = f"t{topic.id}"
    events = [event(Kind.PLACE_CHANGED, None, place=place, object="c1", text="")]
    events += [event(Kind.ROLES_CHANGED, user, text="trust:2") for user in people]
    for number, (user, other) in enumerate(zip(people, people[::-1], strict=True)):
        post = f"post:{topic.posts[0] + number * 1_000_000}"
        events += [
            event(Kind.POSTED, user, target=post, place=place, text="post", value=20),
            event(Kind.REACTED, other, target=post, text="like"),
        ]
    accounts = [
        Account("discourse", str(user.id), "user", rename(user.username)) for user in people
    ]
    return Batch(tuple(events), tuple(accounts))

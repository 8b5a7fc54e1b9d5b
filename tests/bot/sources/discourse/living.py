"""A forum's runner against the in-process Discourse, over HTTP, into a real file.

Time is the server's clock: whoever waits lets it pass. Nothing polls by itself; a test says
when (`poll`, `sweep`), or has the runner run (`running`).
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from numpy.typing import NDArray
from pydantic import SecretStr

from bot.community.communities import Communities, Community
from bot.services.ingest import CommunityInlet
from bot.sources.discourse import SOURCE
from bot.sources.discourse.api.transport import ForumAccess
from bot.sources.discourse.connection import Environment, ForumConnection, Schedule
from bot.sources.discourse.forums import ForumSettings
from bot.sources.discourse.runner import DiscourseRunner
from bot.sources.discourse.subjects import NAME
from bot.sources.port import Progress
from cred.facts.events import MISSING, Kind
from cred.facts.folding import fold
from tests.discourse_server import DiscourseServer
from tests.discourse_server.hooks import Delivery

SLUG = "common-garden"


@dataclass
class ForumHarness:
    """What a test does with a runner and its community."""

    server: DiscourseServer
    runner: DiscourseRunner
    community: Community
    inlet: CommunityInlet
    session: aiohttp.ClientSession
    hook_url: str
    connection: ForumConnection = field(init=False)

    async def poll(self) -> None:
        await self.runner.poll(self.connection)

    async def sweep(self, *, again: bool = False) -> None:
        """Sweep; with `again` everything is read again."""
        if again:
            self.server.clock.advance(1)
        before_ms = self.server.clock.now_ms() if again else 0
        await self.connection.backfill.sweep(reread_before_ms=before_ms)
        self.connection.swept_ms = self.server.clock.now_ms()

    async def deliver_webhooks(self) -> list[int]:
        """Send the webhooks that are pending, and look where they point."""
        answers = await self.server.hooks.deliver(self.session, self.hook_url)
        await self.runner.read_hints(self.connection)
        return answers

    async def send(self, delivery: Delivery) -> int:
        return await self.server.hooks.send(self.session, self.hook_url, delivery)

    async def events(self) -> list[dict[str, Any]]:
        await self.community.directory.refresh()
        return [row async for row in self.community.log.export()]

    async def count(self) -> int:
        return sum((await self.community.log.counts()).values())

    async def kinds(self, target: str) -> Counter[str]:
        """How many events of each kind there are about a contribution."""
        return Counter(row["kind"] for row in await self.events() if row["target"] == target)

    async def read_state(self) -> "State":
        return await read_state(self.community)

    async def gaps(self) -> list[tuple[str | None, str]]:
        return [
            (recorded_gap.gap.place, recorded_gap.gap.reason)
            for recorded_gap in await self.community.gaps.list()
        ]


@dataclass
class State:
    """What the fold of a log says, in the forum's own ids."""

    posts: dict[str, tuple[str | None, int, str, int]] = field(default_factory=dict)
    """Contribution → author, when, sort, length."""
    where: dict[str, str] = field(default_factory=dict)
    """Contribution → place it was posted in."""
    deleted: set[str] = field(default_factory=set)
    replies: dict[str, str] = field(default_factory=dict)
    likes: dict[tuple[str, str], int] = field(default_factory=dict)
    """(post, who) → when."""
    mentions: dict[tuple[str, str], int] = field(default_factory=dict)
    references: dict[tuple[str, str, str], int] = field(default_factory=dict)
    trust: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)


async def read_state(community: Community) -> State:
    """Return a community's fold in ids; lists of pairs become dictionaries."""
    await community.directory.refresh()
    names, columns = community.directory, await community.log.columns()
    now = fold(columns)

    def places(number: int) -> str | None:
        return None if number == MISSING else names.place(number)

    def table(*of: NDArray[Any]) -> list[tuple[int, ...]]:
        return list(zip(*(column.tolist() for column in of), strict=True))

    contribution, account, text = names.contribution, names.account, names.text
    posts, likes, places_ = now.posts, now.reactions, now.places
    refs, mentions = now.references, now.mentions
    posted = columns.target[columns.kind == Kind.POSTED].tolist()
    shown = {
        contribution(it): (None if by == MISSING else account(by), at_ms, text(sort), length)
        for it, by, at_ms, sort, length in table(
            posts.target, posts.actor, posts.at_ms, posts.type, posts.length
        )
    }
    return State(
        posts=shown,
        where={
            contribution(it): names.place(place)
            for it, place in table(posts.target, posts.place)
        },
        deleted={contribution(it) for it in posted} - shown.keys(),
        replies={
            contribution(it): contribution(to)
            for it, to in table(now.replies.target, now.replies.parent)
        },
        likes={
            (contribution(it), account(by)): at_ms
            for it, by, at_ms in table(likes.target, likes.actor, likes.at_ms)
        },
        mentions={
            (contribution(it), account(whom)): count
            for it, whom, count in table(mentions.target, mentions.account, mentions.count)
        },
        references={
            (contribution(it), contribution(to), text(how)): count
            for it, to, how, count in table(refs.target, refs.object, refs.type, refs.count)
        },
        trust={
            account(who): text(level)
            for who, level in table(now.members.account, now.members.roles)
        },
        places={
            names.place(it): (places(parent), text(sort))
            for it, parent, sort in table(places_.place, places_.parent, places_.type)
        },
    )


def settings_of(
    server: DiscourseServer, *, key: bool = True, user: str = "system"
) -> ForumSettings:
    access = ForumAccess(server.url, SecretStr(server.api_key) if key else None, user)
    return ForumSettings(access, SecretStr(server.hooks.secret), SLUG)


def runner_of(
    server: DiscourseServer,
    *,
    key: bool = True,
    user: str = "system",
    schedule: Schedule | None = None,
) -> DiscourseRunner:
    clock = server.clock
    environment = Environment(sleep=clock.sleep, clock=clock.seconds, now_ms=clock.now_ms)
    return DiscourseRunner(
        settings_of(server, key=key, user=user), schedule or Schedule(), environment
    )


@dataclass
class OneInlet:
    """Inlets of a runner whose community is there already."""

    inlet: CommunityInlet

    async def own(self) -> CommunityInlet:
        return self.inlet

    async def of_server(self, server: str, name: str) -> CommunityInlet:
        raise NotImplementedError

    def report(self, progress: Progress) -> None:
        del progress


@contextlib.asynccontextmanager
async def connect_forum(
    server: DiscourseServer,
    data_dir: Path,
    *,
    key: bool = True,
    user: str = "system",
    schedule: Schedule | None = None,
) -> AsyncIterator[ForumHarness]:
    """Connect a runner until the block ends; again with the same folder, it is a restart."""
    runner = runner_of(server, key=key, user=user, schedule=schedule)
    async with contextlib.AsyncExitStack() as exits:
        worker = exits.enter_context(ThreadPoolExecutor(1))
        communities = await exits.enter_async_context(Communities(data_dir, [SOURCE], worker))
        community = await communities.get_or_create(SLUG, "Common Garden", NAME, runner.name)
        inlet = CommunityInlet(community, NAME, lambda _slug: None)
        url = await exits.enter_async_context(serving(runner))
        session = await exits.enter_async_context(aiohttp.ClientSession())
        forum = ForumHarness(server, runner, community, inlet, session, url)
        forum.connection = await exits.enter_async_context(runner.connect(inlet))
        yield forum


@contextlib.asynccontextmanager
async def serving(runner: DiscourseRunner) -> AsyncIterator[str]:
    """Serve a runner's routes; yields the webhooks' address."""
    application = web.Application()
    application.add_routes(runner.routes())
    served = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await served.setup()
    try:
        await web.TCPSite(served, "127.0.0.1", 0).start()
        host, port = served.addresses[0][:2]
        yield f"http://{host}:{port}/hooks/discourse"
    finally:
        await served.cleanup()


@contextlib.asynccontextmanager
async def running(runner: DiscourseRunner, inlet: CommunityInlet) -> AsyncIterator[None]:
    """Have a runner run by itself until the block ends."""
    task = asyncio.create_task(runner.run(OneInlet(inlet)))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

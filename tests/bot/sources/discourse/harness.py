"""A forum's runner against the in-process Discourse, over HTTP, into a real file.

Time is the server's clock, which waiting moves. Nothing polls by itself; a test says
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
from bot.sources.discourse.connection import ForumConnection, ForumEnvironment, Schedule
from bot.sources.discourse.forums import ForumSettings
from bot.sources.discourse.runner import DiscourseRunner
from bot.sources.discourse.subjects import NAME
from cred.facts.events import MISSING, Kind
from cred.facts.folding import fold
from tests.discourse_server import DiscourseServer
from tests.discourse_server.hooks import Delivery
from tests.discourse_server.model import User

SLUG = "common-garden"


@dataclass
class ForumHarness:
    """A runner and its community, and what a test does with them."""

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
        """Sweep; with `again`, read everything again."""
        if again:
            self.server.clock.advance(1)
        before_ms = self.server.clock.now_ms() if again else 0
        await self.connection.backfill.sweep(reread_before_ms=before_ms)
        self.connection.swept_ms = self.server.clock.now_ms()

    async def deliver_webhooks(self) -> list[int]:
        """Send the pending webhooks and read what they point at; return the statuses."""
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
        """Return how many events of each kind there are about a contribution."""
        return Counter(row["kind"] for row in await self.events() if row["target"] == target)

    async def read_state(self) -> "State":
        return await read_state(self.community)

    async def cred_of(self, user: User) -> float:
        """Return somebody's cred, computed from what is recorded by now."""
        directory = self.community.directory
        await directory.refresh()
        await self.community.scoring.recompute(self.server.clock.now_ms())
        scores = self.community.scoring.scores
        number = directory.account_number(NAME, str(user.id))
        row = None if scores is None or number is None else scores.index_of(str(number))
        return 0.0 if scores is None or row is None else float(scores.cred[row].sum())

    async def gaps(self) -> list[tuple[str | None, str]]:
        return [
            (recorded_gap.gap.place, recorded_gap.gap.reason)
            for recorded_gap in await self.community.gaps.list()
        ]


@dataclass
class State:
    """The fold of a log, in the forum's own ids."""

    posts: dict[str, tuple[str | None, int, str, int]] = field(default_factory=dict)
    """Contribution → author, time, type, length."""
    where: dict[str, str] = field(default_factory=dict)
    """Contribution → the place that it was posted in."""
    deleted: set[str] = field(default_factory=set)
    replies: dict[str, str] = field(default_factory=dict)
    likes: dict[tuple[str, str], int] = field(default_factory=dict)
    """(post, account) → time."""
    mentions: dict[tuple[str, str], int] = field(default_factory=dict)
    references: dict[tuple[str, str, str], int] = field(default_factory=dict)
    trust: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)


async def read_state(community: Community) -> State:
    """Return the fold of a community's log, in ids."""
    await community.directory.refresh()
    names, columns = community.directory, await community.log.columns()
    now = fold(columns)

    def places(number: int) -> str | None:
        return None if number == MISSING else names.place(number)

    def table(*columns: NDArray[Any]) -> list[tuple[int, ...]]:
        return list(zip(*(column.tolist() for column in columns), strict=True))

    contribution, account, text = names.contribution, names.account, names.text
    posts, likes, members = now.posts, now.reactions, now.members
    replies, references, mentions = now.replies, now.references, now.mentions
    posted = columns.target[columns.kind == Kind.POSTED].tolist()
    shown = {
        contribution(post): (
            None if author == MISSING else account(author),
            at_ms,
            text(kind),
            length,
        )
        for post, author, at_ms, kind, length in table(
            posts.target, posts.actor, posts.at_ms, posts.type, posts.length
        )
    }
    return State(
        posts=shown,
        where={
            contribution(post): names.place(place)
            for post, place in table(posts.target, posts.place)
        },
        deleted={contribution(post) for post in posted} - shown.keys(),
        replies={
            contribution(reply): contribution(parent)
            for reply, parent in table(replies.target, replies.parent)
        },
        likes={
            (contribution(post), account(liker)): at_ms
            for post, liker, at_ms in table(likes.target, likes.actor, likes.at_ms)
        },
        mentions={
            (contribution(post), account(user)): count
            for post, user, count in table(mentions.target, mentions.account, mentions.count)
        },
        references={
            (contribution(post), contribution(other), text(relation)): count
            for post, other, relation, count in table(
                references.target, references.object, references.type, references.count
            )
        },
        trust={
            account(member): text(level)
            for member, level in table(members.account, members.roles)
        },
        places={
            names.place(place): (places(parent), text(kind))
            for place, parent, kind in table(
                now.places.place, now.places.parent, now.places.type
            )
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
    environment = ForumEnvironment(sleep=clock.sleep, clock=clock.seconds, now_ms=clock.now_ms)
    return DiscourseRunner(
        settings_of(server, key=key, user=user), schedule or Schedule(), environment
    )


@dataclass
class OneInlet:
    """The inlets of a runner whose community exists."""

    inlet: CommunityInlet

    async def own(self) -> CommunityInlet:
        return self.inlet

    async def of_server(self, server: str, name: str) -> CommunityInlet:
        raise NotImplementedError


@contextlib.asynccontextmanager
async def connect_forum(
    server: DiscourseServer,
    data_dir: Path,
    *,
    key: bool = True,
    user: str = "system",
    schedule: Schedule | None = None,
) -> AsyncIterator[ForumHarness]:
    """Connect a runner until the block ends. With the same folder again, it is a restart."""
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
    """Serve a runner's routes; yield the address for webhooks."""
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

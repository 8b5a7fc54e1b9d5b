"""Every runner gets its community, and a platform that refuses the bot ends them all."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from bot.app.runners import Runners
from bot.commands.admin.sources import SourceState
from bot.community.communities import Communities, Community
from bot.settings import Settings
from bot.sources.port import BotRefusedError, Inlets, Runner, Source, State

_PATIENCE_SECONDS = 10


class ForumRunner(Runner):
    """Belongs to one community."""

    name = "forum.example.org"

    def __init__(self, community: str | None = None) -> None:
        self._community = community
        self.has_begun = asyncio.Event()

    @property
    def community(self) -> str | None:
        return self._community

    def states(self) -> Sequence[State]:
        return [State(self.name, "listening")]

    async def wait_until_settled(self) -> bool:
        await self.has_begun.wait()
        return True

    async def run(self, inlets: Inlets) -> None:
        await inlets.own()
        self.has_begun.set()
        await asyncio.Event().wait()


class ServersRunner(Runner):
    """Listens to one server, once that is there."""

    name = "Chat"
    has_servers = True

    def __init__(self) -> None:
        self.server_is_there = asyncio.Event()
        self.refusal: BotRefusedError | None = None
        self.changed: list[str] = []

    def states(self) -> Sequence[State]:
        return [State("Garden", "listening", "42")] if self.server_is_there.is_set() else []

    def health(self, server: str) -> dict[str, str]:
        return {"Chat": f"server {server or 'unknown'}"}

    def settings_changed(self, server: str) -> None:
        self.changed.append(server)

    async def wait_until_settled(self) -> bool:
        await self.server_is_there.wait()
        return True

    async def run(self, inlets: Inlets) -> None:
        await self.server_is_there.wait()
        if self.refusal is not None:
            raise self.refusal
        await inlets.of_server("42", "Garden")
        await asyncio.Event().wait()


class OneRunnerSource:
    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def runners(self, settings: Settings) -> Sequence[Runner]:
        del settings
        return (self._runner,)


@pytest.fixture
def worker() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@asynccontextmanager
async def running(
    folder: Path, worker: ThreadPoolExecutor, **by_source: Runner
) -> AsyncIterator[tuple[Runners, Communities, "asyncio.Task[None]"]]:
    """Run runners until the block ends."""
    runners: Runners

    @asynccontextmanager
    async def on_open(_community: Community) -> AsyncIterator[None]:
        runners.community_opened()
        yield

    sources = cast(
        "dict[str, Source]",
        {name: OneRunnerSource(runner) for name, runner in by_source.items()},
    )
    settings = Settings(data_dir=folder, _env_file=None)
    async with Communities(folder, [], worker, on_open=on_open) as communities:
        runners = Runners(settings, communities, sources, lambda _slug: None)
        task = asyncio.create_task(runners.run())
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                yield runners, communities, task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def wait_for_state(runners: Runners, words: str) -> SourceState:
    while True:
        for state in runners.states():
            if words in state.words:
                return state
        await asyncio.sleep(0)


async def test_alone_a_runner_gets_a_community_of_its_own(
    tmp_path: Path, worker: ThreadPoolExecutor
) -> None:
    async with running(tmp_path, worker, forum=ForumRunner()) as (runners, _, _):
        assert await runners.wait_until_settled()

        assert runners.slugs() == {"forum-forum-example-org"}
        assert runners.states("forum-forum-example-org") == [
            SourceState("forum", "forum.example.org", "listening")
        ]
        assert runners.states("another") == []


async def test_it_waits_for_a_server_s_community_where_servers_are_listened_to(
    tmp_path: Path, worker: ThreadPoolExecutor
) -> None:
    forum, chat = ForumRunner(), ServersRunner()
    async with running(tmp_path, worker, chat=chat, forum=forum) as (runners, _, _):
        await wait_for_state(runners, "waiting for a community")
        assert runners.slugs() == frozenset()

        chat.server_is_there.set()
        assert await runners.wait_until_settled()

        assert runners.slugs() == {"chat-42"}
        assert [state.source for state in runners.states("chat-42")] == ["chat", "forum"]


async def test_settings_say_which_of_several_communities_it_belongs_to(
    tmp_path: Path, worker: ThreadPoolExecutor
) -> None:
    async with Communities(tmp_path, [], worker) as communities:
        for server in ("1", "2"):
            await communities.get_or_create(f"chat-{server}", "", "chat", server)

    async with running(tmp_path, worker, forum=ForumRunner()) as (runners, _, _):
        state = await wait_for_state(runners, "must say which one")
        assert "chat-1, chat-2" in state.words
    async with running(tmp_path, worker, forum=ForumRunner("chat-2")) as (runners, _, _):
        assert await runners.wait_until_settled()
        assert runners.slugs() == {"chat-2"}


async def test_a_platform_that_refuses_the_bot_ends_the_run(
    tmp_path: Path, worker: ThreadPoolExecutor
) -> None:
    chat = ServersRunner()
    chat.refusal = BotRefusedError("the token is wrong")

    async with running(tmp_path, worker, chat=chat) as (_, _, task):
        chat.server_is_there.set()
        with pytest.raises(BotRefusedError, match="the token is wrong"):
            await task


async def test_runners_are_asked_about_and_told_of_a_community_by_its_server(
    tmp_path: Path, worker: ThreadPoolExecutor
) -> None:
    chat = ServersRunner()
    async with running(tmp_path, worker, chat=chat, forum=ForumRunner()) as (runners, _, _):
        runners.settings_changed("chat-42")
        runners.settings_changed("forum-example-org")

        assert chat.changed == ["42", ""]
        assert runners.health("chat-42") == {"Chat": "server 42"}
        assert runners.health("forum-example-org") == {"Chat": "server unknown"}


async def test_a_forum_that_came_before_the_server_is_told_how_to_be_one_community(
    tmp_path: Path, worker: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path, worker, forum=ForumRunner()) as (runners, _, _):
        assert await runners.wait_until_settled()
    assert "of its own" not in caplog.text

    chat = ServersRunner()
    chat.server_is_there.set()
    async with running(tmp_path, worker, chat=chat, forum=ForumRunner()) as (runners, _, _):
        assert await runners.wait_until_settled()
        runners.community_opened()

        assert runners.slugs() == {"chat-42", "forum-forum-example-org"}
    assert caplog.text.count("forum.example.org has a community of its own") == 1
    assert "set CRED_DISCOURSE_COMMUNITY=chat-42" in caplog.text

"""From a forum's webhook to the bot's reply, as the app wires it."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.app.announcer import Announcer
from bot.app.app import running_app
from bot.app.forum_chat import post_notice, run_forum_chat
from bot.commands.catalogue import build_registry
from bot.settings import Settings
from tests.bot.sources.discourse.harness import ForumHarness, connect_forum
from tests.discourse_server import DiscourseServer, running_discourse
from tests.discourse_server.clock import Clock
from tests.discourse_server.model import Post, User

_PATIENCE_SECONDS = 20


@pytest.fixture
async def discourse() -> AsyncIterator[DiscourseServer]:
    async with running_discourse() as server:
        yield server


def posts_of(server: DiscourseServer, user: User) -> list[Post]:
    return [post for post in server.forum.posts.values() if post.user_id == user.id]


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not happened():  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0)


@asynccontextmanager
async def listening(
    server: DiscourseServer, folder: Path, *, user: str = "credbot", key: bool = True
) -> AsyncIterator[ForumHarness]:
    """Connect a forum and have the bot answer there."""
    async with (
        connect_forum(server, folder, key=key, user=user) as forum,
        run_forum_chat(
            forum.runner,
            forum.community,
            build_registry(),
            Announcer(lambda _slug: forum.community, server.clock.now_ms),
        ),
    ):
        yield forum


async def test_a_webhook_leads_to_a_reply(discourse: DiscourseServer, tmp_path: Path) -> None:
    bot, ada = discourse.forum.user("credbot"), discourse.forum.user("ada")
    async with listening(discourse, tmp_path) as forum:
        discourse.forum.topic(ada, "The gate", text="@credbot cred board")
        await forum.deliver_webhooks()
        await until(lambda: posts_of(discourse, bot))
        await forum.deliver_webhooks()  # of the reply itself
        await forum.poll()
        await forum.sweep(again=True)

    (reply,) = posts_of(discourse, bot)
    assert "**No scores yet**" in reply.raw


async def test_the_bot_itself_is_known_as_one_and_so_never_ranked(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    bot, ada = discourse.forum.user("credbot"), discourse.forum.user("ada")
    topic = discourse.forum.topic(ada, "The gate")
    discourse.forum.post(topic, bot, "Here I am.")
    async with connect_forum(discourse, tmp_path, user="credbot") as forum:
        await forum.poll()
        names = forum.community.directory
        await names.refresh()
        kinds = [
            names.account_kind(number)
            for user in (bot, ada)
            if (number := names.account_number("discourse", str(user.id))) is not None
        ]

    assert kinds == ["bot", "user"]


async def test_what_is_only_found_by_polling_is_answered_as_well(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    bot, ada = discourse.forum.user("credbot"), discourse.forum.user("ada")
    async with listening(discourse, tmp_path) as forum:
        discourse.forum.topic(ada, "The gate", text="@credbot help")
        await forum.poll()
        await until(lambda: posts_of(discourse, bot))

    (reply,) = posts_of(discourse, bot)
    assert "What you can ask" in reply.raw


async def test_private_messages_are_found_by_polling_each_once_and_never_recorded(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    bot, ada = discourse.forum.user("credbot"), discourse.forum.user("ada")
    discourse.hooks.enabled = False
    old = discourse.forum.topic(ada, "Long ago", text="help", to=[bot])
    discourse.clock.advance(hours=2)
    message = discourse.forum.topic(ada, "A word", text="help", to=[bot])
    async with listening(discourse, tmp_path) as forum:
        await forum.poll()
        await until(lambda: posts_of(discourse, bot))
        for _ in range(2):
            await forum.poll()
        looked_at = discourse.requests_for(f"/t/{message.id}.json")
        for _ in range(25):
            discourse.forum.post(message, bot, "more of it")
        discourse.clock.advance(hours=0.5)
        discourse.forum.post(message, ada, "cred board")
        await forum.poll()
        await until(lambda: discourse.forum.visible_posts(message)[-1].user_id == bot.id)
        recorded = await forum.read_state()

    assert discourse.requests_for(f"/t/{old.id}.json") == []
    assert len(looked_at) == 2  # by the first poll, and for the answer
    assert {post.topic_id for post in posts_of(discourse, bot)} == {message.id}
    assert len(posts_of(discourse, bot)) == 27
    assert recorded.posts == {}


async def test_a_forum_that_shows_no_messages_is_read_all_the_same(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    bot, ada = discourse.forum.user("credbot"), discourse.forum.user("ada")
    discourse.troubles.fail(403, "/topics/private-messages/*")
    async with listening(discourse, tmp_path) as forum:
        discourse.forum.topic(ada, "The gate", text="@credbot help")
        await forum.poll()
        await until(lambda: posts_of(discourse, bot))


async def test_a_forged_webhook_is_not_answered(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    bot, ada = discourse.forum.user("credbot"), discourse.forum.user("ada")
    topic = discourse.forum.topic(ada, "The gate", text="@credbot help")
    discourse.hooks.pending.clear()
    heard: list[object] = []
    async with listening(discourse, tmp_path) as forum:
        forum.runner.on_post = heard.append
        discourse.hooks.secret = "another secret"  # noqa: S105 - a wrong one
        discourse.forum.post(topic, ada, "@credbot help")
        answers = await forum.deliver_webhooks()

    assert answers == [403]
    assert heard == []
    assert posts_of(discourse, bot) == []


@pytest.mark.parametrize(("user", "key"), [("system", True), ("credbot", False)])
async def test_without_an_account_of_its_own_the_bot_only_reads(
    discourse: DiscourseServer, tmp_path: Path, user: str, *, key: bool
) -> None:
    ada = discourse.forum.user("ada")
    discourse.forum.user("credbot")
    async with listening(discourse, tmp_path, user=user, key=key) as forum:
        discourse.forum.topic(ada, "The gate", text=f"@{user} help")
        await forum.deliver_webhooks()

        assert forum.runner.on_post.__name__ == "ignore_post"
    assert not discourse.requests_for(method="POST")


async def test_private_messages_of_others_are_left_alone_whatever_the_key_may_see(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    bot, ada, grace = (forum.user(name) for name in ("credbot", "ada", "grace"))
    bot.admin = True
    async with listening(discourse, tmp_path) as harness:
        forum.topic(ada, "Between us", text="@credbot help", to=[grace])
        to_us = forum.topic(ada, "To you", text="help", to=[bot])
        await harness.deliver_webhooks()
        await until(lambda: posts_of(discourse, bot))

    (reply,) = posts_of(discourse, bot)
    assert reply.topic_id == to_us.id


@pytest.mark.parametrize(
    "said", [{}, {"id": "x"}, {"id": 5, "topic_id": 1, "post_number": 1, "created_at": "soon"}]
)
def test_a_post_that_makes_no_sense_is_none(said: dict[str, object]) -> None:
    assert post_notice(said) is None


async def test_the_app_answers_on_a_forum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The app asks the real clock whether a post is news.
    async with running_discourse(Clock(time.time_ns() // 1_000_000)) as discourse:
        bot, ada = discourse.forum.user("credbot"), discourse.forum.user("ada")
        for name, value in {
            "URL": discourse.url,
            "API_KEY": discourse.api_key,
            "API_USER": "credbot",
            "WEBHOOK_SECRET": discourse.hooks.secret,
        }.items():
            monkeypatch.setenv(f"CRED_DISCOURSE_{name}", value)
        settings = Settings(data_dir=tmp_path, web_port=free_port(), _env_file=None)
        async with running_app(settings) as app, aiohttp.ClientSession() as session:
            serving = asyncio.create_task(app.run())
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    assert await app.runners.wait_until_settled()
                discourse.forum.topic(ada, "The gate", text="@credbot help")
                answers = await discourse.hooks.deliver(
                    session, f"{app.runners.address}/hooks/discourse"
                )
                await until(lambda: posts_of(discourse, bot))
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)

        (reply,) = posts_of(discourse, bot)
    assert set(answers) == {200}
    assert "What you can ask" in reply.raw


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cli.check import check as checks
from bot.cli.check.discourse import check_discourse
from bot.cli.check.finding import Finding, Level
from bot.settings import Settings, read_settings
from tests.discourse_server import DiscourseServer, running_discourse


@pytest.fixture
async def forum(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscourseServer]:
    async with running_discourse() as server:
        monkeypatch.setenv("CRED_DISCOURSE_URL", server.url)
        monkeypatch.setenv("CRED_DISCOURSE_API_KEY", server.api_key)
        monkeypatch.setenv("CRED_DISCOURSE_WEBHOOK_SECRET", server.hooks.secret)
        monkeypatch.setenv("CRED_WEB_PORT", "8080")
        yield server


async def check_forums(server: DiscourseServer) -> list[Finding]:
    settings = read_settings(env_file=None)
    return [finding async for finding in check_discourse(settings, server.clock.sleep)]


async def test_a_forum_that_is_set_up_well_is_told_so(forum: DiscourseServer) -> None:
    forum.forum.category("Staff", private=True)

    answer, webhooks = await check_forums(forum)

    assert answer.level is webhooks.level is Level.GOOD
    assert answer.detail == "1 category can be read; 1 private, left out."
    assert webhooks.detail == "Accepted on 127.0.0.1, port 8080."


async def test_a_refused_key_is_a_problem_with_its_remedy(
    forum: DiscourseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRED_DISCOURSE_API_KEY", "wrong-key")
    answer, _ = await check_forums(forum)
    assert answer.level is Level.PROBLEM
    assert "CRED_DISCOURSE_API_KEY" in answer.detail
    assert "wrong-key" not in answer.detail

    monkeypatch.delenv("CRED_DISCOURSE_API_KEY")
    forum.login_required = True
    answer, _ = await check_forums(forum)
    assert "members alone" in answer.detail


@pytest.mark.parametrize("status", [404, 418, 503])
async def test_a_forum_in_trouble_is_a_problem(forum: DiscourseServer, status: int) -> None:
    forum.troubles.fail(status)

    answer, _ = await check_forums(forum)

    assert answer.level is Level.PROBLEM
    assert str(status) in answer.detail
    assert "check CRED_DISCOURSE_URL" in answer.detail


async def test_webhooks_need_a_secret_and_a_port(
    forum: DiscourseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CRED_WEB_PORT")
    _, webhooks = await check_forums(forum)
    assert webhooks.level is Level.PROBLEM
    assert "set CRED_WEB_PORT" in webhooks.detail

    monkeypatch.delenv("CRED_DISCOURSE_WEBHOOK_SECRET")
    _, webhooks = await check_forums(forum)
    assert webhooks.level is Level.ADVICE


async def test_without_a_forum_there_is_nothing_to_say(
    forum: DiscourseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CRED_DISCOURSE_URL")
    monkeypatch.delenv("CRED_DISCOURSE_API_KEY")
    monkeypatch.delenv("CRED_DISCOURSE_WEBHOOK_SECRET")

    assert await check_forums(forum) == []


def test_a_forum_with_a_community_beside_the_server_s_is_told(tmp_path: Path) -> None:
    for slug in ("discord-1", "discourse-forum-example-org"):
        (tmp_path / f"{slug}.db").write_bytes(b"something")
    settings = {"data_dir": tmp_path, "discourse_url": "https://forum.example.org"}

    (found,) = checks.check_forums(Settings.model_validate(settings))
    joined = {**settings, "discourse_community": "discord-1"}

    assert "set CRED_DISCOURSE_COMMUNITY=discord-1" in found.detail
    assert [*checks.check_forums(Settings.model_validate(joined))] == []

import asyncio
import json
from pathlib import Path

import pytest

from bot.cli.backfill import backfill
from bot.cli.open_communities import open_communities
from bot.cli.status import FAILED
from bot.runtime.retry import RetryPolicy
from bot.runtime.supervisor import BACKOFF
from bot.sources.port import BotRefusedError
from tests.bot.cli.conftest import Run
from tests.discord_server import running_discord
from tests.discourse_server import running_discourse


@pytest.mark.parametrize("command", ["run", "backfill"])
def test_without_a_token_it_says_how_to_get_one(run: Run, command: str) -> None:
    done = run(command)

    assert done.status == 2
    assert "CRED_DISCORD_TOKEN" in done.err


def test_a_token_file_that_is_not_there_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRED_DISCORD_TOKEN_FILE", "nowhere.txt")

    done = run("run")

    assert done.status == 2
    assert "nowhere.txt" in done.err


async def test_a_forum_of_another_community_ends_backfill_with_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with running_discourse() as server:
        server.forum.topic(server.forum.user("ada"))
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CRED_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("CRED_DISCOURSE_COMMUNITY", "garden")
        monkeypatch.setenv("CRED_DISCOURSE_URL", server.url)

        async with asyncio.timeout(30):
            first = await backfill(as_json=False)
        said = capsys.readouterr().err
        monkeypatch.setenv("CRED_DISCOURSE_URL", server.url.replace("127.0.0.1", "localhost"))
        async with asyncio.timeout(30):
            second = await backfill(as_json=False)

    assert (first, second) == (0, FAILED)
    assert "1 community read up to now." in said
    assert "Trouble left something out" in capsys.readouterr().err
    assert "needs a community of its own" in caplog.text
    assert "Traceback" not in caplog.text


async def test_backfill_says_how_far_a_forum_is_read_where_somebody_looks_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_discourse() as server:
        server.forum.topic(server.forum.user("ada"))
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CRED_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("CRED_DISCOURSE_URL", server.url)
        monkeypatch.setenv("FORCE_COLOR", "1")  # as a terminal, for rich

        async with asyncio.timeout(30):
            await backfill(as_json=True)

    assert f"discourse {server.url.removeprefix('http://')}" in capsys.readouterr().err


async def test_backfill_reads_the_history_of_every_server_tells_it_and_stops(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with running_discord() as server:
        guild = server.world.guild("Common Garden")
        ada = server.world.member(guild, "ada")
        general = server.world.channel(guild, "general")
        for number in range(3):
            server.world.post(general, ada, f"message {number}")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CRED_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("CRED_DISCORD_TOKEN", server.token)
        monkeypatch.setenv("CRED_DISCORD_API_URL", server.rest_base)
        monkeypatch.setenv("CRED_DISCORD_GATEWAY_URL", server.gateway_url)

        async with asyncio.timeout(30):
            await backfill(as_json=True)
        first = capsys.readouterr()
        server.world.post(general, ada, "one more")
        async with asyncio.timeout(30):
            await backfill(as_json=False)
        second = capsys.readouterr()

        async with open_communities(tmp_path) as opened:
            community = await opened.get_existing(f"discord-{guild.id}")
            kinds = [row["kind"] async for row in community.log.export()]
    assert kinds.count("posted") == 4
    [result] = json.loads(first.out)
    assert result == {
        "community": f"discord-{guild.id}",
        "name": "Common Garden",
        "new": result["events"],
        "events": len(kinds) - 1,
        "gaps": 0,
    }
    assert "1 community read up to now." in first.err
    [row] = [line for line in second.out.splitlines() if "Common Garden" in line]
    figures = [cell.strip() for cell in row.strip("│").split("│")][2:]
    # What came and went while nobody listened is the gap.
    assert figures == ["1", f"{len(kinds)}", "1"]
    assert "slash commands" not in caplog.text  # that it stopped amid setting them is no fault


NOBODY = "http://127.0.0.1:9"
"""The port "discard", where nothing listens."""


async def test_without_network_it_ends_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bot.sources.discord.runner._HOPEFUL_ATTEMPTS", 1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRED_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CRED_DISCORD_TOKEN", "a.token")
    monkeypatch.setenv("CRED_DISCORD_API_URL", f"{NOBODY}/api")
    monkeypatch.setenv("CRED_DISCORD_GATEWAY_URL", "ws://127.0.0.1:9/")

    async with asyncio.timeout(30):
        status = await backfill(as_json=False)

    said = capsys.readouterr().err
    assert status == FAILED
    [sentence] = [line for line in said.splitlines() if "not reached" in line]
    assert sentence.startswith("Discord is not reached: ")
    assert "Traceback" not in said


async def test_a_forum_that_waits_for_a_community_of_discord_keeps_it_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bot.sources.discord.runner._HOPEFUL_ATTEMPTS", 1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRED_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CRED_DISCORD_TOKEN", "a.token")
    monkeypatch.setenv("CRED_DISCORD_API_URL", f"{NOBODY}/api")
    monkeypatch.setenv("CRED_DISCORD_GATEWAY_URL", "ws://127.0.0.1:9/")
    monkeypatch.setenv("CRED_DISCOURSE_URL", NOBODY)

    async with asyncio.timeout(30):
        status = await backfill(as_json=True)

    assert status == FAILED
    assert capsys.readouterr().out.strip() == "[]"


async def test_a_forum_that_does_not_answer_ends_it_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bot.sources.discourse.api.transport.RETRIES", RetryPolicy(1, BACKOFF))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRED_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CRED_DISCOURSE_URL", NOBODY)

    async with asyncio.timeout(30):
        status = await backfill(as_json=False)

    said = capsys.readouterr().err
    assert status == FAILED
    assert [line for line in said.splitlines() if line.startswith("127.0.0.1:9: ")]
    assert "Traceback" not in said


async def test_a_wrong_token_ends_it_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_discord() as server:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CRED_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("CRED_DISCORD_TOKEN", "wrong")
        monkeypatch.setenv("CRED_DISCORD_API_URL", server.rest_base)
        monkeypatch.setenv("CRED_DISCORD_GATEWAY_URL", server.gateway_url)

        async with asyncio.timeout(30):
            with pytest.raises(BotRefusedError, match="refuses the token"):
                await backfill(as_json=False)


async def test_nor_does_a_forum_wait_for_a_bot_that_is_on_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_discord() as server:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CRED_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("CRED_DISCORD_TOKEN", server.token)
        monkeypatch.setenv("CRED_DISCORD_API_URL", server.rest_base)
        monkeypatch.setenv("CRED_DISCORD_GATEWAY_URL", server.gateway_url)
        monkeypatch.setenv("CRED_DISCOURSE_URL", NOBODY)

        async with asyncio.timeout(30):
            assert await backfill(as_json=True) == FAILED

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli.check.check import check, check_folder, check_sqlite
from bot.cli.check.finding import Level
from tests.bot.cli.conftest import Run
from tests.discord_server import DiscordServer, running_discord


@pytest.fixture
async def discord(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[DiscordServer]:
    async with running_discord() as server:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CRED_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("CRED_DISCORD_TOKEN", server.token)
        monkeypatch.setenv("CRED_DISCORD_API_URL", server.rest_base)
        yield server


async def run_check(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """Return the exit status, and the findings by subject."""
    status = await check(as_json=True)
    findings = json.loads(capsys.readouterr().out)
    return status, {finding["what"]: finding for finding in findings}


async def test_a_bot_that_is_set_up_well_is_told_so(
    discord: DiscordServer, capsys: pytest.CaptureFixture[str]
) -> None:
    discord.world.guild("Common Garden")

    status, found = await run_check(capsys)

    assert status == 0, found
    assert found["token"]["level"] == "good"
    assert found["intent Message Content"]["level"] == "good"
    assert found["server Common Garden"]["level"] == "good"


async def test_a_refused_token_is_a_problem_with_its_remedy(
    discord: DiscordServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CRED_DISCORD_TOKEN", "wrong")

    status, found = await run_check(capsys)

    assert status == 1
    assert "Reset Token" in found["token"]["detail"]
    assert "wrong" not in json.dumps(found)
    discord.violations.clear()


async def test_an_intent_that_is_off_is_a_problem_unless_it_is_not_asked_for(
    discord: DiscordServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    discord.world.guild("Common Garden")
    discord.world.application.members_intent = False

    status, found = await run_check(capsys)
    assert status == 1
    assert "CRED_DISCORD_MEMBERS=no" in found["intent Server Members"]["detail"]

    monkeypatch.setenv("CRED_DISCORD_MEMBERS", "no")
    status, found = await run_check(capsys)
    assert status == 0
    assert found["intent Server Members"]["level"] == "advice"


async def test_a_bot_on_no_server_is_given_its_invitation(
    discord: DiscordServer, capsys: pytest.CaptureFixture[str]
) -> None:
    del discord

    status, found = await run_check(capsys)

    assert status == 1
    assert "https://discord.com/oauth2/authorize?client_id=" in found["servers"]["detail"]


async def test_an_address_where_nobody_answers_is_named(
    discord: DiscordServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del discord
    monkeypatch.setenv("CRED_DISCORD_API_URL", "http://127.0.0.1:9/api")

    status, found = await run_check(capsys)

    assert status == 1
    assert "CRED_DISCORD_API_URL" in found["Discord"]["detail"]


def test_a_missing_token_is_a_problem_and_people_see_what_to_do(run: Run) -> None:
    done = run("check")

    assert done.status == 1
    assert "CRED_DISCORD_TOKEN" in done.out


def test_a_setting_that_cannot_be_used_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRED_RECOMPUTE_MINUTES", "never")

    done = run("check")

    assert done.status == 2
    assert "CRED_RECOMPUTE_MINUTES" in done.err


def test_a_damaged_community_is_a_problem_and_the_others_are_looked_at(
    run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "discord-1.db").write_text("only words " * 999)

    found = {finding["what"]: finding for finding in json.loads(run("check", "--json").out)}

    assert found["community discord-1"]["level"] == "problem"


def test_a_data_folder_that_is_a_file_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.touch()

    [found] = check_folder(path)

    assert found.level is Level.PROBLEM
    assert "CRED_DATA_DIR" in found.detail


@pytest.mark.parametrize(
    ("version", "level"), [((3, 51, 2), Level.ADVICE), ((3, 51, 3), Level.GOOD)]
)
def test_an_sqlite_with_the_old_bug_is_advised_about(
    version: tuple[int, int, int], level: Level
) -> None:
    [found] = check_sqlite(version)

    assert found.level is level


def test_a_settings_file_with_a_line_that_is_none_stops_every_command(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("CRED_DISCORD_TOKEN abc\n", encoding="utf-8")

    done = run("check")

    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith(".env, line 1: ")


@pytest.mark.usefixtures("discord")
@pytest.mark.parametrize("columns", [20, 40, 80, 200])
async def test_the_invitation_is_printed_whole_at_any_width(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    _, found = await run_check(capsys)
    link = next(word for word in found["servers"]["detail"].split() if "://" in word)

    await check(as_json=False)

    assert link in capsys.readouterr().out.split()

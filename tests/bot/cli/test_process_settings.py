"""Misspelt variables, empty files and folders that are none are told, in every command."""

from pathlib import Path

import pytest

from bot.settings import misspelt_variables
from tests.bot.cli.conftest import Run


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CRED_DISCORD_TOKNE", "CRED_DISCORD_TOKEN"),
        ("CRED_DATADIR", "CRED_DATA_DIR"),
        ("CRED_DISCOURSE_APIKEY", "CRED_DISCOURSE_API_KEY"),
        ("CREDS_DISCORD_TOKEN", "CRED_DISCORD_TOKEN"),
        ("CRED_ZZZ", ".env.example"),
    ],
)
def test_a_variable_that_is_none_is_told_with_what_may_be_meant(
    tmp_path: Path, name: str, meant: str
) -> None:
    (in_environment,) = misspelt_variables(None, {name: "secret"})
    env_file = tmp_path / ".env"
    env_file.write_text(f"# a comment\n{name}=secret\nOTHER=1\n")
    (in_file,) = misspelt_variables(env_file, {})

    assert meant in in_environment
    assert meant in in_file
    assert str(env_file) in in_file
    assert "secret" not in in_environment + in_file


def test_variables_that_there_are_and_those_of_others_are_not_told(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("CRED_DATA_DIR=x\ncred_log_level=INFO\nPATH=/bin\n")

    assert (
        misspelt_variables(env_file, {"HOME": "/", "CRED_WEB_PORT": "1", "CREDITS": "2"}) == []
    )


@pytest.mark.parametrize("command", ["run", "backfill", "export x", "settings x", "check"])
def test_every_command_that_reads_variables_tells(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("CRED_DISCORD_TOKNE", "secret")

    done = run(*command.split())

    said = " ".join((done.out + done.err).split())
    assert "did you mean CRED_DISCORD_TOKEN?" in said


@pytest.mark.parametrize("command", ["export discord-1", "settings discord-1 get discord.bots"])
def test_a_file_of_0_bytes_is_no_community(run: Run, tmp_path: Path, command: str) -> None:
    empty = tmp_path / "data" / "discord-1.db"
    empty.parent.mkdir()
    empty.touch()

    done = run(*command.split())

    assert done.status == 2
    assert "a file of 0 bytes, so it is no community" in done.err
    assert empty.stat().st_size == 0


def test_the_check_names_a_file_of_0_bytes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "discord-1.db").touch()

    done = run("check", "--json")

    assert done.status == 1
    assert "0 bytes" in done.out


@pytest.mark.parametrize("command", ["export discord-1", "settings discord-1"])
def test_a_file_that_is_no_database_is_named(run: Run, tmp_path: Path, command: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "discord-1.db").write_text("no database " * 100)

    done = run(*command.split())

    assert done.status == 1
    assert "discord-1.db is not an SQLite database" in done.err

"""Process settings: what is read from where, and how mistakes are told."""

import os
from pathlib import Path

import pytest

from bot.settings import SettingsError, read_settings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("CRED_"):
            monkeypatch.delenv(name)


def test_an_empty_environment_is_enough() -> None:
    settings = read_settings(env_file=None)

    assert settings.token() is None
    assert settings.command_prefix == "!"


def test_each_mistake_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRED_RECOMPUTE_MINUTES", "0")
    monkeypatch.setenv("CRED_DISCORD_GATEWAY_URL", "https://example.org")

    with pytest.raises(SettingsError) as refused:
        read_settings(env_file=None)

    assert "CRED_RECOMPUTE_MINUTES: " in str(refused.value)
    assert "CRED_DISCORD_GATEWAY_URL: URL scheme should be 'ws' or 'wss'" in str(refused.value)


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRED_DISCORD_TOKEN", "hush-hush")

    settings = read_settings(env_file=None)

    assert "hush-hush" not in repr(settings)
    assert settings.token() == "hush-hush"


def test_a_token_is_read_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n", encoding="utf-8")
    monkeypatch.setenv("CRED_DISCORD_TOKEN_FILE", str(tmp_path / "token"))

    assert read_settings(env_file=None).token() == "from-file"


def test_a_missing_token_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CRED_DISCORD_TOKEN_FILE", str(tmp_path / "absent"))

    with pytest.raises(
        SettingsError, match=r"CRED_DISCORD_TOKEN_FILE: .*absent cannot be read"
    ):
        read_settings(env_file=None).token()


def test_two_tokens_are_one_too_many(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CRED_DISCORD_TOKEN", "a")
    monkeypatch.setenv("CRED_DISCORD_TOKEN_FILE", str(tmp_path))

    with pytest.raises(SettingsError, match="not both"):
        read_settings(env_file=None)

"""The settings of the process: where they are read from, and the messages about mistakes."""

import os
from pathlib import Path

import pytest

from bot.settings import SettingsError, read_settings


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
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

    assert "CRED_RECOMPUTE_MINUTES must be at least 1." in str(refused.value)
    assert "CRED_DISCORD_GATEWAY_URL must be an address" in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("RECOMPUTE_MINUTES", "soon", "must be a whole number."),
        ("RECOMPUTE_DEBOUNCE_SECONDS", "1e9", "must be at most 3600."),
        ("DISCORD_MEMBERS", "maybe", "must be yes or no."),
        ("COMMAND_PREFIX", "hello!", "must be 3 characters or fewer."),
        ("DISCORD_API_URL", "nowhere", "must be a whole address"),
        ("LOG_LEVEL", "loud", "must be DEBUG, INFO, WARNING or ERROR."),
    ],
)
def test_a_value_that_cannot_be_used_is_told_what_it_must_be(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(f"CRED_{variable}", value)

    with pytest.raises(SettingsError) as refused:
        read_settings(env_file=None)

    assert str(refused.value).startswith(f"CRED_{variable} {says}")
    assert value not in str(refused.value)


def test_a_settings_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"CRED_LOG_LEVEL=\xff\xfe")

    with pytest.raises(SettingsError, match=r"\.env is not UTF-8 text"):
        read_settings(env_file=tmp_path / ".env")


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


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("CRED_DISCORD_TOKEN hush-hush\n", 1),
        ("CRED_LOG_LEVEL=INFO\n\n\n# a comment\n\nCRED_DISCORD_TOKEN: hush-hush\n", 6),
        ('CRED_LOG_LEVEL=INFO\nCRED_DISCORD_TOKEN="hush-hush\n', 2),
        ("CRED_LOG_LEVEL=INFO\n\nCRED_DISCORD_TOKEN\n", 3),
    ],
)
def test_a_line_that_is_no_variable_is_named_by_file_and_number_and_not_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], text: str, line: int
) -> None:
    path = tmp_path / ".env"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError) as refused:
        read_settings(env_file=path)

    assert str(refused.value).startswith(f"{path}, line {line}: ")
    assert "hush-hush" not in str(refused.value)
    assert capfd.readouterr() == ("", "")


def test_what_a_settings_file_may_hold_besides_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(
        "\ufeff# ours\n\nexport CRED_LOG_LEVEL='DEBUG' # much\nOTHER\nCRED_DATA_DIR=\n"
        'CRED_COMMAND_PREFIX="?"\r\n',
        encoding="utf-8",
    )

    settings = read_settings(env_file=path)

    assert settings.log_level == "DEBUG"
    assert settings.command_prefix == "?"

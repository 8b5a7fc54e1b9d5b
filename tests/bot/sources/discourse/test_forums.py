"""The forums to read, from settings or a file; each mistake is explained in a sentence."""

import os
from pathlib import Path

import pytest

from bot.settings import SettingsError, read_settings
from bot.sources.discourse import SOURCE
from bot.sources.discourse.forums import ForumSettings, read_forums
from bot.sources.port import Runner

SECRET = "a secret of the hooks"  # noqa: S105 - of nothing


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("CRED_"):
            monkeypatch.delenv(name)


def read_from_environment(
    monkeypatch: pytest.MonkeyPatch, **variables: str
) -> list[ForumSettings]:
    for name, value in variables.items():
        monkeypatch.setenv(f"CRED_DISCOURSE_{name}", value)
    return list(read_forums(read_settings(env_file=None)))


def runners() -> list[Runner]:
    return list(SOURCE.runners(read_settings(env_file=None)))


def test_without_settings_there_is_no_forum(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_from_environment(monkeypatch) == []
    assert runners() == []


def test_one_forum_is_an_address_and_what_one_has(monkeypatch: pytest.MonkeyPatch) -> None:
    (bare,) = read_from_environment(monkeypatch, URL="https://forum.example.org/")
    assert bare.name == "forum.example.org"
    assert bare.access.url == "https://forum.example.org"
    assert (bare.access.api_key, bare.webhook_secret, bare.community) == (None, None, None)
    assert dict(bare.access.headers()).keys() == {"Accept", "User-Agent"}

    (full,) = read_from_environment(
        monkeypatch,
        URL="https://example.org/forum",
        API_KEY="k1",
        API_USER="credbot",
        WEBHOOK_SECRET=SECRET,
        COMMUNITY="common-garden",
    )
    assert full.name == "example.org/forum"
    assert full.access.headers()["Api-Key"] == "k1"
    assert full.access.headers()["Api-Username"] == "credbot"
    assert full.community == "common-garden"
    assert [runner.name for runner in runners()] == ["example.org/forum"]


def test_secrets_may_be_in_files_and_are_never_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("k-in-a-file\n")
    (tmp_path / "secret").write_text(f"{SECRET}\n")

    (forum,) = read_from_environment(
        monkeypatch,
        URL="https://forum.example.org",
        API_KEY_FILE=str(tmp_path / "key"),
        WEBHOOK_SECRET_FILE=str(tmp_path / "secret"),
    )

    assert forum.access.headers()["Api-Key"] == "k-in-a-file"
    assert forum.webhook_secret is not None
    assert forum.webhook_secret.get_secret_value() == SECRET
    assert "k-in-a-file" not in repr(forum)
    assert SECRET not in repr(forum)


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"URL": "forum"}, "CRED_DISCOURSE_URL must be a whole address"),
        ({"URL": "ftp://forum.example.org"}, "CRED_DISCOURSE_URL must be"),
        ({"URL": "https://ada:pw@forum.example.org"}, "CRED_DISCOURSE_URL must be a forum's"),
        ({"API_KEY": "k"}, "CRED_DISCOURSE_URL is missing"),
        ({"WEBHOOK_SECRET": SECRET}, "CRED_DISCOURSE_URL is missing"),
        ({"URL": "https://f.org", "WEBHOOK_SECRET": "short"}, "at least 12 characters"),
        ({"URL": "https://f.org", "COMMUNITY": "The Garden"}, "small letters, digits"),
        ({"URL": "https://f.org", "API_KEY": "a\nb"}, "must be one line"),
        ({"URL": "https://f.org", "API_KEY": "k", "API_KEY_FILE": "k"}, "not both"),
        ({"URL": "https://f.org", "API_KEY_FILE": "none"}, "none cannot be read"),
        ({"URL": "https://f.org", "FILE": "forums.toml"}, "not both"),
        ({"FILE": "forums.toml"}, "forums.toml cannot be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(value),
)
def test_each_mistake_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], says: str
) -> None:
    with pytest.raises(SettingsError, match=says) as refused:
        read_from_environment(monkeypatch, **variables)

    assert str(refused.value).endswith(".")
    assert "pw" not in str(refused.value)


def read_from_file(
    monkeypatch: pytest.MonkeyPatch, folder: Path, text: str
) -> list[ForumSettings]:
    (folder / "forums.toml").write_text(text)
    return read_from_environment(monkeypatch, FILE=str(folder / "forums.toml"))


def test_a_file_lists_several_forums(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    forum, other = read_from_file(
        monkeypatch,
        tmp_path,
        f"""
        [[forum]]
        url = "https://a.example.org"
        api_key = "ka"
        webhook_secret = "{SECRET}"
        community = "a"

        [[forum]]
        url = "https://b.example.org"
        community = "b"
        """,
    )

    assert (forum.name, forum.community, other.name) == ("a.example.org", "a", "b.example.org")
    routes = [[route.path for route in runner.routes()] for runner in runners()]
    assert routes == [["/hooks/discourse/a.example.org"], []]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("forum", "is no TOML"),
        ("", r"must have a \[\[forum\]\]"),
        ("[forum]\nurl = 'https://a.org'", r"must have a \[\[forum\]\]"),
        ("[[forum]]\nurl = 'a'", "forum 1, URL must be a forum's address"),
        ("[[forum]]\ncommunity = 'a'", "forum 1, URL must be a forum's address"),
        ("[[forum]]\nurl = 5", "forum 1: url must be a text in quotes"),
        (
            "[[forum]]\nurl = 'https://a.org'\nkey = 'k'",
            "there is no 'key'; there are",
        ),
        (
            "[[forum]]\nurl = 'https://a.org'\napi_key = 'k'\napi_key_file = 'k'",
            "forum 1: set api_key or api_key_file, not both",
        ),
        (
            "[[forum]]\nurl = 'https://a.org'\n[[forum]]\nurl = 'https://b.org'",
            "each forum must say a community of its own",
        ),
    ],
    ids=lambda text: text.replace("\n", " "),
)
def test_each_mistake_in_a_file_says_where_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(SettingsError, match=says) as refused:
        read_from_file(monkeypatch, tmp_path, text)

    assert str(refused.value).startswith("CRED_DISCOURSE_FILE: ")


def test_a_forum_is_listed_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    forum = "[[forum]]\nurl = 'https://a.org{}'\ncommunity = '{}'\n"

    with pytest.raises(SettingsError, match="each forum must say a url of its own"):
        read_from_file(monkeypatch, tmp_path, forum.format("", "a") + forum.format("/", "b"))

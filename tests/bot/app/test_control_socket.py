"""Settings can be changed while the bot runs, by whoever runs it and by nobody else."""

import asyncio
import contextlib
import json
import stat
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.app.control_socket import NotListeningError, ask, listen, socket_path
from bot.cli.settings import settings
from bot.community.communities import Communities, Community
from bot.community.errors import SettingMistakeError
from bot.services.settings_requests import SettingsRequest
from bot.sources import discover
from storage.errors import LockedError

SLUG = "discord-1"


@pytest.fixture
def worker() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
async def community(tmp_path: Path, worker: ThreadPoolExecutor) -> AsyncIterator[Community]:
    """Return a community whose file is held, as by a running bot."""
    async with Communities(tmp_path, list(discover().values()), worker) as opened:
        yield await opened.get_or_create(SLUG, "A server", "discord", "1")


@pytest.fixture
async def changed(community: Community, tmp_path: Path) -> AsyncIterator[list[bool]]:
    """Listen on the socket; the list grows by one with every change."""
    changes: list[bool] = []
    async with listen(
        socket_path(tmp_path, SLUG),
        community,
        now_ms=lambda: 1,
        on_change=lambda: changes.append(True),
    ):
        yield changes


async def test_a_change_reaches_the_bot_that_runs(
    community: Community, changed: list[bool], tmp_path: Path
) -> None:
    request = SettingsRequest({"weights.emoji.👍": "2"}, (), "it is good")

    answered = await ask(socket_path(tmp_path, SLUG), request)

    assert (answered["version"], answered["values"]) == (1, {"weights.emoji.👍": 2.0})
    assert "Nothing of discord was recorded yet" in str(answered["notes"])
    assert community.settings.get("weights.emoji.👍") == 2.0
    assert changed == [True]


async def test_looking_changes_nothing(changed: list[bool], tmp_path: Path) -> None:
    answered = await ask(socket_path(tmp_path, SLUG), SettingsRequest({}, (), ""))

    assert answered["version"] == 0
    assert changed == []


async def test_a_mistake_is_told_as_the_command_line_tells_it(
    changed: list[bool], tmp_path: Path
) -> None:
    with pytest.raises(SettingMistakeError, match=r'did you mean "discord\.bots"'):
        await ask(socket_path(tmp_path, SLUG), SettingsRequest({"discord.botz": "no"}, (), ""))

    assert changed == []


@pytest.mark.parametrize("line", [b"\n", b"{}\n", b"[1]\n", b'{"changes": 1}\n', b"\xff\n"])
async def test_nonsense_is_answered_and_the_next_request_is_served(
    changed: list[bool], tmp_path: Path, line: bytes
) -> None:
    reader, writer = await asyncio.open_unix_connection(socket_path(tmp_path, SLUG))
    writer.write(line)
    reply = json.loads(await reader.readline())
    writer.close()

    assert reply == {"mistake": "that is no request."}
    assert (await ask(socket_path(tmp_path, SLUG), SettingsRequest({}, (), "")))["version"] == 0
    assert changed == []


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000 + b"\n",
        b'{"changes": {"discord.bots": [1]}, "keys": [], "reason": ""}\n',
        b'{"changes": {"weights.emoji.x": {"a": 1}}, "keys": [], "reason": ""}\n',
        b'{"changes": {"discord.bot\\ud800": "no"}, "keys": [], "reason": ""}\n',
        b'{"changes": {"discord.bots": "no"}, "keys": [], "reason": "\\ud800"}\n',
    ],
    ids=["deep", "list", "object", "half a character", "half a character as reason"],
)
async def test_what_cannot_be_a_change_is_a_mistake_and_nothing_worse(
    changed: list[bool], tmp_path: Path, line: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_unix_connection(socket_path(tmp_path, SLUG))
    writer.write(line)
    reply = json.loads(await reader.readline())
    writer.close()

    assert reply.keys() == {"mistake"}
    assert changed == []
    assert not caplog.records


async def test_a_line_without_end_is_not_read_to_its_end(
    changed: list[bool], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_unix_connection(socket_path(tmp_path, SLUG))
    with contextlib.suppress(ConnectionError):
        writer.write(b"x" * 3_000_000)
        await reader.read()  # the bot hangs up
    writer.close()

    assert (await ask(socket_path(tmp_path, SLUG), SettingsRequest({}, (), "")))["version"] == 0
    assert changed == []
    assert not caplog.records


async def test_only_the_user_who_runs_the_bot_can_open_the_socket(
    changed: list[bool], tmp_path: Path
) -> None:
    mode = (await asyncio.to_thread(socket_path(tmp_path, SLUG).stat)).st_mode

    assert stat.S_IMODE(mode) == 0o600
    assert changed == []


async def test_a_socket_that_a_killed_bot_left_behind_is_replaced(
    community: Community, tmp_path: Path
) -> None:
    path = socket_path(tmp_path, SLUG)
    await asyncio.to_thread(path.touch)

    async with listen(path, community, now_ms=lambda: 1, on_change=lambda: None):
        answered = await ask(path, SettingsRequest({}, ("discord.bots",), ""))

    assert answered["values"] == {"discord.bots": True}
    assert not await asyncio.to_thread(path.exists)


async def test_without_a_socket_the_bot_runs_all_the_same(
    community: Community, tmp_path: Path
) -> None:
    path = tmp_path / ("x" * 200) / "y.sock"

    async with listen(path, community, now_ms=lambda: 1, on_change=lambda: None):
        with pytest.raises(NotListeningError):
            await ask(path, SettingsRequest({}, (), ""))


async def test_the_command_line_asks_the_bot_where_that_holds_the_file(
    community: Community,
    changed: list[bool],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CRED_DATA_DIR", str(tmp_path))

    await settings(SLUG, "set", ["discord.bots", "no"], reason="", as_json=False)

    assert capsys.readouterr() == ("no\n", "Kept as version 1.\n")
    assert community.settings.get("discord.bots") is False
    assert changed == [True]


async def test_a_file_that_something_else_holds_is_still_an_error(
    community: Community, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRED_DATA_DIR", str(tmp_path))

    with pytest.raises(LockedError):
        await settings(SLUG, "list", [], reason="", as_json=False)

    assert community.settings.version == 0

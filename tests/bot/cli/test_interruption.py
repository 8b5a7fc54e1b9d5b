"""Ctrl-C and SIGTERM end a command with a sentence, and what was done is kept."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.import_discord_export import import_exports
from bot.cli.open_communities import open_communities
from bot.cli.status import INTERRUPTED, TERMINATED, StoppedError
from tests.bot.importers.discord_export.exports import GUILD, export, message, write_export


async def test_an_interrupted_import_says_what_is_kept_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    monkeypatch.setenv("CRED_DATA_DIR", str(data))
    path = write_export(tmp_path / "a.json", export(message(n) for n in range(5_000)))
    importing = asyncio.create_task(import_exports([path], as_json=False))
    while not await asyncio.to_thread(lambda: [*data.glob("*.db")]):  # noqa: ASYNC110
        await asyncio.sleep(0)

    importing.cancel()  # as asyncio.run does on Ctrl-C
    with pytest.raises(StoppedError, match="run the same command to go on"):
        await importing
    said = capsys.readouterr().err
    again = await import_exports([path], as_json=False)

    assert "new events" in said
    assert again == 0
    async with open_communities(data) as opened:
        community = await opened.get_existing(f"discord-{GUILD}")
        kinds = [row["kind"] async for row in community.log.export()]
    assert kinds.count("posted") == 5_000


@pytest.mark.parametrize("typed", [b"", b"!cred\n"])
def test_ctrl_c_at_any_moment_leaves_no_trace(typed: bytes) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "demo"],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(typed)
        process.stdin.flush()
        if typed:
            process.stdout.readline()  # it is at it
        process.send_signal(signal.SIGINT)
        process.stdin.close()
        process.stdin = None
        _, said = process.communicate(timeout=30)

    assert b"Traceback" not in said
    assert process.returncode in {0, 130, -signal.SIGINT}


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, INTERRUPTED), (signal.SIGTERM, TERMINATED)]
)
def test_the_demo_stops_while_it_waits_for_a_line_and_leaves_nothing_behind(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--json"],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"!cred\n")
        process.stdin.flush()
        process.stdout.readline()  # it waits for the next line, which never comes
        process.send_signal(number)
        ended = process.wait(timeout=30)
        assert process.stderr is not None
        said = process.stderr.read()

    assert ended == status
    assert said == b"Stopped.\n"
    assert not list(tmp_path.iterdir())

"""A command whose output cannot be written fails."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.runtime.output_encoding import APPROXIMATE, dump_json

ROOT = Path(__file__).parents[3]
MINIMAL = ROOT / "tests" / "vectors" / "small" / "01-minimal.json"
FULL = Path("/dev/full")
COMMANDS = [
    ["credrank", str(MINIMAL)],
    ["credrank", str(MINIMAL), "--json"],
    ["demo", "--json"],
    ["--version"],
    ["credrank", "--help"],
]


def run_bot(words: list[str], redirection: str, **environment: str) -> tuple[int, str]:
    """Run a command line in a shell; return its exit status and its standard error."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -m bot "$@" {redirection}', sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, "CRED_DATA_DIR": "nowhere", **environment},
        input=b"!cred\n",
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_result_for_a_closed_standard_output_is_a_failure_that_says_so(
    words: list[str],
) -> None:
    status, said = run_bot(words, ">&-")

    assert status == 1
    assert said.splitlines() == [
        "Standard output cannot be written (it is closed): the result is not whole."
    ]


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    ("words", "unbuffered"),
    [(COMMANDS[0], ""), (COMMANDS[1], ""), (COMMANDS[1], "1"), (COMMANDS[3], "")],
)
def test_a_full_disk_is_told_with_what_could_not_be_written(
    words: list[str], unbuffered: str
) -> None:
    status, said = run_bot(words, f">{FULL}", PYTHONUNBUFFERED=unbuffered)

    assert status == 1
    assert said.splitlines() == [
        "Standard output cannot be written (No space left on device): the result is not whole."
    ]


def test_a_closed_standard_error_puts_no_messages_among_the_results(tmp_path: Path) -> None:
    results = tmp_path / "results"

    status, _ = run_bot(
        ["credrank", str(tmp_path / "missing.json"), "--json"], f"2>&- >{results}"
    )

    assert status == 2
    assert results.read_text() == ""


def test_a_reader_that_has_enough_is_no_mistake() -> None:
    done = subprocess.run(
        [
            "bash",
            "-c",
            '"$0" -m bot demo --json | head -c 1; exit ${PIPESTATUS[0]}',
            sys.executable,
        ],
        cwd=ROOT,
        input=b"!cred\n!cred board\n" * 50,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.returncode in {0, 141}  # it may have written all before the reader left
    assert done.stderr == b""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "koi8-r"])
def test_output_that_is_not_utf_8_is_approximated_and_never_fails(encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        input="!cred history\n!cred board\n!cred никто 日本 \u202e\n".encode(),
        capture_output=True,
        check=False,
        timeout=120,
    )

    shown = done.stdout.decode(encoding)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr.decode()
    assert "Cred board of Lantern Gardens" in shown
    assert re.search(r"11 Oct  [#█]{20,}", shown)


def test_a_terminal_that_gives_no_width_still_shows_everything() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "0"},
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0
    assert "backfill" in done.stdout.decode()


def test_a_terminal_without_abilities_has_the_width_that_it_has() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "check"],
        cwd=ROOT,
        # With colours forced, rich takes a pipe for a terminal.
        env={
            **os.environ,
            "TERM": "dumb",
            "FORCE_COLOR": "1",
            "NO_COLOR": "1",
            "COLUMNS": "40",
            "CRED_DATA_DIR": "/none",
        },
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert max(map(len, done.stdout.decode().splitlines())) <= 40


def test_json_loses_nothing_to_an_encoding() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "ascii")
    value = {"name": "日本 🦄", "file": "\udcff"}

    assert json.loads(dump_json(value, stream)) == value
    assert json.loads(dump_json(value, None)) == value
    assert "日本" in dump_json({"name": "日本"}, None)


def test_what_even_utf_8_cannot_encode_is_approximated() -> None:
    assert "zoë-\udcff-日".encode("utf-8", APPROXIMATE) == "zoë-?-日".encode()
    assert "zoë “a” … ▃".encode("ascii", APPROXIMATE) == b'zoe "a" ... -'

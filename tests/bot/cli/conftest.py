import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli.program import app
from bot.cli.status import run_command


@dataclass(frozen=True)
class Result:
    """The exit status and the output of a command."""

    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    """Runs a command line in this process, in an empty folder with default settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRED_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("CRED_DISCORD_TOKEN", raising=False)
    monkeypatch.delenv("CRED_DISCORD_TOKEN_FILE", raising=False)

    def run(*words: str, typed: bytes = b"") -> Result:
        capfd.readouterr()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed)))
        status = run_command(lambda: app([*words], prog_name="credbot"))
        captured = capfd.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Result(status, captured.out, captured.err)

    return run

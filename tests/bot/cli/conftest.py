import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli.program import app
from bot.cli.status import run_command


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    """Runs a command line in this process, in a folder of its own, its settings at default."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRED_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("CRED_DISCORD_TOKEN", raising=False)
    monkeypatch.delenv("CRED_DISCORD_TOKEN_FILE", raising=False)

    def run(*words: str, typed: bytes = b"") -> Done:
        capfd.readouterr()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed)))
        status = run_command(lambda: app([*words], prog_name="credbot"))
        said = capfd.readouterr()
        assert "Traceback" not in said.out + said.err
        return Done(status, said.out, said.err)

    return run

"""Commands that look something up import nothing that takes long."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bot.importers.discord_export.exports import GUILD, export, message, write_export

HEAVY = ("matplotlib", "discord", "scipy", "emoji", "aiohttp", "apscheduler")
SLUG = f"discord-{GUILD}"
SCRIPT = """
import sys
from bot.cli.program import app
from bot.cli.status import run_command
status = run_command(lambda: app(sys.argv[1:], prog_name="credbot"))
found = [name for name in {heavy!r} if name in sys.modules]
print("status", status, "imported", *found, file=sys.stderr)
"""


def last_line(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(heavy=HEAVY), *words],
        cwd=folder,
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "CRED_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.splitlines()[-1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("data")
    write_export(made / "a.json", export([message(0)]))
    last_line(made, "import", "discord-export", "a.json")
    return made


@pytest.mark.parametrize(
    "line",
    [
        "--help",
        "settings --help",
        f"settings {SLUG} get weights.emoji.👍",
        f"settings {SLUG} get discord.props-channels history.start",
        f"settings {SLUG} set discord.bots no",
        f"settings {SLUG} list",
        f"export {SLUG}",
    ],
)
def test_a_command_that_looks_something_up_imports_nothing_heavy(
    folder: Path, line: str
) -> None:
    # An emoji has to be looked up in the tables of emoji, and nothing else has.
    allowed = " emoji" if "emoji" in line else ""

    assert last_line(folder, *line.split()) == f"status 0 imported{allowed}"

"""The contracts of pyproject.toml hold, and each would notice being broken."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "cred", "storage")

BREAKS = {
    "packages": ("cred/epochs.py", "import storage.log.batch"),
    "pure": ("cred/epochs.py", "import logging"),
    "sources": ("bot/sources/copied/__init__.py", "import bot.sources.discord.declaration"),
    "inside bot": ("bot/services/people.py", "import bot.chat.console.run"),
    "platforms": ("bot/commands/cred/show.py", "import discord"),
    "scheduler": ("bot/community/scoring/scoring.py", "import apscheduler"),
    "cycles": ("cred/facts/events.py", "import cred.facts.activity"),
}
"""By contract: a line that breaks it, and where."""


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the packages of a folder."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache", *options],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def copy_packages(to: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, to / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", to)
    return to


def test_every_contract_is_kept() -> None:
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("contract", BREAKS)
def test_a_broken_contract_is_noticed(tmp_path: Path, contract: str) -> None:
    file, line = BREAKS[contract]
    folder = copy_packages(tmp_path)
    path = folder / file
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as source:
        source.write(f"\n{line}\n")

    done = lint(folder, "--contract", contract)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


def test_every_contract_has_a_way_to_break_it() -> None:
    text = (ROOT / "pyproject.toml").read_text()

    assert text.count("[[tool.importlinter.contracts]]") == len(BREAKS)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "cred").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT))
)
def test_cred_asks_no_clock_no_chance_and_no_file(path: Path) -> None:
    asked = [
        f"{path.name}:{node.lineno} {ast.unparse(node)}"
        for node in ast.walk(ast.parse(path.read_text()))
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"now", "today", "utcnow", "default_rng", "random", "environ"}
        )
        or (isinstance(node, ast.Name) and node.id in {"open", "input", "print", "breakpoint"})
        or isinstance(node, ast.Await | ast.AsyncFunctionDef)
    ]

    assert asked == []

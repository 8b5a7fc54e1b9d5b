"""Documents say what is so: settings, versions, commands, examples."""

import doctest
import importlib
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest
from typer import Typer
from typer.main import get_command

import bot
import cred
import storage
from bot.cli.program import app
from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def commands_of(group: object, prefix: str = "") -> dict[str, object]:
    """Every command by the words that call it."""
    found: dict[str, object] = {}
    for name, command in getattr(group, "commands", {}).items():
        words = f"{prefix}{name}"
        inside = commands_of(command, f"{words} ")
        found |= inside or {words: command}
    return found


COMMANDS = commands_of(get_command(app))


def test_the_example_environment_lists_exactly_the_settings() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")

    listed = re.findall(r"^#?\s?(CRED_[A-Z_]+)=", text, re.MULTILINE)

    assert sorted(listed) == sorted(f"CRED_{name.upper()}" for name in Settings.model_fields)


def test_the_example_environment_changes_nothing_until_it_is_edited() -> None:
    from_example = Settings(_env_file=ROOT / ".env.example")

    assert from_example == Settings(_env_file=None)


def test_the_changelog_has_a_section_for_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.search(rf"^## {re.escape(PROJECT['version'])}\b", text, re.MULTILINE)


def test_the_readme_begins_with_the_two_commands_that_are_checked() -> None:
    block = re.search(r"```\n(.*?)```", README, re.DOTALL)
    assert block is not None
    commands = [line.split("#")[0].strip() for line in block[1].splitlines()]

    assert commands == ["make demo", "make test"]
    assert "make test" in (ROOT / ".ci" / "run").read_text()
    # CI runs the other one within the tests.
    assert '"make", "demo"' in (ROOT / "tests" / "test_project.py").read_text()


def test_every_make_target_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))

    for name in ("README.md", "CONTRIBUTING.md", "deploy/README.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert set(re.findall(r"\bmake ([a-z]+)", text)) <= targets, name


def test_every_settings_variable_in_the_documents_exists() -> None:
    known = {f"CRED_{name.upper()}" for name in Settings.model_fields}

    for path in (ROOT / "README.md", *sorted((ROOT / "deploy").iterdir())):
        named = set(re.findall(r"\bCRED_[A-Z_]+\b", path.read_text(encoding="utf-8")))
        assert named <= known, path.name


def test_every_command_of_the_command_line_in_the_readme_exists() -> None:
    named = re.findall(r"`credbot ([a-z-]+(?: discord-export| sourcecred)?)", README)

    assert named
    assert {name for name in named if name not in COMMANDS} == set()


def test_the_readme_names_every_command_of_the_command_line() -> None:
    assert [words for words in COMMANDS if f"`credbot {words}" not in README] == []


@pytest.mark.parametrize("words", COMMANDS)
def test_the_help_of_every_command_has_an_example(words: str) -> None:
    command = COMMANDS[words]

    example = str(getattr(command, "epilog", ""))
    assert example.startswith("Example: ")
    assert f"credbot {words}" in example


def test_links_within_the_repository_lead_somewhere() -> None:
    documents = [
        path
        for folder in ("", "bot", "cred", "storage", "deploy", "tests", "bench", "tools")
        for path in (ROOT / folder).glob("**/*.md" if folder else "*.md")
    ]

    for path in documents:
        for link in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text()):
            assert (path.parent / link).exists(), f"{path.relative_to(ROOT)} → {link}"


def test_every_package_has_a_readme() -> None:
    folders = {
        path.parent
        for package in ("bench", "bot", "cred", "storage", "tools")
        for path in (ROOT / package).glob("**/*.py")
        if path.parent.name not in {"examples", "migrations"}
    }

    missing = [folder for folder in folders if not (folder / "README.md").exists()]

    assert [str(folder.relative_to(ROOT)) for folder in sorted(missing)] == []


def files_named_in(text: str) -> set[str]:
    """Paths from the root, written as code: `cred/explain.py`."""
    return set(re.findall(r"`((?:bot|cred|storage|tests|bench|docs)/[\w./-]*\w)/?`", text))


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md", "README.md"])
def test_the_files_that_a_document_names_exist(name: str) -> None:
    named = files_named_in((ROOT / name).read_text(encoding="utf-8"))

    missing = [path for path in named if not (ROOT / path).exists()]

    assert sorted(missing) == []


def test_the_architecture_document_names_files() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

    assert len(files_named_in(text)) > 30


def modules() -> list[str]:
    return sorted(
        module.name
        for package in (bot, cred, storage)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not module.name.endswith("__main__")
    )


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_program_is_a_typer_app() -> None:
    assert isinstance(app, Typer)

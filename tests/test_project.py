"""The project's own machinery: locked requirements, the environment, the first command."""

import importlib.util
import os
import re
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")


def pinned_versions(name: str) -> dict[str, set[str]]:
    """Versions by distribution."""
    found: dict[str, set[str]] = {}
    for project, version in re.findall(
        r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE
    ):
        found.setdefault(normalize_name(project), set()).add(version)
    return found


def normalize_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def load_environment_tool() -> ModuleType:
    """tools/environment.py, which is no package."""
    spec = importlib.util.spec_from_file_location("environment", ROOT / "tools/environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", LOCKS)
def test_locked_requirements_name_no_place_to_fetch_from(name: str) -> None:
    text = (ROOT / name).read_text()

    assert not re.search(r"://|--|^\s*-[a-z]|\bfile:|@ ", text.replace("--hash=", ""))


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_requirement_has_a_hash(name: str) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / name).read_text().strip())

    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_locks_hold_everything_that_the_project_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run = project["project"]["dependencies"] + project["dependency-groups"]["build"]
    dev = run + project["project"]["optional-dependencies"]["dev"]

    for name, needed in zip(LOCKS, (run, dev), strict=True):
        names = {
            normalize_name(re.split(r"[<>=!~\[ ;]", requirement)[0]) for requirement in needed
        }
        assert names <= pinned_versions(name).keys(), name


def test_developing_adds_to_what_running_needs_and_changes_none_of_it() -> None:
    run, dev = (pinned_versions(name) for name in LOCKS)

    assert {name: versions for name, versions in run.items() if dev.get(name) != versions} == {}


def test_the_build_needs_nothing_that_is_not_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert project["build-system"]["requires"] == project["dependency-groups"]["build"]


def test_no_file_of_the_project_names_a_path_of_a_machine() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if tracked.returncode:
        pytest.skip("no git work tree")
    names = [name for name in tracked.stdout.split("\0") if name and (ROOT / name).is_file()]
    machine = re.compile(rb"/(home|Users)/[A-Za-z]|/(root|work)/")

    assert [name for name in names if machine.search((ROOT / name).read_bytes())] == []


def test_an_environment_without_a_stamp_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load_environment_tool()
    monkeypatch.setattr(module, "VENV", tmp_path)
    monkeypatch.setattr(module, "UNFINISHED", tmp_path / "unfinished")
    assert not module.is_ready("run")

    (tmp_path / "installed-dev").write_text(module.digest("dev"))
    assert module.is_ready("run")
    assert module.is_ready("dev")

    (tmp_path / "unfinished").touch()
    assert not module.is_ready("dev")


def test_an_environment_of_other_requirements_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load_environment_tool()
    monkeypatch.setattr(module, "VENV", tmp_path)
    monkeypatch.setattr(module, "UNFINISHED", tmp_path / "unfinished")

    (tmp_path / "installed-run").write_text("something else")

    assert not module.is_ready("run")


def test_running_alone_is_not_enough_for_developing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load_environment_tool()
    monkeypatch.setattr(module, "VENV", tmp_path)
    monkeypatch.setattr(module, "UNFINISHED", tmp_path / "unfinished")

    (tmp_path / "installed-run").write_text(module.digest("run"))

    assert module.is_ready("run")
    assert not module.is_ready("dev")


def test_a_python_that_is_too_old_is_refused_in_words(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    done = subprocess.run(
        ["sh", str(ROOT / "tools/environment.sh"), "run"],
        env={**os.environ, "PYTHON": str(old)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "not a Python from 3.11 to 3.14" in done.stderr


@pytest.mark.skipif(
    not (ROOT / ".venv" / "installed-dev").exists(), reason="this .venv was not made by make"
)
def test_make_demo_takes_commands_from_a_pipe() -> None:
    for typed, wanted in (("!cred\n!cred board\n", 2), ("", 0)):
        done = subprocess.run(
            ["make", "demo"],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if "MAKE" not in name},
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        tour, *answers = done.stdout.split("> !cred why-changed")[-1].split("\n> ")
        assert "sum to" in tour
        assert len(answers) == wanted
        assert "make" not in done.stdout

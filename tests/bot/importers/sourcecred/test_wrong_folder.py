"""A folder that is not an instance's: what it is, and which one to name, in a sentence."""

import shutil
from pathlib import Path

import pytest

from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.folder.files import Folder
from tests.bot.importers.sourcecred.instances import copy_instance


def refusal(folder: Path) -> str:
    """Return why a folder is not read."""
    with pytest.raises(InstanceError) as told:
        Folder(folder, lambda _bytes: None)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_the_folder_around_an_instance_names_it(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    (tmp_path / "notes").mkdir()

    assert refusal(tmp_path).endswith(f"holds one: name {root} instead.")


def test_the_folder_around_several_names_some(tmp_path: Path) -> None:
    for name in "abcde":
        (tmp_path / "all" / name).mkdir(parents=True)
        (tmp_path / "all" / name / "sourcecred.json").write_text("{}")

    sentence = refusal(tmp_path)

    assert str(tmp_path / "all" / "a") in sentence
    assert sentence.endswith("and 2 more: name one of them.")


@pytest.mark.parametrize(
    "inside", ["config", "config/plugins/sourcecred/discord", "data", "output/graphs"]
)
def test_a_folder_inside_an_instance_names_the_whole(inside: str, tmp_path: Path) -> None:
    root = copy_instance(tmp_path)

    sentence = refusal(root / inside)

    assert f"is only the folder {inside} of an instance: name {root.resolve()}" in sentence


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)

    assert "is a file: name the folder of an instance" in refusal(root / "sourcecred.json")
    assert "is not a folder: name the folder" in refusal(root / "nowhere")


@pytest.mark.parametrize("inside", ["", "output"])
def test_the_branch_of_the_outputs_is_called_so(inside: str, tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    (root / "sourcecred.json").unlink()
    for part in ("config", "data"):
        shutil.rmtree(root / part)

    sentence = refusal(root / inside)

    assert "there is no sourcecred.json in it" in sentence
    assert "holds an instance's outputs only, as the branch gh-pages often does" in sentence
    assert "check out the branch that has sourcecred.json" in sentence


def test_half_an_instance_is_told_from_something_else(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    (root / "sourcecred.json").unlink()
    shutil.rmtree(root / "output")
    (tmp_path / "photos").mkdir()

    assert "check the instance out whole" in refusal(root)
    assert refusal(tmp_path / "photos").endswith("there is no sourcecred.json in it.")

"""The READMEs of `cred` are true."""

import re
from pathlib import Path

import pytest

import cred
from tests.cred.vectors import HERE

FOLDER = Path(cred.__file__).parent
README = (FOLDER / "README.md").read_text(encoding="utf-8")
FOLDERS = sorted(path.parent for path in FOLDER.rglob("__init__.py"))


def modules(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py")} - {"__init__"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_readme_lists_the_files_of_its_folder(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    table = re.split(r"\| file \|.*\n", text)[1].split("\n\n")[0]

    listed = [
        name
        for line in table.splitlines()
        for name in re.findall(r"`(?:\w+/)*(\w+)(?:\.py)?`", line.split("|")[1])
    ]

    assert sorted(listed) == sorted(modules(folder))


def test_the_readme_links_to_every_folder() -> None:
    links = re.findall(r"\((\w+)/README\.md\)", README)

    assert sorted(links) == sorted(folder.name for folder in FOLDERS if folder != FOLDER)


def test_the_vectors_that_show_differences_exist() -> None:
    table = README.split("## Differences")[1]
    vectors = [
        (folder, number)
        for folder, numbers in re.findall(r"(small|pipeline) ((?:\d\d\w?(?:, )?)+)", table)
        for number in numbers.strip(", ").split(", ")
    ]

    assert len(vectors) > 10
    for folder, number in vectors:
        assert len(list((HERE / folder).glob(f"{number}-*.json"))) == 1, (folder, number)

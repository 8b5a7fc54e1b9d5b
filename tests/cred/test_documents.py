"""cred's README and public names are true."""

import re
from pathlib import Path

import cred
from tests.cred.vectors import HERE

README = (Path(cred.__file__).parent / "README.md").read_text(encoding="utf-8")


def test_the_readme_lists_every_file() -> None:
    table = README.split("## Files")[1].split("##")[0]
    listed = re.findall(r"`(\w+)`", table)

    files = {path.stem for path in Path(cred.__file__).parent.glob("*.py")} - {"__init__"}
    assert sorted(listed) == sorted(files)


def test_the_vectors_that_show_differences_exist() -> None:
    table = README.split("## Differences")[1]
    named = [
        (folder, number)
        for folder, numbers in re.findall(r"(small|pipeline) ((?:\d\d\w?(?:, )?)+)", table)
        for number in numbers.strip(", ").split(", ")
    ]

    assert len(named) > 10
    for folder, number in named:
        assert len(list((HERE / folder).glob(f"{number}-*.json"))) == 1, (folder, number)


def test_public_names_are_sorted_and_there() -> None:
    assert cred.__all__ == sorted(cred.__all__)
    assert all(hasattr(cred, name) for name in cred.__all__)

"""Says what a folder is that is not an instance's, and which one to name instead."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MAIN: Final = "sourcecred.json"
_PARENTS: Final = 8
"""How far up an instance is looked for: its own deepest folders are six down."""
_SHOWN: Final = 3
_OUTPUTS: Final = ("credGraph*", "credGrainView*", "credResult*", "accounts.json", "graphs")


def describe_wrong_folder(root: Path) -> str:
    """Return in a sentence what a folder without `sourcecred.json` is, and what to do."""
    if not root.is_dir():
        kind = "a file" if root.is_file() else "not a folder"
        return f"{root} is {kind}: name the folder of an instance."
    above = _instance_above(root)
    if above is not None:
        inside = root.resolve().relative_to(above).as_posix()
        return f"{root} is only the folder {inside} of an instance: name {above} instead."
    below = sorted({path.parent for path in _instances_below(root)})
    if len(below) == 1:
        return f"{root} is not an instance itself, but holds one: name {below[0]} instead."
    if below:
        names = ", ".join(str(path) for path in below[:_SHOWN])
        more = f" and {len(below) - _SHOWN} more" if len(below) > _SHOWN else ""
        return f"{root} is not an instance itself, but holds {names}{more}: name one of them."
    return f"{root} is not a SourceCred instance: there is no {_MAIN} in it{_parts(root)}."


def _parts(root: Path) -> str:
    """Return what a folder holds of an instance, and what to do, as the end of a sentence."""
    if _holds_outputs(root) or _holds_outputs(root / "output"):
        return (
            ". It holds an instance's outputs only, as the branch gh-pages often does: check "
            f"out the branch that has {_MAIN}, config and data, copy the folder output into "
            "that, and name it"
        )
    if (root / "config").is_dir() or (root / "data" / "ledger.json").is_file():
        return ", although it has other parts of one: check the instance out whole"
    return ""


def _instance_above(root: Path) -> Path | None:
    parents = root.resolve().parents[:_PARENTS]
    return next((path for path in parents if (path / _MAIN).is_file()), None)


def _instances_below(root: Path) -> Iterator[Path]:
    yield from root.glob(f"*/{_MAIN}")
    yield from root.glob(f"*/*/{_MAIN}")


def _holds_outputs(folder: Path) -> bool:
    return any(any(folder.glob(name)) for name in _OUTPUTS)

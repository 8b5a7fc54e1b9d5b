"""Functions are called after what they do, variables after what they hold, no classes alike."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "cred", "storage")
FOLDERS = ("bench", "bot", "cred", "storage", "tests", "tools")
EMPTY_NAMES = {"one", "it", "what", "how"}
IRREGULAR_PARTICIPLES = frozenset(
    {
        "bought",
        "bound",
        "broken",
        "brought",
        "built",
        "caught",
        "chosen",
        "drawn",
        "driven",
        "found",
        "given",
        "gone",
        "grown",
        "heard",
        "held",
        "hidden",
        "kept",
        "known",
        "left",
        "lent",
        "lost",
        "made",
        "meant",
        "met",
        "paid",
        "said",
        "seen",
        "sent",
        "shown",
        "shut",
        "spent",
        "spoken",
        "stood",
        "taken",
        "thought",
        "thrown",
        "told",
        "won",
        "written",
    }
)
VERBS_IN_ED = frozenset({"bleed", "breed", "embed", "exceed", "feed", "need", "seed", "speed"})
SHARED_NAMES = {
    "Backfill": "reads what a source missed or never saw; Discord's and Discourse's",
    "Observation": "how and when a source saw what it parses; Discord's and Discourse's",
    "Rules": "a source's settings that shape its graph; one of each source",
}
"""Public classes of several modules that are the same idea, and which one it is."""
VALUES = {"property", "cached_property", "fixture"}
"""Decorators of functions that are used like values: a participle may name these."""


def is_participle(name: str) -> bool:
    """Tell whether a function's name is a participle and nothing else: `_drawn`, `folded`."""
    word = name.strip("_")
    return word in IRREGULAR_PARTICIPLES or (
        word.endswith("ed") and "_" not in word and word not in VERBS_IN_ED
    )


def is_value(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        word in VALUES
        for decorator in function.decorator_list
        for word in ast.unparse(decorator).replace("(", ".").split(".")
    )


def badly_named(tree: ast.AST) -> Iterator[str]:
    """Name what breaks the rule, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if is_participle(node.name) and not is_value(node):
                yield f"line {node.lineno}: the function {node.name}"
        elif isinstance(node, ast.arg) and node.arg in EMPTY_NAMES:
            yield f"line {node.lineno}: the parameter {node.arg}"
        elif (
            isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Store)
            and node.id in EMPTY_NAMES
        ):
            yield f"line {node.lineno}: the variable {node.id}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_function_is_named_by_a_participle_and_no_name_is_empty(folder: str) -> None:
    bad = [
        f"{path.relative_to(ROOT)} {name}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name in badly_named(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert bad == []


def test_no_two_public_classes_share_a_name_unless_they_are_the_same_idea() -> None:
    names = Counter(
        node.name
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )

    assert {name for name, count in names.items() if count > 1} == SHARED_NAMES.keys()


@pytest.mark.parametrize(
    ("source", "is_bad"),
    [
        ("def drawn(): ...", True),
        ("def _folded(): ...", True),
        ("def told(one): ...", True),
        ("def show(one): ...", True),
        ("names = [one for one in range(3)]", True),
        ("@property\ndef closed(self): ...", False),
        ("@pytest.fixture\ndef opened(): ...", False),
        ("def need(): ...", False),
        ("def drawn_cards(): ...", False),
        ("def draw(cards): ...", False),
    ],
)
def test_the_rule_tells_good_names_from_bad_ones(source: str, *, is_bad: bool) -> None:
    assert bool(list(badly_named(ast.parse(source)))) is is_bad

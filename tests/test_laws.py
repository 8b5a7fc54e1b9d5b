"""Laws are tried on the same examples every time, and on many more by `make laws`."""

import importlib
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import laws

TESTS = Path(__file__).resolve().parent


def draw() -> list[int]:
    """Return the examples that are drawn for a law, which is always the same one."""
    numbers: list[int] = []

    @settings(settings.get_profile("fixed"))
    @given(st.integers())
    def law(number: int) -> None:
        numbers.append(number)

    law()
    return numbers


def test_a_law_is_tried_on_the_same_examples_whatever_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = draw()
    module = tmp_path / "numbers_of_the_program.py"
    module.write_text(f"NUMBERS = {list(range(1_000, 9_000, 40))}\n")
    monkeypatch.syspath_prepend(tmp_path)

    importlib.import_module(module.stem)

    assert draw() == before


def test_new_examples_are_many_more_than_the_fixed_ones() -> None:
    fixed, new = (settings.get_profile(name) for name in ("fixed", "laws"))

    assert (fixed.derandomize, fixed.database, fixed.deadline) == (True, None, None)
    assert (new.derandomize, new.print_blob, new.deadline) == (False, True, None)
    assert new.max_examples >= 10 * fixed.max_examples


def test_laws_set_their_number_of_examples_only_through_the_helper() -> None:
    """A plain number would also apply to `make laws`."""
    own = re.compile(r"max_examples=(?!examples\()|derandomize=|@seed\(|deadline=[\dt]")

    assert [
        str(path)
        for path in TESTS.rglob("*.py")
        if path.name not in {"laws.py", "test_laws.py"} and own.search(path.read_text())
    ] == []


def test_every_other_random_generator_in_tests_has_a_seed() -> None:
    unseeded = re.compile(r"\b(Random|default_rng|uuid[14])\(\)")

    assert [
        str(path) for path in TESTS.rglob("*.py") if unseeded.search(path.read_text())
    ] == []


def test_the_number_of_examples_scales_with_the_profile() -> None:
    assert laws.examples(40) == 40 * settings().max_examples // laws.EXAMPLES

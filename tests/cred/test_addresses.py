"""Addresses, and the examples in cred's docstrings."""

import doctest
import importlib
import pkgutil

import pytest

import cred
from cred.addresses import sort_key

MODULES = [module.name for module in pkgutil.iter_modules(cred.__path__, "cred.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_addresses_sort_as_the_reference_s_do() -> None:
    """By UTF-16 unit: an emoji (a pair from U+D83D up) before U+FE0F, unlike in Python."""
    emoji, selector = ("\N{THUMBS UP SIGN}",), ("\N{VARIATION SELECTOR-16}",)

    assert sorted([selector, emoji], key=sort_key) == [emoji, selector]
    assert sorted([selector, emoji]) == [selector, emoji]
    assert sort_key(("a",)) < sort_key(("a", "b")) < sort_key(("ab",))

"""The ways to the same numbers: with kernels and without, where both can be had."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from cred import kernels

WAYS: Final = {"numpy": False} | ({"kernels": True} if kernels.AVAILABLE else {})


@contextmanager
def way(name: str) -> Iterator[None]:
    """Compile what is compiled meanwhile in that way."""
    before = kernels.AVAILABLE
    kernels.AVAILABLE = WAYS[name]
    try:
        yield
    finally:
        kernels.AVAILABLE = before

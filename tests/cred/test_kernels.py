"""Kernels are optional: found where numba is, done without where it is not."""

import subprocess
import sys
from pathlib import Path

import pytest

from cred import kernels

ROOT = Path(__file__).resolve().parents[2]

A_RANKING = """
from cred.graphfile import read
from tests.cred.test_folded import a_graph
print(read(a_graph(6)).rank().scores.cred.sum())
"""

NOWHERE_TO_KEEP = """
from numba.core import caching
caching.CacheImpl._locator_classes = []
"""


def said(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_commands_imports_no_numba() -> None:
    assert (
        said("import bot.__main__, cred.folded, sys; print('numba' in sys.modules)") == "False"
    )


def test_without_numba_there_are_no_kernels() -> None:
    program = "import sys; sys.modules['numba'] = None\nfrom cred import kernels\n"

    assert said(program + "print(kernels.AVAILABLE)") == "False"


@pytest.mark.skipif(not kernels.AVAILABLE, reason="numba is not there")
def test_kernels_need_no_place_to_keep_what_is_compiled() -> None:
    numbers = said("from cred import kernels; kernels.AVAILABLE = False" + A_RANKING)

    assert float(said(NOWHERE_TO_KEEP + A_RANKING)) == pytest.approx(float(numbers), rel=1e-12)

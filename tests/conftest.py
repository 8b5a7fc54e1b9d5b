"""The choice of arithmetic: `--without-kernels` runs tests as if numba were not installed."""

import sys

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--without-kernels",
        action="store_true",
        help="as if numba were not installed: numpy and scipy alone",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--without-kernels"):
        sys.modules["numba"] = None  # type: ignore[assignment] # what import takes for absent

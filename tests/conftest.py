"""The choice of arithmetic: `--without-kernels` runs tests as if numba were not installed.

Hypothesis has no deadlines: how long an example takes says nothing on a shared machine.
"""

import sys

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "credbot", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("credbot")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--without-kernels",
        action="store_true",
        help="as if numba were not installed: numpy and scipy alone",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--without-kernels"):
        sys.modules["numba"] = None  # type: ignore[assignment] # what import takes for absent

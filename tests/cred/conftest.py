"""Tests that use `each_way` are run with kernels and without, where both can be had."""

from collections.abc import Iterator

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "each_way" in metafunc.fixturenames:
        # Not before pytest is configured, which decides what can be imported.
        from tests.cred.ways import WAYS  # noqa: PLC0415

        metafunc.parametrize("each_way", list(WAYS), indirect=True)


@pytest.fixture
def each_way(request: pytest.FixtureRequest) -> Iterator[None]:
    from tests.cred.ways import way  # noqa: PLC0415

    with way(request.param):
        yield

"""Fixtures for every test that needs a Discourse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.discourse_server.server import DiscourseServer, running_discourse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def discourse() -> AsyncIterator[DiscourseServer]:
    """A forum of its own; the test fails if a response broke Discourse's contract."""
    async with running_discourse() as server:
        yield server

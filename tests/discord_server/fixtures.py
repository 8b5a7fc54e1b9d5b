"""The fixture; a conftest.py that imports `discord_server` from here has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.discord_server.server import DiscordServer, running_discord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def discord_server() -> AsyncIterator[DiscordServer]:
    """A Discord of one's own; the test fails if anything in it broke Discord's contract."""
    async with running_discord() as server:
        yield server

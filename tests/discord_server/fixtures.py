"""The fixture `discord_server`, for a conftest.py to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.discord_server.server import DiscordServer, running_discord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def discord_server() -> AsyncIterator[DiscordServer]:
    """Run a stand-in for Discord; the test fails if anything in it violated the contract."""
    async with running_discord() as server:
        yield server

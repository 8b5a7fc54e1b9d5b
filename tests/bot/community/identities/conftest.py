"""A community with two platforms."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.community.communities import Community
from tests.bot.forum import both_places


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        yield opened

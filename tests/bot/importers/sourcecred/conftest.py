"""A community that an instance can be imported into."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.community.communities import Communities, Community
from bot.sources import discover


@pytest.fixture
async def communities(tmp_path: Path) -> AsyncIterator[Communities]:
    with ThreadPoolExecutor(1) as worker:
        sources = tuple(discover().values())
        async with Communities(tmp_path / "data", sources, worker) as opened:
            yield opened


@pytest.fixture
async def community(communities: Communities) -> Community:
    return await communities.get_or_create("discord-1", "A server", "discord", "1")

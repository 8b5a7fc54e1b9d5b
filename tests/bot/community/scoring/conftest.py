"""A community with one source, on a real file."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.community.communities import Communities, Community
from tests.bot.community.scoring.counted_source import CountedSource


@pytest.fixture
def source() -> CountedSource:
    return CountedSource()


@pytest.fixture
def worker() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
async def communities(
    tmp_path: Path, source: CountedSource, worker: ThreadPoolExecutor
) -> AsyncIterator[Communities]:
    async with Communities(tmp_path / "data", [source], worker) as opened:
        yield opened


@pytest.fixture
async def community(communities: Communities) -> Community:
    return await communities.get_or_create("discord-1", "A server", "discord", "1")

"""Opens the communities of the data folder for a command."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from bot.community.communities import Communities
from bot.sources import discover


@asynccontextmanager
async def open_communities(data_dir: Path) -> AsyncIterator[Communities]:
    """Open the communities in a folder, without listening to any platform."""
    with ThreadPoolExecutor(1, thread_name_prefix="scoring") as worker:
        async with Communities(data_dir, tuple(discover().values()), worker) as communities:
            yield communities

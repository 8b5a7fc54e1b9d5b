"""Opens what commands work on: the settings, and the communities of the data folder."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from bot.community.communities import Communities
from bot.sources import discover


@asynccontextmanager
async def communities(data_dir: Path) -> AsyncIterator[Communities]:
    """Open the communities of a folder, without listening to any platform."""
    with ThreadPoolExecutor(1, thread_name_prefix="scoring") as worker:
        async with Communities(data_dir, tuple(discover().values()), worker) as opened:
            yield opened

import asyncio
import gc
from contextlib import suppress
from pathlib import Path

import pytest

from storage.file.database import Database


@pytest.mark.parametrize("turns", range(0, 40, 2))
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
async def test_opening_that_is_cancelled_leaves_no_connection_open(
    tmp_path: Path, turns: int
) -> None:
    # From Python 3.13 on, a connection that nobody closed says so when it is collected.
    path = tmp_path / "community.db"

    async def open_for_ever() -> None:
        async with Database.open(path):
            await asyncio.Event().wait()

    task = asyncio.create_task(open_for_ever())
    for _ in range(turns):
        await asyncio.sleep(0)
        await asyncio.to_thread(lambda: None)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    del task
    gc.collect()

    async with Database.open(path) as database:
        assert await database.read(lambda plain: plain.execute("SELECT 1").fetchone()) == (1,)

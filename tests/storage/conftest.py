"""A real file for every test, and proof that the event loop is never blocked."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster, blockbuster_ctx

from storage.file.database import Database
from storage.log.event_log import EventLog


@pytest.fixture(autouse=True)
def blockbuster() -> Iterator[BlockBuster]:
    """Make every blocking call inside the event loop an error."""
    with blockbuster_ctx("storage") as buster:
        yield buster


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "community.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with Database.open(path) as database:
        yield database


@pytest.fixture
async def log(database: Database) -> AsyncIterator[EventLog]:
    async with EventLog(database) as log:
        yield log

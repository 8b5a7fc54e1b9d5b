"""A community whose people enter things."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.community.communities import Communities, Community
from bot.sources import discover
from storage.log.batch import Account, Batch
from tests.bot.community.scoring.liked_messages import liked_message, record_events
from tests.bot.services.entries.entering import (
    NAMES,
)


@pytest.fixture
def worker() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
async def community(tmp_path: Path, worker: ThreadPoolExecutor) -> AsyncIterator[Community]:
    async with Communities(tmp_path, list(discover().values()), worker) as opened:
        community = await opened.get_or_create("discord-1", "A server", "discord", "1")
        await record_events(community, *liked_message("dan", "eve", "m1"))
        await community.log.append(
            Batch(
                accounts=tuple(
                    Account(
                        "discord", name, "bot" if name == "bot" else "user", name.capitalize()
                    )
                    for name in NAMES
                )
            )
        )
        await community.directory.refresh()
        yield community

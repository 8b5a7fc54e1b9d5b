"""Exports of channels that a community leaves out are not imported."""

from pathlib import Path

import pytest

from tests.bot.importers.discord_export.exports import (
    CATEGORY,
    CHANNEL,
    export,
    message,
    write_export,
)
from tests.bot.importers.discord_export.memory_community import MemoryCommunity, import_files


@pytest.mark.parametrize("left_out", [CHANNEL, CATEGORY])
async def test_the_file_of_a_channel_that_the_community_leaves_out_is_not_imported(
    tmp_path: Path, left_out: str
) -> None:
    community = MemoryCommunity()
    community.excluded = frozenset({left_out})
    path = write_export(tmp_path / "general.json", export([message(1)]))

    summary = await import_files(community, path)

    assert community.batches == []
    assert "1 file left out: of channels that the community leaves out." in summary.lines()


async def test_a_thread_follows_the_category_of_its_channel_as_the_log_knows_it(
    tmp_path: Path,
) -> None:
    community = MemoryCommunity()
    channel = write_export(tmp_path / "1.json", export([message(1)]))
    thread_of = {"id": "201", "type": "GuildPublicThread", "categoryId": CHANNEL}
    thread = write_export(
        tmp_path / "2.json",
        export([message(2)], channel={**thread_of, "category": "general", "name": "a thread"}),
    )
    await import_files(community, channel)
    community.excluded = frozenset({CATEGORY})
    recorded = len(community.batches)

    summary = await import_files(community, thread)

    assert summary.excluded == 1
    assert len(community.batches) == recorded

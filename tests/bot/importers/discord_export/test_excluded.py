"""Exports of channels that a community leaves out are not imported."""

from pathlib import Path

import pytest

from cred.facts.events import Kind
from tests.bot.importers.discord_export.exports import (
    CATEGORY,
    CHANNEL,
    export,
    message,
    write_export,
)
from tests.bot.importers.discord_export.memory_community import (
    MemoryCommunity,
    import_files,
    of_kind,
    posts,
)

THREAD = {
    "id": "201",
    "type": "GuildPublicThread",
    "categoryId": CHANNEL,
    "category": "general",
    "name": "a thread",
}


@pytest.mark.parametrize("left_out", [CHANNEL, CATEGORY])
async def test_the_file_of_a_channel_that_the_community_leaves_out_is_not_imported(
    tmp_path: Path, left_out: str
) -> None:
    community = MemoryCommunity()
    community.excluded = frozenset({left_out})
    path = write_export(tmp_path / "general.json", export([message(1)]))

    summary = await import_files(community, path)

    assert {event.kind for event in community.events} == {Kind.PLACE_CHANGED}
    assert [account for batch in community.batches for account in batch.accounts] == []
    assert "1 file left out: of channels that the community leaves out." in summary.lines()


async def test_a_thread_follows_the_category_of_its_channel_as_the_log_knows_it(
    tmp_path: Path,
) -> None:
    community = MemoryCommunity()
    channel = write_export(tmp_path / "1.json", export([message(1)]))
    thread = write_export(tmp_path / "2.json", export([message(2)], channel=THREAD))
    await import_files(community, channel)
    community.excluded = frozenset({CATEGORY})

    summary = await import_files(community, thread)

    assert summary.excluded == 1
    assert len(posts(community)) == 1


@pytest.mark.parametrize(
    "runs", [["channel", "thread"], ["thread channel"], ["channel thread"]]
)
async def test_a_thread_follows_the_category_of_its_channel_as_another_export_has_it(
    tmp_path: Path, runs: list[str]
) -> None:
    community = MemoryCommunity()
    community.excluded = frozenset({CATEGORY})
    files = {
        "channel": write_export(tmp_path / "1.json", export([message(1)])),
        "thread": write_export(tmp_path / "2.json", export([message(2)], channel=THREAD)),
    }

    for run in runs:
        await import_files(community, *(files[name] for name in run.split()))

    assert posts(community) == []
    places = {
        str(event.place): event.object for event in of_kind(community, Kind.PLACE_CHANGED)
    }
    assert places[CHANNEL] == CATEGORY

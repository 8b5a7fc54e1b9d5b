"""The same messages imported again: from the same file, from parts, from overlapping files."""

import json
from pathlib import Path
from typing import Any

import pytest

from cred.facts.events import Kind
from tests.bot.importers.discord_export.exports import (
    START_MS,
    export,
    message,
    message_id,
    reaction,
    user,
    write_export,
)
from tests.bot.importers.discord_export.memory_community import (
    MemoryCommunity,
    import_files,
    of_kind,
    posts,
)

LATER = "2025-10-01T00:00:00Z"


def minutes(number: int) -> int:
    return START_MS + 60_000 * number


def talk(numbers: range) -> list[dict[str, Any]]:
    return [
        message(n, user(n % 3), mentions=[user(4)], reactions=[reaction("👍", user(5))])
        for n in numbers
    ]


@pytest.mark.parametrize("start_ms", [None, minutes(0)])
async def test_a_history_that_starts_earlier_takes_in_what_was_left_out(
    tmp_path: Path, start_ms: int | None
) -> None:
    path = write_export(tmp_path / "a.json", export(talk(range(4))))
    community = MemoryCommunity(history_start_ms=minutes(2))
    await import_files(community, path)
    assert posts(community) == [message_id(2), message_id(3)]

    community.history_start_ms = start_ms
    summary = await import_files(community, path)

    assert posts(community) == [message_id(n) for n in (2, 3, 0, 1)]
    assert (summary.files, summary.done_before) == (1, 0)
    assert (await import_files(community, path)).done_before == 1


async def test_an_interrupted_import_begins_anew_where_the_history_starts_earlier(
    tmp_path: Path,
) -> None:
    path = write_export(tmp_path / "a.json", export(message(n) for n in range(600)))
    community = MemoryCommunity(history_start_ms=minutes(100))
    community.dies_after = 1
    with pytest.raises(KeyboardInterrupt):
        await import_files(community, path)

    community.dies_after, community.history_start_ms = None, minutes(50)
    await import_files(community, path)

    assert len(posts(community)) == 550


@pytest.mark.parametrize("start_ms", [minutes(2), minutes(3)])
async def test_a_history_that_starts_no_earlier_is_not_read_again(
    tmp_path: Path, start_ms: int
) -> None:
    path = write_export(tmp_path / "a.json", export(talk(range(4))))
    community = MemoryCommunity(history_start_ms=minutes(2))
    await import_files(community, path)

    community.history_start_ms = start_ms

    assert (await import_files(community, path)).done_before == 1


async def test_a_cursor_that_says_not_from_when_on_it_read_is_no_reason_to_skip(
    tmp_path: Path,
) -> None:
    path = write_export(tmp_path / "a.json", export(talk(range(4))))
    community = MemoryCommunity(history_start_ms=minutes(2))
    await import_files(community, path)
    [(name, position)] = community.cursors.items()
    before = json.loads(position)
    del before["from_ms"]  # as they were written once
    community.cursors[name] = json.dumps(before)
    community.history_start_ms = None

    await import_files(community, path)

    assert len(posts(community)) == 4


async def test_an_export_of_older_messages_is_taken_after_one_of_newer(tmp_path: Path) -> None:
    community = MemoryCommunity()
    await import_files(
        community, write_export(tmp_path / "new.json", export(talk(range(5, 9))))
    )

    await import_files(community, write_export(tmp_path / "old.json", export(talk(range(5)))))

    assert sorted(map(str, posts(community))) == [message_id(n) for n in range(9)]


async def test_exports_that_overlap_give_each_message_once(tmp_path: Path) -> None:
    first = write_export(tmp_path / "1.json", export(talk(range(6))))
    second = write_export(tmp_path / "2.json", export(talk(range(3, 9)), exportedAt=LATER))
    community, whole = MemoryCommunity(), MemoryCommunity()
    await import_files(whole, write_export(tmp_path / "whole.json", export(talk(range(9)))))

    await import_files(community, first, second)

    def facts(log: MemoryCommunity) -> list[tuple[object, ...]]:
        return [
            (event.kind, event.actor, event.target, event.object, event.text)
            for event in log.events
        ]

    assert facts(community) == facts(whole)


async def test_parts_of_a_channel_come_together_with_the_whole_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    name = "The Guild - Talk - general [200]"
    write_export(folder / f"{name}.json", export(talk(range(5))))
    write_export(folder / f"{name} [part 2].json", export(talk(range(5, 10))))
    write_export(folder / f"{name} [part 3].json", export(talk(range(10, 12))))
    community = MemoryCommunity()
    await import_files(community, folder)
    before = list(community.events)
    assert sorted(map(str, posts(community))) == [message_id(n) for n in range(12)]

    again = await import_files(community, folder)
    whole = await import_files(
        community, write_export(tmp_path / "all.json", export(talk(range(12))))
    )

    assert (again.done_before, again.files, again.messages) == (3, 0, 0)
    assert (whole.messages, whole.new) == (12, 0)
    assert community.events == before


async def test_files_of_the_same_name_in_two_folders_are_both_taken(tmp_path: Path) -> None:
    for folder, numbers in (("2024", range(3)), ("2025", range(3, 7))):
        (tmp_path / folder).mkdir()
        write_export(tmp_path / folder / "general.json", export(talk(numbers)))
    community = MemoryCommunity()

    await import_files(community, tmp_path)
    await import_files(community, tmp_path)

    assert posts(community) == [message_id(n) for n in range(7)]


async def test_of_two_exports_in_one_run_the_later_knows_roles_and_places_better(
    tmp_path: Path,
) -> None:
    newer = export([message(1, user(1, roles=[{"id": "9"}]))], exportedAt=LATER)
    newer["channel"] |= {"categoryId": "301", "category": "New", "name": "renamed"}
    older = export([message(0, user(1, roles=[{"id": "8"}]))])
    first = write_export(tmp_path / "1.json", newer)
    second = write_export(tmp_path / "2.json", older)
    community = MemoryCommunity()

    await import_files(community, first, second)

    assert [event.text for event in of_kind(community, Kind.ROLES_CHANGED)] == ["9"]
    assert [event.object for event in of_kind(community, Kind.PLACE_CHANGED)] == ["301"]
    names = {place.id: place.name for batch in community.batches for place in batch.places}
    assert (names["200"], names["301"]) == ("renamed", "New")


async def test_a_later_export_in_the_same_run_overrules_an_older(tmp_path: Path) -> None:
    older = export([message(0, user(1, roles=[{"id": "8"}]))])
    newer = export([message(1, user(1, roles=[{"id": "9"}]))], exportedAt=LATER)
    newer["channel"]["name"] = "renamed"
    first = write_export(tmp_path / "1.json", older)
    second = write_export(tmp_path / "2.json", newer)
    community = MemoryCommunity()

    await import_files(community, first, second)

    assert [event.text for event in of_kind(community, Kind.ROLES_CHANGED)] == ["8", "9"]
    names = [
        place.name for batch in community.batches for place in batch.places if place.id == "200"
    ]
    assert names == ["general", "renamed"]

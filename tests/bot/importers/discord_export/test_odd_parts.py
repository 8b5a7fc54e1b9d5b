"""One odd part of an export costs that part, whichever it is, whatever stands there."""

import asyncio
import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.importers.discord_export.summary import Summary
from cred.facts.events import Event, Kind
from tests.bot.importers.discord_export.exports import (
    CATEGORY,
    CHANNEL,
    export,
    message,
    message_id,
    reaction,
    user,
    write_export,
)
from tests.bot.importers.discord_export.memory_community import (
    NOW_MS,
    MemoryCommunity,
    import_files,
    of_kind,
    posts,
)
from tests.laws import examples

Keys: TypeAlias = tuple[str | int, ...]
"""Leads to a part of a value."""

WHOLE: Final = export(
    [
        message(
            0,
            type="Reply",
            timestampEdited="2025-06-15T17:10:40.123+02:00",
            reference={"messageId": message_id(7), "channelId": CHANNEL},
            reactions=[
                reaction("👍", user(2), user(3)),
                reaction("party:920000000000000001", user(4)),
            ],
            mentions=[user(5), user(6)],
        ),
        message(1),
    ]
)
NEEDED: Final = frozenset({"id", "type", "author"})
"""Without these parts of its own it is no message that somebody wrote."""
TEXTS: Final = [
    "",
    "x",
    "0",
    "null",
    "-5",
    "2025-06-15T10:00:00",
    "0001-01-01T00:00:00Z",
    "\ud800",
]
ODD: Final = [None, 0, 1, -5, True, 1.5, 10**25, [], {}, [None], ["x"], {"id": None}, *TEXTS]
MOST_BELOW: Final = {"mentions": 4, "reactions": 3, "emoji": 2, "users": 2}
"""How many facts are in a part at most; the roles of those mentioned are facts, too."""


def paths(value: Any, path: Keys = ()) -> Iterator[Keys]:
    """Yield the paths of all parts of a value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts:
        yield (*path, key)
        if isinstance(part, dict | list):
            yield from paths(part, (*path, key))


PARTS: Final = [
    path
    for path in paths(WHOLE)
    if path[:2] == ("messages", 0)
    and len(path) > 2
    and not (path[2] in NEEDED and len(path) == 3)
    if path[2:] != ("author", "id")
] + [("exportedAt",), ("channel", "categoryId"), ("channel", "category"), ("channel", "name")]


def facts(community: MemoryCommunity) -> set[tuple[object, ...]]:
    return {fact(event) for event in community.events}


def fact(event: Event) -> tuple[object, ...]:
    is_edit = event.kind is Kind.EDITED
    return (
        event.kind,
        event.actor,
        event.target,
        event.object,
        event.text,
        event.at_ms if is_edit else 0,
    )


def import_value(value: dict[str, Any]) -> tuple[MemoryCommunity, Summary]:
    community = MemoryCommunity()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(json.dumps(value))  # with half a character, where there is one
        return community, asyncio.run(import_files(community, path))


ALL: Final = facts(import_value(WHOLE)[0])


@settings(max_examples=examples(300))
@given(path=st.sampled_from(PARTS), odd=st.sampled_from([*ODD, "(left out)"]))
def test_whatever_one_part_is_the_rest_is_kept(path: Keys, odd: object) -> None:
    value = deepcopy(WHOLE)
    around: Any = value
    for key in path[:-1]:
        around = around[key]
    if odd == "(left out)":
        del around[path[-1]]
    else:
        around[path[-1]] = odd

    community, summary = import_value(value)

    lost = ALL - facts(community)
    most = MOST_BELOW.get(str(path[-1]), 1 if len(path) < 5 and path[-1] not in {0, 1} else 2)
    assert (summary.messages, summary.unreadable, summary.problems) == (2, 0, [])
    assert len(lost) <= most
    assert summary.odd_parts <= 1


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00", "1969-12-31T00:00:00Z", "2015-02-01"]
)
async def test_an_export_is_not_older_than_what_it_tells(tmp_path: Path, moment: str) -> None:
    community = MemoryCommunity()
    path = write_export(
        tmp_path / "a.json",
        export([message(0, reactions=[reaction("👍", user(2))])], exportedAt=moment),
    )

    await import_files(community, path)

    assert len(posts(community)) == 1
    assert all(event.at_ms <= event.seen_ms <= NOW_MS for event in community.events)


@pytest.mark.parametrize("category", ["x", -5, True, {}, [CATEGORY], "(left out)"])
async def test_a_category_that_is_not_told_is_the_one_that_was(
    tmp_path: Path, category: object
) -> None:
    community, summary = MemoryCommunity(), Summary()
    later = export([message(2)], exportedAt="2025-09-02T00:00:00Z")
    if category == "(left out)":
        del later["channel"]["categoryId"]
    else:
        later["channel"]["categoryId"] = category

    for number, value in enumerate((export([message(1)]), later)):
        summary = await import_files(
            community, write_export(tmp_path / f"{number}.json", value)
        )

    assert len(posts(community)) == 2
    assert {place.object for place in of_kind(community, Kind.PLACE_CHANGED)} == {CATEGORY}
    assert summary.odd_parts == (0 if category == "(left out)" else 1)


@pytest.mark.parametrize("none", [None, "", "0"])
async def test_a_channel_that_left_its_category_is_in_none(
    tmp_path: Path, none: object
) -> None:
    community = MemoryCommunity()
    later = export([message(2)], exportedAt="2025-09-02T00:00:00Z")
    later["channel"]["categoryId"] = none

    for number, value in enumerate((export([message(1)]), later)):
        await import_files(community, write_export(tmp_path / f"{number}.json", value))

    assert of_kind(community, Kind.PLACE_CHANGED)[-1].object is None


async def test_a_list_of_roles_with_an_odd_entry_takes_no_role_away(tmp_path: Path) -> None:
    community, summary = MemoryCommunity(), Summary()
    both = user(1, roles=[{"id": "501"}, {"id": "502"}])
    part = user(1, roles=[{"id": "501"}, {"id": None}])

    for number, author in enumerate((both, part)):
        value = export([message(0, author)], exportedAt=f"2025-09-0{number + 1}T00:00:00Z")
        summary = await import_files(
            community, write_export(tmp_path / f"{number}.json", value)
        )

    assert of_kind(community, Kind.ROLES_CHANGED)[-1].text == "501,502"
    assert summary.odd_parts == 1


@pytest.mark.parametrize(
    ("part", "odd", "emoji"),
    [
        ("name", "x" * 20_000, {"party:920000000000000001"}),
        ("name", "👍 super", {"party:920000000000000001"}),
        ("id", "920000000000000002", {"👍:920000000000000002", "party:920000000000000001"}),
    ],
)
async def test_what_is_no_emoji_costs_its_reaction_alone(
    tmp_path: Path, part: str, odd: str, emoji: set[str]
) -> None:
    community = MemoryCommunity()
    value = deepcopy(WHOLE)
    value["messages"][0]["reactions"][0]["emoji"][part] = odd

    summary = await import_files(community, write_export(tmp_path / "a.json", value))

    assert (summary.messages, summary.unreadable) == (2, 0)
    assert {event.text for event in of_kind(community, Kind.REACTED)} == emoji


async def test_a_custom_emoji_with_an_odd_name_is_its_id(tmp_path: Path) -> None:
    community = MemoryCommunity()
    value = deepcopy(WHOLE)
    value["messages"][0]["reactions"][1]["emoji"]["name"] = "x" * 20_000

    await import_files(community, write_export(tmp_path / "a.json", value))

    texts = {event.text for event in of_kind(community, Kind.REACTED)}
    assert texts == {"👍", "_:920000000000000001"}


async def test_more_roles_than_a_server_can_have_are_none(tmp_path: Path) -> None:
    community = MemoryCommunity()
    many = user(1, roles=[{"id": str(10**17 + number)} for number in range(5_000)])

    summary = await import_files(
        community, write_export(tmp_path / "a.json", export([message(0, many)]))
    )

    assert (summary.messages, summary.odd_parts) == (1, 1)
    assert of_kind(community, Kind.ROLES_CHANGED) == []

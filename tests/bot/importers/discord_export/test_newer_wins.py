"""Whatever the order of exports, and in however many runs: of each thing, the newest counts."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cred.facts.events import Kind
from tests.bot.importers.discord_export.exports import (
    START_MS,
    export,
    message,
    reaction,
    user,
    write_export,
)
from tests.bot.importers.discord_export.memory_community import MemoryCommunity, import_files
from tests.laws import examples

PEOPLE = (2, 3)
EMOJI = ("👍", "❤️", "seedling:77")

REACTIONS = st.dictionaries(
    st.sampled_from(EMOJI), st.sets(st.sampled_from(PEOPLE), min_size=1)
)
"""Who reacts, by emoji."""
MENTIONS = st.dictionaries(st.sampled_from(PEOPLE), st.integers(1, 3))
"""How often people are mentioned in one version of a text."""


def iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()


def an_export(
    hour: int, version: int, reactions: dict[str, set[int]], mentions: dict[int, int]
) -> dict[str, Any]:
    """Return an export of one message, made at an hour, of a version of the text."""
    text = " ".join(f"<@{1000 + who}>" for who, count in mentions.items() for _ in range(count))
    return export(
        [
            message(
                0,
                content=text,
                timestampEdited=iso(START_MS + version * 60_000) if version else None,
                reactions=[
                    reaction(emoji, *map(user, sorted(who))) for emoji, who in reactions.items()
                ],
                mentions=[user(who) for who in mentions],
            )
        ],
        exportedAt=iso(START_MS + hour * 3_600_000),
    )


def state(community: MemoryCommunity) -> tuple[set[tuple[str, str]], dict[str, int]]:
    """Return who reacted with what, and how often people are mentioned."""
    reactions: dict[tuple[str, str], bool] = {}
    mentions: dict[str, int] = {}
    for event in community.events:
        if event.kind in {Kind.REACTED, Kind.UNREACTED}:
            given = str(event.actor), str(event.text)
            reactions[given] = event.kind is Kind.REACTED
        elif event.kind is Kind.MENTIONED:
            mentions[str(event.object)] = event.value
    return (
        {given for given, is_there in reactions.items() if is_there},
        {who: count for who, count in mentions.items() if count},
    )


@settings(max_examples=examples(60))
@given(
    texts=st.lists(MENTIONS, min_size=1, max_size=3),
    statements=st.lists(st.tuples(st.integers(0, 2), REACTIONS), min_size=1, max_size=4),
    data=st.data(),
)
def test_any_order_of_any_split_into_runs_gives_what_was_told_last(
    texts: list[dict[int, int]],
    statements: list[tuple[int, dict[str, set[int]]]],
    data: st.DataObject,
) -> None:
    versions = sorted(min(version, len(texts) - 1) for version, _ in statements)
    exports = [
        an_export(hour, version, reactions, texts[version])
        for hour, (version, (_, reactions)) in enumerate(
            zip(versions, statements, strict=True), start=1
        )
    ]
    order = data.draw(st.permutations(range(len(exports))))
    cuts = data.draw(st.sets(st.integers(0, len(exports))))
    community = MemoryCommunity()

    with TemporaryDirectory() as folder:
        run: list[Path] = []
        for place, number in enumerate(order):
            run.append(write_export(Path(folder) / f"{number}.json", exports[number]))
            if place in cuts or place == len(order) - 1:
                asyncio.run(_import_all(community, run))
                run = []

    _, last = statements[-1]
    assert state(community) == (
        {(str(1000 + who), emoji) for emoji, people in last.items() for who in people},
        {str(1000 + who): count for who, count in texts[versions[-1]].items()},
    )


async def _import_all(community: MemoryCommunity, files: list[Path]) -> None:
    await import_files(community, *files)


async def test_a_list_that_is_not_whole_takes_nothing_back(tmp_path: Path) -> None:
    community = MemoryCommunity()
    whole = an_export(1, 0, {"👍": {2, 3}}, {2: 1})
    part = an_export(2, 0, {"👍": {2}}, {})
    [told] = part["messages"]
    told["reactions"][0]["count"] = 2
    del told["mentions"]

    for number, value in enumerate((whole, part)):
        await import_files(community, write_export(tmp_path / f"{number}.json", value))

    assert state(community) == ({("1002", "👍"), ("1003", "👍")}, {"1002": 1})


async def test_no_reactions_told_are_not_none_given(tmp_path: Path) -> None:
    community = MemoryCommunity()
    whole, silent = an_export(1, 0, {"👍": {2}}, {}), an_export(2, 0, {}, {})
    del silent["messages"][0]["reactions"]

    for number, value in enumerate((whole, silent)):
        await import_files(community, write_export(tmp_path / f"{number}.json", value))

    assert state(community) == ({("1002", "👍")}, {})

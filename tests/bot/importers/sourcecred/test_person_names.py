"""Whom initiatives name as champions and contributors, in all ways of naming."""

from itertools import count
from typing import Any

import pytest

from bot.importers.sourcecred.initiatives import (
    ManualInitiatives,
    enter_initiatives,
    read_initiative,
)
from bot.importers.sourcecred.ledger import LedgerParticipant
from bot.services.entries.entry_types import EntryType
from cred.facts.events import Kind

HEADER = {"type": "sourcecred/initiativeFile", "version": "0.2.0"}
ADA, BEN = (
    LedgerParticipant(
        "o5DhYjAtzz98ybSbnw7SVw",
        "ada",
        "USER",
        (
            ("sourcecred", "core", "IDENTITY", "o5DhYjAtzz98ybSbnw7SVw"),
            ("sourcecred", "discord", "MEMBER", "user", "11"),
            ("sourcecred", "discourse", "user", "https://forum.example.org", "Ada_L"),
        ),
    ),
    LedgerParticipant(
        "joP8H5Et3mYQWvzxkT1NHw",
        "ben",
        "USER",
        (
            ("sourcecred", "core", "IDENTITY", "joP8H5Et3mYQWvzxkT1NHw"),
            ("sourcecred", "github", "USERLIKE", "USER", "ben-on-github"),
        ),
    ),
)


def enter(champions: Any, contributors: Any = ()) -> ManualInitiatives:
    """Enter an initiative with one entry, as an import does."""
    body = {
        "title": "Guide",
        "timestampIso": "2022-01-23T08:00:00.000Z",
        "completed": True,
        "champions": champions,
        "contributions": {"entries": [{"title": "Draft", "contributors": list(contributors)}]},
    }
    file = read_initiative([HEADER, body], "config/initiatives/guide.json")
    numbers = {kind: count(1) for kind in EntryType}
    return enter_initiatives([file], [ADA, BEN], None, {}, numbers)


def people_in(done: ManualInitiatives, kind: Kind) -> list[str | None]:
    return [event.object for event in done.events if event.kind is kind]


@pytest.mark.parametrize(
    "champion",
    [
        "@ada",
        "@Ada",
        "ada",
        "N\0sourcecred\0discord\0MEMBER\0user\0" + "11\0",
        "sourcecred/discord/MEMBER/user/11",
        "https://forum.example.org/u/Ada_L",
        "https://forum.example.org/u/ada_l/",
        "N\0sourcecred\0core\0IDENTITY\0o5DhYjAtzz98ybSbnw7SVw\0",
        ["sourcecred", "discord", "MEMBER", "user", "11"],
        ["sourcecred", "core", "IDENTITY", "o5DhYjAtzz98ybSbnw7SVw"],
    ],
    ids=repr,
)
def test_a_champion_may_be_named_or_given_as_an_address(champion: Any) -> None:
    alone, listed = enter(champion), enter([champion, "https://github.com/ben-on-github"])

    assert people_in(alone, Kind.CHAMPIONED) == [ADA.id]
    assert people_in(listed, Kind.CHAMPIONED) == [ADA.id, BEN.id]
    assert not any("nobody" in sentence for sentence in (*alone.skipped, *listed.skipped))


def test_contributors_are_named_in_the_same_ways() -> None:
    by_address = ["sourcecred", "discord", "MEMBER", "user", "11"]

    assert people_in(enter([], [by_address, "@ben"]), Kind.CREDITED) == [ADA.id, BEN.id]


@pytest.mark.parametrize(
    ("champions", "count_told"),
    [
        (None, 0),
        ([], 0),
        ("", 1),
        ("@ghost", 1),
        (7, 1),
        ({"id": 7}, 1),
        ([["x"], None], 2),
    ],
)
def test_who_names_nobody_is_told_and_ends_nothing(champions: Any, count_told: int) -> None:
    done = enter(champions)

    assert people_in(done, Kind.CHAMPIONED) == []
    told = [sentence for sentence in done.skipped if "nobody of the ledger" in sentence]
    assert len(told) == count_told


def test_one_person_named_twice_is_one_champion() -> None:
    assert people_in(enter(["@ada", "https://forum.example.org/u/Ada_L"]), Kind.CHAMPIONED) == [
        ADA.id
    ]

"""What is news: every family of kinds from its initial state on, in the log and its model.

`LIVES` names every family by hand, so that one that is forgotten fails.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pytest

from cred.facts.events import FAMILIES, Event, Family, Kind
from storage.file.database import Database
from storage.log.event_log import EventLog
from tests.memory_log import MemoryLog
from tests.storage.builders import an_event, mentioned, of, reacted


@dataclass(frozen=True)
class Life:
    """Two events about one subject."""

    change: Event
    """Out of the initial state."""
    back: Event | None = None
    """States the initial state again; None: the family has no initial state."""


def about_a_place(value: int) -> Event:
    return an_event(Kind.PLACE_CHANGED, place="c1", object="c2", text="text", value=value)


def referenced(value: int) -> Event:
    return an_event(Kind.REFERENCED, target="m1", object="m2", text="👍", value=value)


def with_a_share(kind: Kind, value: int) -> Event:
    return an_event(kind, target="m1", object="ada", value=value)


LIVES = {
    "post": Life(an_event()),
    "edit": Life(an_event(Kind.EDITED, target="m1")),
    "reply": Life(an_event(Kind.REPLIED, target="m1", object="m2")),
    "place": Life(about_a_place(1)),
    "presence": Life(an_event(Kind.DELETED, target="m1"), an_event(Kind.RESTORED, target="m1")),
    "reaction": Life(reacted(), reacted(Kind.UNREACTED)),
    "mention": Life(mentioned(2), mentioned(0)),
    "member": Life(an_event(Kind.JOINED, actor="ada"), an_event(Kind.LEFT, actor="ada")),
    "roles": Life(
        an_event(Kind.ROLES_CHANGED, actor="ada", text="5,6"),
        an_event(Kind.ROLES_CHANGED, actor="ada", text=""),
    ),
    "reference": Life(referenced(1), referenced(0)),
    "link": Life(
        an_event(Kind.LINKED, actor="ada", object="bob"),
        an_event(Kind.UNLINKED, actor="ada", object="bob"),
    ),
    "status": Life(
        an_event(Kind.STATUS_CHANGED, target="m1", actor="ada", text="approved"),
        an_event(Kind.STATUS_CHANGED, target="m1", actor="ada", text=""),
    ),
    "credit": Life(with_a_share(Kind.CREDITED, 3), with_a_share(Kind.CREDITED, 0)),
    "champion": Life(with_a_share(Kind.CHAMPIONED, 1), with_a_share(Kind.CHAMPIONED, 0)),
}
NAMES = sorted({family.name for family in FAMILIES.values()})
WITH_INITIAL = sorted(
    {family.name for family in FAMILIES.values() if family.initial is not None}
)


def family_of(name: str) -> Family:
    return FAMILIES[LIVES[name].change.kind]


async def are_news(log: EventLog, events: Sequence[Event]) -> list[bool]:
    """Say of each event whether it is news: the log and its model have to agree."""
    model = MemoryLog()
    by_model = [bool(model.append([event])) for event in events]
    by_log = [bool((await log.append(of(event))).new) for event in events]
    assert by_log == by_model
    return by_log


def test_every_kind_of_event_has_a_life_here() -> None:
    events = [event for life in LIVES.values() for event in (life.change, life.back) if event]

    assert {event.kind for event in events} == set(Kind) == FAMILIES.keys()
    assert sorted(LIVES) == NAMES
    assert [name for name, life in LIVES.items() if family_of(name).name != name] == []
    assert sorted(name for name, life in LIVES.items() if life.back) == WITH_INITIAL


@pytest.mark.parametrize("name", WITH_INITIAL)
async def test_the_initial_state_of_a_subject_never_seen_is_no_news_and_leaves_no_trace(
    name: str, database: Database, log: EventLog
) -> None:
    back = LIVES[name].back
    assert back is not None

    assert await are_news(log, [back, back]) == [False, False]

    tables = ("sources", "accounts", "contributions", "places", "texts", "known")
    for table in tables:
        rows = await database.read(
            lambda c, table=table: c.execute(f"SELECT * FROM {table}").fetchall()  # type: ignore[misc] # noqa: S608
        )
        assert rows == [], table


@pytest.mark.parametrize("name", WITH_INITIAL)
async def test_the_initial_state_is_no_news_where_all_that_it_names_is_known(
    name: str, log: EventLog
) -> None:
    back = LIVES[name].back
    assert back is not None
    met = [
        an_event(actor="ada", target="m1", text="👍"),
        an_event(actor="bob", target="m2", text=""),
    ]

    assert await are_news(log, [*met, back]) == [True, True, False]


@pytest.mark.parametrize("name", WITH_INITIAL)
async def test_after_a_change_the_initial_state_is_news_once(name: str, log: EventLog) -> None:
    change, back = LIVES[name].change, LIVES[name].back
    assert back is not None

    news = await are_news(log, [change, change, back, back, change])

    assert news == [True, False, True, False, True]


@pytest.mark.parametrize("name", sorted({*NAMES} - {*WITH_INITIAL}))
async def test_without_an_initial_state_what_comes_first_is_news(
    name: str, log: EventLog
) -> None:
    plain = replace(LIVES[name].change, value=0)

    assert await are_news(log, [plain, plain]) == [True, False]


@pytest.mark.parametrize("end", ["actor", "object"])
@pytest.mark.parametrize("name", NAMES)
async def test_whose_an_account_is_matters_where_the_account_names_the_subject(
    name: str, end: Literal["actor", "object"], log: EventLog
) -> None:
    family, change = family_of(name), LIVES[name].change
    elsewhere = change_source(change, end)
    is_other = getattr(change, end) is not None and end in {*family.subject, *family.state}

    assert await are_news(log, [change, elsewhere]) == [True, is_other]


@pytest.mark.parametrize(
    "name", [name for name in NAMES if "actor" not in family_of(name).subject]
)
async def test_the_source_of_an_actor_that_is_not_there_says_nothing(
    name: str, log: EventLog
) -> None:
    life = LIVES[name]
    change = replace(life.change, actor=None)
    again = change_source(change, "actor")
    back = [] if life.back is None else [replace(life.back, actor=None, actor_source="forum")]

    news = await are_news(log, [change, again, *back, *back])

    assert news == [True, False, True, False][: len(news)]


async def test_two_sources_tell_of_one_link(log: EventLog) -> None:
    """All ids of its subject say whose they are, so it does not matter who tells."""
    told = an_event(Kind.LINKED, actor="7", object="8", object_source="forum")
    entered = replace(told, source="manual", actor_source="discord")

    undone = replace(entered, kind=Kind.UNLINKED)

    assert await are_news(log, [told, entered, undone, told]) == [True, False, True, True]


def change_source(event: Event, end: Literal["actor", "object"]) -> Event:
    if end == "actor":
        return replace(event, actor_source="forum")
    return replace(event, object_source="forum")

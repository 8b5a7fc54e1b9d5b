"""What is news: every family of kinds from its initial state on, in the log and its model."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pytest

from cred.facts.events import FAMILIES, FAMILY_OF, Event, Family, Kind
from storage.file.database import Database
from storage.log.event_log import EventLog
from tests.event_examples import EXAMPLES
from tests.memory_log import MemoryLog
from tests.storage.builders import a_batch_of, an_event

WITH_INITIAL = [family for family in FAMILIES if family.initial is not None]
every_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
every_initial = pytest.mark.parametrize("family", WITH_INITIAL, ids=lambda family: family.name)


async def are_news(log: EventLog, events: Sequence[Event]) -> list[bool]:
    """Say of each event whether it is news: the log and its model have to agree."""
    model = MemoryLog()
    by_model = [bool(model.append([event])) for event in events]
    by_log = [bool((await log.append(a_batch_of(event))).new) for event in events]
    assert by_log == by_model
    return by_log


def test_every_kind_of_event_has_an_example() -> None:
    examples = [
        event
        for example in EXAMPLES.values()
        for event in (example.change, example.back)
        if event
    ]

    assert {event.kind for event in examples} == set(Kind) == FAMILY_OF.keys()
    assert EXAMPLES.keys() == set(FAMILIES)
    assert all(FAMILY_OF[example.change.kind] == family for family, example in EXAMPLES.items())
    assert [family for family in FAMILIES if EXAMPLES[family].back] == WITH_INITIAL


@every_initial
async def test_the_initial_state_of_a_subject_never_seen_is_no_news_and_leaves_no_trace(
    family: Family, database: Database, log: EventLog
) -> None:
    back = EXAMPLES[family].back
    assert back is not None

    assert await are_news(log, [back, back]) == [False, False]

    tables = ("sources", "accounts", "contributions", "places", "texts", "known")
    for table in tables:
        rows = await database.read(
            lambda c, table=table: c.execute(f"SELECT * FROM {table}").fetchall()  # type: ignore[misc] # noqa: S608
        )
        assert rows == [], table


@every_initial
async def test_the_initial_state_is_no_news_where_all_that_it_names_is_known(
    family: Family, log: EventLog
) -> None:
    back = EXAMPLES[family].back
    assert back is not None
    met = [
        an_event(actor="ada", target="m1", text="👍"),
        an_event(actor="bob", target="m2", text=""),
    ]

    assert await are_news(log, [*met, back]) == [True, True, False]


@every_initial
async def test_after_a_change_the_initial_state_is_news_once(
    family: Family, log: EventLog
) -> None:
    change, back = EXAMPLES[family].change, EXAMPLES[family].back
    assert back is not None

    news = await are_news(log, [change, change, back, back, change])

    assert news == [True, False, True, False, True]


@pytest.mark.parametrize(
    "family",
    [family for family in FAMILIES if family.initial is None],
    ids=lambda family: family.name,
)
async def test_without_an_initial_state_what_comes_first_is_news(
    family: Family, log: EventLog
) -> None:
    plain = replace(EXAMPLES[family].change, value=0)

    assert await are_news(log, [plain, plain]) == [True, False]


@pytest.mark.parametrize("end", ["actor", "object"])
@every_family
async def test_whose_an_account_is_matters_where_the_account_names_the_subject(
    family: Family, end: Literal["actor", "object"], log: EventLog
) -> None:
    change = EXAMPLES[family].change
    elsewhere = change_source(change, end)
    is_other = getattr(change, end) is not None and end in {*family.subject, *family.state}

    assert await are_news(log, [change, elsewhere]) == [True, is_other]


@pytest.mark.parametrize(
    "family",
    [family for family in FAMILIES if "actor" not in family.subject],
    ids=lambda family: family.name,
)
async def test_the_source_of_an_actor_that_is_not_there_says_nothing(
    family: Family, log: EventLog
) -> None:
    example = EXAMPLES[family]
    change = replace(example.change, actor=None)
    again = change_source(change, "actor")
    back = (
        []
        if example.back is None
        else [replace(example.back, actor=None, actor_source="forum")]
    )

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

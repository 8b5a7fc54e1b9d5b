"""What is news: every family of kinds from its initial state on, in the log and its model."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pytest

from cred.facts.events import FAMILIES, FAMILY_OF, Event, Family, Kind, Provenance
from storage.file.database import Database
from storage.log.batch import Appended, Batch
from storage.log.event_log import EventLog
from tests.event_examples import EXAMPLES
from tests.memory_log import MemoryLog
from tests.storage.builders import MONDAY_MS, a_batch_of, a_mention, a_reaction, an_event

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
            lambda c, table=table: c.execute(f"SELECT * FROM {table}").fetchall()  # type: ignore[misc]
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
    by_platform = an_event(Kind.LINKED, actor="7", object="8", object_source="forum")
    by_hand = replace(by_platform, source="manual", actor_source="discord")

    undone = replace(by_hand, kind=Kind.UNLINKED)

    assert await are_news(log, [by_platform, by_hand, undone, by_platform]) == [
        True,
        False,
        True,
        True,
    ]


async def kinds(log: EventLog) -> list[Kind]:
    return [Kind(kind) for kind in (await log.columns()).kind.tolist()]


async def test_react_unreact_react_is_three_events(log: EventLog) -> None:
    await log.append(a_batch_of(a_reaction()))
    await log.append(a_batch_of(a_reaction(Kind.UNREACTED)))
    await log.append(a_batch_of(a_reaction()))

    assert await kinds(log) == [Kind.REACTED, Kind.UNREACTED, Kind.REACTED]


async def test_a_reaction_read_again_by_a_backfill_is_no_news(log: EventLog) -> None:
    await log.append(a_batch_of(a_reaction()))
    again = a_reaction(provenance=Provenance.BACKFILL, at_ms=MONDAY_MS - 9, estimated=True)

    assert await log.append(a_batch_of(again)) == Appended(new=0, last_seq=1, skipped=0)


async def test_what_a_reaction_is_depends_on_message_person_and_emoji(log: EventLog) -> None:
    await log.append(
        a_batch_of(
            a_reaction(),
            a_reaction(text="🎉"),
            a_reaction(actor="cyd"),
            a_reaction(target="m2"),
        )
    )

    assert await log.length() == 4


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        ([an_event(), an_event(at_ms=MONDAY_MS + 1)], 1),
        ([an_event(Kind.EDITED, target="m1"), an_event(Kind.EDITED, target="m1")], 1),
        (
            [an_event(Kind.EDITED, target="m1", at_ms=1), an_event(Kind.EDITED, target="m1")],
            2,
        ),
        ([an_event(Kind.DELETED, target="m1"), an_event(Kind.DELETED, target="m1")], 1),
        ([an_event(Kind.DELETED, target="m1"), an_event(Kind.RESTORED, target="m1")], 2),
        ([an_event(Kind.REPLIED, target="m2", object="m1")] * 2, 1),
        ([a_mention(1), a_mention(2), a_mention(2), a_mention(0), a_mention(0)], 3),
        ([an_event(Kind.JOINED, actor="ada"), an_event(Kind.LEFT, actor="ada")], 2),
        (
            [
                an_event(Kind.ROLES_CHANGED, actor="ada", text=text)
                for text in ("1", "1", "1,2", "", "")
            ],
            3,
        ),
        (
            [
                an_event(Kind.PLACE_CHANGED, place="c", object=parent, text=kind, value=flags)
                for parent, kind, flags in (
                    (None, "text", 0), (None, "text", 0), ("p", "text", 0), ("p", "text", 1),
                    ("p", "forum", 1), (None, None, 1),
                )
            ],
            5,
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("together", [True, False], ids=["one batch", "a batch each"])
async def test_only_what_differs_from_the_known_state_is_news(
    log: EventLog,
    events: list[Event],
    kept: int,
    together: bool,  # noqa: FBT001 - pytest passes by name
) -> None:
    for batch in [a_batch_of(*events)] if together else [a_batch_of(event) for event in events]:
        await log.append(batch)

    assert await log.length() == kept


async def test_the_same_batch_twice_adds_nothing(log: EventLog) -> None:
    batch = a_batch_of(
        an_event(), a_mention(), a_reaction(), an_event(Kind.EDITED, target="m1", value=3)
    )

    assert (await log.append(batch)).new == 4
    assert (await log.append(batch)).new == 0


async def test_ids_of_different_sources_are_different_things(log: EventLog) -> None:
    await log.append(a_batch_of(an_event(), an_event(source="discourse")))

    columns = await log.columns()

    assert columns.source.tolist() == [1, 2]
    assert columns.actor.tolist() == [1, 2]
    assert columns.target.tolist() == [1, 2]


async def test_an_empty_batch_is_no_news(log: EventLog) -> None:
    assert await log.append(Batch()) == Appended(new=0, last_seq=0, skipped=0)


def change_source(event: Event, end: Literal["actor", "object"]) -> Event:
    if end == "actor":
        return replace(event, actor_source="forum")
    return replace(event, object_source="forum")

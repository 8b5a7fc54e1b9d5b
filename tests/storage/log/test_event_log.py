"""The event log: what comes back, who is left out, what is refused, what is exported."""

from dataclasses import fields, replace

import numpy as np
import pytest

from cred.facts.events import MISSING, Event, Kind, Provenance
from storage.errors import InvalidRecordError
from storage.file.database import Database
from storage.log.batch import Account, Appended, Description, Place
from storage.log.event_log import EventLog
from storage.log.rebuilding import rebuild
from storage.people.directory import CachedDirectory
from storage.people.side_tables import DescriptionRow
from tests.storage.builders import (
    MONDAY_MS,
    a_batch_of,
    a_mention,
    a_reaction,
    an_event,
    set_opted_out,
)


async def kinds(log: EventLog) -> list[Kind]:
    return [Kind(kind) for kind in (await log.columns()).kind.tolist()]


async def test_an_event_comes_back_as_numbers_that_stand_for_its_ids(
    database: Database, log: EventLog
) -> None:
    await log.append(a_batch_of(an_event(Kind.POSTED, value=42)))
    await log.append(a_batch_of(a_reaction()))

    columns = await log.columns()
    directory = CachedDirectory(database)
    await directory.refresh()

    assert columns.seq.tolist() == [1, 2]
    assert columns.kind.tolist() == [Kind.POSTED, Kind.REACTED]
    assert [directory.account(number) for number in columns.actor.tolist()] == ["ada", "bob"]
    assert [directory.contribution(number) for number in columns.target.tolist()] == [
        "m1",
        "m1",
    ]
    assert [directory.source(number) for number in columns.source.tolist()] == ["discord"] * 2
    assert directory.place(int(columns.place[0])) == "general"
    assert columns.place[1] == MISSING
    assert columns.text[0] == MISSING
    assert directory.text(int(columns.text[1])) == "👍"
    assert columns.object.tolist() == [MISSING, MISSING]
    assert columns.value.tolist() == [42, 0]
    assert columns.at_ms.tolist() == [MONDAY_MS, MONDAY_MS]


async def test_columns_have_the_types_that_cred_expects(log: EventLog) -> None:
    columns = await log.columns()

    types = {field.name: getattr(columns, field.name).dtype for field in fields(columns)}
    assert types.pop("kind") == np.int8
    assert types.pop("source") == np.int16
    assert {name for name, kind in types.items() if kind == np.int64} == {
        "seq", "value", "at_ms"
    }  # fmt: skip
    assert {name for name, kind in types.items() if kind == np.int32} == {
        "actor", "target", "object", "place", "text"
    }  # fmt: skip
    assert len(columns) == 0


async def test_columns_can_be_read_from_where_one_stopped(log: EventLog) -> None:
    await log.append(a_batch_of(an_event()))
    before = await log.length()
    await log.append(a_batch_of(an_event(target="m2"), an_event(target="m3")))

    assert (await log.columns(before)).seq.tolist() == [2, 3]
    assert (await log.columns(3)).seq.tolist() == []


async def test_who_opted_out_is_skipped_as_actor_and_when_mentioned(
    database: Database, log: EventLog
) -> None:
    await log.append(a_batch_of(a_reaction()))
    await set_opted_out(database, 1, MONDAY_MS)

    appended = await log.append(
        a_batch_of(
            a_reaction(target="m9"),
            a_mention(),
            a_mention(object="cyd"),
            accounts=(Account("discord", "bob", name="Bob"),),
        )
    )

    directory = CachedDirectory(database)
    await directory.refresh()
    assert appended == Appended(new=1, last_seq=2, skipped=2)
    assert directory.account_name(1) == "bob"
    assert directory.contribution_number("discord", "m9") is None


async def test_of_a_whole_batch_nothing_is_stored_where_somebody_in_it_opted_out(
    database: Database, log: EventLog
) -> None:
    await log.append(a_batch_of(a_reaction()))
    await set_opted_out(database, 1, MONDAY_MS)

    appended = await log.append(
        a_batch_of(a_mention(object="cyd"), a_reaction(target="m9"), whole=True)
    )
    without = await log.append(a_batch_of(a_mention(object="cyd"), whole=True))

    assert appended == Appended(new=0, last_seq=1, skipped=1)
    assert without == Appended(new=1, last_seq=2, skipped=0)


async def test_who_opts_in_again_is_heard_again(database: Database, log: EventLog) -> None:
    await log.append(a_batch_of(a_reaction()))
    await set_opted_out(database, 1, MONDAY_MS)
    await set_opted_out(database, 1, None)

    assert (await log.append(a_batch_of(a_reaction(target="m9")))).new == 1


@pytest.mark.parametrize(
    ("event", "complaint"),
    [
        (an_event(at_ms=-1), "at_ms = -1"),
        (an_event(seen_ms=2**62), "seen_ms"),
        (an_event(value=2**63), "value"),
        (an_event(target=None), "POSTED of discord has no target"),
        (an_event(Kind.REPLIED, target="m1"), "REPLIED of discord has no object"),
        (an_event(Kind.ROLES_CHANGED, actor="ada"), "ROLES_CHANGED of discord has no text"),
        (an_event(Kind.PLACE_CHANGED), "PLACE_CHANGED of discord has no place"),
        (a_reaction(text="\ud800"), "surrogates"),
        (an_event(actor="\udfff"), "surrogates"),
        (an_event(actor=""), "1 to 512 characters"),
        (an_event(target="1" * 600), "1 to 512 characters"),
    ],
)
async def test_a_batch_with_what_cannot_be_stored_is_refused_whole(
    database: Database, log: EventLog, event: Event, complaint: str
) -> None:
    batch = a_batch_of(an_event(target="good"), event, cursors={("discord", "c"): "7"})

    with pytest.raises(InvalidRecordError, match=complaint):
        await log.append(batch)

    counts = await database.read(
        lambda c: c.execute(
            "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM contributions), "
            "(SELECT count(*) FROM cursors)"
        ).fetchone()
    )
    assert counts == (0, 0, 0)


async def test_a_name_that_cannot_be_stored_is_mended_not_refused(
    database: Database, log: EventLog
) -> None:
    await log.append(
        a_batch_of(
            accounts=(Account("discord", "1", name="A\ud800" + "x" * 999),),
            places=(Place("discord", "c", "\udfff", "text"),),
        )
    )

    directory = CachedDirectory(database)
    await directory.refresh()
    assert directory.account_name(1) == "A?" + "x" * 198
    assert directory.place_name(1) == "?"


async def test_export_tells_events_with_platform_ids(log: EventLog) -> None:
    await log.append(
        a_batch_of(
            an_event(value=7),
            a_mention(2),
            an_event(
                Kind.REPLIED,
                target="m1",
                object="m0",
                estimated=True,
                provenance=Provenance.BACKFILL,
            ),
            an_event(Kind.PLACE_CHANGED, place="general", object="lobby", text="text"),
        )
    )

    rows = [row async for row in log.export()]

    assert rows[0] == {
        "seq": 1,
        "source": "discord",
        "kind": "posted",
        "at_ms": MONDAY_MS,
        "seen_ms": MONDAY_MS + 5,
        "how": "live",
        "actor": "ada",
        "actor_source": None,
        "target": "m1",
        "object": None,
        "object_source": None,
        "place": "general",
        "text": None,
        "value": 7,
        "estimated": False,
        "hash": rows[0]["hash"],
    }
    assert [row["object"] for row in rows] == [None, "bob", "m0", "lobby"]
    assert (rows[2]["how"], rows[2]["estimated"]) == ("backfill", True)
    assert rows[-1]["hash"] == (await log.head())[1]
    assert [row["seq"] async for row in log.export(after=2)] == [3, 4]


async def test_accounts_and_contributions_of_several_sources_meet_in_one_event(
    database: Database, log: EventLog
) -> None:
    await log.append(
        a_batch_of(
            an_event(actor="7"),
            an_event(source="forum", actor="7", target="m1"),
            an_event(Kind.LINKED, actor="7", object="7", object_source="forum"),
            an_event(
                Kind.REFERENCED,
                source="manual",
                target="m1",
                object="m1",
                object_source="discord",
                text="thanks for",
                value=1,
            ),
        )
    )

    rows = [row async for row in log.export()]
    directory = CachedDirectory(database)
    await directory.refresh()

    assert [(row["actor"], row["object"], row["object_source"]) for row in rows[2:]] == [
        ("7", "7", "forum"),
        (None, "m1", "discord"),
    ]
    assert [directory.account_source(number) for number in (1, 2)] == ["discord", "forum"]
    assert [directory.contribution_source(number) for number in (1, 2, 3)] == [
        *("discord", "forum", "manual")
    ]


async def test_a_link_told_twice_is_one_event_and_can_be_undone_after_opting_out(
    database: Database, log: EventLog
) -> None:
    linked = an_event(Kind.LINKED, actor="7", object="8", object_source="forum")
    await log.append(a_batch_of(linked, linked))
    await set_opted_out(database, 1, MONDAY_MS)

    appended = await log.append(a_batch_of(replace(linked, kind=Kind.UNLINKED)))

    assert (appended.new, appended.last_seq, appended.skipped) == (1, 2, 0)


async def test_a_description_is_kept_with_its_contribution_and_replaced_by_a_later_one(
    database: Database, log: EventLog
) -> None:
    directory = CachedDirectory(database)
    about = Description("discord", "m1", "A guide", "https://example.org/guide")
    await log.append(a_batch_of(an_event(), descriptions=(about,)))
    await directory.refresh()
    first = directory.description(1)
    await log.append(a_batch_of(descriptions=(replace(about, title="The guide", link=None),)))
    await directory.refresh()

    assert first == DescriptionRow(1, "A guide", "https://example.org/guide")
    assert directory.description(1) == DescriptionRow(1, "The guide", None)


async def test_nothing_is_kept_of_a_contribution_that_no_event_is_about(
    database: Database, log: EventLog
) -> None:
    await log.append(a_batch_of(descriptions=(Description("discord", "m1", "A guide"),)))
    directory = CachedDirectory(database)
    await directory.refresh()

    assert directory.contribution_number("discord", "m1") is None


async def test_more_events_than_one_read_takes_come_back_in_order(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.log.chunks.EVENTS", 7)
    monkeypatch.setattr("storage.log.columns._PIECE", 3)
    monkeypatch.setattr("storage.log.event_log._SPAN", 7)
    await log.append(a_batch_of(*(an_event(target=f"m{n}", value=n) for n in range(30))))

    columns = await log.columns(after=2)

    assert columns.value.tolist() == list(range(2, 30))
    assert [row["value"] async for row in log.export(after=2)] == list(range(2, 30))
    await log.verify()


async def test_rebuilding_an_empty_log_is_harmless(database: Database) -> None:
    assert await rebuild(database) == 0

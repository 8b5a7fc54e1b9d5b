"""The event log: what is news, what is refused, what is left out, what cannot be changed."""

import asyncio
import sqlite3
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from cred.facts.events import MISSING, Event, Kind, Provenance
from storage.errors import ChainBrokenError, ClosedError, InvalidRecordError, StorageError
from storage.file.database import Database
from storage.log.batch import Account, Appended, Batch, Description, Place
from storage.log.event_log import EventLog
from storage.log.rebuilding import rebuild
from storage.people.directory import CachedDirectory
from storage.people.erasure import set_opted_out
from storage.people.side_tables import DescriptionRow
from tests.storage.builders import MONDAY_MS, a_batch_of, a_mention, a_reaction, an_event


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
    "event",
    [
        a_reaction(Kind.UNREACTED),
        an_event(Kind.RESTORED, target="m1"),
        an_event(Kind.LEFT, actor="ada"),
        an_event(Kind.ROLES_CHANGED, actor="ada", text=""),
        a_mention(0),
    ],
    ids=lambda event: event.kind.name,
)
async def test_what_holds_anyway_is_no_news_and_leaves_no_trace(
    database: Database, log: EventLog, event: Event
) -> None:
    assert await log.append(a_batch_of(event)) == Appended(new=0, last_seq=0, skipped=0)

    rows = await database.read(
        lambda c: c.execute("SELECT * FROM accounts, contributions, texts").fetchall()
    )
    assert rows == []


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
    for batch in (
        [a_batch_of(*events)] if together else [a_batch_of(event) for event in events]
    ):
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


async def test_a_bad_batch_fails_alone_among_those_committed_with_it(log: EventLog) -> None:
    # The bad ones fail late, after they changed the log's end.
    bad = an_event(target="bad", value=2**63)
    batches = [
        a_batch_of(an_event(target=f"m{n}", actor=f"u{n}"), *([bad] if n % 7 == 3 else []))
        for n in range(60)
    ]

    outcomes = await asyncio.gather(*map(log.append, batches), return_exceptions=True)

    refused = [
        n for n, outcome in enumerate(outcomes) if isinstance(outcome, InvalidRecordError)
    ]
    assert refused == [n for n in range(60) if n % 7 == 3]
    assert await log.length() == 60 - len(refused)
    await log.verify()


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


async def test_a_log_that_is_not_started_takes_nothing(database: Database) -> None:
    log = EventLog(database)

    with pytest.raises(ClosedError, match="not started"):
        await log.append(a_batch_of(an_event()))
    async with log:
        pass
    with pytest.raises(ClosedError, match="not started"):
        await log.append(a_batch_of(an_event()))


async def test_stopping_stores_what_waits(database: Database) -> None:
    async with EventLog(database) as log:
        tasks = [
            asyncio.create_task(log.append(a_batch_of(an_event(target=f"m{n}"))))
            for n in range(2_000)
        ]
        await asyncio.sleep(0)

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    stored = sum(isinstance(outcome, Appended) for outcome in outcomes)
    assert await log.length() == stored >= 1_024
    assert all(isinstance(outcome, Appended | ClosedError) for outcome in outcomes)


async def test_whoever_waits_for_room_when_the_log_stops_is_told(database: Database) -> None:
    """Ten times as many as may wait: every one gets an answer, and the answer is true."""
    log = EventLog(database)
    log.start()
    tasks = [
        asyncio.create_task(log.append(a_batch_of(an_event(target=f"m{n}"))))
        for n in range(10_000)
    ]
    await asyncio.sleep(0)
    await log.stop()

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    stored = {n for n, outcome in enumerate(outcomes) if isinstance(outcome, Appended)}
    assert all(isinstance(outcome, Appended | ClosedError) for outcome in outcomes)
    exported = {row["target"] async for row in log.export()}
    assert exported == {f"m{n}" for n in stored}


async def test_who_gives_up_waiting_does_not_disturb_the_others(log: EventLog) -> None:
    tasks = [
        asyncio.create_task(log.append(a_batch_of(an_event(target=f"m{n}"))))
        for n in range(100)
    ]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert sum(isinstance(outcome, Appended) for outcome in outcomes) == 66
    assert await log.length() >= 66
    await log.verify()


COPIED = (
    "{seq}, source, {key}, kind, at_ms, seen_ms, how, actor, target, object, place, text, "
    "value, estimated, hash FROM events WHERE seq = 1"
)
NEW_KEY = "'post:9#1'"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 2",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE seq = 1",
        f"INSERT OR REPLACE INTO events SELECT {COPIED.format(seq=3, key='key')}",
        f"INSERT INTO events SELECT {COPIED.format(seq=9, key=NEW_KEY)}",
    ],
)
async def test_the_log_cannot_be_rewritten(
    database: Database, log: EventLog, statement: str
) -> None:
    await log.append(a_batch_of(an_event(), a_reaction()))

    with pytest.raises(StorageError, match="append-only"):
        async with database.transaction() as connection:
            await connection.execute(statement)

    await log.verify()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts SET ref = 'eve'",
        "UPDATE accounts SET number = number + 10",
        "UPDATE contributions SET ref = 'm9'",
        "UPDATE places SET ref = 'c9'",
        "UPDATE texts SET ref = '🎉'",
        "UPDATE sources SET ref = 'github'",
        "DELETE FROM texts",
        "DELETE FROM contributions WHERE number = 99 OR number = 1",
    ],
)
async def test_what_a_number_stands_for_cannot_be_changed(
    database: Database, log: EventLog, statement: str
) -> None:
    await log.append(a_batch_of(an_event(), a_reaction()))

    with pytest.raises(StorageError):
        async with database.transaction() as connection:
            await connection.execute(statement)


async def fill(path: Path) -> str:
    async with Database.open(path) as database, EventLog(database) as log:
        await log.append(
            a_batch_of(*(an_event(target=f"m{n}") for n in range(10)), a_reaction())
        )
        assert await log.verify() == (await log.head())[1]
        return (await log.head())[1]


@pytest.mark.parametrize(
    ("tampering", "seq"),
    [
        ("UPDATE events SET value = 9 WHERE seq = 4", 4),
        ("UPDATE events SET estimated = 1 WHERE seq = 4", 4),
        ("UPDATE events SET place = NULL WHERE seq = 10", 10),
        ("UPDATE events SET key = 'post:99#1' WHERE seq = 4", 4),
        ("DELETE FROM events WHERE seq = 6", 6),
        ("UPDATE accounts SET ref = 'eve' WHERE number = 1", 1),
        ("UPDATE accounts SET source = 2 WHERE number = 1", 1),
        ("UPDATE contributions SET ref = 'm99' WHERE number = 5", 5),
        ("UPDATE contributions SET salt = zeroblob(16) WHERE number = 5", 5),
        ("UPDATE texts SET ref = '🎉'", 11),
        ("UPDATE places SET ref = 'secret'", 1),
        ("UPDATE sources SET ref = 'github'", 1),
        ("DELETE FROM contributions WHERE number = 7", 7),
    ],
)
async def test_tampering_with_the_file_is_found_and_located(
    path: Path, tampering: str, seq: int
) -> None:
    await fill(path)
    connection = sqlite3.connect(path, isolation_level=None)
    triggers = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    for (trigger,) in triggers.fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    changed = connection.execute(tampering).rowcount
    connection.close()

    async with Database.open(path) as database:
        with pytest.raises(ChainBrokenError) as caught:
            await EventLog(database).verify()

    assert changed == 1
    assert caught.value.seq == seq


async def test_columns_of_a_log_with_a_hole_are_an_error_never_a_shorter_log(
    path: Path,
) -> None:
    await fill(path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TRIGGER events_remain")
    connection.execute("DELETE FROM events WHERE seq = 6")
    connection.close()

    async with Database.open(path) as database:
        with pytest.raises(ChainBrokenError):
            await EventLog(database).columns()


async def test_verifying_reports_its_progress(log: EventLog) -> None:
    await log.append(a_batch_of(*(an_event(target=f"m{n}") for n in range(10))))
    progress: list[tuple[int, int]] = []

    await log.verify(lambda done, of_all: progress.append((done, of_all)))

    assert progress[-1] == (10, 10)


async def test_equal_logs_of_different_files_have_different_heads(tmp_path: Path) -> None:
    """Nobody who knows the events can guess ids from hashes: the salts differ."""
    path, other = tmp_path / "1.db", tmp_path / "2.db"

    assert await fill(path) != await fill(other)


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


async def test_an_empty_batch_is_no_news(log: EventLog) -> None:
    assert await log.append(Batch()) == Appended(new=0, last_seq=0, skipped=0)

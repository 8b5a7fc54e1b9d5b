"""The log cannot be rewritten, and tampering with the file is found."""

import sqlite3
from pathlib import Path

import pytest

from storage.errors import ChainBrokenError, StorageError
from storage.file.database import Database
from storage.log.event_log import EventLog
from tests.storage.builders import a_batch_of, a_reaction, an_event

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


async def test_verifying_reports_its_progress(log: EventLog) -> None:
    await log.append(a_batch_of(*(an_event(target=f"m{n}") for n in range(10))))
    progress: list[tuple[int, int]] = []

    await log.verify(lambda done, of_all: progress.append((done, of_all)))

    assert progress[-1] == (10, 10)


async def test_equal_logs_of_different_files_have_different_heads(tmp_path: Path) -> None:
    """Nobody who knows the events can guess ids from hashes: the salts differ."""
    path, other = tmp_path / "1.db", tmp_path / "2.db"

    assert await fill(path) != await fill(other)


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

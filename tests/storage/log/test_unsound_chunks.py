"""A chunk that is not what was sealed is not used, and sealed again."""

import asyncio
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.file.database import Database
from storage.log import chunks
from storage.log.event_log import EventLog
from tests.storage.builders import a_batch_of, an_event
from tests.storage.log.sealing import (
    EVENTS_PER_CHUNK,
    as_rows,
    by_rows,
    fill,
    sealed_chunks,
)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "EVENTS", EVENTS_PER_CHUNK)


def flip_a_bit(data: bytes) -> bytes:
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


def header(data: bytes, *, columns: int = 9, before: int = 8, events: int = 8) -> bytes:
    """Return the data of the second chunk with something else in its header."""
    return data[:4] + struct.pack("<Iqq", columns, before, events) + data[24:]


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "another magic": lambda data: b"evc0" + data[4:],
    "cut short": lambda data: data[:-8],
    "cut within its header": lambda data: data[:20],
    "nothing": lambda _: b"",
    "too long": lambda data: data + bytes(8),
    "fewer events": lambda data: header(data, events=EVENTS_PER_CHUNK - 1),
    "no events": lambda data: header(data, events=0),
    "many events": lambda data: header(data, events=2**62),
    "fewer columns": lambda data: header(data, columns=8),
    "many columns": lambda data: header(data, columns=2**31),
    "other events": lambda data: header(data, before=0),
    "a width that is none": lambda data: data[:32] + struct.pack("<Q", 3) + data[40:],
}


async def replace(database: Database, sql: str, *values: object) -> None:
    async with database.transaction() as connection:
        await connection.execute("DROP TRIGGER IF EXISTS event_chunks_stay")
        await connection.execute(
            f"UPDATE event_chunks SET {sql} WHERE first_seq = 9",
            values,
        )


async def assert_made_anew(
    path: Path,
    database: Database,
    log: EventLog,
    before: object,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Reading gives what the rows say, mends the chunk, and tells of it once."""
    for _ in range(2):
        assert as_rows(await log.columns(after=3)) == await asyncio.to_thread(by_rows, path, 3)
    assert await sealed_chunks(database) == before
    assert len(caplog.messages) == 1
    assert "events 9 to 16 are not used" in caplog.messages[0]


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
async def test_a_chunk_that_is_not_what_its_header_says_is_not_believed_even_if_its_checksum_is(
    path: Path,
    database: Database,
    log: EventLog,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[bytes], bytes],
) -> None:
    await fill(log)
    await log.columns()
    before = await sealed_chunks(database)
    bad = spoil(before[1][1])
    assert bad != before[1][1]
    await database.write(lambda plain: chunks.seal(plain, EVENTS_PER_CHUNK, bad))

    await assert_made_anew(path, database, log, before, caplog)


@pytest.mark.parametrize(
    "change",
    [
        ("checksum = ?", bytes(32)),
        ("format = ?", 2),
        ("last_seq = ?", 17),
        ("last_seq = ?", 99),
        ("data = (SELECT data FROM event_chunks WHERE first_seq = ?)", 1),
    ],
)
async def test_a_chunk_that_is_not_what_its_row_says_is_not_believed(
    path: Path,
    database: Database,
    log: EventLog,
    caplog: pytest.LogCaptureFixture,
    change: tuple[str, object],
) -> None:
    await fill(log)
    await log.columns()
    before = await sealed_chunks(database)
    await replace(database, *change)

    await assert_made_anew(path, database, log, before, caplog)


async def test_a_flipped_bit_is_noticed(
    path: Path, database: Database, log: EventLog, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(log)
    await log.columns()
    before = await sealed_chunks(database)
    await replace(database, "data = ?", flip_a_bit(before[1][1]))

    await assert_made_anew(path, database, log, before, caplog)


async def test_a_chunk_of_another_log_is_none_of_this_one(
    tmp_path: Path, path: Path, database: Database, log: EventLog
) -> None:
    """A sound chunk, but its last event has another hash here."""
    async with Database.open(tmp_path / "2.db") as other, EventLog(other) as other_log:
        await other_log.append(a_batch_of(*(an_event(target=f"n{n}") for n in range(16))))
        await other_log.columns()
        foreign = await other.read(
            lambda c: c.execute(
                "SELECT checksum, data FROM event_chunks WHERE first_seq = 9"
            ).fetchone()
        )
    await fill(log)
    await log.columns()
    await replace(database, "(checksum, data) = (?, ?)", *foreign)

    found = as_rows(await log.columns())

    assert found == await asyncio.to_thread(by_rows, path)

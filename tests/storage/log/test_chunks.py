"""Sealed chunks: what is read from them is what the rows say, or they are not used."""

import asyncio
import logging
import sqlite3
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cred.facts.events import MISSING, Event
from storage.errors import DiskFullError, StorageError
from storage.file.database import Database
from storage.log import chunks
from storage.log.event_log import EventLog
from storage.log.rebuilding import rebuild
from storage.people.erasure import erase_accounts
from tests.storage.builders import MONDAY_MS, a_batch_of, a_mention, an_event
from tests.storage.log.sealing import (
    EVENTS_PER_CHUNK,
    as_rows,
    by_rows,
    fill,
    first_positions,
    sealed_chunks,
)
from tests.storage.log.test_replay import A_FILE_EACH, SIZES, batches_of
from tests.storage.strategies import EVENTS


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "EVENTS", EVENTS_PER_CHUNK)


@A_FILE_EACH
@given(st.lists(EVENTS, max_size=60), SIZES, st.lists(st.integers(0, 60), max_size=5))
def test_columns_are_what_the_rows_say_wherever_one_starts_and_whatever_is_sealed(
    events: list[Event], sizes: list[int], starts: list[int]
) -> None:
    async def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "c.db"
            async with Database.open(path) as database, EventLog(database) as log:
                for batch in batches_of(events, sizes):
                    await log.append(batch)
                    for after in starts:
                        found = as_rows(await log.columns(after))
                        assert found == await asyncio.to_thread(by_rows, path, after)
                everything = await asyncio.to_thread(by_rows, path)
                assert as_rows(await log.columns()) == everything
                assert as_rows(await log.columns()) == everything
                full = len(everything) // EVENTS_PER_CHUNK
                assert len(await first_positions(database)) == full

    with mock.patch.object(chunks, "EVENTS", EVENTS_PER_CHUNK):
        asyncio.run(work())


INTEGERS = st.integers(-(2**63), 2**63 - 1)


@given(
    st.lists(st.tuples(INTEGERS, st.integers(0, 300), st.just(MISSING)), min_size=1),
    st.integers(0, 2**40),
    st.data(),
)
def test_any_numbers_come_out_of_a_chunk_as_they_went_in(
    rows: list[tuple[int, ...]], before: int, data: st.DataObject
) -> None:
    table = np.array(rows, dtype=np.int64)
    start = data.draw(st.integers(0, len(rows)))

    chunk = chunks.Chunk.unpack(chunks.pack(before, table))

    out = np.empty((3, len(rows) - start), dtype=np.int64)
    for column, part in zip(chunk.columns, out, strict=True):
        column.copy_to(part, start)
    assert (chunk.before, chunk.events) == (before, len(rows))
    assert out.T.tolist() == table[start:].tolist()


def test_a_column_takes_no_more_bytes_than_its_numbers_need() -> None:
    table = np.array([[5, 0, 0, 0], [5, 255, 256, 2**32]] * 4, dtype=np.int64)

    widths = [
        0 if column.numbers is None else column.numbers.itemsize
        for column in chunks.Chunk.unpack(chunks.pack(0, table)).columns
    ]

    assert widths == [0, 1, 2, 8]


async def test_only_full_chunks_are_sealed_and_each_once(
    database: Database, log: EventLog
) -> None:
    await fill(log, EVENTS_PER_CHUNK - 1)
    await log.columns()
    assert await first_positions(database) == []

    await log.append(a_batch_of(an_event(target="last")))
    await log.columns(after=EVENTS_PER_CHUNK - 2)
    before = await sealed_chunks(database)
    await log.append(a_batch_of(an_event(target="next")))
    await log.columns()

    assert [first for first, _ in before] == [1]
    assert await sealed_chunks(database) == before


async def test_a_sealed_chunk_is_read_in_place_of_its_rows(
    database: Database, log: EventLog
) -> None:
    """The rows change behind our back; who reads them is `verify`."""
    await fill(log)
    before = as_rows(await log.columns())

    async with database.transaction() as connection:
        await connection.execute("DROP TRIGGER events_stay")
        await connection.execute("UPDATE events SET value = 99 WHERE seq IN (3, 20)")

    after = as_rows(await log.columns())
    assert after[:19] == before[:19]
    assert after[19] == (*before[19][:8], 99, before[19][9])


@pytest.mark.parametrize("spoiled", [2, 20], ids=["in a chunk", "in a row"])
@pytest.mark.parametrize("largest", [2**31, 2**40])
async def test_a_number_that_four_bytes_do_not_hold_is_an_error(
    database: Database, log: EventLog, spoiled: int, largest: int
) -> None:
    await fill(log)
    async with database.transaction() as connection:
        await connection.execute("DROP TRIGGER events_stay")
        await connection.execute("INSERT INTO texts VALUES (?, 'far', 0)", (largest,))
        await connection.execute("UPDATE events SET text = ? WHERE seq = ?", (largest, spoiled))

    for _ in range(2):  # the first reading seals
        with pytest.raises(StorageError, match=str(largest)):
            await log.columns()


async def test_a_chunk_never_changes(database: Database, log: EventLog) -> None:
    await fill(log)
    await log.columns()

    with pytest.raises(Exception, match="a chunk never changes"):
        async with database.transaction() as connection:
            await connection.execute("UPDATE event_chunks SET data = zeroblob(9)")


async def test_what_cannot_be_sealed_is_read_and_sealed_later(
    path: Path,
    database: Database,
    log: EventLog,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await fill(log)

    def full(*_: object) -> None:
        raise DiskFullError("No room left.")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(chunks, "seal", full)
        columns = await log.columns(after=3)
    while_full = await first_positions(database)
    await log.columns()

    assert as_rows(columns) == await asyncio.to_thread(by_rows, path, 3)
    assert caplog.messages == ["The columns of events from 1 on are not stored: No room left."]
    assert (while_full, await first_positions(database)) == ([], [1, 9])


async def test_many_who_read_at_once_seal_the_same(
    path: Path, database: Database, log: EventLog
) -> None:
    await fill(log, 50)

    read = await asyncio.gather(*(log.columns(after) for after in range(20)))

    for after, columns in enumerate(read):
        assert as_rows(columns) == await asyncio.to_thread(by_rows, path, after)
    assert await first_positions(database) == [1, 9, 17, 25, 33, 41]


async def test_an_old_file_is_sealed_when_it_is_first_read(path: Path) -> None:
    async with Database.open(path) as database, EventLog(database) as log:
        await fill(log)
    with sqlite3.connect(path) as plain:
        plain.execute("DROP TABLE event_chunks")
        plain.execute("DELETE FROM schema_migrations WHERE number = 4")
    plain.close()

    async with Database.open(path) as database:
        columns = await EventLog(database).columns()
        assert await first_positions(database) == [1, 9]

    assert as_rows(columns) == await asyncio.to_thread(by_rows, path)


async def test_an_erasure_leaves_chunks_as_it_leaves_events(
    path: Path, database: Database, log: EventLog
) -> None:
    await fill(log)
    await log.append(a_batch_of(a_mention(actor="u1", target="m1", object="u2")))
    before = as_rows(await log.columns())

    await erase_accounts(database, [2], MONDAY_MS)

    assert as_rows(await log.columns()) == before
    assert as_rows(await log.columns()) == await asyncio.to_thread(by_rows, path)


async def test_rebuilding_seals_what_was_not_yet(database: Database, log: EventLog) -> None:
    await fill(log)

    await rebuild(database)

    assert await first_positions(database) == [1, 9]

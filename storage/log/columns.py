"""Read the log into columns: quickly, and without stopping the rest of the program.

Sealed chunks (`chunks.py`) are read as arrays, the rest as rows. If all rows of a chunk are
there but it was not sealed, or is not sound, it is sealed on the way. So every event is read as
a row about once, and a start reads as rows only what was appended since the last one.

Python's sqlite3 releases the interpreter lock and takes it back at every row, so a million rows
beside a busy event loop take four seconds, most of it waiting. Instead, SQLite writes some
thousand rows as one text, in one step without the lock, and numpy reads the text: five times as
fast, and the event loop waits a few milliseconds at most. Each span of the log is a read
transaction of its own. The log only grows, so spans that are read one after the other fit.
"""

import logging
import sqlite3
from dataclasses import fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.facts.events import MISSING, EventColumns
from storage.errors import ChainBrokenError, StorageError
from storage.file.database import Database
from storage.log import chunks

_PIECE: Final = 4_096
"""Events per text."""
_CHUNKS_AT_ONCE: Final = 128
"""Chunks per read transaction: some 30 ms, for a million events."""

_NUMBERS: Final = ("actor", "target", "object", "place", "text")
"""Columns of row numbers. They take four bytes each: nothing has 2³¹ rows."""
_FIELDS: Final = (
    *("seq", "kind", "source"),
    *(f"ifnull({name}, {MISSING})" for name in _NUMBERS),
    *("value", "at_ms"),
)
_FORMAT: Final = " ".join(["%d"] * len(_FIELDS))
_SELECT: Final = (
    f"SELECT group_concat(printf('{_FORMAT}', {', '.join(_FIELDS)}), ' ') "
    "FROM events WHERE seq > ? AND seq <= ?"
)
_STORED: Final = tuple(field.name for field in fields(EventColumns))[1:]
"""Columns of a chunk: all but `seq`, which just counts."""

log = logging.getLogger(__name__)


async def read(database: Database, after: int, upto: int) -> EventColumns:
    """Return the events with after < seq ≤ upto, and seal the chunks that are complete.

    Sealing waits for its turn to write, so this must not be used within a
    `Database.transaction`. If nothing can be written (a full disk), the events are still read.

    Raises
    ------
    ChainBrokenError
        If events are missing.
    """
    reader = _ColumnReader(after, max(after, upto))
    while reader.done < upto:
        unsealed = await database.read(reader.step)
        if unsealed is not None:
            reader.seals = await _seal(database, *unsealed)
    return reader.columns


async def rebuild(database: Database) -> None:
    """Drop all sealed chunks and seal them anew, one after the other."""
    upto = await database.write(chunks.drop)
    for before in range(0, upto - chunks.EVENTS + 1, chunks.EVENTS):
        await read(database, before, before + chunks.EVENTS)


class _ColumnReader:
    """Columns that fill up from position `after` to `upto`.

    Attributes
    ----------
    columns
        Not filled yet behind position `done`.
    done
        Position up to which they are filled.
    seals
        Whether it is still worth trying to seal.
    """

    def __init__(self, after: int, upto: int) -> None:
        events = upto - after
        kinds, sources = np.empty(events, dtype=np.int8), np.empty(events, dtype=np.int16)
        # One block of memory for many columns: the kernel supplies it twice as fast.
        numbers = np.empty((len(_NUMBERS), events), dtype=np.int32)
        seq, value, at_ms = np.empty((3, events), dtype=np.int64)
        self.columns = EventColumns(
            seq=seq,
            kind=kinds,
            source=sources,
            **dict(zip(_NUMBERS, numbers, strict=True)),
            value=value,
            at_ms=at_ms,
        )
        self.done = after
        self.seals = True
        self._after = after
        self._upto = upto

    def step(self, connection: sqlite3.Connection) -> tuple[int, bytes] | None:
        """Read on, in the connection's thread: some chunks, then the rows of at most one.

        Returns
        -------
        (int, bytes) or None
            A chunk to seal: the position before it, and its data.
        """
        for _ in range(_CHUNKS_AT_ONCE):
            if self.done >= self._upto:
                break
            before = self.done - self.done % chunks.EVENTS
            chunk = _load_chunk(connection, before)
            if chunk is None:
                return self._step_by_rows(connection, before)
            skipped = self.done - before
            for part, column in zip(self._parts(before), chunk.columns, strict=True):
                _check_fits(column.largest, part)
                column.copy_to(part, skipped)
        return None

    def _step_by_rows(
        self, connection: sqlite3.Connection, before: int
    ) -> tuple[int, bytes] | None:
        end = min(before + chunks.EVENTS, self._upto)
        is_full = self.seals and end == before + chunks.EVENTS
        # To seal a chunk, also rows that were not asked for are read, once in its life.
        start = before if is_full else self.done
        table = _rows(connection, start, end)
        wanted = table[self.done - start :]
        for part, values in zip(self._parts(before), wanted.T[1:], strict=True):
            _check_fits(int(values.max(initial=0)), part)
            part[:] = values
        return (before, chunks.pack(before, table[:, 1:])) if is_full else None

    def _parts(self, before: int) -> list[NDArray[np.signedinteger]]:
        """Advance to the end of the chunk behind `before`; return what there is to fill."""
        start, self.done = self.done, min(before + chunks.EVENTS, self._upto)
        part = slice(start - self._after, self.done - self._after)
        self.columns.seq[part] = np.arange(start + 1, self.done + 1)
        return [getattr(self.columns, name)[part] for name in _STORED]


def _load_chunk(connection: sqlite3.Connection, before: int) -> chunks.Chunk | None:
    """Return the chunk behind position `before`, or None if it is not there or not sound."""
    try:
        return chunks.load(connection, before, len(_STORED))
    except chunks.UnsoundChunkError as error:
        log.warning(
            "The stored columns of events %d to %d are not used (%s); the events are read "
            "instead.",
            before + 1,
            before + chunks.EVENTS,
            error,
        )
        return None


async def _seal(database: Database, before: int, data: bytes) -> bool:
    """Seal a chunk in a transaction of its own; tell whether that was possible."""
    try:
        await database.write(lambda plain: chunks.seal(plain, before, data))
    except StorageError as error:
        log.warning("The columns of events from %d on are not stored: %s", before + 1, error)
        return False
    return True


def _check_fits(largest: int, column: NDArray[np.signedinteger]) -> None:
    if column.dtype == np.int32 and largest > np.iinfo(np.int32).max:
        raise StorageError(f"The log has a number that is too large to count with: {largest}.")


def _rows(connection: sqlite3.Connection, after: int, upto: int) -> NDArray[np.int64]:
    """Return the events with after < seq ≤ upto, a row each, with the columns `_FIELDS`."""
    table = np.empty((upto - after, len(_FIELDS)), dtype=np.int64)
    for start in range(after, upto, _PIECE):
        end = min(start + _PIECE, upto)
        (text,) = connection.execute(_SELECT, (start, end)).fetchone()
        numbers = np.fromstring(text or "", dtype=np.int64, sep=" ")
        if len(numbers) != (end - start) * len(_FIELDS):
            raise ChainBrokenError(start + 1, "some of the events after it are missing")
        table[start - after : end - after] = numbers.reshape(end - start, len(_FIELDS))
    # SQLite promises no order inside an aggregate, though it walks the table in order.
    if np.any(np.diff(table[:, 0]) <= 0):
        table = table[np.argsort(table[:, 0])]
    return table

"""Read the log into columns: quickly, and without stopping the rest of the program.

What is in sealed chunks (`chunks.py`) is read as arrays, the rest by rows; where all rows of a
chunk are there and it is not sealed, or is not sound, it is sealed on the way. So the log of a
community is read by rows once, and what was appended since at a start.

Python's sqlite3 gives the interpreter away and takes it back at every row, so a million rows
beside a busy event loop take four seconds, most of it waiting. So SQLite writes some thousand
rows as one text, in one step and without the interpreter, and numpy reads the text: five times
as fast, and the event loop waits a few milliseconds at most. Each span of the log is a read
transaction of its own: the log only grows, so spans read one after the other fit together.
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
"""Columns of row numbers, which are kept in four bytes each: nothing comes up 2³¹ times."""
_FIELDS: Final = (
    *("seq", "kind", "source"),
    *(f"ifnull({name}, {MISSING})" for name in _NUMBERS),
    *("value", "at_ms"),
)
_FORMAT: Final = " ".join(["%d"] * len(_FIELDS))
_SELECT: Final = (
    f"SELECT group_concat(printf('{_FORMAT}', {', '.join(_FIELDS)}), ' ') "  # noqa: S608 - ours
    "FROM events WHERE seq > ? AND seq <= ?"
)
_STORED: Final = tuple(field.name for field in fields(EventColumns))[1:]
"""Columns of a chunk: all but `seq`, which counts on."""

log = logging.getLogger(__name__)


async def read(database: Database, after: int, upto: int) -> EventColumns:
    """Return the events with after < seq ≤ upto; seal what can be.

    To seal, it waits for its turn to write: not for use within a `Database.transaction`. Where
    nothing can be written (a full disk), the events are read all the same.

    Raises
    ------
    ChainBrokenError
        If some of the events are missing.
    """
    reading = _Reading(after, max(after, upto))
    while reading.done < upto:
        unsealed = await database.read(reading.step)
        if unsealed is not None:
            reading.seals = await _sealed(database, *unsealed)
    return reading.columns


async def rebuild(database: Database) -> None:
    """Drop all sealed chunks and seal them anew, one after the other."""
    upto = await database.write(chunks.drop)
    for before in range(0, upto - chunks.EVENTS + 1, chunks.EVENTS):
        await read(database, before, before + chunks.EVENTS)


class _Reading:
    """Columns that fill up from position `after` to `upto`.

    Attributes
    ----------
    columns
        What is behind position `done` is not there yet.
    done
        Position up to which they are filled.
    seals
        Whether it is worth trying to seal.
    """

    def __init__(self, after: int, upto: int) -> None:
        events = upto - after
        kinds, sources = np.empty(events, dtype=np.int8), np.empty(events, dtype=np.int16)
        # One block of memory for many: the kernel gives it twice as fast as one for each.
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
        """Read on, in the connection's thread: some chunks, then the rows of one at most.

        Return a chunk to seal: the position before it, and its data.
        """
        for _ in range(_CHUNKS_AT_ONCE):
            if self.done >= self._upto:
                break
            before = self.done - self.done % chunks.EVENTS
            chunk = _believed(connection, before)
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
        # To seal it, also what nobody asked for is read: once in a chunk's life.
        start = before if is_full else self.done
        table = _rows(connection, start, end)
        asked = table[self.done - start :]
        for part, values in zip(self._parts(before), asked.T[1:], strict=True):
            _check_fits(int(values.max(initial=0)), part)
            part[:] = values
        return (before, chunks.pack(before, table[:, 1:])) if is_full else None

    def _parts(self, before: int) -> list[NDArray[np.signedinteger]]:
        """Move on to the end of the chunk behind `before`; return what is to be filled."""
        start, self.done = self.done, min(before + chunks.EVENTS, self._upto)
        part = slice(start - self._after, self.done - self._after)
        self.columns.seq[part] = np.arange(start + 1, self.done + 1)
        return [getattr(self.columns, name)[part] for name in _STORED]


def _believed(connection: sqlite3.Connection, before: int) -> chunks.Chunk | None:
    """Return the chunk behind position `before`, if it is there and sound."""
    try:
        return chunks.load(connection, before, len(_STORED))
    except chunks.UnsoundChunkError as error:
        log.warning(
            "The columns kept of events %d to %d are not used (%s); the events are read "
            "instead.",
            before + 1,
            before + chunks.EVENTS,
            error,
        )
        return None


async def _sealed(database: Database, before: int, data: bytes) -> bool:
    """Seal a chunk in a transaction of its own; return whether that was possible."""
    try:
        await database.write(lambda plain: chunks.seal(plain, before, data))
    except StorageError as error:
        log.warning("The columns of events from %d on are not kept: %s", before + 1, error)
        return False
    return True


def _check_fits(largest: int, column: NDArray[np.signedinteger]) -> None:
    if column.dtype == np.int32 and largest > np.iinfo(np.int32).max:
        raise StorageError(f"The log has a number that is too large to count with: {largest}.")


def _rows(connection: sqlite3.Connection, after: int, upto: int) -> NDArray[np.int64]:
    """Return the events with after < seq ≤ upto, a row each, `_FIELDS` in order."""
    table = np.empty((upto - after, len(_FIELDS)), dtype=np.int64)
    for start in range(after, upto, _PIECE):
        end = min(start + _PIECE, upto)
        (text,) = connection.execute(_SELECT, (start, end)).fetchone()
        numbers = np.fromstring(text or "", dtype=np.int64, sep=" ")
        if len(numbers) != (end - start) * len(_FIELDS):
            raise ChainBrokenError(start + 1, "some of the events after it are missing")
        table[start - after : end - after] = numbers.reshape(end - start, len(_FIELDS))
    # SQLite promises no order inside an aggregate; it walks the table in order all the same.
    if np.any(np.diff(table[:, 0]) <= 0):
        table = table[np.argsort(table[:, 0])]
    return table

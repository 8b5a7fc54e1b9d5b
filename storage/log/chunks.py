"""Sealed chunks: spans of the log as columns of numbers, so that a start need not read rows.

A chunk covers `EVENTS` events; the n-th covers those behind position n · `EVENTS`. It is made
in one transaction once all of them are there, and never changes. It holds only numbers that the
rows hold too, so an erasure, which leaves the rows alone, leaves it alone as well.

Its data is little endian, and every part is a multiple of eight bytes long:

    header         "evc1", columns (u4), position before the first event (i8), events (i8)
    of each column base (i8), width in bytes: 0, 1, 2, 4 or 8 (u8)
    of each column an unsigned number of that width per event, zeros up to eight bytes

A value is base + number, modulo 2⁶⁴. So MISSING is a number like the others, and a column with
one value for all events takes no room. Positions are consecutive and are not stored.

A chunk is used only if its checksum is right. The checksum covers the hash of the chunk's last
event, so a chunk of another log is never mistaken for one of this log.
"""

import hashlib
import sqlite3
import struct
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

EVENTS: Final = 8_192
"""Events per chunk: a start reads at most that many rows one by one (10 ms), and a chunk is
written in a few milliseconds."""

_FORMAT: Final = 1
_MAGIC: Final = b"evc1"
_HEADER: Final = struct.Struct("<4sIqq")
_COLUMN: Final = struct.Struct("<qQ")
_FOUR_BYTES: Final = 4
_TYPES: Final = {width: np.dtype(f"<u{width}") for width in (1, 2, 4, 8)}


class UnsoundChunkError(Exception):
    """A chunk is not what was sealed. It never leaves `storage`: the rows are read instead."""


class Column(NamedTuple):
    """One column of a chunk: value = base + number."""

    base: int
    numbers: NDArray[np.unsignedinteger] | None
    """None: all of them are zero."""

    @property
    def largest(self) -> int:
        """The largest value, or an upper bound that is a little larger."""
        if self.numbers is None:
            return self.base
        is_small = self.numbers.itemsize < _FOUR_BYTES  # its bound is good enough
        most = np.iinfo(self.numbers.dtype).max if is_small else self.numbers.max()
        return self.base + int(most)

    def copy_to(self, out: NDArray[np.signedinteger], start: int) -> None:
        """Fill `out` with the values from the `start`-th on."""
        base = np.int64(self.base)
        if self.numbers is None:
            out[:] = base
            return
        numbers = self.numbers[start : start + len(out)]
        # In one pass: most of the time goes into memory.
        np.add(numbers, base, out=out, dtype=np.int64, casting="unsafe")


class Chunk(NamedTuple):
    """A span of events as columns."""

    before: int
    """Position before the first event."""
    events: int
    columns: tuple[Column, ...]

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Return the chunk that `data` holds.

        Raises
        ------
        NotSoundError
            If it does not hold one.
        """
        try:
            magic, count, before, events = _HEADER.unpack_from(data)
            if magic != _MAGIC or events <= 0:
                raise UnsoundChunkError("it has no valid header")
            columns, offset = [], _HEADER.size + count * _COLUMN.size
            for index in range(count):
                base, width = _COLUMN.unpack_from(data, _HEADER.size + index * _COLUMN.size)
                numbers = None
                if width:
                    numbers = np.frombuffer(data, _TYPES[width], events, offset)
                    offset += _padded_size(events * width)
                columns.append(Column(base, numbers))
        except (struct.error, KeyError, ValueError) as error:
            raise UnsoundChunkError("its columns do not match its header") from error
        if offset != len(data):
            raise UnsoundChunkError("its length does not match its header")
        return cls(before, events, tuple(columns))


def pack(before: int, table: NDArray[np.int64]) -> bytes:
    """Return the data of a chunk; `table` has a row per event and a column per column."""
    events, count = table.shape
    columns, parts = [], []
    for column in table.T:
        base, top = int(column.min()), int(column.max())
        width = _width(top - base)
        columns.append(_COLUMN.pack(base, width))
        if width:
            # A difference that is too large wraps around, and wraps back when it is read.
            numbers = (column - np.int64(base)).astype(_TYPES[width]).tobytes()
            parts += [numbers, bytes(_padded_size(len(numbers)) - len(numbers))]
    return b"".join([_HEADER.pack(_MAGIC, count, before, events), *columns, *parts])


def load(connection: sqlite3.Connection, before: int, columns: int) -> Chunk | None:
    """Return the chunk of the events behind position `before`, or None if it was not sealed.

    Raises
    ------
    NotSoundError
        If it is not what was sealed.
    """
    row = connection.execute(
        "SELECT last_seq, format, checksum, data, "
        "(SELECT hash FROM events WHERE seq = last_seq) "
        "FROM event_chunks WHERE first_seq = ?",
        (before + 1,),
    ).fetchone()
    if row is None:
        return None
    last_seq, format_, checksum, data, digest = row
    if (last_seq, format_) != (before + EVENTS, _FORMAT):
        raise UnsoundChunkError("it has another format")
    if digest is None or checksum != _checksum(digest, data):
        raise UnsoundChunkError("its checksum is wrong")
    chunk = Chunk.unpack(data)
    if (chunk.before, chunk.events, len(chunk.columns)) != (before, EVENTS, columns):
        raise UnsoundChunkError("it holds other events")
    return chunk


def seal(connection: sqlite3.Connection, before: int, data: bytes) -> None:
    """Store a chunk in place of any that is there, within a write transaction."""
    (digest,) = connection.execute(
        "SELECT hash FROM events WHERE seq = ?", (before + EVENTS,)
    ).fetchone()
    connection.execute("DELETE FROM event_chunks WHERE first_seq = ?", (before + 1,))
    connection.execute(
        "INSERT INTO event_chunks (first_seq, last_seq, format, checksum, data) "
        "VALUES (?, ?, ?, ?, ?)",
        (before + 1, before + EVENTS, _FORMAT, _checksum(digest, data), data),
    )


def drop(connection: sqlite3.Connection) -> int:
    """Drop all chunks, within a write transaction; return how many events there are."""
    connection.execute("DELETE FROM event_chunks")
    (length,) = connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
    return int(length)


def _checksum(digest: bytes, data: bytes) -> bytes:
    checksum = hashlib.sha256(digest)
    checksum.update(data)
    return checksum.digest()


def _width(largest: int) -> int:
    """Return how many bytes hold numbers from 0 to `largest`."""
    return next(width for width in (0, 1, 2, 4, 8) if largest < 1 << 8 * width)


def _padded_size(size: int) -> int:
    return -(-size // 8) * 8

"""The hash chain: an event's hash covers it, what its numbers stand for, and all events before.

An event's hash is SHA-256 over

    the hash before · the commitments of side-table rows made since that event · the row

The row consists of numbers, as fixed-width big-endian integers, and its key. A *commitment* is
SHA-256 over (salt, ref) of a side-table row. It tells nothing about the ref to anybody without
the salt. Erasing somebody drops salt and ref and keeps the commitment, so the chain still
verifies when the person is gone. Texts, places and sources are not personal data and have no
salt. Names, account kinds and opt-outs may change and are not covered.
"""

import hashlib
import secrets
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

GENESIS: Final = hashlib.sha256(b"credbot event log, version 1").digest()
"""The hash before the first event."""

SALT_BYTES: Final = 16

TABLES: Final = ("sources", "accounts", "contributions", "places", "texts")
"""Side tables. Their positions are part of the hashes: never reorder them, only add."""

SALTED: Final = frozenset({"accounts", "contributions"})

_ROW: Final = struct.Struct(">14q")
_COMMITTED_ROW: Final = struct.Struct(">Bqq")


class EventRow(NamedTuple):
    """An event as stored, without its hash; `EVENT_COLUMNS` names the columns."""

    seq: int
    source: int
    key: str
    kind: int
    at_ms: int
    seen_ms: int
    provenance: int
    actor: int | None
    target: int | None
    object: int | None
    place: int | None
    text: int | None
    value: int
    estimated: int


EVENT_COLUMNS: Final = tuple({"provenance": "how"}.get(name, name) for name in EventRow._fields)
"""Columns of the table `events` that hold an `EventRow`, in order."""


class CommittedRow(NamedTuple):
    """A side-table row as the hash of the next event covers it."""

    table: int
    """Position in `TABLES`."""
    number: int
    source: int
    """Number of the row's source; 0 in tables whose rows have none."""
    commitment: bytes


def new_salt() -> bytes:
    """Return a fresh salt for a row of personal data."""
    return secrets.token_bytes(SALT_BYTES)


def commitment(salt: bytes | None, ref: str) -> bytes:
    """Return what stands for `ref` in the chain."""
    return hashlib.sha256((salt or b"") + ref.encode()).digest()


def event_hash(before: bytes, committed: Sequence[CommittedRow], row: EventRow) -> bytes:
    """Return the hash of an event.

    Parameters
    ----------
    before
        Hash of the event before it.
    committed
        Side-table rows made since that event, in any order.
    row
        The event.
    """
    seq, source, key, kind, at_ms, seen_ms, provenance, *numbers, value, estimated = row
    parts = [before]
    for side_row in sorted(committed):
        parts.append(_COMMITTED_ROW.pack(side_row.table, side_row.number, side_row.source))
        parts.append(side_row.commitment)
    parts.append(
        _ROW.pack(
            len(committed), seq, source, kind, at_ms, seen_ms, provenance,
            *(0 if number is None else number for number in numbers), value, estimated,
        )
    )  # fmt: skip
    parts.append(key.encode())
    return hashlib.sha256(b"".join(parts)).digest()


@dataclass(slots=True)
class LogEnd:
    """Where the log ends while events are appended to it."""

    seq: int = 0
    hash: bytes = GENESIS
    pending: list[CommittedRow] = field(default_factory=list)
    """Side-table rows that the next event covers."""

    def copy(self) -> "LogEnd":
        """Return an equal chain that changes on its own."""
        return LogEnd(self.seq, self.hash, list(self.pending))


def load_end(connection: sqlite3.Connection) -> LogEnd:
    """Return the end of the log in the file."""
    end = LogEnd()
    head = connection.execute(
        "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    if head is not None:
        end.seq, end.hash = head
    for table in range(len(TABLES)):
        # Numbers and after_seq grow together, so the pending rows are the last ones.
        for after_seq, row in _committed_rows(
            connection, table, "number > 0 ORDER BY number DESC"
        ):
            if after_seq < end.seq:
                break
            end.pending.append(row)
    return end


def committed_rows(
    connection: sqlite3.Connection, table: int, number: int
) -> Iterator[tuple[int, CommittedRow]]:
    """Yield (after_seq, row) of the rows of a side table above `number`, in order.

    The commitment is computed from salt and ref if they are there, so that a ref which was
    changed gives a different hash.
    """
    yield from _committed_rows(connection, table, "number > ? ORDER BY number", number)


def _committed_rows(
    connection: sqlite3.Connection, table: int, condition: str, *parameters: int
) -> Iterator[tuple[int, CommittedRow]]:
    name = TABLES[table]
    columns = "number, 0, ref, NULL, NULL" if name in ("sources", "texts") else (
        "number, source, ref, salt, commitment" if name in SALTED
        else "number, source, ref, NULL, NULL"
    )  # fmt: skip
    rows = connection.execute(
        f"SELECT after_seq, {columns} FROM {name} WHERE {condition}",
        parameters,
    )
    for after_seq, number, source, ref, salt, stored in rows:
        committed = stored if ref is None else commitment(salt, ref)
        yield after_seq, CommittedRow(table, number, source, committed)

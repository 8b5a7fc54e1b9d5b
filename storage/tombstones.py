"""Tombstones: marks of ids that were erased, so that no source writes them down again.

A restart, a sweep or an import meets erased people and their posts again on the platform.
Without a mark they would be new: the person would be back, and what others gave their posts
would count a second time, for a post without an author.

A tombstone is HMAC-SHA-256, under a random key of the file, of the id's table, its source and
the id. It leads to no row of the log.
"""

import hmac
import secrets
import sqlite3
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

_KEY_BYTES: Final = 32
_NEVER_MS: Final = 2**63 - 1


class Tombstones:
    """Looks up, for the length of one transaction, what was erased.

    Parameters
    ----------
    connection
        Of the community's file.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        row = connection.execute("SELECT key FROM tombstone_key").fetchone()
        self._key: bytes | None = None if row is None else row[0]
        self._ends: dict[tuple[str, str, str], int] = {}

    def __bool__(self) -> bool:
        """Tell whether anything was ever erased."""
        return self._key is not None

    def covers(self, table: str, source: str, ref: str, at_ms: int) -> bool:
        """Tell whether an id was erased and what is dated `at_ms` must not name it.

        Parameters
        ----------
        table
            "accounts", "contributions", or "archives", for the parts of an archive's
            addresses, where `source` is the part before.
        source, ref
            The platform's id, and the source that it is of.
        at_ms
            Milliseconds UTC. A lifted tombstone covers what is dated before it was lifted.
        """
        return self._key is not None and at_ms < self._end_ms(table, source, ref)

    def stands(self, table: str, source: str, ref: str) -> bool:
        """Tell whether an id was erased, and its tombstone was not lifted."""
        return self.covers(table, source, ref, _NEVER_MS - 1)

    def _end_ms(self, table: str, source: str, ref: str) -> int:
        """Return until when an id is covered; 0 for one that was never erased."""
        asked = (table, source, ref)
        if asked not in self._ends and self._key is not None:
            row = self._connection.execute(
                "SELECT coalesce(lifted_ms, ?) FROM tombstones WHERE hash = ?",
                (_NEVER_MS, _hash(self._key, *asked)),
            ).fetchone()
            self._ends[asked] = 0 if row is None else row[0]
        return self._ends.get(asked, 0)


def add_tombstones(
    connection: sqlite3.Connection, table: str, ids: Iterable[tuple[str, str]]
) -> None:
    """Mark ids of a table (see `Tombstones.covers`) as erased, each given with its source."""
    key = _file_key(connection)
    connection.executemany(
        "INSERT INTO tombstones (hash) VALUES (?) "
        "ON CONFLICT (hash) DO UPDATE SET lifted_ms = NULL",
        [(_hash(key, table, source, ref),) for source, ref in ids],
    )


def lift_tombstone(connection: sqlite3.Connection, source: str, ref: str, at_ms: int) -> bool:
    """Let an account that was erased be recorded again, from a moment on.

    What it posted before stays erased, and what it did before is not recorded.

    Returns
    -------
    bool
        Whether there was a tombstone that stood.
    """
    row = connection.execute("SELECT key FROM tombstone_key").fetchone()
    if row is None:
        return False
    lifted = connection.execute(
        "UPDATE tombstones SET lifted_ms = ? WHERE hash = ? AND lifted_ms IS NULL",
        (at_ms, _hash(row[0], "accounts", source, ref)),
    )
    return lifted.rowcount > 0


def _file_key(connection: sqlite3.Connection) -> bytes:
    """Return the file's key; a new one is made for its first tombstone."""
    row = connection.execute("SELECT key FROM tombstone_key").fetchone()
    if row is not None:
        key: bytes = row[0]
        return key
    key = secrets.token_bytes(_KEY_BYTES)
    connection.execute("INSERT INTO tombstone_key VALUES (?)", (key,))
    return key


def _hash(key: bytes, table: str, source: str, ref: str) -> bytes:
    return hmac.digest(key, f"{table}\0{source}\0{ref}".encode(), sha256)

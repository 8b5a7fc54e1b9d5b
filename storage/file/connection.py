"""A configured connection to the file, on a thread of its own."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import aiosqlite

from storage.file.cancellation import acquire_or_release

T = TypeVar("T")

_BUSY_TIMEOUT_MS: Final = 5_000
_JOURNAL_SIZE_LIMIT: Final = 64 * 1024 * 1024
"""Bytes that the write-ahead log is truncated to after a checkpoint, so that it does not fill
the disk."""
_CACHE_KIB: Final = 32 * 1024


class Connection(aiosqlite.Connection):
    """An aiosqlite connection that can also run a whole function on its thread.

    A hop to the thread costs more than a statement does; with `run`, a transaction of many
    statements is one hop.
    """

    async def run(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Call `function` with the `sqlite3` connection, on the connection's thread."""
        result: T = await self._execute(self._call, function)  # type: ignore[no-untyped-call]
        return result

    def _call(self, function: Callable[[sqlite3.Connection], T]) -> T:
        return function(self._conn)


async def connect(path: Path, *, writes: bool, beside: bool = False) -> Connection:
    """Open a connection; the caller closes it. With `beside`, it can write nothing at all.

    Only the writing connection moves pages from the write-ahead log into the file. If two
    connections do, SQLite before 3.51.3 can corrupt the file (the "WAL-reset bug").
    """

    def connector() -> sqlite3.Connection:
        # isolation_level None: there are no transactions but those that we begin.
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={'ro' if beside else 'rwc'}",
            isolation_level=None,
            cached_statements=256,
            uri=True,
        )
        try:
            _configure(connection, writes=writes)
        except BaseException:
            connection.close()
            raise
        return connection

    connection = Connection(connector, iter_chunk_size=64)
    return await acquire_or_release(_open(connection), Connection.close)


async def _open(connection: Connection) -> Connection:
    opened = await connection
    assert opened is connection  # noqa: S101 - aiosqlite's type only says "some Connection"
    return connection


def _configure(connection: sqlite3.Connection, *, writes: bool) -> None:
    statements = [
        f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}",
        "PRAGMA foreign_keys = ON",
        # Without it, INSERT OR REPLACE deletes a row and no trigger fires.
        "PRAGMA recursive_triggers = ON",
        "PRAGMA trusted_schema = OFF",
    ]
    if writes:
        statements += [
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            # Erased data is overwritten with zeros, not just unlinked.
            "PRAGMA secure_delete = ON",
            f"PRAGMA journal_size_limit = {_JOURNAL_SIZE_LIMIT}",
            f"PRAGMA cache_size = -{_CACHE_KIB}",
        ]
    else:
        statements += ["PRAGMA wal_autocheckpoint = 0", "PRAGMA query_only = ON"]
    for statement in statements:
        connection.execute(statement).fetchall()

"""A community's file: opened once, written by one connection, read by others.

These rules keep acknowledged events safe (tests/storage and storage/README.md have the
measurements):

- The write-ahead log is used with `synchronous=FULL`.
- One connection writes, behind one lock and with `BEGIN IMMEDIATE`: tasks that share a
  connection would share a transaction.
- Any exception rolls back the whole transaction. A full disk rolls it back anyway, and a later
  COMMIT would store half of it.
- Read transactions are short: a long one keeps the write-ahead log from shrinking.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, Self, TypeVar

from storage.errors import (
    ClosedError,
    CorruptError,
    InvalidRecordError,
    LockedError,
    from_sqlite,
    is_about_data,
)
from storage.file import locking
from storage.file.cancellation import acquire_or_release
from storage.file.connection import Connection, connect
from storage.file.migrating import Migration, migrate, shipped_migrations

T = TypeVar("T")

_READERS: Final = 2
_WAL_RESET_FIXED: Final = (3, 51, 3)

log = logging.getLogger(__name__)


def sqlite_advice(version: tuple[int, int, int]) -> str | None:
    """Return what an operator should know about a version of SQLite, or None."""
    if version >= _WAL_RESET_FIXED:
        return None
    return (
        f"SQLite {'.'.join(map(str, version))} has a rare bug that can damage a file which two "
        "programs write at once (fixed in 3.51.3). credbot never does; don't open a running "
        "community's file for writing with another program."
    )


class Database:
    """One community's file, opened by `Database.open`.

    Attributes
    ----------
    path
        The file.
    """

    def __init__(self, path: Path, writer: Connection, readers: Sequence[Connection]) -> None:
        self.path = path
        self._writer = writer
        self._writing = asyncio.Lock()
        self._is_suspect = False
        self._is_closed = False
        self._all_readers = list(readers)
        self._idle: asyncio.Queue[Connection] = asyncio.Queue()
        for reader in readers:
            self._idle.put_nowait(reader)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, *, migrations: Sequence[Migration] | None = None
    ) -> AsyncIterator[Self]:
        """Open the file, creating it if it does not exist, and migrate it.

        Parameters
        ----------
        path
            The file. Its folder must exist.
        migrations
            Used in place of those that come with the program (for tests).

        Raises
        ------
        OperatorError
            If the file cannot be opened; the subclass says why.
        """
        descriptor = await acquire_or_release(
            asyncio.to_thread(locking.acquire, path), _release
        )
        try:
            steps = (
                await asyncio.to_thread(shipped_migrations)
                if migrations is None
                else migrations
            )
            connections: list[Connection] = []
            try:
                try:
                    connections.append(await connect(path, writes=True))
                    await connections[0].run(lambda plain: migrate(plain, steps, path))
                    for _ in range(_READERS):
                        connections.append(await connect(path, writes=False))  # noqa: PERF401 - closed below if cancelled
                except sqlite3.Error as error:
                    raise from_sqlite(error, path) from error
                database = cls(path, connections[0], connections[1:])
                connections.clear()
            finally:
                for connection in connections:
                    await connection.close()
            try:
                yield database
            finally:
                await database._close()
        finally:
            await _release(descriptor)

    @classmethod
    @asynccontextmanager
    async def open_beside(cls, path: Path) -> AsyncIterator[Self]:
        """Open the file only to read it, while another process has it open.

        Raises
        ------
        OperatorError
            If the file cannot be opened; the subclass says why.
        """
        connections: list[Connection] = []
        try:
            for _ in range(2):
                connections.append(await connect(path, writes=False, beside=True))  # noqa: PERF401 - closed below if cancelled
            database = cls(path, connections[0], connections[1:])
            connections.clear()
            try:
                yield database
            finally:
                await database._close()
        except sqlite3.Error as error:
            raise from_sqlite(error, path) from error
        finally:
            for connection in connections:
                await connection.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Write: everything that is done with the connection happens, or nothing does.

        Any exception rolls the transaction back and is raised again, SQLite's errors as
        `StorageError`. If the block ends without one, the transaction is on disk.
        """
        async with self._writing:
            connection = await self._sound_writer()
            try:
                try:
                    await connection.run(_begin)
                    yield connection
                    await connection.run(_commit)
                except BaseException:
                    # Also if cancelled: the thread runs calls one after the other, so this
                    # comes after the call that was cancelled.
                    await connection.run(_roll_back)
                    raise
            except (sqlite3.Error, UnicodeError, OverflowError) as error:
                raise self._translate(error) from error

    async def write(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run `function` as a `transaction`, in one hop to the writing connection's thread."""
        async with self._writing:
            connection = await self._sound_writer()
            try:
                return await connection.run(lambda plain: _run_in_transaction(plain, function))
            except (sqlite3.Error, UnicodeError, OverflowError) as error:
                raise self._translate(error) from error

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """Read one state of the file throughout the block. Keep it short."""
        async with self._reader() as connection:
            try:
                try:
                    await connection.run(_begin_reading)
                    yield connection
                finally:
                    await connection.run(_roll_back)
            except sqlite3.Error as error:
                raise from_sqlite(error, self.path) from error

    async def read(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run `function` as one `reading`, in one hop to a reading connection's thread."""
        async with self._reader() as connection:
            try:
                return await connection.run(
                    lambda plain: _run_in_read_transaction(plain, function)
                )
            except sqlite3.Error as error:
                raise from_sqlite(error, self.path) from error

    async def check(self, *, thorough: bool = False) -> None:
        """Let SQLite check the whole file (about half a second per million events).

        Raises
        ------
        CorruptError
            If the file contradicts itself.
        """
        pragma = "integrity_check" if thorough else "quick_check"
        found = await self.read(lambda plain: _first_fault(plain, pragma))
        if found is not None:
            raise CorruptError(
                f"{self.path} is damaged ({found}): stop, keep the file, and restore a backup."
            )

    async def shrink_log(self) -> None:
        """Move everything from the write-ahead log into the file and empty the log.

        What was erased is then in neither of them.

        Raises
        ------
        LockedError
            If something kept reading for longer than we wait; try again.
        """
        async with self._writing:
            connection = await self._sound_writer()
            try:
                busy, _, _ = await connection.run(
                    lambda plain: plain.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                )
            except sqlite3.Error as error:
                raise self._translate(error) from error
        if busy:
            raise LockedError(
                f"The write-ahead log of {self.path} could not be emptied, because something "
                "kept reading: try again."
            )

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[Connection]:
        if self._is_closed:
            raise ClosedError(f"{self.path} is closed.")
        connection = await self._idle.get()
        try:
            yield connection
        finally:
            self._idle.put_nowait(connection)

    async def _sound_writer(self) -> Connection:
        """Return the writing connection, opened anew after an error of unknown outcome.

        After a failed flush neither the kernel nor the connection can be trusted to know what
        is on disk (a COMMIT that failed may have happened), so the file is opened and checked
        again.
        """
        if self._is_closed:
            raise ClosedError(f"{self.path} is closed.")
        if self._is_suspect:
            log.warning("Opening %s again after a failed write.", self.path)
            with suppress(sqlite3.Error, ValueError):
                await self._writer.close()
            try:
                self._writer = await connect(self.path, writes=True)
                fault = await self._writer.run(lambda plain: _first_fault(plain, "quick_check"))
            except sqlite3.Error as error:
                raise from_sqlite(error, self.path) from error
            if fault is not None:
                raise CorruptError(
                    f"{self.path} is damaged ({fault}): stop, keep the file, and restore a "
                    "backup."
                )
            self._is_suspect = False
        return self._writer

    def _translate(self, error: Exception) -> Exception:
        if isinstance(error, sqlite3.Error):
            translated = from_sqlite(error, self.path)
            # A full disk rolls back cleanly. After any other error we know less.
            is_full = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
            self._is_suspect = self._is_suspect or not (is_full or is_about_data(error))
            return translated
        return InvalidRecordError(f"Cannot be stored: {error}.")

    async def _close(self) -> None:
        async with self._writing:
            self._is_closed = True
            # The writer last: closing the last connection empties the write-ahead log.
            for connection in [*self._all_readers, self._writer]:
                with suppress(sqlite3.Error, ValueError):
                    await connection.close()


async def _release(descriptor: int) -> None:
    locking.release(descriptor)  # closes a file that nothing was written to


def _version() -> tuple[int, int, int]:
    major, minor, patch = sqlite3.sqlite_version_info
    return major, minor, patch


def _begin(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")


def _begin_reading(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")


def _commit(connection: sqlite3.Connection) -> None:
    connection.execute("COMMIT")


def _roll_back(connection: sqlite3.Connection) -> None:
    # SQLite may have rolled back by itself (a full disk does that).
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _run_in_transaction(
    connection: sqlite3.Connection, function: Callable[[sqlite3.Connection], T]
) -> T:
    _begin(connection)
    try:
        result = function(connection)
        _commit(connection)
    except BaseException:
        with suppress(sqlite3.Error):
            _roll_back(connection)
        raise
    return result


def _run_in_read_transaction(
    connection: sqlite3.Connection, function: Callable[[sqlite3.Connection], T]
) -> T:
    _begin_reading(connection)
    try:
        return function(connection)
    finally:
        _roll_back(connection)


def _first_fault(connection: sqlite3.Connection, pragma: str) -> str | None:
    (answer,) = connection.execute(f"PRAGMA {pragma}(1)").fetchone()
    return None if answer == "ok" else str(answer)

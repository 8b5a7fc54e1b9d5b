"""Every error `storage` raises, and who can do something about it.

StorageError
├── InvalidRecordError(ValueError)  the caller: what it wants to store cannot be; nothing of it was
├── ClosedError(RuntimeError)       the caller: the database or the log is not open (any more)
└── OperatorError                   the operator: the message says what to do
    ├── NotADatabaseError           the file is something else
    ├── NewerSchemaError            the file was written by a newer credbot
    ├── ChangedMigrationError       the file was made by other migrations than these
    ├── LockedError                 another process works with the file
    ├── UnreachableError            the file cannot be opened or written: folder, permissions
    ├── DiskFullError               no room; nothing is lost, writing goes on once there is
    ├── DiskError                   the disk answered with an I/O error
    └── CorruptError                the file is damaged
        └── ChainBrokenError        the event log was changed behind our back

After an `OperatorError` of a write it may be unknown whether the write happened. Writing the
same batch again is harmless then: what is known is not stored twice.
"""

import sqlite3
from pathlib import Path
from typing import Final


class StorageError(Exception):
    """Base of everything `storage` raises on purpose."""


class InvalidRecordError(StorageError, ValueError):
    """Something that cannot be stored; the transaction it was part of did not happen."""


class ClosedError(StorageError, RuntimeError):
    """Used before it was opened or after it was closed."""


class OperatorError(StorageError):
    """Something that whoever runs the bot can put right."""


class NotADatabaseError(OperatorError):
    """The file exists but is no credbot community."""


class NewerSchemaError(OperatorError):
    """The file has migrations this program does not know."""


class ChangedMigrationError(OperatorError):
    """A migration recorded in the file differs from the one shipped with the program."""


class LockedError(OperatorError):
    """Another process has the file open."""


class UnreachableError(OperatorError):
    """The file cannot be opened or may not be written."""


class DiskFullError(OperatorError):
    """There is no room left for the file to grow."""


class DiskError(OperatorError):
    """Reading, writing or flushing the file failed."""


class CorruptError(OperatorError):
    """The file's contents contradict themselves."""


class ChainBrokenError(CorruptError):
    """The event log does not match its hashes.

    Attributes
    ----------
    seq
        Position of the first event that does not match.
    """

    def __init__(self, seq: int, what: str) -> None:
        super().__init__(
            f"The event log was changed at event {seq} ({what}): "
            "restore the file from a backup made before that."
        )
        self.seq = seq


_PRIMARY: Final = 0xFF
"""Extended result codes carry the primary one in their lowest byte."""


def from_sqlite(error: sqlite3.Error, path: Path) -> StorageError:
    """Return the `StorageError` that says in one sentence what an error of SQLite means."""
    code = getattr(error, "sqlite_errorcode", None)
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    primary = None if code is None else code & _PRIMARY
    if primary == sqlite3.SQLITE_FULL:
        return DiskFullError(
            f"No room left to write {path}: free some space; nothing acknowledged is lost."
        )
    if primary == sqlite3.SQLITE_IOERR:
        return DiskError(
            f"The disk failed under {path} ({name}): check the disk and its file system; "
            "what was being written may or may not be stored, so write it again."
        )
    if primary == sqlite3.SQLITE_CORRUPT:
        return CorruptError(
            f"{path} is damaged ({error}): stop, keep the file, and restore a backup."
        )
    if primary == sqlite3.SQLITE_NOTADB:
        return NotADatabaseError(f"{path} is not an SQLite database: name another file.")
    if primary in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return UnreachableError(
            f"{path} cannot be written ({error}): make sure that its folder exists and that "
            "both belong to the user who runs credbot."
        )
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LockedError(f"Another program holds {path} locked: close it and try again.")
    if isinstance(error, sqlite3.IntegrityError | sqlite3.DataError):
        return InvalidRecordError(f"Refused by the database: {error}.")
    return StorageError(f"SQLite refused ({name}): {error}.")


def is_about_data(error: BaseException) -> bool:
    """Return whether an error says that the data is bad, not that the disk or file is."""
    return isinstance(
        error,
        InvalidRecordError
        | sqlite3.IntegrityError
        | sqlite3.DataError
        | UnicodeError
        | OverflowError,
    )

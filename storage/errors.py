"""All errors that `storage` raises, by who can do something about them.

StorageError
├── InvalidRecordError(ValueError)  the caller: its data cannot be stored, and none of it was
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
        └── ChainBrokenError        the event log was changed by something else

After an `OperatorError` during a write it may be unknown whether the write happened. Writing
the same batch again is harmless: nothing is stored twice.
"""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final


class StorageError(Exception):
    """Base of all errors that `storage` raises on purpose."""

    exit_status: ClassVar[int] = 1
    """Status with which a command ends that this error stopped: it could not be done."""


class InvalidRecordError(StorageError, ValueError):
    """Something cannot be stored. The transaction that it was part of did not happen."""

    exit_status = 2  # the input is wrong


class ClosedError(StorageError, RuntimeError):
    """Something was used before it was opened or after it was closed."""


class OperatorError(StorageError):
    """Something that the operator of the bot can put right."""


class NotADatabaseError(OperatorError):
    """The file exists but is not a credbot community."""


class NewerSchemaError(OperatorError):
    """The file has migrations that this program does not know."""


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

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(
            f"The event log was changed at event {seq} ({reason}): "
            "restore the file from a backup made before that."
        )
        self.seq = seq


_PRIMARY: Final = 0xFF
"""The lowest byte of an extended result code is the primary one."""


_UNREACHABLE: Final = (
    UnreachableError,
    (
        "{path} cannot be written ({error}): make sure that its folder exists and that both "
        "belong to the user who runs credbot."
    ),
)
_LOCKED: Final = (
    LockedError,
    "Another program holds {path} locked: close it and try again.",
)

_MEANINGS: Final[Mapping[int, tuple[type[StorageError], str]]] = {
    sqlite3.SQLITE_FULL: (
        DiskFullError,
        "No room left to write {path}: free some space; nothing acknowledged is lost.",
    ),
    sqlite3.SQLITE_IOERR: (
        DiskError,
        (
            "The disk failed under {path} ({name}): check the disk and its file system; what "
            "was being written may or may not be stored, so write it again."
        ),
    ),
    sqlite3.SQLITE_CORRUPT: (
        CorruptError,
        "{path} is damaged ({error}): stop, keep the file, and restore a backup.",
    ),
    sqlite3.SQLITE_NOTADB: (
        NotADatabaseError,
        "{path} is not an SQLite database: name another file.",
    ),
    sqlite3.SQLITE_CANTOPEN: _UNREACHABLE,
    sqlite3.SQLITE_READONLY: _UNREACHABLE,
    sqlite3.SQLITE_PERM: _UNREACHABLE,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
}


def from_sqlite(error: sqlite3.Error, path: Path) -> StorageError:
    """Return the `StorageError` that says in one sentence what an SQLite error means."""
    code = getattr(error, "sqlite_errorcode", None)
    meaning = None if code is None else _MEANINGS.get(code & _PRIMARY)
    if meaning is not None:
        kind, sentence = meaning
        name = getattr(error, "sqlite_errorname", "")
        return kind(sentence.format(path=path, error=error, name=name))
    if isinstance(error, sqlite3.IntegrityError | sqlite3.DataError):
        return InvalidRecordError(f"Refused by the database: {error}.")
    return StorageError(f"SQLite refused ({type(error).__name__}): {error}.")


def is_about_data(error: BaseException) -> bool:
    """Tell whether an error blames the data, not the disk or the file."""
    return isinstance(
        error,
        InvalidRecordError
        | sqlite3.IntegrityError
        | sqlite3.DataError
        | UnicodeError
        | OverflowError,
    )

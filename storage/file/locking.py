"""One process per community, and one running bot per data folder.

The kernel holds the locks and frees them when the process ends, however it ends. They are on
what stays: the community's own file, and the folder. A lock file beside them could be deleted,
and whoever came next would lock a new one.

The lock on the file is on a byte far behind its end, so it never meets the locks of SQLite. As
closing any descriptor of a file drops all locks that SQLite holds on it in this process, a file
that this process has locked already is not even opened.
"""

import errno
import fcntl
import os
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from storage.errors import LockedError, UnreachableError

_FAR_BEHIND: Final = 1 << 62
_held: dict[int, tuple[int, int]] = {}
"""Device and inode of each file that this process has locked, by descriptor."""
_acquiring = threading.Lock()


def acquire(path: Path) -> int:
    """Lock the database at `path`; return the descriptor to pass to `release`.

    The file is created, readable only by its owner, if it does not exist.

    Raises
    ------
    LockedError
        If another process, or this one elsewhere, holds the lock.
    UnreachableError
        If the file cannot be opened or created.
    """
    in_use = LockedError(
        f"Another credbot works with {path}: stop it, or name another data folder."
    )
    with _acquiring:
        file = _file_to_lock(path)
        if file.exists() and _identity(file.stat()) in _held.values():
            raise in_use
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UnreachableError(
                f"{file} cannot be written ({error.strerror}): make sure that its folder "
                "exists and that both belong to the user who runs credbot."
            ) from error
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise in_use from error
        _held[descriptor] = _identity(os.fstat(descriptor))
    return descriptor


def release(descriptor: int) -> None:
    """Release the lock. The file must not be open in SQLite any more."""
    _held.pop(descriptor, None)
    os.close(descriptor)


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Lock a data folder until the block is left; it is made if it does not exist.

    On a file system that cannot lock folders, nothing is locked.

    Raises
    ------
    LockedError
        If another process, or this one elsewhere, holds the lock.
    UnreachableError
        If the folder cannot be opened or made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileExistsError, NotADirectoryError) as error:
        raise UnreachableError(
            f"{folder} is not a folder: set CRED_DATA_DIR to one."
        ) from error
    except OSError as error:
        raise UnreachableError(
            f"The data folder {folder} cannot be used ({error.strerror}): give it to the user "
            "who runs credbot, or set CRED_DATA_DIR to another."
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                raise LockedError(
                    f"Another credbot runs on the data folder {folder}: stop it first, or set "
                    "CRED_DATA_DIR to another folder."
                ) from error
        yield
    finally:
        os.close(descriptor)


def _file_to_lock(path: Path) -> Path:
    # Elsewhere than on Linux, a lock on the file itself could meet those of SQLite.
    return path if sys.platform == "linux" else path.with_name(path.name + ".lock")


def _lock(descriptor: int) -> None:
    if sys.platform == "linux":
        # `struct flock`: type, whence, start, length, pid (0 for a lock of the open file).
        span = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, _FAR_BEHIND, 1, 0)
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, span)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino

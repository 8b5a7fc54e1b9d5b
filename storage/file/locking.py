"""One process per community: a lock on a file beside the database.

The lock is not on the database itself, because closing any descriptor of a file drops all locks
that SQLite holds on it. The kernel frees the lock when the process ends, however it ends, so
the lock file that stays behind means nothing.
"""

import fcntl
import os
from pathlib import Path

from storage.errors import LockedError, UnreachableError


def acquire(path: Path) -> int:
    """Lock the database at `path`; return the descriptor to pass to `release`.

    Raises
    ------
    LockedError
        If another process, or this one elsewhere, holds the lock.
    UnreachableError
        If the lock file cannot be created.
    """
    lock_file = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UnreachableError(
            f"{lock_file} cannot be written ({error.strerror}): make sure that its folder "
            "exists and belongs to the user who runs credbot."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise LockedError(
            f"Another credbot works with {path}: stop it, or name another data folder."
        ) from error
    return descriptor


def release(descriptor: int) -> None:
    """Release the lock."""
    os.close(descriptor)

"""`python -m bot.app.health`: tells a container whether the bot runs and answers.

It runs if it holds its data folder, and answers if each community's socket does, which takes
its event loop and its file. Only the standard library is imported, as this is run every minute.
"""

import fcntl
import json
import os
import socket
import sys
from pathlib import Path
from typing import Final

_PATIENCE_SECONDS = 5.0
_QUESTION: Final = {"changes": {}, "keys": ["history.start"], "reason": ""}


def fault(folder: Path) -> str | None:
    """Return what is wrong with the bot on a data folder, in a sentence; None if nothing is."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        return f"The data folder {folder} cannot be opened ({error.strerror})."
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        silent = [path.stem for path in sorted(folder.glob("*.sock")) if not _answers(path)]
        return f"There is no answer from {', '.join(silent)}." if silent else None
    finally:
        os.close(descriptor)
    return f"No credbot runs on the data folder {folder}."


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PATIENCE_SECONDS)
            connection.connect(str(path))
            connection.sendall(json.dumps(_QUESTION).encode() + b"\n")
            return b'"granted"' in connection.recv(4096)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(fault(Path(os.environ.get("CRED_DATA_DIR", "data"))))

"""What can be wrong with an export; whoever has the file can act on each."""

import os
from pathlib import Path
from typing import ClassVar


class ExportError(Exception):
    """A file cannot be used, or not to its end; the message is a sentence that names it."""

    exit_status: ClassVar[int] = 2
    """Status with which a command ends that this error stopped."""
    begins_with_file: ClassVar[bool] = True
    """The message begins with a file's name, which keeps its first letter as it is."""


class TruncatedError(ExportError):
    """A file ends in the middle, as an interrupted export leaves it; what it has counts."""


def printable(path: Path) -> str:
    """Return a path as text that can be shown and stored, whatever bytes are in its name."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")

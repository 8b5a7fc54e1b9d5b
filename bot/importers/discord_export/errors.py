"""What can be wrong with an export; whoever has the file can act on each."""

from typing import ClassVar


class ExportError(Exception):
    """A file cannot be used, or not to its end; the message is a sentence that names it."""

    exit_status: ClassVar[int] = 2
    """Status with which a command ends that this error stopped."""
    begins_with_file: ClassVar[bool] = True
    """The message begins with a file's name, which keeps its first letter as it is."""


class TruncatedError(ExportError):
    """A file ends in the middle, as an interrupted export leaves it; what it has counts."""

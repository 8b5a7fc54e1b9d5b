"""What can be wrong with a SourceCred instance.

InstanceError   a file of the instance is missing or malformed; the message says which file,
                where in it, and what. Nothing was written.
"""

from typing import ClassVar


class InstanceError(Exception):
    """An instance cannot be read; the message names the file and the place in it."""

    exit_status: ClassVar[int] = 2
    """Status with which a command ends that this error stopped."""
    begins_with_file: ClassVar[bool] = True
    """The message begins with a file's name, which keeps its first letter as it is."""

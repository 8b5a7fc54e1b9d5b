"""What is wrong with a SourceCred instance.

InstanceError   the folder or a file in it is not as it must be; says which file, where in it,
                and what. Nothing was written.
"""


class InstanceError(Exception):
    """An instance cannot be read; the message names file and place."""

"""What can be done with settings, as the command line takes it."""

from enum import StrEnum


class Action(StrEnum):
    """What to do with settings."""

    LIST = "list"
    GET = "get"
    SET = "set"
    RESET = "reset"

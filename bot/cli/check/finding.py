"""One thing that `check` looked at."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How good it is."""

    GOOD = "good"
    ADVICE = "advice"
    """The bot runs, but something could be better."""
    PROBLEM = "problem"
    """The bot does not run, or not fully, until something is done."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do where it is not good."""

    what: str
    level: Level
    detail: str
    """A sentence; for a problem it says what to do."""

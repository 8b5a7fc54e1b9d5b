"""The result of one check."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Whether something must be done."""

    GOOD = "good"
    ADVICE = "advice"
    """The bot runs, but something could be better."""
    PROBLEM = "problem"
    """The bot does not run, or not fully, until something is done."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was checked, how it is, and what to do if it is not good."""

    subject: str
    level: Level
    detail: str
    """A sentence; for a problem it says what to do."""

    def to_json(self) -> dict[str, str]:
        """Return the finding as it is printed with `--json`."""
        return {"what": self.subject, "level": self.level, "detail": self.detail}

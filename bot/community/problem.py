"""Something that is wrong, and what somebody can do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong."""

    words: str
    """"#board-room cannot be read"."""
    remedy: str
    """What to do about it."""

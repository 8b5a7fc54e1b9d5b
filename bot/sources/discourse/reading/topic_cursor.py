"""The cursors that say how far each topic was read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

_NEVER: Final = "none"
_PREFIX: Final = "topic:"


def topic_cursor_name(number: int) -> str:
    """Return the name of a topic's cursor."""
    return f"{_PREFIX}{number}"


def topics_with_cursors(cursors: Mapping[str, str]) -> list[int]:
    """Return the topics that have a cursor, in the order of the cursors' names."""
    return [
        int(name.removeprefix(_PREFIX)) for name in sorted(cursors) if name.startswith(_PREFIX)
    ]


@dataclass(frozen=True, slots=True)
class TopicCursor:
    """How far a topic was read."""

    fingerprint: str
    """Of what a list of topics said about it; or one of the words below."""
    read_ms: int

    GONE: ClassVar[str] = "gone"
    """It was deleted or hidden."""
    UNLISTED: ClassVar[str] = "heard"
    """It was read, but was in no list yet."""
    MALFORMED: ClassVar[str] = "odd"
    """It was malformed; it is tried again whenever it comes up."""

    def text(self) -> str:
        """Return the cursor's position as it is stored."""
        return f"{self.fingerprint} {self.read_ms}"

    @classmethod
    def of(cls, cursors: Mapping[str, str], topic: int) -> "TopicCursor":
        """Return the cursor of a topic; one that equals no other where there is none."""
        fingerprint, _, read_ms = cursors.get(topic_cursor_name(topic), "").partition(" ")
        return cls(fingerprint or _NEVER, int(read_ms) if read_ms.isdigit() else 0)

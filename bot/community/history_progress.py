"""How far the history of a community is read, while that is going on.

Kept in memory: whoever reads says it, and what is shown of scores meanwhile says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the history of one place is read."""

    place: str | None
    """Platform's id; None: the whole source."""
    name: str
    messages: int
    """Read so far."""
    expected: int | None
    """How many there will be, estimated from the time still to cover; equal to `messages` once
    all are read. None: not begun."""
    is_new: bool = True
    """Some of it was never read before. Otherwise it is only read again."""

    @property
    def is_done(self) -> bool:
        """Whether all of it is read."""
        return self.messages == self.expected

    @property
    def share(self) -> float:
        """How much of it is read, from 0 to 1."""
        if self.is_done:
            return 1.0
        return self.messages / self.expected if self.expected else 0.0


@dataclass(slots=True)
class HistoryProgress:
    """What is being read of one community that was never read before, by all its sources."""

    _places: dict[tuple[str, str | None], Progress] = field(default_factory=dict)

    def begin(self, source: str) -> None:
        """Forget what a source said before: it goes over everything again."""
        self._places = {key: found for key, found in self._places.items() if key[0] != source}

    def note(self, source: str, progress: Progress) -> None:
        """Note how far one place of a source is."""
        if progress.is_new:
            self._places[source, progress.place] = progress

    def open_places(self) -> Sequence[tuple[str, Progress]]:
        """Return the source and the progress of each place that is not read to the end."""
        return [(key[0], found) for key, found in self._places.items() if not found.is_done]

    def share(self) -> float:
        """Return how much of all that is being read is read, from 0 to 1.

        A place that is not begun is taken for as large as the others on average.
        """
        known = [found for found in self._places.values() if found.expected is not None]
        expected = sum(found.expected or 0 for found in known)
        if not expected:
            return 0.0 if self.open_places() else 1.0
        messages = sum(found.messages for found in known)
        return messages / (expected * len(self._places) / len(known))

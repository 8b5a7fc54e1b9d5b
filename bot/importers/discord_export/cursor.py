"""The cursor of an exported file, which says how far it was imported."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bot.importers.discord_export.errors import printable
from bot.importers.discord_export.file import ExportFile
from bot.importers.discord_export.place import ExportedPlace
from bot.sources.discord.declaration import NAME

CursorPosition: TypeAlias = Mapping[tuple[str, str], str]
"""The cursor's name and position, as `Batch.cursors` has them."""


@dataclass(frozen=True, slots=True)
class FileCursor:
    """How far a file was read: which file it was, how many messages, and whether that is all.

    A newer export under the same name has another time or size, and is read from its start. So
    is one that an import read when the community's history started later than now.
    """

    name: str
    identity: str
    start_ms: int | None
    """From when on messages count; None: all do."""

    @staticmethod
    def of(file: ExportFile, place: ExportedPlace, start_ms: int | None) -> "FileCursor":
        """Return the cursor of a file."""
        return FileCursor(
            f"export:{place.channel['id']}:{printable(Path(file.path.name))}",
            f"{place.exported_ms or ''}:{file.size}",
            start_ms,
        )

    def position(self, messages: int, *, is_whole: bool) -> CursorPosition:
        """Return the cursor's position after so many messages."""
        value = {
            "of": self.identity,
            "from_ms": self.start_ms,
            "messages": messages,
            "whole": is_whole,
        }
        return {(NAME, self.name): json.dumps(value)}

    def messages_done(self, position: str | None) -> int | None:
        """Return how many messages were imported up to a position; None: all of them."""
        before = json.loads(position) if position else {}
        if before.get("of") != self.identity or "from_ms" not in before:
            return 0
        if self._is_earlier_than(before["from_ms"]):
            return 0
        return None if before["whole"] else int(before["messages"])

    def _is_earlier_than(self, start_ms: int | None) -> bool:
        """Tell whether messages count now that an import from `start_ms` on left out."""
        return start_ms is not None and (self.start_ms is None or self.start_ms < start_ms)

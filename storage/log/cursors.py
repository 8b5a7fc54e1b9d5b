"""Cursors: how far a source has been read. They move only with a `Batch`, never alone."""

import sqlite3
from collections.abc import Mapping

from storage.file.database import Database


class Cursors:
    """The cursors of a community."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, source: str, name: str) -> str | None:
        """Return a cursor's position, or None if it never moved."""
        return (await self.all(source)).get(name)

    async def all(self, source: str) -> dict[str, str]:
        """Return the positions of a source's cursors by name."""
        return await self._database.read(
            lambda plain: dict(
                plain.execute("SELECT name, position FROM cursors WHERE source = ?", (source,))
            )
        )


def move(connection: sqlite3.Connection, positions: Mapping[tuple[str, str], str]) -> None:
    """Move cursors, within a write transaction: (source, name) → new position."""
    for (source, name), position in positions.items():
        connection.execute(
            "INSERT INTO cursors VALUES (?, ?, ?) "
            "ON CONFLICT (source, name) DO UPDATE SET position = excluded.position",
            (source, name, position),
        )

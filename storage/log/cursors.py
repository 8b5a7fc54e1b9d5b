"""Cursors: how far a source has been read. They move only with a `Batch`, never alone."""

import sqlite3
from collections.abc import Mapping

from cred.facts.events import Kind
from storage.file.database import Database
from storage.tombstones import Tombstones


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
    """Move cursors, within a write transaction: (source, name) → new position.

    No position is the id of a post that was erased: such a cursor stays where it is, so that
    the post is read again, and left out again.
    """
    tombstones = Tombstones(connection)
    for (source, name), position in positions.items():
        if not tombstones.stands("contributions", source, position):
            connection.execute(
                "INSERT INTO cursors VALUES (?, ?, ?) "
                "ON CONFLICT (source, name) DO UPDATE SET position = excluded.position",
                (source, name, position),
            )


def leave_posts(connection: sqlite3.Connection, source: str, posts: Mapping[str, int]) -> None:
    """Move cursors back from posts whose ids were just removed: id → contribution's number.

    They go to the post before, in the same place. If there is none, they are removed, so that
    the place is read from its beginning.
    """
    at = connection.execute(
        "SELECT name, position FROM cursors WHERE source = ?", (source,)
    ).fetchall()
    for name, position in at:
        if position not in posts:
            continue
        (before,) = connection.execute(
            "SELECT max(CAST(ref AS INTEGER)) FROM events "
            "JOIN contributions ON contributions.number = target "
            f"WHERE kind = {int(Kind.POSTED)} AND place = "
            f"(SELECT place FROM events WHERE kind = {int(Kind.POSTED)} AND target = ?) "
            "AND CAST(ref AS INTEGER) < CAST(? AS INTEGER)",
            (posts[position], position),
        ).fetchone()
        if before is None:
            connection.execute(
                "DELETE FROM cursors WHERE source = ? AND name = ?", (source, name)
            )
        else:
            move(connection, {(source, name): str(before)})

"""Gaps: what could not be seen is recorded and reported, not hidden."""

import sqlite3
from dataclasses import dataclass

from storage.file.database import Database
from storage.log.batch import Gap
from storage.log.numbering import Numbering


@dataclass(frozen=True, slots=True)
class RecordedGap:
    """A gap as the file has it."""

    number: int
    gap: Gap
    closed_ms: int | None
    """When it was filled; None: it is open."""


class Gaps:
    """The gaps of a community. A `Batch` opens them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, *, closed: bool = False) -> list[RecordedGap]:
        """Return the open gaps, and the closed ones if asked to, in the order of recording."""
        return await self._database.read(lambda plain: _list(plain, closed=closed))

    async def close(self, number: int, at_ms: int) -> None:
        """Mark a gap as filled. Nothing changes if it is closed already, or is not there."""
        await self._database.write(lambda plain: close_gap(plain, number, at_ms))


def record_gap(connection: sqlite3.Connection, numbering: Numbering, gap: Gap) -> None:
    """Record a gap; if it is known already, move its end."""
    source = numbering.make_source(gap.source)
    place = None if gap.place is None else numbering.make("places", gap.source, gap.place)
    same = connection.execute(
        "SELECT number, to_ms, closed_ms FROM gaps WHERE source = ? AND place IS ? "
        "AND reason = ? AND (from_ms = ? OR (to_ms IS NULL AND closed_ms IS NULL AND ?)) "
        "ORDER BY closed_ms IS NOT NULL, number LIMIT 1",
        (source, place, gap.reason, gap.from_ms, gap.to_ms is None),
    ).fetchone()
    if same is None:
        connection.execute(
            "INSERT INTO gaps (source, place, from_ms, to_ms, reason) VALUES (?, ?, ?, ?, ?)",
            (source, place, gap.from_ms, gap.to_ms, gap.reason),
        )
        return
    number, to_ms, closed_ms = same
    if gap.to_ms is None:
        changes = closed_ms is not None or to_ms is not None
    elif to_ms is None:
        changes = closed_ms is None
    else:
        changes = gap.to_ms > to_ms
    if changes:
        # It is longer than known, or has come to its end. One that was filled opens again.
        connection.execute(
            "UPDATE gaps SET to_ms = ?, closed_ms = NULL WHERE number = ?",
            (gap.to_ms, number),
        )


def close_gap(connection: sqlite3.Connection, number: int, at_ms: int) -> None:
    """Mark a gap as filled, within a write transaction."""
    connection.execute(
        "UPDATE gaps SET closed_ms = ? WHERE number = ? AND closed_ms IS NULL", (at_ms, number)
    )


def _list(connection: sqlite3.Connection, *, closed: bool) -> list[RecordedGap]:
    rows = connection.execute(
        "SELECT gaps.number, sources.ref, places.ref, from_ms, to_ms, reason, closed_ms "
        "FROM gaps JOIN sources ON sources.number = gaps.source "
        "LEFT JOIN places ON places.number = gaps.place "
        "WHERE closed_ms IS NULL OR ? ORDER BY gaps.number",
        (closed,),
    )
    return [
        RecordedGap(number, Gap(source, place, from_ms, to_ms, reason), closed_ms)
        for number, source, place, from_ms, to_ms, reason, closed_ms in rows
    ]

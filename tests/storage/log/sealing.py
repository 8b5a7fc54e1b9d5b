"""Small chunks: filling a log, and comparing what is sealed with the rows."""

import sqlite3
from dataclasses import fields
from pathlib import Path

from cred.facts.events import MISSING, EventColumns
from storage.file.database import Database
from storage.log.event_log import EventLog
from tests.storage.builders import MONDAY_MS, a_batch_of, an_event

EVENTS_PER_CHUNK = 8

NAMES = [field.name for field in fields(EventColumns)]


def by_rows(path: Path, after: int = 0) -> list[tuple[int, ...]]:
    """Return what the columns should be, the obvious way."""
    with sqlite3.connect(path) as plain:
        rows = plain.execute(
            f"SELECT {', '.join(NAMES)} FROM events WHERE seq > ? ORDER BY seq",
            (after,),
        ).fetchall()
    plain.close()
    return [tuple(MISSING if number is None else number for number in row) for row in rows]


def as_rows(columns: EventColumns) -> list[tuple[int, ...]]:
    return list(zip(*(getattr(columns, name).tolist() for name in NAMES), strict=True))


async def sealed_chunks(database: Database) -> list[tuple[int, bytes]]:
    return await database.read(
        lambda c: c.execute("SELECT first_seq, data FROM event_chunks ORDER BY 1").fetchall()
    )


async def first_positions(database: Database) -> list[int]:
    return [first for first, _ in await sealed_chunks(database)]


async def fill(log: EventLog, events: int = 20) -> None:
    """Append posts of many people, so that numbers differ."""
    await log.append(
        a_batch_of(
            *(
                an_event(actor=f"u{n % 5}", target=f"m{n}", at_ms=MONDAY_MS + n * 9, value=n)
                for n in range(events)
            )
        )
    )

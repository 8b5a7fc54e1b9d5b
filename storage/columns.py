"""Read the log into columns: quickly, and without stopping the rest of the program.

One `fetchall` of a million rows holds the interpreter for 57 ms at a time. So rows come in
pieces, each turned into an array at once, and each span of the log is a read transaction of
its own: the log only grows, so spans read one after the other fit together.
"""

import sqlite3
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.events import NOBODY, EventColumns
from storage.database import Database

_SPAN: Final = 65_536
"""Events per read transaction."""
_PIECE: Final = 4_096
"""Rows per array."""

_NUMBERS: Final = ("actor", "target", "object", "place", "text")
_SELECT: Final = (
    f"SELECT seq, kind, source, {', '.join(f'coalesce({n}, {NOBODY})' for n in _NUMBERS)}, "  # noqa: S608
    "value, at_ms FROM events WHERE seq > ? AND seq <= ? ORDER BY seq"
)
_COLUMNS: Final = 10


async def read(database: Database, after: int, upto: int) -> EventColumns:
    """Return the events with after < seq ≤ upto."""
    spans = [np.empty((0, _COLUMNS), dtype=np.int64)]
    for start in range(after, upto, _SPAN):
        end = min(start + _SPAN, upto)
        spans.append(await database.read(partial(_span, after=start, upto=end)))
    return await database.read(lambda _: _as_columns(spans))


def _span(connection: sqlite3.Connection, after: int, upto: int) -> NDArray[np.int64]:
    cursor = connection.execute(_SELECT, (after, upto))
    pieces = [np.empty((0, _COLUMNS), dtype=np.int64)]
    while rows := cursor.fetchmany(_PIECE):
        pieces.append(np.array(rows, dtype=np.int64))
    return np.concatenate(pieces)


def _as_columns(spans: list[NDArray[np.int64]]) -> EventColumns:
    table = np.concatenate(spans)
    seq, kind, source, *numbers = (np.ascontiguousarray(column) for column in table.T)
    return EventColumns(seq, kind.astype(np.int8), source.astype(np.int16), *numbers)

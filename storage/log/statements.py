"""As of when all of a contribution was told, by which older statements are known as such."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from storage.log.batch import Statement


def add(connection: sqlite3.Connection, contribution: int, statement: Statement) -> None:
    """Keep that a statement about a contribution was made."""
    before = find(connection, contribution)
    after = merge(before, statement)
    if after != before:
        connection.execute(
            "INSERT INTO statements VALUES (?, ?) "
            "ON CONFLICT (contribution) DO UPDATE SET told = excluded.told",
            (contribution, _write(after)),
        )


def find(connection: sqlite3.Connection, contribution: int) -> tuple[Statement, ...]:
    """Return the statements about a contribution that no later one makes needless."""
    row = connection.execute(
        "SELECT told FROM statements WHERE contribution = ?", (contribution,)
    ).fetchone()
    if row is None:
        return ()
    return tuple(Statement(at_ms, frozenset(besides)) for at_ms, besides in json.loads(row[0]))


def merge(statements: Sequence[Statement], added: Statement) -> tuple[Statement, ...]:
    """Return statements and one more, without those that another makes needless."""
    if any(_covers(known, added) for known in statements):
        return tuple(statements)
    return (*(known for known in statements if not _covers(added, known)), added)


def _covers(later: Statement, statement: Statement) -> bool:
    return later.at_ms >= statement.at_ms and later.besides <= statement.besides


def _write(statements: Iterable[Statement]) -> str:
    told = sorted((kept.at_ms, sorted(kept.besides)) for kept in statements)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

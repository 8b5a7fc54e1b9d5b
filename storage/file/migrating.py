"""Migrate a file to the schema this program expects: forward only, a transaction per step."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage.errors import ChangedMigrationError, NewerSchemaError, NotADatabaseError

APPLICATION_ID: Final = int.from_bytes(b"cred", "big")
"""In the file's header (`PRAGMA application_id`): the file is a credbot community."""

_FOLDER: Final = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step; `script` is SQL without BEGIN and COMMIT."""

    number: int
    name: str
    script: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the script, as hex."""
        return hashlib.sha256(self.script.encode()).hexdigest()


def shipped_migrations() -> tuple[Migration, ...]:
    """Return the migrations that come with the program, in order."""
    return tuple(
        Migration(int(file.stem[:4]), file.stem[5:], file.read_text(encoding="utf-8"))
        for file in sorted(_FOLDER.glob("*.sql"))
    )


def migrate(
    connection: sqlite3.Connection, migrations: Sequence[Migration], path: Path
) -> None:
    """Apply the migrations that a file lacks; each one and its record are one transaction.

    Raises
    ------
    NotADatabaseError
        If the file is not a credbot community.
    NewerSchemaError
        If it has migrations that are not in `migrations`.
    ChangedMigrationError
        If a migration that it has differs from the one in `migrations`.
    """
    _refuse_other_databases(connection, path)
    applied = _applied_checksums(connection)
    newest = max((migration.number for migration in migrations), default=0)
    if max(applied, default=0) > newest:
        raise NewerSchemaError(
            f"{path} was written by a newer credbot (schema {max(applied)}, this one knows "
            f"{newest}): install the newer version."
        )
    for migration in migrations:
        checksum = applied.get(migration.number)
        if checksum is None:
            _apply(connection, migration)
        elif checksum != migration.checksum:
            raise ChangedMigrationError(
                f"{path} was made by another version of migration {migration.number:04} "
                f"({migration.name}): install the version of credbot that wrote it."
            )


def _refuse_other_databases(connection: sqlite3.Connection, path: Path) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if application_id == APPLICATION_ID:
        return
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application_id or tables:
        raise NotADatabaseError(
            f"{path} is an SQLite database of another program: name another file."
        )


def _applied_checksums(connection: sqlite3.Connection) -> dict[int, str]:
    exists = connection.execute(
        "SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'"
    ).fetchone()
    if exists is None:
        return {}
    return dict(connection.execute("SELECT number, checksum FROM schema_migrations"))


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, "
            "name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT"
        )
        # Not executescript, which commits first: the step would not be one transaction.
        for statement in _statements(migration.script):
            connection.execute(statement)
        connection.execute(
            "INSERT INTO schema_migrations VALUES (?, ?, ?)",
            (migration.number, migration.name, migration.checksum),
        )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement

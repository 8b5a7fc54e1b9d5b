"""A community's settings as a log: versions are added and never changed."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from storage.canonical_json import Json, canonical_json
from storage.errors import ChainBrokenError, InvalidRecordError
from storage.file.database import Database

_GENESIS: Final = hashlib.sha256(b"credbot settings log, version 1").digest()


@dataclass(frozen=True, slots=True)
class SettingsVersion:
    """One version: who changed what, and why."""

    version: int
    """From 1 up. Version 0 is the state before the first, where nothing is set."""
    author: str
    """Never a name: "operator", or "account:" and a number."""
    reason: str
    at_ms: int
    changes: Mapping[str, Json]
    """Name → new value; None: back to the default."""


class SettingsLog:
    """The versions of a community's settings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(
        self,
        changes: Mapping[str, Json],
        author: str,
        reason: str,
        at_ms: int,
        *,
        scheduled: int | None = None,
    ) -> int:
        """Add a version with what differs from the current one; return the current version.

        If nothing differs, no version is added.

        Parameters
        ----------
        scheduled
            Number of the scheduled change that this is, which is forgotten at the same time.

        Raises
        ------
        InvalidRecordError
            If a value is not JSON.
        """
        texts = {
            name: None if value is None else canonical_json(value)
            for name, value in changes.items()
        }
        return await self._database.write(
            lambda plain: _append(plain, texts, author, reason, at_ms, scheduled)
        )

    async def current(self) -> tuple[int, Mapping[str, Json]]:
        """Return the current version's number and all values that are set, by name."""
        return await self._database.read(
            lambda plain: ((version := _newest(plain)[0]), _state(plain, version))
        )

    async def at(self, version: int) -> Mapping[str, Json]:
        """Return all values that were set in a version, by name.

        Raises
        ------
        InvalidRecordError
            If there is no such version.
        """

        def state(plain: sqlite3.Connection) -> Mapping[str, Json]:
            newest, _ = _newest(plain)
            if not 0 <= version <= newest:
                raise InvalidRecordError(
                    f"There is no settings version {version}: the newest is {newest}."
                )
            return _state(plain, version)

        return await self._database.read(state)

    async def history(self) -> list[SettingsVersion]:
        """Return all versions, oldest first."""
        return await self._database.read(_history)

    async def verify(self) -> None:
        """Recompute the hash of every version.

        Raises
        ------
        ChainBrokenError
            If a version is not what it was when it was added.
        """
        await self._database.read(_verify)


def _append(
    connection: sqlite3.Connection,
    texts: Mapping[str, str | None],
    author: str,
    reason: str,
    at_ms: int,
    scheduled: int | None,
) -> int:
    if scheduled is not None:
        connection.execute("DELETE FROM scheduled_settings WHERE number = ?", (scheduled,))
    version, before = _newest(connection)
    current = _texts(connection, version)
    changes = {name: text for name, text in texts.items() if text != current.get(name)}
    if not changes:
        return version
    version += 1
    digest = _version_hash(before, [version, author, reason, at_ms, changes])
    connection.execute(
        "INSERT INTO settings_versions VALUES (?, ?, ?, ?, ?)",
        (version, author, reason, at_ms, digest),
    )
    connection.executemany(
        "INSERT INTO settings_changes VALUES (?, ?, ?)",
        [(version, name, text) for name, text in changes.items()],
    )
    return version


def _newest(connection: sqlite3.Connection) -> tuple[int, bytes]:
    row = connection.execute(
        "SELECT version, hash FROM settings_versions ORDER BY version DESC LIMIT 1"
    ).fetchone()
    return (0, _GENESIS) if row is None else row


def _texts(connection: sqlite3.Connection, version: int) -> dict[str, str]:
    """Return the values in force. SQLite takes `value` from the row with the maximum."""
    rows = connection.execute(
        "SELECT name, value, max(version) FROM settings_changes WHERE version <= ? "
        "GROUP BY name ORDER BY name",
        (version,),
    )
    return {name: value for name, value, _ in rows if value is not None}


def _state(connection: sqlite3.Connection, version: int) -> dict[str, Json]:
    return {name: json.loads(text) for name, text in _texts(connection, version).items()}


def _changes(connection: sqlite3.Connection, version: int) -> dict[str, str | None]:
    return dict(
        connection.execute(
            "SELECT name, value FROM settings_changes WHERE version = ? ORDER BY name",
            (version,),
        )
    )


def _history(connection: sqlite3.Connection) -> list[SettingsVersion]:
    return [
        SettingsVersion(
            version,
            author,
            reason,
            at_ms,
            {
                name: None if text is None else json.loads(text)
                for name, text in _changes(connection, version).items()
            },
        )
        for version, author, reason, at_ms in connection.execute(
            "SELECT version, author, reason, at_ms FROM settings_versions ORDER BY version"
        ).fetchall()
    ]


def _verify(connection: sqlite3.Connection) -> None:
    digest = _GENESIS
    rows = connection.execute(
        "SELECT version, author, reason, at_ms, hash FROM settings_versions ORDER BY version"
    ).fetchall()
    for expected, (version, author, reason, at_ms, stored) in enumerate(rows, 1):
        changes = _changes(connection, version)
        digest = _version_hash(digest, [version, author, reason, at_ms, changes])
        if version != expected or digest != stored:
            raise ChainBrokenError(expected, "a version of the settings")


def _version_hash(before: bytes, facts: Sequence[Json]) -> bytes:
    return hashlib.sha256(before + canonical_json(facts).encode()).digest()

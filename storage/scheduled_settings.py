"""Changes of settings that are decided and take effect later; then they become a version."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.canonical_json import Json, canonical_json
from storage.file.database import Database


@dataclass(frozen=True, slots=True)
class ScheduledChange:
    """Changes that wait for their time."""

    number: int
    changes: Mapping[str, Json]
    """Name → new value; None: back to the default."""
    author: str
    """As of a `SettingsVersion`."""
    reason: str
    at_ms: int
    """When it was decided."""
    effective_ms: int
    """When it takes effect."""


class ScheduledSettings:
    """The changes of a community that take effect later."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        changes: Mapping[str, Json],
        author: str,
        reason: str,
        *,
        at_ms: int,
        effective_ms: int,
    ) -> None:
        """Have changes take effect at a moment."""
        row = (canonical_json(dict(changes)), author, reason, at_ms, effective_ms)
        await self._database.write(
            lambda plain: (
                plain.execute(
                    "INSERT INTO scheduled_settings "
                    "(changes, author, reason, at_ms, effective_ms) VALUES (?, ?, ?, ?, ?)",
                    row,
                ).rowcount
            )
        )

    async def list(self) -> Sequence[ScheduledChange]:
        """Return what waits, in the order in which it takes effect."""

        def read(plain: sqlite3.Connection) -> Sequence[ScheduledChange]:
            rows = plain.execute(
                "SELECT number, changes, author, reason, at_ms, effective_ms "
                "FROM scheduled_settings ORDER BY effective_ms, number"
            )
            return [
                ScheduledChange(number, json.loads(changes), *rest)
                for number, changes, *rest in rows
            ]

        return await self._database.read(read)

    async def remove(self, number: int) -> None:
        """Forget changes: they are a version now, or cannot be one."""
        await self._database.write(
            lambda plain: (
                plain.execute(
                    "DELETE FROM scheduled_settings WHERE number = ?", (number,)
                ).rowcount
            )
        )

"""Who does not want to be named in the weekly digest, by the numbers of their accounts."""

import sqlite3
from collections.abc import Iterable

from storage.file.database import Database


class DigestMutes:
    """The accounts that a community's digest does not name.

    Parameters
    ----------
    database
        The community's file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accounts(self) -> frozenset[int]:
        """Return the accounts that are not to be named."""

        def read(plain: sqlite3.Connection) -> frozenset[int]:
            rows = plain.execute("SELECT account FROM digest_mutes")
            return frozenset(account for (account,) in rows)

        return await self._database.read(read)

    async def mute(self, accounts: Iterable[int], at_ms: int) -> None:
        """Name these accounts no more."""

        def write(plain: sqlite3.Connection) -> None:
            plain.executemany(
                "INSERT INTO digest_mutes VALUES (?, ?) ON CONFLICT (account) DO NOTHING",
                [(account, at_ms) for account in accounts],
            )

        await self._database.write(write)

    async def unmute(self, accounts: Iterable[int]) -> None:
        """Name these accounts again."""

        def write(plain: sqlite3.Connection) -> None:
            plain.executemany(
                "DELETE FROM digest_mutes WHERE account = ?",
                [(account,) for account in accounts],
            )

        await self._database.write(write)

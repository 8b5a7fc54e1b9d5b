"""Announcements: what is to be posted in a community's channel, and where it was posted.

They wait on disk, so that nothing is lost while a platform is down, and each is posted once.
Only what an announcement is about is kept; its text is made when it is posted.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from storage.file.database import Database

_COLUMNS: Final = (
    "number, kind, about, source, place, at_ms, posted_ms, thread, message, problem"
)


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something to announce on one platform."""

    number: int
    kind: str
    """What sort it is: "proposal", "result"."""
    about: str
    """What it is about: "proposal:3"."""
    source: str
    place: str
    """The platform's id of the channel or category to post in."""
    at_ms: int
    posted_ms: int | None
    """None: it waits."""
    thread: str | None
    """Id of the thread or topic that it began, or was posted in."""
    message: str | None
    problem: str | None
    """Why it could not be posted when that was last tried, as part of a sentence."""


class Announcements:
    """The announcements of a community."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, kind: str, about: str, source: str, place: str, at_ms: int) -> None:
        """Have something announced; what was added before is not added again."""
        await self._database.write(
            lambda plain: (
                plain.execute(
                    "INSERT INTO announcements (kind, about, source, place, at_ms) "
                    "VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, about, source) DO NOTHING",
                    (kind, about, source, place, at_ms),
                ).rowcount
            )
        )

    async def list_waiting(self) -> Sequence[Announcement]:
        """Return what is to be posted, in the order in which it was added."""
        return await self._select("posted_ms IS NULL ORDER BY number")

    async def list_all(self) -> Sequence[Announcement]:
        """Return all announcements, posted or not, in the order in which they were added."""
        return await self._select("TRUE ORDER BY number")

    async def find(self, kind: str, about: str) -> Sequence[Announcement]:
        """Return an announcement on every platform that it was added for."""
        return await self._select("kind = ? AND about = ? ORDER BY number", kind, about)

    async def latest_posted(self, source: str) -> int | None:
        """Return when something was last posted on a platform; None: nothing ever was."""

        def read(plain: sqlite3.Connection) -> int | None:
            (latest,) = plain.execute(
                "SELECT max(posted_ms) FROM announcements WHERE source = ?", (source,)
            ).fetchone()
            return None if latest is None else int(latest)

        return await self._database.read(read)

    async def mark_posted(
        self, number: int, at_ms: int, *, thread: str | None, message: str
    ) -> None:
        """Record where an announcement was posted."""
        await self._database.write(
            lambda plain: (
                plain.execute(
                    "UPDATE announcements SET posted_ms = ?, thread = ?, message = ?, "
                    "problem = NULL WHERE number = ?",
                    (at_ms, thread, message, number),
                ).rowcount
            )
        )

    async def note_problem(self, number: int, problem: str) -> None:
        """Record why an announcement could not be posted; it goes on waiting."""
        await self._database.write(
            lambda plain: (
                plain.execute(
                    "UPDATE announcements SET problem = ? WHERE number = ? "
                    "AND problem IS NOT ?",
                    (problem, number, problem),
                ).rowcount
            )
        )

    async def move(self, number: int, place: str) -> None:
        """Have an announcement that waits posted in another place of its platform."""
        await self._database.write(
            lambda plain: (
                plain.execute(
                    "UPDATE announcements SET place = ? WHERE number = ? AND posted_ms IS NULL",
                    (place, number),
                ).rowcount
            )
        )

    async def remove(self, number: int) -> None:
        """Forget an announcement that waits: nobody wants it any more."""
        await self._database.write(
            lambda plain: (
                plain.execute(
                    "DELETE FROM announcements WHERE number = ? AND posted_ms IS NULL",
                    (number,),
                ).rowcount
            )
        )

    async def _select(self, condition: str, *parameters: str) -> Sequence[Announcement]:
        def read(plain: sqlite3.Connection) -> Sequence[Announcement]:
            rows = plain.execute(
                f"SELECT {_COLUMNS} FROM announcements WHERE {condition}", parameters
            )
            return [Announcement(*row) for row in rows]

        return await self._database.read(read)

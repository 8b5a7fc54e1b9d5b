"""What was answered on a platform where a question may be told twice: ids only, for a while.

Expendable: without it, a question of the last minutes may be answered again after a crash.
"""

import sqlite3
from dataclasses import dataclass
from typing import Final

from storage.file.database import Database

KEPT_MS: Final = 24 * 3_600_000
"""How long it is kept that a post was answered."""

_COLUMNS: Final = "post, version, line, reread, reply, is_private, is_done"


@dataclass(frozen=True, slots=True)
class AnsweredPost:
    """A post that somebody asked something in."""

    post: str
    """The platform's id."""
    version: int
    """Which edit of it was answered last."""
    line: bytes
    """Hash of what was asked, to tell whether an edit asks something else."""
    reread: bool
    """It was edited, and answered anew: that is done once."""
    reply: str | None
    """Id of the answer; None: there is none (yet)."""
    is_private: bool
    """The answer is a private message."""
    is_done: bool
    """It has its answer, or will have none."""


class AnsweredPosts:
    """What one source's chat answered in a community.

    Parameters
    ----------
    database
        The community's file.
    source
        The platform: "discourse".
    """

    def __init__(self, database: Database, source: str) -> None:
        self._database = database
        self._source = source

    async def get(self, post: str) -> AnsweredPost | None:
        """Return what is known of a post; None: it was not answered, or long ago."""
        return await self._database.read(
            lambda plain: _one(
                plain.execute(
                    f"SELECT {_COLUMNS} FROM answered_posts WHERE source = ? AND post = ?",  # noqa: S608 - our own names
                    (self._source, post),
                ).fetchone()
            )
        )

    async def list_unfinished(self) -> list[AnsweredPost]:
        """Return those that were begun and never got their answer, the oldest first."""
        return await self._database.read(
            lambda plain: [
                one
                for row in plain.execute(
                    f"SELECT {_COLUMNS} FROM answered_posts "  # noqa: S608 - our own names
                    "WHERE source = ? AND NOT is_done ORDER BY at_ms, post",
                    (self._source,),
                )
                if (one := _one(row)) is not None
            ]
        )

    async def begin(
        self, post: str, asker: str, *, version: int, line: bytes, now_ms: int
    ) -> None:
        """Say, before anything else is done, that a post is being answered.

        Forgets those of long ago. For a post that was answered before, this is the one time
        that it is answered anew.

        Parameters
        ----------
        asker
            Id of its author's account: with that, it is erased.
        """

        def change(plain: sqlite3.Connection) -> None:
            plain.execute("DELETE FROM answered_posts WHERE at_ms <= ?", (now_ms - KEPT_MS,))
            plain.execute(
                "INSERT INTO answered_posts (source, post, asker, version, line, at_ms) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source, post) DO UPDATE "
                "SET version = excluded.version, line = excluded.line, reread = 1",
                (self._source, post, asker, version, line, now_ms),
            )

        await self._database.write(change)

    async def finish(self, post: str, reply: str | None, *, is_private: bool) -> None:
        """Say which answer a post has; None: it will have none."""
        await self._database.write(
            lambda plain: (
                plain.execute(
                    "UPDATE answered_posts SET reply = ?, is_private = ?, is_done = 1 "
                    "WHERE source = ? AND post = ?",
                    (reply, is_private, self._source, post),
                ).rowcount
            )
        )


def _one(row: tuple[str, int, bytes, int, str | None, int, int] | None) -> AnsweredPost | None:
    if row is None:
        return None
    post, version, line, reread, reply, is_private, is_done = row
    return AnsweredPost(
        post, version, line, bool(reread), reply, bool(is_private), bool(is_done)
    )

"""Posts that a chat answered, on a platform that may deliver a question twice: ids, for a day.

They are expendable: without them, a question of the last minutes may be answered again after a
crash.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from storage.file.database import Database

KEPT_MS: Final = 24 * 3_600_000
"""How long an answered post is remembered."""

_COLUMNS: Final = "post, version, line, reread, reply, is_private, is_done"


@dataclass(frozen=True, slots=True)
class AnsweredPost:
    """A post that asked something."""

    post: str
    """The platform's id."""
    version: int
    """The edit of it that was answered last."""
    line: bytes
    """Hash of what it asked, to tell whether an edit asks something else."""
    reread: bool
    """Whether it was answered again after an edit, which happens only once."""
    reply: str | None
    """Id of the answer; None: there is none (yet)."""
    is_private: bool
    """Whether the answer is a private message."""
    is_done: bool
    """Whether it has its answer, or will never have one."""


class AnsweredPosts:
    """The posts that one source's chat answered in a community.

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
        """Return an answered post, or None if it was not answered within the last day."""
        return await self._database.read(
            lambda plain: next(self._select(plain, "post = ?", post), None)
        )

    async def list_unfinished(self) -> list[AnsweredPost]:
        """Return the posts whose answer was begun and not finished, the oldest first."""
        return await self._database.read(
            lambda plain: list(self._select(plain, "NOT is_done ORDER BY at_ms, post"))
        )

    async def begin(
        self, post: str, asker: str, *, version: int, line: bytes, now_ms: int
    ) -> None:
        """Record, before anything else is done, that a post is being answered.

        Posts answered more than a day ago are forgotten. For a post that was answered before,
        this is the one time that it is answered again.

        Parameters
        ----------
        asker
            Id of its author's account. The post is forgotten when that account is erased.
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
        """Record the id of a post's answer; None: it will have none."""
        await self._database.write(
            lambda plain: (
                plain.execute(
                    "UPDATE answered_posts SET reply = ?, is_private = ?, is_done = 1 "
                    "WHERE source = ? AND post = ?",
                    (reply, is_private, self._source, post),
                ).rowcount
            )
        )

    def _select(
        self, plain: sqlite3.Connection, condition: str, *parameters: str
    ) -> Iterator[AnsweredPost]:
        for post, version, line, reread, reply, is_private, is_done in plain.execute(
            f"SELECT {_COLUMNS} FROM answered_posts WHERE source = ? AND {condition}",
            (self._source, *parameters),
        ):
            yield AnsweredPost(
                post, version, line, bool(reread), reply, bool(is_private), bool(is_done)
            )

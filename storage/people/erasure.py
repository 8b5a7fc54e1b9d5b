"""Opting out, and being forgotten."""

import sqlite3

from cred.facts.events import Kind
from storage import archives
from storage.errors import InvalidRecordError
from storage.file.database import Database
from storage.log import hash_chain
from storage.people.linking import LinkStore


async def set_opted_out(database: Database, number: int, at_ms: int | None) -> None:
    """Say when an account opted out (milliseconds UTC); None: it is in again.

    From then on events with it as actor or mentioned are not recorded, nor changes of its name.

    Raises
    ------
    InvalidRecordError
        If there is no such account, or it was erased.
    """
    await database.write(lambda plain: opt_out(plain, number, at_ms))


def opt_out(connection: sqlite3.Connection, number: int, at_ms: int | None) -> None:
    """Do what `set_opted_out` does, within a write transaction."""
    _require(connection, number)
    connection.execute(
        "UPDATE accounts SET opted_out_ms = ?, "
        "revision = (SELECT max(revision) + 1 FROM accounts) "
        "WHERE number = ? AND opted_out_ms IS NOT ?",
        (at_ms, number, at_ms),
    )


async def erase_account(database: Database, number: int, now_ms: int) -> None:
    """Remove from the file what tells who an account is; the log stays as it is.

    Gone are its platform id and name, the platform ids of what it posted, from which the
    platform would tell who it was, and what it wrote of contributions. Accounts that were
    linked to it stay who they are, without it: an erased account must not be known by them.
    Archived graphs have marks in place of its id and of the ids of what it wrote; what it asked
    a chat is forgotten.
    Numbers, sums, hashes and everybody else's cred stay. The same person met again is a new
    account: refusing them needs `set_opted_out` instead.

    Raises
    ------
    InvalidRecordError
        If there is no such account, or it was erased before.
    LockedError
        If the account was erased, but the write-ahead log could not be emptied of it because
        somebody kept reading: call `Database.shrink_log` later.
    """

    def erase(connection: sqlite3.Connection) -> None:
        _require(connection, number)
        LinkStore(connection).forget_account(number, now_ms)  # needs the id that goes next
        salt, ref = connection.execute(
            "SELECT salt, ref FROM accounts WHERE number = ?", (number,)
        ).fetchone()
        connection.execute(
            "UPDATE accounts SET ref = NULL, salt = NULL, commitment = ?, name = NULL, "
            "erased_ms = ?, revision = (SELECT max(revision) + 1 FROM accounts) "
            "WHERE number = ?",
            (hash_chain.commitment(salt, ref), now_ms, number),
        )
        posted = connection.execute(
            "SELECT contributions.number, salt, ref FROM events "
            "JOIN contributions ON contributions.number = target "
            "WHERE actor = ? AND events.kind = ? AND ref IS NOT NULL",
            (number, int(Kind.POSTED)),
        ).fetchall()
        connection.executemany(
            "DELETE FROM descriptions WHERE contribution = ?", [(one,) for one, _, _ in posted]
        )
        connection.executemany(
            "UPDATE contributions SET ref = NULL, salt = NULL, commitment = ? WHERE number = ?",
            [(hash_chain.commitment(salt, ref), one) for one, salt, ref in posted],
        )
        archives.scrub_account(connection, number)
        connection.execute(
            "DELETE FROM answered_posts WHERE asker = ? AND source = (SELECT sources.ref "
            "FROM accounts JOIN sources ON sources.number = source WHERE accounts.number = ?)",
            (ref, number),
        )
        connection.execute(
            "INSERT INTO erasures (account, at_ms) VALUES (?, ?)", (number, now_ms)
        )

    await database.write(erase)
    # Until then the old pages are still in the write-ahead log.
    await database.shrink_log()


def _require(connection: sqlite3.Connection, number: int) -> None:
    row = connection.execute(
        "SELECT erased_ms FROM accounts WHERE number = ?", (number,)
    ).fetchone()
    if row is None:
        raise InvalidRecordError(f"There is no account {number}.")
    if row[0] is not None:
        raise InvalidRecordError(f"Account {number} was erased.")

"""Opt accounts out, and erase them."""

import sqlite3
from collections.abc import Sequence

from cred.facts.events import AUTHOR, Kind
from storage import archives
from storage.errors import InvalidRecordError, LockedError
from storage.file.database import Database
from storage.log import cursors, hash_chain
from storage.people.linking import LinkStore
from storage.tombstones import add_tombstones


def opt_out(connection: sqlite3.Connection, number: int, at_ms: int | None) -> None:
    """Record when an account opted out (milliseconds UTC); None: it takes part again.

    While it is out, events that name it as actor or object are not recorded, nor is its name.
    It needs a write transaction.

    Raises
    ------
    InvalidRecordError
        If there is no such account, or it was erased.
    """
    _require(connection, number)
    connection.execute(
        "UPDATE accounts SET opted_out_ms = ?, "
        "revision = (SELECT max(revision) + 1 FROM accounts) "
        "WHERE number = ? AND opted_out_ms IS NOT ?",
        (at_ms, number, at_ms),
    )


async def erase_accounts(database: Database, numbers: Sequence[int], now_ms: int) -> bool:
    """Remove from the file everything that tells who accounts are; the log stays as it is.

    This removes their platform ids and names, the platform ids of what they posted (the
    platform would tell who posted it), what they wrote about contributions, and what they asked
    a chat. They are unlinked from other accounts, which would give them away, but not from one
    another. Archived graphs get marks in place of their ids and of the ids of what they wrote.

    Numbers, sums, hashes and everybody else's cred stay. If the same people or their posts are
    seen again, nothing of that is recorded, until `lift_tombstone` is called.

    Returns
    -------
    bool
        Whether nothing is left. False: something kept reading the file, so that what was erased
        is in the write-ahead log until `Database.shrink_log` or until the file is closed.

    Raises
    ------
    InvalidRecordError
        If there is no such account, or it was erased before; then none is erased.
    """

    def erase(connection: sqlite3.Connection) -> None:
        for number in numbers:
            _require(connection, number)
        links = LinkStore(connection)
        for number in numbers:
            links.forget_account(number, numbers, now_ms)  # needs the id that goes next
        for number in numbers:
            _erase(connection, number, now_ms)

    await database.write(erase)
    try:
        await database.shrink_log()  # until then, the old pages are in the write-ahead log
    except LockedError:
        return False
    return True


def _erase(connection: sqlite3.Connection, number: int, now_ms: int) -> None:
    salt, ref, source = connection.execute(
        "SELECT salt, accounts.ref, sources.ref FROM accounts "
        "JOIN sources ON sources.number = source WHERE accounts.number = ?",
        (number,),
    ).fetchone()
    connection.execute(
        "UPDATE accounts SET ref = NULL, salt = NULL, commitment = ?, name = NULL, "
        "other_names = NULL, erased_ms = ?, "
        "revision = (SELECT max(revision) + 1 FROM accounts) WHERE number = ?",
        (hash_chain.commitment(salt, ref), now_ms, number),
    )
    posted = connection.execute(
        "SELECT contributions.number, salt, contributions.ref, sources.ref FROM events "
        "JOIN contributions ON contributions.number = target "
        "JOIN sources ON sources.number = contributions.source "
        "WHERE actor = ? AND events.kind IN (?, ?) AND contributions.ref IS NOT NULL "
        # What they posted and is somebody else's now stays. The last event about it decides.
        "AND actor = ifnull((SELECT CAST(state AS INTEGER) FROM known "
        "WHERE subject = ? || target), actor) GROUP BY contributions.number",
        (number, int(Kind.POSTED), int(Kind.AUTHORED), f"{AUTHOR.name}:"),
    ).fetchall()
    connection.executemany(
        "DELETE FROM descriptions WHERE contribution = ?",
        [(contribution,) for contribution, *_ in posted],
    )
    connection.executemany(
        "UPDATE contributions SET ref = NULL, salt = NULL, commitment = ? WHERE number = ?",
        [
            (hash_chain.commitment(salt, ref), contribution)
            for contribution, salt, ref, _ in posted
        ],
    )
    # A thread that began with a post has the post's id, and often its words as a name.
    connection.executemany(
        "UPDATE places SET name = NULL, revision = (SELECT max(revision) + 1 FROM places) "
        "WHERE ref = ? AND source = (SELECT number FROM sources WHERE ref = ?)",
        [(post, of_source) for _, _, post, of_source in posted],
    )
    add_tombstones(connection, "accounts", [(source, ref)])
    # What they entered here by hand is on no platform, from where it could come again.
    add_tombstones(
        connection,
        "contributions",
        [(of_source, post) for _, _, post, of_source in posted if of_source == source],
    )
    for of_source in {of_source for *_, of_source in posted}:
        posts = {post: row for row, _, post, of in posted if of == of_source}
        cursors.leave_posts(connection, of_source, posts)
    archives.scrub_account(connection, number)
    connection.execute("DELETE FROM digest_mutes WHERE account = ?", (number,))
    connection.execute(
        "DELETE FROM answered_posts WHERE asker = ? AND source = ?", (ref, source)
    )
    connection.execute("INSERT INTO erasures (account, at_ms) VALUES (?, ?)", (number, now_ms))


def _require(connection: sqlite3.Connection, number: int) -> None:
    row = connection.execute(
        "SELECT erased_ms FROM accounts WHERE number = ?", (number,)
    ).fetchone()
    if row is None:
        raise InvalidRecordError(f"There is no account {number}.")
    if row[0] is not None:
        raise InvalidRecordError(f"Account {number} was erased.")

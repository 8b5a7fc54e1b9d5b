"""Number platform ids: the log holds the numbers, the side tables the ids."""

import sqlite3
from typing import Final

from storage.errors import InvalidRecordError
from storage.log import hash_chain
from storage.log.hash_chain import CommittedRow, LogEnd
from storage.tombstones import Tombstones

LONGEST_ID: Final = 512
LONGEST_TEXT: Final = 16_384
"""Room for all 250 roles that a Discord server may have."""

_POSITION: Final = {name: position for position, name in enumerate(hash_chain.TABLES)}


class Numbering:
    """Looks numbers up and makes new ones, within one transaction.

    It remembers what it looked up, so it must not outlive its savepoint.

    Parameters
    ----------
    connection
        In a write transaction.
    end
        The log's end. Its next event covers the rows made here.
    """

    def __init__(self, connection: sqlite3.Connection, end: LogEnd) -> None:
        self._connection = connection
        self._end = end
        self._numbers: dict[tuple[str, int, str], int] = {}
        self._opted_out: set[int] = set()
        self._tombstones = Tombstones(connection)

    def is_erased(self, table: str, source: str, ref: str, at_ms: int | None = None) -> bool:
        """Tell whether an id was erased and must not be written down again.

        Parameters
        ----------
        table, source, ref
            The id.
        at_ms
            When what names it happened; None: now.
        """
        if not self._tombstones or table not in hash_chain.SALTED:
            return False
        if at_ms is None:
            return self._tombstones.stands(table, source, ref)
        return self._tombstones.covers(table, source, ref, at_ms)

    def opted_out(self, source: str, ref: str | None) -> bool:
        """Tell whether an account is known and has opted out."""
        if ref is None:
            return False
        number = self.find("accounts", source, ref)
        return number is not None and number in self._opted_out

    def find_source(self, name: str) -> int | None:
        """Return the number of a source, or None."""
        return self._find("sources", 0, name)

    def make_source(self, name: str) -> int:
        """Return the number of a source, a new one if necessary."""
        return self.find_source(name) or self._make("sources", 0, name)

    def find(self, table: str, source: str, ref: str) -> int | None:
        """Return the number of an account, contribution or place, or None."""
        number = self.find_source(source)
        return None if number is None else self._find(table, number, ref)

    def make(self, table: str, source: str, ref: str) -> int:
        """Return the number of an account, contribution or place, a new one if necessary."""
        return self.find(table, source, ref) or self._make(table, self.make_source(source), ref)

    def find_text(self, text: str) -> int | None:
        """Return the number of a text, or None."""
        return self._find("texts", 0, text)

    def make_text(self, text: str) -> int:
        """Return the number of a text, a new one if necessary."""
        return self.find_text(text) or self._make("texts", 0, text)

    def _find(self, table: str, source: int, ref: str) -> int | None:
        known = self._numbers.get((table, source, ref))
        if known is not None:
            return known
        row = self._connection.execute(
            _FIND[table], (source, ref) if source else (ref,)
        ).fetchone()
        if row is None:
            return None
        number: int = row[0]
        self._numbers[table, source, ref] = number
        if table == "accounts" and row[1] is not None:
            self._opted_out.add(number)
        return number

    def _make(self, table: str, source: int, ref: str) -> int:
        longest = LONGEST_TEXT if table == "texts" else LONGEST_ID
        if len(ref) > longest or not (ref or table == "texts"):
            raise InvalidRecordError(
                f"An id in {table} must have 1 to {longest} characters, not {len(ref)}."
            )
        salt = hash_chain.new_salt() if table in hash_chain.SALTED else None
        values: dict[str, int | str | bytes | None] = {
            "source": source,
            "ref": ref,
            "salt": salt,
            "after_seq": self._end.seq,
        }
        number = self._connection.execute(_MAKE[table], values).lastrowid
        assert number is not None  # noqa: S101 - an INSERT just happened
        self._numbers[table, source, ref] = number
        commitment = hash_chain.commitment(salt, ref)
        self._end.pending.append(CommittedRow(_POSITION[table], number, source, commitment))
        return number


_FIND: Final = {
    "sources": "SELECT number FROM sources WHERE ref = ?",
    "accounts": "SELECT number, opted_out_ms FROM accounts WHERE source = ? AND ref = ?",
    "contributions": "SELECT number FROM contributions WHERE source = ? AND ref = ?",
    "places": "SELECT number FROM places WHERE source = ? AND ref = ?",
    "texts": "SELECT number FROM texts WHERE ref = ?",
}

_MAKE: Final = {
    "sources": "INSERT INTO sources (ref, after_seq) VALUES (:ref, :after_seq)",
    "accounts": "INSERT INTO accounts (source, ref, salt, after_seq, revision) "
    "VALUES (:source, :ref, :salt, :after_seq, "
    "(SELECT coalesce(max(revision), 0) + 1 FROM accounts))",
    "contributions": "INSERT INTO contributions (source, ref, salt, after_seq) "
    "VALUES (:source, :ref, :salt, :after_seq)",
    "places": "INSERT INTO places (source, ref, after_seq, revision) "
    "VALUES (:source, :ref, :after_seq, (SELECT coalesce(max(revision), 0) + 1 FROM places))",
    "texts": "INSERT INTO texts (ref, after_seq) VALUES (:ref, :after_seq)",
}

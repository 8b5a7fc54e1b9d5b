"""Archives: contribution graphs kept as they were, and used in place of a source's.

The columns of an archive are compressed and stored in pieces, so that writing and reading a
large one takes no more memory than its columns. A digest tells whether an archive is what was
stored.
"""

import hashlib
import secrets
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from cred.graph.archive import AddressColumn, Archive
from cred.graph.scrubbing import differ_in_marks_only, mark, personal_parts, scrub
from storage.errors import CorruptError, InvalidRecordError
from storage.file.database import Database
from storage.tombstones import Tombstones, add_tombstones

_PIECE: Final = 1 << 20
"""Bytes of a column that are compressed together."""

_ADDRESSES: Final = ("nodes", "edges", "elsewhere", "weighted_nodes", "weighted_edges")
_NUMBERS: Final = {
    "node_ms": "<i8",
    "account": "<i4",
    "contribution": "<i4",
    "source": "<i4",
    "target": "<i4",
    "edge_ms": "<i8",
    "node_weight": "<f8",
    "forward": "<f8",
    "backward": "<f8",
}
_FIELDS: Final = (
    "texts",
    *_NUMBERS,
    *(f"{name}.{part}" for name in _ADDRESSES for part in ("starts", "parts")),
)
_END: Final = "\0"
"""Stands behind each text; no part of an address contains it."""


class Archives:
    """The archives of a community."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, archives: Sequence[Archive], now_ms: int) -> Sequence[str]:
        """Store archives, all or none, each in place of any of the same name.

        Returns
        -------
        sequence of str
            Names of the archives that were not stored before exactly like this.
        """
        return await self._database.write(lambda plain: _keep(plain, archives, now_ms))

    async def digests(self) -> Mapping[str, bytes]:
        """Return the digest of every archive, by name."""
        return await self._database.read(
            lambda plain: dict(plain.execute("SELECT name, digest FROM archives ORDER BY name"))
        )

    async def load(self, name: str) -> Archive:
        """Return an archive.

        Raises
        ------
        InvalidRecordError
            If there is none with the name.
        CorruptError
            If it is not what was stored.
        """
        return await self._database.read(lambda plain: _load(plain, name))


def account_addresses(
    connection: sqlite3.Connection, account: int
) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the addresses that stand for an account in archives, each with its archive."""
    names = [name for (name,) in connection.execute("SELECT name FROM archives").fetchall()]
    for name in names:
        archive = _load(connection, name)
        for row in np.flatnonzero(archive.account == account).tolist():
            yield name, archive.nodes.at(row, archive.texts)


def scrub_account(connection: sqlite3.Connection, account: int) -> None:
    """Remove from all archives what tells who an account is; it is given by its number."""
    names = [name for (name,) in connection.execute("SELECT name FROM archives").fetchall()]
    archives = [_load(connection, name) for name in names]
    marks = personal_parts(archives, account)
    add_tombstones(connection, "archives", marks)
    for archive in archives:
        clean = scrub(archive, marks)
        if clean is not archive:
            (kept_ms,) = connection.execute(
                "SELECT kept_ms FROM archives WHERE name = ?", (archive.name,)
            ).fetchone()
            _keep(connection, [clean], kept_ms)


def _keep(
    connection: sqlite3.Connection, archives: Sequence[Archive], now_ms: int
) -> Sequence[str]:
    new = []
    for archive in _without_erased(connection, archives):
        digest = _digest(archive)
        row = connection.execute(
            "SELECT digest FROM archives WHERE name = ?", (archive.name,)
        ).fetchone()
        if row is not None and row[0] == digest:
            continue
        new.append(archive.name)
        connection.execute("DELETE FROM archive_pieces WHERE archive = ?", (archive.name,))
        connection.execute(
            "INSERT INTO archives VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
            "kept_ms = excluded.kept_ms, digest = excluded.digest",
            (archive.name, now_ms, digest),
        )
        for field in _FIELDS:
            connection.executemany(
                "INSERT INTO archive_pieces VALUES (?, ?, ?, ?)",
                (
                    (archive.name, field, place, zlib.compress(piece))
                    for place, piece in enumerate(_pieces(_bytes(archive, field)))
                ),
            )
    return new


def _without_erased(
    connection: sqlite3.Connection, archives: Sequence[Archive]
) -> Sequence[Archive]:
    """Return archives without the ids of what was erased.

    What is stored already, with what was erased since scrubbed from it, is returned as it is
    stored: there it is still known which nodes were one account's, and scores stay. In another
    graph these nodes are nobody's, because nothing may lead from an id to its old number.
    """
    tombstones = Tombstones(connection)
    if not tombstones:
        return archives
    marks: dict[tuple[str, str], str] = {}
    for archive in archives:
        for row in range(len(archive.account)):
            address = archive.nodes.at(row, archive.texts)
            if len(address) > 1 and _is_erased(tombstones, archive.name, address[-2:]):
                marks.setdefault((address[-2], address[-1]), mark(secrets.token_hex(8)))
    stored = {name for (name,) in connection.execute("SELECT name FROM archives").fetchall()}
    found = []
    for given in archives:
        archive = scrub(given, marks)
        if archive is not given and archive.name in stored:
            before = _load(connection, archive.name)
            archive = before if differ_in_marks_only(before, archive) else archive
        found.append(archive)
    return found


def _is_erased(tombstones: Tombstones, archive: str, end: Sequence[str]) -> bool:
    """Tell of the last two parts of a node's address whether they identify what was erased."""
    before, ref = end
    return any(
        tombstones.stands(table, source, ref)
        for table, source in (
            ("archives", before),
            ("accounts", archive),
            ("contributions", archive),
        )
    )


def _load(connection: sqlite3.Connection, name: str) -> Archive:
    row = connection.execute("SELECT digest FROM archives WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise InvalidRecordError(f"There is no archive {name!r}.")
    stored = {field: bytearray() for field in _FIELDS}
    try:
        for field, data in connection.execute(
            "SELECT field, data FROM archive_pieces WHERE archive = ? ORDER BY field, place",
            (name,),
        ):
            stored[field] += zlib.decompress(data)
        archive = _archive(name, stored)
    except (KeyError, ValueError, zlib.error) as error:
        raise _damage(name) from error
    if _digest(archive) != row[0]:
        raise _damage(name)
    return archive


def _archive(name: str, stored: Mapping[str, bytearray]) -> Archive:
    texts = stored["texts"].decode("utf-8", "surrogatepass").split(_END)[:-1]
    columns: dict[str, Any] = {
        field: np.frombuffer(stored[field], dtype) for field, dtype in _NUMBERS.items()
    }
    for field in _ADDRESSES:
        columns[field] = AddressColumn(
            np.frombuffer(stored[f"{field}.starts"], "<i8"),
            np.frombuffer(stored[f"{field}.parts"], "<i4"),
        )
    return Archive(name=name, texts=tuple(texts), **columns)


def _bytes(archive: Archive, field: str) -> bytes:
    if field == "texts":
        return "".join(text + _END for text in archive.texts).encode("utf-8", "surrogatepass")
    if field in _NUMBERS:
        column, dtype = getattr(archive, field), _NUMBERS[field]
    else:
        addresses, _, part = field.partition(".")
        column = getattr(getattr(archive, addresses), part)
        dtype = "<i8" if part == "starts" else "<i4"
    return np.ascontiguousarray(column, dtype).tobytes()


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))


def _digest(archive: Archive) -> bytes:
    digest = hashlib.sha256()
    for field in _FIELDS:
        data = _bytes(archive, field)
        digest.update(f"{field} {len(data)} ".encode())
        digest.update(data)
    return digest.digest()


def _damage(name: str) -> CorruptError:
    return CorruptError(f"The archive {name} is damaged: import it again, and check the file.")

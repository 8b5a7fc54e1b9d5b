"""The event log: append once, read since, verify, export."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from functools import partial
from types import TracebackType
from typing import Final, Self

from cred.facts.events import (
    AUTHOR,
    CHAMPION,
    CREDIT,
    FAMILIES,
    POST,
    EventColumns,
    Kind,
    ObjectType,
    Provenance,
)
from storage.errors import ChainBrokenError
from storage.file.database import Database
from storage.log import columns, hash_chain
from storage.log.batch import Appended, Batch
from storage.log.hash_chain import EVENT_COLUMNS, EventRow
from storage.log.writer import Writer

_SPAN: Final = 16_384
"""Events per read transaction when all of them are read."""

JsonScalar = str | int | bool | None


class EventLog:
    """The events of a community, in the order they were appended.

    It can be read at any time. To append, enter it (`async with`) or `start` it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writer = Writer(database)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    def start(self) -> None:
        """Begin to accept batches."""
        self._writer.start()

    async def stop(self) -> None:
        """Store the batches that wait, then accept no more."""
        await self._writer.stop()

    async def append(self, batch: Batch) -> Appended:
        """Store a batch as a whole; return once it is on disk.

        Events that are no news (see `cred.facts.events`) are left out. So appending a batch
        twice adds nothing, and a batch whose fate is unknown can simply be appended again.

        Raises
        ------
        InvalidRecordError
            If the batch holds something that cannot be stored. None of it was.
        OperatorError
            If the disk is full or fails. None of the batch was stored or, after an I/O error,
            perhaps all of it: append it again.
        ClosedError
            If the log is not started.
        """
        return await self._writer.append(batch)

    async def columns(self, after: int = 0) -> EventColumns:
        """Return the events behind position `after`, as columns."""
        upto = await self.length()
        return await columns.read(self._database, after, upto)

    async def length(self) -> int:
        """Return the number of events, which is the position of the last one."""
        seq, _ = await self.head()
        return seq

    async def position_at(self, at_ms: int) -> int:
        """Return the position of the last event that had been heard of by a moment; 0: none."""
        row = await self._database.read(
            lambda plain: plain.execute(
                "SELECT seq FROM events WHERE seen_ms <= ? ORDER BY seq DESC LIMIT 1", (at_ms,)
            ).fetchone()
        )
        return 0 if row is None else int(row[0])

    async def first_seen(self) -> Mapping[int, int]:
        """Return the earliest time (ms) of anything that each account did, by its number."""
        rows = await self._database.read(
            lambda plain: plain.execute(
                "SELECT actor, min(at_ms) FROM events WHERE actor IS NOT NULL GROUP BY actor"
            ).fetchall()
        )
        return dict(rows)

    async def first_contributions(self) -> Mapping[int, int]:
        """Return when each account first contributed (ms), by its number.

        That is when it posted something, or was credited with something, for the first time.
        """
        by_actor, by_object = (
            ", ".join(str(int(kind)) for family in families for kind in family.kinds)
            for families in ((POST, AUTHOR), (CREDIT, CHAMPION))
        )
        rows = await self._database.read(
            lambda plain: plain.execute(
                "SELECT account, min(at_ms) FROM (SELECT actor AS account, at_ms FROM events "
                f"WHERE kind IN ({by_actor}) UNION ALL SELECT object, at_ms FROM events "
                f"WHERE kind IN ({by_object})) WHERE account IS NOT NULL GROUP BY account"
            ).fetchall()
        )
        return dict(rows)

    async def counts(self) -> Mapping[str, int]:
        """Return the number of events of every source that recorded any."""
        rows = await self._database.read(
            lambda plain: plain.execute(
                "SELECT sources.ref, count(*) FROM events "
                "JOIN sources ON sources.number = events.source GROUP BY events.source"
            ).fetchall()
        )
        return dict(rows)

    async def texts(self, kinds: Collection[Kind]) -> Mapping[tuple[str, Kind], frozenset[str]]:
        """Return the texts that events of some kinds ever had, by source and kind."""
        found = await self._database.read(
            lambda plain: plain.execute(
                "SELECT DISTINCT sources.ref, kind, texts.ref FROM events "
                "JOIN sources ON sources.number = source JOIN texts ON texts.number = text "
                f"WHERE kind IN ({', '.join('?' * len(kinds))})",
                [int(kind) for kind in kinds],
            ).fetchall()
        )
        texts: dict[tuple[str, Kind], set[str]] = {}
        for source, kind, text in found:
            texts.setdefault((source, Kind(kind)), set()).add(text)
        return {of: frozenset(several) for of, several in texts.items()}

    async def head(self) -> tuple[int, str]:
        """Return the last event's position and hash (hex); published, they show tampering."""
        head = await self._database.read(
            lambda plain: plain.execute(
                "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1"
            ).fetchone()
        )
        seq, digest = (0, hash_chain.GENESIS) if head is None else head
        return seq, digest.hex()

    async def verify(self, progress: Callable[[int, int], None] | None = None) -> str:
        """Recompute the hash of every event; return the last one, as hex.

        Parameters
        ----------
        progress
            Called now and then with (events verified, all events).

        Raises
        ------
        ChainBrokenError
            If an event, or what its numbers stand for, is not what it was when appended. The
            file alone cannot show that its newest events were cut off: compare `head`.
        """
        length = await self.length()
        walk = _Verification()
        while walk.seq < length:
            await self._database.read(lambda plain: walk.advance(plain, length))
            if progress is not None:
                progress(walk.seq, length)
        return walk.hash.hex()

    async def export(self, after: int = 0) -> AsyncIterator[dict[str, JsonScalar]]:
        """Yield the events behind position `after`, with platform ids, as JSON objects.

        The id of an erased person or thing is "erased-<number>".
        """
        upto = await self.length()
        for start in range(after, upto, _SPAN):
            end = min(start + _SPAN, upto)
            for row in await self._database.read(partial(_export, after=start, upto=end)):
                yield row


class _Verification:
    """Follows the chain, a span at a time."""

    def __init__(self) -> None:
        self.seq = 0
        self.hash = hash_chain.GENESIS
        self._covered = [0] * len(hash_chain.TABLES)

    def advance(self, connection: sqlite3.Connection, length: int) -> None:
        upto = min(self.seq + _SPAN, length)
        committed: dict[int, list[hash_chain.CommittedRow]] = {}
        for table in range(len(hash_chain.TABLES)):
            for after_seq, side_row in hash_chain.committed_rows(
                connection, table, self._covered[table]
            ):
                if after_seq >= upto:
                    break
                committed.setdefault(after_seq, []).append(side_row)
                self._covered[table] = side_row.number
        rows = connection.execute(
            f"SELECT {', '.join(EVENT_COLUMNS)}, hash FROM events "
            "WHERE seq > ? AND seq <= ? ORDER BY seq",
            (self.seq, upto),
        )
        for *fields, digest in rows:
            row = EventRow(*fields)
            if row.seq != self.seq + 1:
                raise ChainBrokenError(self.seq + 1, "it is missing")
            expected = hash_chain.event_hash(self.hash, committed.pop(self.seq, ()), row)
            if digest != expected:
                raise ChainBrokenError(row.seq, "it does not match its hash")
            self.seq, self.hash = row.seq, expected
        if self.seq != upto or committed:
            raise ChainBrokenError(self.seq + 1, "it is missing")


def _kinds(object_type: ObjectType) -> str:
    families = [family for family in FAMILIES if family.object_type is object_type]
    return ", ".join(f"{kind:d}" for family in families for kind in family.kinds)


def _ref(table: str) -> str:
    return (
        f"CASE WHEN {table}.number IS NULL THEN NULL "
        f"ELSE coalesce({table}.ref, 'erased-' || {table}.number) END"
    )


_EXPORT: Final = f"""
SELECT events.seq, sources.ref, events.kind, at_ms, seen_ms, how, {_ref("actors")},
    (SELECT ref FROM sources WHERE number = nullif(actors.source, events.source)),
    {_ref("targets")},
    coalesce({_ref("accounts")}, {_ref("contributions")}, {_ref("parents")}),
    (SELECT ref FROM sources
        WHERE number = nullif(coalesce(accounts.source, contributions.source), events.source)),
    places.ref, texts.ref, value, estimated, lower(hex(hash))
FROM events
JOIN sources ON sources.number = events.source
LEFT JOIN accounts AS actors ON actors.number = actor
LEFT JOIN contributions AS targets ON targets.number = target
LEFT JOIN places ON places.number = place
LEFT JOIN texts ON texts.number = text
LEFT JOIN accounts ON accounts.number = object
    AND events.kind IN ({_kinds(ObjectType.ACCOUNT)})
LEFT JOIN contributions ON contributions.number = object
    AND events.kind IN ({_kinds(ObjectType.CONTRIBUTION)})
LEFT JOIN places AS parents ON parents.number = object
    AND events.kind IN ({_kinds(ObjectType.PLACE)})
WHERE seq > ? AND seq <= ? ORDER BY seq
"""


def _export(
    connection: sqlite3.Connection, after: int, upto: int
) -> list[dict[str, JsonScalar]]:
    return [
        {
            "seq": seq,
            "source": source,
            "kind": Kind(kind).name.lower(),
            "at_ms": at_ms,
            "seen_ms": seen_ms,
            "how": Provenance(provenance).name.lower(),
            "actor": actor,
            "actor_source": actor_source,
            "target": target,
            "object": object_,
            "object_source": object_source,
            "place": place,
            "text": text,
            "value": value,
            "estimated": bool(estimated),
            "hash": digest,
        }
        for (
            seq, source, kind, at_ms, seen_ms, provenance, actor, actor_source,
            target, object_, object_source, place, text, value, estimated, digest,
        ) in connection.execute(_EXPORT, (after, upto))
    ]  # fmt: skip

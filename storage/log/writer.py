"""The writer: one task that stores everybody's batches, many of them in one transaction.

Flushing to disk takes the same time for one event as for a thousand. So every batch that waits
when a transaction begins becomes part of it (*group commit*), each in a savepoint of its own so
that a bad one fails alone. While one group is flushed, the next one gathers.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from storage.errors import ClosedError, InvalidRecordError, StorageError, is_about_data
from storage.file.database import Database
from storage.log import appending, hash_chain
from storage.log.batch import Appended, Batch

_QUEUE_SIZE: Final = 1_024
"""Batches that may wait; whoever brings another one is kept waiting (backpressure)."""
_GROUP_BATCHES: Final = 256
_GROUP_EVENTS: Final = 10_000
"""A group stops growing at this many events, so that nobody waits for a whole import."""

Outcome = Appended | InvalidRecordError


@dataclass(frozen=True, slots=True)
class _QueuedBatch:
    batch: Batch
    result: asyncio.Future[Appended]


class Writer:
    """Appends batches until it is stopped."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: asyncio.Queue[_QueuedBatch | None] = asyncio.Queue(_QUEUE_SIZE)
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._ended = False

    def start(self) -> None:
        """Begin to accept batches."""
        if self._task is None:
            self._stopping = self._ended = False
            self._task = asyncio.create_task(self._run(), name="storage writer")

    async def stop(self) -> None:
        """Store the batches that wait, then end."""
        if self._task is None or self._stopping:
            return
        self._stopping = True
        await self._queue.put(None)
        await self._task
        self._task = None

    async def append(self, batch: Batch) -> Appended:
        """Store a batch; return once it is on disk."""
        if self._task is None or self._stopping:
            raise ClosedError("The event log accepts no events: it is not started.")
        result: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        await self._queue.put(_QueuedBatch(batch, result))
        if self._ended:
            # It stopped while we waited for room, and nobody reads the queue any more.
            raise ClosedError("The event log was stopped.")
        return await result

    async def _run(self) -> None:
        ended = False
        while not ended:
            first = await self._queue.get()
            group: list[_QueuedBatch] = []
            events = 0
            queued: _QueuedBatch | None = first
            while True:
                if queued is None:
                    ended = True
                    break
                # A caller that gave up waiting before its turn gets what it asked for: nothing.
                if not queued.result.done():
                    group.append(queued)
                    events += len(queued.batch.events)
                if (
                    len(group) >= _GROUP_BATCHES
                    or events >= _GROUP_EVENTS
                    or self._queue.empty()
                ):
                    break
                queued = self._queue.get_nowait()
            if group:
                await self._store(group)
        self._ended = True
        while not self._queue.empty():
            late = self._queue.get_nowait()
            if late is not None and not late.result.done():
                late.result.set_exception(ClosedError("The event log was stopped."))

    async def _store(self, group: Sequence[_QueuedBatch]) -> None:
        batches = [queued.batch for queued in group]
        try:
            outcomes = await self._database.write(lambda plain: _append_all(plain, batches))
        except asyncio.CancelledError:
            for queued in group:
                queued.result.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the callers must get it
            for queued in group:
                if not queued.result.done():
                    queued.result.set_exception(_copy_error(error))
            return
        for queued, outcome in zip(group, outcomes, strict=True):
            if queued.result.done():
                continue
            if isinstance(outcome, Appended):
                queued.result.set_result(outcome)
            else:
                queued.result.set_exception(outcome)


def _append_all(connection: sqlite3.Connection, batches: Sequence[Batch]) -> list[Outcome]:
    """Append each batch in a savepoint; an error that is not about its data fails them all."""
    outcomes: list[Outcome] = []
    end = hash_chain.load_end(connection)
    for batch in batches:
        before = end.copy()
        connection.execute("SAVEPOINT batch")
        try:
            outcome: Outcome = appending.append(connection, end, batch)
        except Exception as error:
            # A full disk rolls back more than the savepoint, and then nothing may be committed.
            if not (is_about_data(error) and connection.in_transaction):
                raise
            connection.execute("ROLLBACK TO batch")
            end = before
            outcome = _refusal(error)
        connection.execute("RELEASE batch")
        outcomes.append(outcome)
    return outcomes


def _refusal(error: Exception) -> InvalidRecordError:
    if isinstance(error, InvalidRecordError):
        return error
    refusal = InvalidRecordError(f"A batch cannot be stored: {error}.")
    refusal.__cause__ = error
    return refusal


def _copy_error(error: Exception) -> Exception:
    """Return a copy for one caller: a traceback cannot be shared by several tasks."""
    if not isinstance(error, StorageError):
        return error
    copy = error
    with suppress(TypeError):
        copy = type(error)(*error.args)
    copy.__cause__ = error
    return copy

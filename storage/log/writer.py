"""The writer: one task that stores the batches of everybody, many in one transaction.

Flushing to disk takes the same time for one event as for a thousand. So whatever waits when a
transaction begins goes into it (*group commit*), each batch in a savepoint of its own, so that
a bad one fails alone. While one group is being flushed, the next one gathers.
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

_WAITING: Final = 1_024
"""Batches that may wait; whoever brings more is kept waiting (backpressure)."""
_GROUP: Final = 256
_GROUP_EVENTS: Final = 10_000
"""A group stops growing at this many events, so that nobody waits for a whole import."""

Outcome = Appended | InvalidRecordError


@dataclass(frozen=True, slots=True)
class _Waiting:
    batch: Batch
    answer: asyncio.Future[Appended]


class Writer:
    """Appends batches, until stopped."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue(_WAITING)
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._ended = False

    def start(self) -> None:
        """Begin to take batches."""
        if self._task is None:
            self._stopping = self._ended = False
            self._task = asyncio.create_task(self._run(), name="storage writer")

    async def stop(self) -> None:
        """Store what waits, then end."""
        if self._task is None or self._stopping:
            return
        self._stopping = True
        await self._queue.put(None)
        await self._task
        self._task = None

    async def append(self, batch: Batch) -> Appended:
        """Have a batch stored; return once it is on disk."""
        if self._task is None or self._stopping:
            raise ClosedError("The event log takes no more events: it is not started.")
        answer: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        await self._queue.put(_Waiting(batch, answer))
        if self._ended:
            # It was stopped while we waited for room, and nobody looks at the queue any more.
            raise ClosedError("The event log was stopped.")
        return await answer

    async def _run(self) -> None:
        ended = False
        while not ended:
            first = await self._queue.get()
            group: list[_Waiting] = []
            events = 0
            waiting: _Waiting | None = first
            while True:
                if waiting is None:
                    ended = True
                    break
                # Whoever gave up waiting before it was begun gets what it asked for: nothing.
                if not waiting.answer.done():
                    group.append(waiting)
                    events += len(waiting.batch.events)
                if len(group) >= _GROUP or events >= _GROUP_EVENTS or self._queue.empty():
                    break
                waiting = self._queue.get_nowait()
            if group:
                await self._store(group)
        self._ended = True
        while not self._queue.empty():
            late = self._queue.get_nowait()
            if late is not None and not late.answer.done():
                late.answer.set_exception(ClosedError("The event log was stopped."))

    async def _store(self, group: Sequence[_Waiting]) -> None:
        batches = [waiting.batch for waiting in group]
        try:
            outcomes = await self._database.write(lambda plain: _append_all(plain, batches))
        except asyncio.CancelledError:
            for waiting in group:
                waiting.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the producers must hear of it
            for waiting in group:
                if not waiting.answer.done():
                    waiting.answer.set_exception(_for_each(error))
            return
        for waiting, outcome in zip(group, outcomes, strict=True):
            if waiting.answer.done():
                continue
            if isinstance(outcome, Appended):
                waiting.answer.set_result(outcome)
            else:
                waiting.answer.set_exception(outcome)


def _append_all(connection: sqlite3.Connection, batches: Sequence[Batch]) -> list[Outcome]:
    """Append each batch in its own savepoint; an error that is not about data ends all."""
    outcomes: list[Outcome] = []
    end = hash_chain.load_end(connection)
    for batch in batches:
        before = end.copy()
        connection.execute("SAVEPOINT batch")
        try:
            outcome: Outcome = appending.append(connection, end, batch)
        except Exception as error:
            # A full disk rolls back more than the savepoint: then nothing may be committed.
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


def _for_each(error: Exception) -> Exception:
    """Return an error of its own for each waiter: one traceback cannot serve several tasks."""
    if not isinstance(error, StorageError):
        return error
    copy = error
    with suppress(TypeError):
        copy = type(error)(*error.args)
    copy.__cause__ = error
    return copy

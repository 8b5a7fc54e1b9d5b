"""One server's way into the log: everything is recorded in the order in which it was heard.

Live payloads are put in a queue and never wait; one task takes them out, as many together as
there are, and records them. What is *read* (backfill) goes through the same queue, so that a
page which was fetched before something happened cannot undo it. While a place is read it is
*watched*: of a message that was heard of meanwhile, only facts that cannot be stale are
recorded, and the reader then reads it again.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

from bot.runtime.clock import Sleep
from bot.sources.discord.declaration import NAME
from bot.sources.discord.gateway import ParsedPayload
from bot.sources.discord.parse import merge_batches
from bot.sources.port import Inlet
from storage.errors import ClosedError, OperatorError
from storage.log.batch import Batch
from storage.log.current_state import CurrentContribution

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

ALIVE: Final = "alive"
"""Cursor: until when the bot is known to have been listening, in milliseconds UTC."""

_BATCH_PAYLOADS: Final = 500
"""Payloads recorded in one transaction, at most."""

_MOST_WAITING: Final = 20_000
"""Payloads in the queue, at most; about 2 KB each."""

Touched: TypeAlias = set[str | tuple[str, str, str]]
"""What was heard of meanwhile: messages (or members), and single reactions as (message,
account, emoji key)."""


def history_cursor(place: str) -> str:
    """Return the name of a place's cursor; its position is the last message read."""
    return f"history:{place}"


def begin_cursor(place: str) -> str:
    """Return the name of the cursor that says where a place's reading began.

    Every message after its position, up to that of `history_cursor`, was read.
    """
    return f"history-begin:{place}"


@dataclass(frozen=True, slots=True)
class _Item:
    payload: ParsedPayload
    read: Callable[[], Batch] | None = None
    """Makes the batch of what was read when its turn comes."""
    done: asyncio.Future[None] | None = None
    """Done once that is recorded."""


class Recorder:
    """Records one server's events.

    Parameters
    ----------
    is_wanted
        Tells whether a place's messages are wanted (not those of NSFW channels). Asked when
        their turn comes.
    sleep
        Waits between attempts while the log refuses.
    on_room
        Called when the queue is empty again after something had to be turned away.
    most_waiting
        Payloads in the queue, at most.

    Attributes
    ----------
    refused
        Events that the log did not take, whatever was tried.
    generation
        Counts connections: what was caught up in an earlier one may have missed messages since.
    """

    def __init__(
        self,
        is_wanted: Callable[[str], bool],
        sleep: Sleep,
        *,
        on_room: Callable[[], None] = lambda: None,
        most_waiting: int = _MOST_WAITING,
    ) -> None:
        self.refused = 0
        self.generation = 0
        self._is_wanted = is_wanted
        self._sleep = sleep
        self._on_room = on_room
        self._most_waiting = most_waiting
        self._turned_away = 0
        self._queue: asyncio.Queue[_Item] = asyncio.Queue()
        self._watches: dict[str | None, list[Touched]] = {}
        self._caught_up: dict[str, int] = {}

    def put(self, payload: ParsedPayload, at_ms: int) -> bool:
        """Put a live payload in the queue; return whether there was room.

        There is none when the log has refused for long (its disk is full). What is turned away
        then is missed, like what happens while the bot is offline: the place's cursor stays
        before it.
        """
        for touched in self._watches.get(payload.place, ()):
            touched.update(
                payload.subjects
                if payload.only_reaction is None
                else ((message, *payload.only_reaction) for message in payload.subjects)
            )
        if self._queue.qsize() >= self._most_waiting:
            if not self._turned_away:
                _log.error("the log takes nothing; what happens is to be read later")
            self._turned_away += 1
            self.generation += 1
            return False
        cursors = {(NAME, ALIVE): str(at_ms)}
        place = payload.place
        if payload.is_new and place and self._caught_up.get(place) == self.generation:
            cursors[NAME, history_cursor(place)] = payload.subjects[0]
        batch = replace(payload.batch, cursors=cursors)
        self._queue.put_nowait(_Item(replace(payload, batch=batch)))
        return True

    async def read(self, make: Callable[[], Batch]) -> None:
        """Record what was read; `make` is called once everything before it is recorded."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Item(ParsedPayload(Batch()), make, done))
        await done

    @contextlib.contextmanager
    def watch(self, place: str | None) -> Iterator[Touched]:
        """Collect the messages of a place (None: members) that are heard of in the block."""
        touched: Touched = set()
        self._watches.setdefault(place, []).append(touched)
        try:
            yield touched
        finally:
            # By identity: two sets that are equal are still two watches.
            left = [watch for watch in self._watches[place] if watch is not touched]
            self._watches[place] = left
            if not left:
                del self._watches[place]

    def caught_up(self, place: str, generation: int) -> None:
        """Let live messages of the same connection move a place's cursor from now on."""
        self._caught_up[place] = generation

    async def wait_until_settled(self) -> None:
        """Return when everything put so far is recorded."""
        await self.read(Batch)

    async def run(self, inlet: Inlet) -> None:
        """Record what is put, until cancelled."""
        while True:
            items = [await self._queue.get()]
            while len(items) < _BATCH_PAYLOADS and not self._queue.empty():
                items.append(self._queue.get_nowait())
            kept = (self._keep(item) for item in items)
            await self._record_all([item for item in kept if item is not None], inlet)
            if self._turned_away and self._queue.empty():
                _log.warning("%d payloads were turned away meanwhile", self._turned_away)
                self._turned_away = 0
                self._on_room()

    def _keep(self, item: _Item) -> _Item | None:
        """Return what is to be recorded of an item; None if nothing is."""
        place = item.payload.place
        if place is None:
            return item
        if not self._is_wanted(place):
            # From here on something is missing, so nothing heard later may move the cursor.
            self._caught_up.pop(place, None)
            return None
        if place in self._caught_up:
            return item
        cursors = dict(item.payload.batch.cursors)
        cursors.pop((NAME, history_cursor(place)), None)
        batch = replace(item.payload.batch, cursors=cursors)
        return replace(item, payload=replace(item.payload, batch=batch))

    async def _record_all(self, items: list[_Item], inlet: Inlet) -> None:
        waiting: list[Batch] = []
        for item in items:
            if item.payload.deferred is None and item.read is None:
                waiting.append(item.payload.batch)
                continue
            await self._record(merge_batches(waiting), inlet)
            waiting = []
            try:
                await self._record(await self._make_batch(item, inlet), inlet)
            except ClosedError:
                raise
            except Exception as error:  # noqa: BLE001 - the rest must go on
                if item.done is None:
                    self.refused += 1
                    _log.exception("not looked up: message %s", item.payload.subjects)
                elif not item.done.done():  # the reader may have been cancelled
                    item.done.set_exception(error)
            if item.done is not None and not item.done.done():
                item.done.set_result(None)
        await self._record(merge_batches(waiting), inlet)

    async def _make_batch(self, item: _Item, inlet: Inlet) -> Batch:
        if item.read is not None:
            return item.read()
        batch, deferred = item.payload.batch, item.payload.deferred
        if deferred is None:
            return batch
        known = await self._insist(lambda: inlet.contributions([deferred.message]))
        events = deferred.events(known.get(deferred.message, CurrentContribution()))
        return replace(batch, events=batch.events + events)

    async def _record(self, batch: Batch, inlet: Inlet) -> None:
        """Record a batch, or else what can be recorded of it, and count the rest."""
        if batch == Batch():
            return
        try:
            await self._insist(lambda: inlet.record(batch))
        except ClosedError:
            raise
        except Exception:  # noqa: BLE001 - whatever is malformed in it must not hold up the rest
            described = Batch(accounts=batch.accounts, places=batch.places)
            # Cursors last: they say that all before them is on disk.
            rest = replace(batch, events=(), accounts=(), places=())
            for part in (described, *(Batch((event,)) for event in batch.events), rest):
                await self._record_or_count(part, inlet)

    async def _record_or_count(self, part: Batch, inlet: Inlet) -> None:
        try:
            await self._insist(lambda: inlet.record(part))
        except ClosedError:
            raise
        except Exception:  # noqa: BLE001 - counted, and the rest goes on
            self.refused += len(part.events) or 1
            ids = [(event.kind.name, event.place, event.target) for event in part.events]
            _log.exception("not recorded: %s", ids or "accounts, places and cursors")

    async def _insist(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        """Return what the log answers, asking again while it is in trouble itself."""
        pause = 1.0
        while True:
            try:
                return await ask()
            except OperatorError as error:
                _log.error("the log is in trouble, trying again in %.0f s: %s", pause, error)
                await self._sleep(pause)
                pause = min(pause * 2, 60.0)

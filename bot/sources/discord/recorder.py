"""One server's way into the log: everything is recorded in the order it was heard.

Live events are put in a line and never wait; one task takes them out, as many together as
there are, and records them. What is *read* (backfill) goes through the same line, so that a
page which was fetched before something happened can not undo it: while a place is being read
it is *watched*, and of a message that was heard of meanwhile only those facts are recorded
that can not be stale. The reader then reads such a message again.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

from bot.sources.discord.declaration import NAME
from bot.sources.discord.gateway import Heard
from bot.sources.discord.parse import joined
from bot.sources.inlet import Inlet, Known
from storage.errors import ClosedError, OperatorError
from storage.log.batch import Batch

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

ALIVE: Final = "alive"
"""Cursor: milliseconds UTC until which we are known to have been listening."""

_TOGETHER: Final = 500
"""Payloads recorded in one transaction, at most."""

_MOST_WAITING: Final = 20_000
"""Payloads in the line, at most; about 2 KB each."""

Touched: TypeAlias = set[str | tuple[str, str, str]]
"""What was heard of meanwhile: messages (or members), and single reactions as (message,
account, emoji key)."""

Sleep = Callable[[float], Awaitable[None]]
"""Waits for seconds; tests need not."""


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
    heard: Heard
    read: Callable[[], Batch] | None = None
    """Makes the batch when its turn comes."""
    done: asyncio.Future[None] | None = None


class Recorder:
    """Records one server's events.

    Parameters
    ----------
    takes
        Tells whether a place's messages are wanted (not those of NSFW channels). Asked when
        their turn comes.
    sleep
        Waits between attempts while the log refuses.
    on_room
        Called when all is recorded again after something had to be turned away.
    most_waiting
        Payloads in the line, at most.
    """

    def __init__(
        self,
        takes: Callable[[str], bool],
        sleep: Sleep,
        *,
        on_room: Callable[[], None] = lambda: None,
        most_waiting: int = _MOST_WAITING,
    ) -> None:
        self.refused = 0
        """Events that the log would not take, whatever was tried."""
        self.generation = 0
        """Counts connections; what was caught up in an earlier one may have missed messages."""
        self._takes = takes
        self._sleep = sleep
        self._on_room = on_room
        self._most_waiting = most_waiting
        self._turned_away = 0
        self._line: asyncio.Queue[_Item] = asyncio.Queue()
        self._watches: dict[str | None, list[Touched]] = {}
        self._caught_up: dict[str, int] = {}

    def put(self, heard: Heard, at_ms: int) -> bool:
        """Put what was heard in the line; return whether there was room.

        There is none when the log refused for long (its disk is full). What is turned away then
        is missed like what happens offline: the place's cursor stays before it.
        """
        for touched in self._watches.get(heard.place, ()):
            touched.update(
                heard.about
                if heard.only is None
                else ((message, *heard.only) for message in heard.about)
            )
        if self._line.qsize() >= self._most_waiting:
            if not self._turned_away:
                _log.error("the log takes nothing; what happens is to be read later")
            self._turned_away += 1
            self.generation += 1
            return False
        cursors = {(NAME, ALIVE): str(at_ms)}
        place = heard.place
        if heard.is_new and place and self._caught_up.get(place) == self.generation:
            cursors[NAME, history_cursor(place)] = heard.about[0]
        batch = replace(heard.batch, cursors=cursors)
        self._line.put_nowait(_Item(replace(heard, batch=batch)))
        return True

    async def read(self, make: Callable[[], Batch]) -> None:
        """Record what was read; `make` is called when all that was heard before is recorded."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.put_nowait(_Item(Heard(Batch()), make, done))
        await done

    @contextlib.contextmanager
    def watch(self, place: str | None) -> Iterator[Touched]:
        """Collect the messages of a place (None: the members) that are heard of meanwhile."""
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
        """Let live messages of the same connection move the place's cursor from now on."""
        self._caught_up[place] = generation

    async def settled(self) -> None:
        """Return when everything put so far is recorded."""
        await self.read(Batch)

    async def run(self, inlet: Inlet) -> None:
        """Record what is put, until cancelled."""
        while True:
            items = [await self._line.get()]
            while len(items) < _TOGETHER and not self._line.empty():
                items.append(self._line.get_nowait())
            wanted = (self._wanted(item) for item in items)
            await self._record_all([item for item in wanted if item is not None], inlet)
            if self._turned_away and self._line.empty():
                _log.warning("%d payloads were turned away meanwhile", self._turned_away)
                self._turned_away = 0
                self._on_room()

    def _wanted(self, item: _Item) -> _Item | None:
        """Return what is to be recorded of an item; None: nothing."""
        place = item.heard.place
        if place is None:
            return item
        if not self._takes(place):
            # From here on something is missing, so nothing heard later may move the cursor.
            self._caught_up.pop(place, None)
            return None
        if place in self._caught_up:
            return item
        cursors = dict(item.heard.batch.cursors)
        cursors.pop((NAME, history_cursor(place)), None)
        batch = replace(item.heard.batch, cursors=cursors)
        return replace(item, heard=replace(item.heard, batch=batch))

    async def _record_all(self, items: list[_Item], inlet: Inlet) -> None:
        waiting: list[Batch] = []
        for item in items:
            if item.heard.lookup is None and item.read is None:
                waiting.append(item.heard.batch)
                continue
            await self._record(joined(waiting), inlet)
            waiting = []
            try:
                await self._record(await self._made(item, inlet), inlet)
            except ClosedError:
                raise
            except Exception as error:  # noqa: BLE001 - the rest must go on
                if item.done is None:
                    self.refused += 1
                    _log.exception("not looked up: message %s", item.heard.about)
                elif not item.done.done():  # the reader may have been cancelled
                    item.done.set_exception(error)
            if item.done is not None and not item.done.done():
                item.done.set_result(None)
        await self._record(joined(waiting), inlet)

    async def _made(self, item: _Item, inlet: Inlet) -> Batch:
        if item.read is not None:
            return item.read()
        batch, lookup = item.heard.batch, item.heard.lookup
        if lookup is None:
            return batch
        known = await self._insist(lambda: inlet.known([lookup.message]))
        events = lookup.events(known.get(lookup.message, Known()))
        return replace(batch, events=batch.events + events)

    async def _record(self, batch: Batch, inlet: Inlet) -> None:
        """Record a batch, or what can be recorded of it; count what can not."""
        if batch == Batch():
            return
        try:
            await self._insist(lambda: inlet.record(batch))
        except ClosedError:
            raise
        except Exception:  # noqa: BLE001 - whatever is odd in it must not hold up the rest
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
        """Return what the log answers, asking again while it has troubles of its own."""
        pause = 1.0
        while True:
            try:
                return await ask()
            except OperatorError as error:
                _log.error("the log is in trouble, trying again in %.0f s: %s", pause, error)
                await self._sleep(pause)
                pause = min(pause * 2, 60.0)

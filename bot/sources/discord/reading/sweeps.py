"""Makes the sweeps of one server, one after another, whenever one is requested."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, Protocol

RETRY_SECONDS: Final = 300.0
"""How long after a sweep that met trouble the next one is made."""


class Sweep(Protocol):
    """Sweeps a server once."""

    def __call__(
        self, *, again: bool, offline_ms: int | None
    ) -> Coroutine[Any, Any, bool | None]:
        """Return False if trouble left something out; None if there is nothing to sweep now.

        Parameters
        ----------
        again
            Read recent messages again.
        offline_ms
            From when on events may have been missed; None: none were.
        """
        ...


class Sweeps:
    """The sweeps of one server.

    What a sweep had to do is kept until one is complete: whether recent messages are to be read
    again, and from when on events were missed.

    Attributes
    ----------
    left_out
        Whether the last sweep met trouble and left something out; another one is due then.
    """

    def __init__(self) -> None:
        self.left_out = False
        self._again = False
        self._offline_ms: int | None = None
        self._wanted = asyncio.Event()
        self._interrupted = asyncio.Event()
        self._quiet = asyncio.Event()
        self._retry: asyncio.TimerHandle | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether no sweep is due or under way."""
        return self._quiet.is_set()

    async def wait_until_quiet(self) -> None:
        """Return when no sweep is due or under way."""
        await self._quiet.wait()

    def request(self, *, again: bool = False, interrupt: bool = False) -> None:
        """Make a sweep soon.

        Parameters
        ----------
        again
            Read recent messages again in it.
        interrupt
            Stop a sweep under way; otherwise it is finished first.
        """
        self._again |= again
        self._quiet.clear()
        self._wanted.set()
        if interrupt:
            self._interrupted.set()

    def resume(self) -> None:
        """Make the sweep again that was under way when `run` failed, if there was one."""
        if not self.is_quiet:
            self._wanted.set()

    def note_missed_from(self, at_ms: int | None) -> None:
        """Note from when on events may have been missed; the earliest moment counts."""
        if at_ms is not None:
            self._offline_ms = min(at_ms, self._offline_ms or at_ms)

    async def run(self, sweep: Sweep) -> None:
        """Sweep whenever that is requested, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            self._interrupted.clear()
            if self._retry is not None:
                self._retry.cancel()
            is_complete = await self._sweep_once(sweep)
            if self._wanted.is_set():
                continue
            if is_complete is not None:
                self.left_out = not is_complete
            if is_complete is False:
                loop = asyncio.get_running_loop()
                self._retry = loop.call_later(RETRY_SECONDS, self._wanted.set)
            self._quiet.set()

    async def _sweep_once(self, sweep: Sweep) -> bool | None:
        """Return what a sweep returns; None as well if it was interrupted."""
        again, self._again = self._again, False
        offline_ms, self._offline_ms = self._offline_ms, None
        sweeping = asyncio.create_task(sweep(again=again, offline_ms=offline_ms))
        interrupted = asyncio.create_task(self._interrupted.wait())
        is_complete: bool | None = None
        try:
            await asyncio.wait((sweeping, interrupted), return_when=asyncio.FIRST_COMPLETED)
            if sweeping.done():
                is_complete = sweeping.result()
        finally:
            if not is_complete:  # all of it is still to be done, from the cursors
                self._again |= again
                self.note_missed_from(offline_ms)
            for task in (sweeping, interrupted):
                task.cancel()
            await asyncio.gather(sweeping, interrupted, return_exceptions=True)
        return is_complete

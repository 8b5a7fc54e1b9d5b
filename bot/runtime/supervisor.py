"""Keeps things running, each by itself: what fails is told, and begun again after a pause.

One failing, waiting or hanging never stops another. A pause doubles with every failure, up to
five minutes; whatever then runs well for as long begins anew with the shortest.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Self

_log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 300.0

Run = Callable[[], Awaitable[None]]
"""Runs until cancelled; raises, or returns, if it can't."""


@dataclass(slots=True)
class SupervisedTask:
    """Something that is kept running."""

    name: str
    run: Run
    plain: tuple[type[Exception], ...] = ()
    """Errors that say what an operator must change; a traceback would only hide it."""
    failures: int = 0
    """In a row; 0 while it runs."""
    problem: str = ""
    """Why it failed last; "" while it runs."""
    pause_seconds: float = field(default=FIRST_PAUSE_SECONDS)
    """How long the pause is that it is in, or will be in after the next failure."""

    def state(self, running: str) -> str:
        """Return how it is, in words; `running` is what it says of itself while it runs."""
        if not self.problem:
            return running
        times = "" if self.failures == 1 else f" {self.failures} times in a row"
        return f"failed{times} ({self.problem}); again within {self.pause_seconds:.0f} s"


class Supervisor:
    """Everything that is kept running, until the block is left.

    Parameters
    ----------
    sleep
        Waits a number of seconds.
    clock
        Seconds, from whenever on.
    """

    def __init__(
        self,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Nothing runs yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop all, and wait until all have stopped."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def watch(
        self, name: str, run: Run, *, plain: tuple[type[Exception], ...] = ()
    ) -> SupervisedTask:
        """Begin something, and keep it running; `plain` errors are logged as one sentence."""
        watched = SupervisedTask(name, run, plain)
        self._tasks.append(asyncio.create_task(self._kept(watched), name=name))
        return watched

    async def _kept(self, watched: SupervisedTask) -> None:
        clock = self._clock or asyncio.get_running_loop().time
        pause = FIRST_PAUSE_SECONDS
        while True:
            begun = clock()
            with self._told(watched):
                await watched.run()
            if clock() - begun >= LONGEST_PAUSE_SECONDS:
                pause, watched.failures = FIRST_PAUSE_SECONDS, 0
            watched.failures += 1
            watched.pause_seconds = pause
            await self._sleep(pause)
            watched.problem = ""
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    @contextmanager
    def _told(self, watched: SupervisedTask) -> Iterator[None]:
        """Note and log how a run ended: an Exception of whatever kind, or of itself."""
        try:
            yield
        except Exception as error:
            # Until Python 3.13 a task group that is cancelled while a task in it fails raises
            # the failure alone, and the cancellation would be lost.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise asyncio.CancelledError from error
            watched.problem = _sentence(error)
            if isinstance(error, watched.plain):
                _log.error("%s failed: %s", watched.name, watched.problem)
            else:
                _log.exception("%s failed", watched.name)
        else:
            watched.problem = "it ended of itself"
            _log.error("%s ended of itself", watched.name)


def _sentence(error: BaseException) -> str:
    """Return what went wrong in a few words, also where a task group wraps it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return (str(error).rstrip(".") or type(error).__name__)[:200]

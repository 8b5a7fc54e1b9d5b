"""Keeps tasks running: one that fails is logged and started again after a pause.

The failure of one task never stops another. The pause doubles with every failure, up to five
minutes; after a run that lasted as long it is the shortest again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Self, TypeAlias

from bot.runtime.clock import Sleep
from bot.runtime.retry import Backoff

_log = logging.getLogger(__name__)

BACKOFF: Final = Backoff(1.0, 300.0)

Run: TypeAlias = Callable[[], Awaitable[None]]
"""Runs until cancelled. It has failed if it raises or returns."""


@dataclass(slots=True)
class SupervisedTask:
    """A task that is kept running."""

    name: str
    run: Run
    operator_errors: tuple[type[Exception], ...] = ()
    """Errors that say what an operator must change. They are logged without a traceback."""
    failures: int = 0
    """Failures since the last run that lasted."""
    problem: str = ""
    """Why it failed last; "" while it runs."""
    pause_seconds: float = BACKOFF.first_seconds
    """The current pause, or the one before."""

    def state(self, running: str) -> str:
        """Return its state in words; `running` is the state that it gives while it runs."""
        if not self.problem:
            return running
        times = "" if self.failures == 1 else f" {self.failures} times in a row"
        return f"failed{times} ({self.problem}); again within {self.pause_seconds:.0f} s"


class Supervisor:
    """Runs tasks until the block is left.

    Parameters
    ----------
    sleep
        Waits for a number of seconds.
    clock
        Seconds, counted from any moment; None: the event loop's.
    """

    def __init__(
        self, sleep: Sleep = asyncio.sleep, clock: Callable[[], float] | None = None
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Enter the block; nothing runs yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop all tasks, and wait until they have stopped."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def supervise(
        self, name: str, run: Run, *, operator_errors: tuple[type[Exception], ...] = ()
    ) -> SupervisedTask:
        """Start a task and keep it running; `operator_errors` are logged as one sentence."""
        task = SupervisedTask(name, run, operator_errors)
        self._tasks.append(asyncio.create_task(self._keep_running(task), name=name))
        return task

    async def _keep_running(self, task: SupervisedTask) -> None:
        clock = self._clock or asyncio.get_running_loop().time
        while True:
            started = clock()
            with self._recording_the_end(task):
                await task.run()
            if clock() - started >= BACKOFF.longest_seconds:
                task.failures = 0
            task.failures += 1
            task.pause_seconds = BACKOFF.pause(task.failures)
            await self._sleep(task.pause_seconds)
            task.problem = ""

    @contextmanager
    def _recording_the_end(self, task: SupervisedTask) -> Iterator[None]:
        """Record and log how a run ends, whether it raises or returns."""
        try:
            yield
        except Exception as error:
            # Until Python 3.13 a task group that is cancelled while a task in it fails raises
            # the failure alone, and the cancellation would be lost.
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise asyncio.CancelledError from error
            task.problem = _sentence(error)
            if isinstance(error, task.operator_errors):
                _log.error("%s failed: %s", task.name, task.problem)
            else:
                _log.exception("%s failed", task.name)
        else:
            task.problem = "it ended unexpectedly"
            _log.error("%s ended unexpectedly", task.name)


def _sentence(error: BaseException) -> str:
    """Return what went wrong in a few words, even if a task group wraps the error."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return (str(error).rstrip(".") or type(error).__name__)[:200]

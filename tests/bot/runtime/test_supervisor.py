"""The supervisor: what fails is started again, later each time, and stops nothing else."""

import asyncio
from collections.abc import Callable

import pytest

from bot.runtime.supervisor import BACKOFF, Run, SupervisedTask, Supervisor


class Time:
    """A clock that sleepers move; a sleep ends when it is asked for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def failing(times: int, error: Callable[[], Exception]) -> tuple[Run, asyncio.Event]:
    """Return something that fails so often, then runs on; the event says that it does."""
    left = times
    runs_on = asyncio.Event()

    async def run() -> None:
        nonlocal left
        if left:
            left -= 1
            raise error()
        runs_on.set()
        await asyncio.Event().wait()

    return run, runs_on


async def test_a_failure_is_begun_again_after_a_pause_that_doubles_up_to_a_limit() -> None:
    time = Time()
    run, runs_on = failing(11, lambda: OSError("the forum is down."))

    async with Supervisor(time.sleep, time.clock) as supervisor:
        task = supervisor.supervise("forum", run)
        await runs_on.wait()

    assert time.slept[:4] == [1.0, 2.0, 4.0, 8.0]
    assert max(time.slept) == BACKOFF.longest_seconds
    assert task.failures == 11
    assert task.state("listening") == "listening"


async def test_what_ran_well_for_long_begins_again_with_the_shortest_pause() -> None:
    time = Time()
    rounds = 0
    runs_on = asyncio.Event()

    async def run() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 5:
            time.now += BACKOFF.longest_seconds
        if rounds == 7:
            runs_on.set()
            await asyncio.Event().wait()
        raise OSError

    async with Supervisor(time.sleep, time.clock) as supervisor:
        supervisor.supervise("forum", run)
        await runs_on.wait()

    assert time.slept == [1.0, 2.0, 4.0, 8.0, 1.0, 2.0]


async def test_one_that_fails_or_hangs_never_stops_another() -> None:
    time = Time()
    fails, recovered = failing(3, lambda: ValueError("odd"))
    hangs, _ = failing(0, ValueError)

    async with Supervisor(time.sleep, time.clock) as supervisor:
        supervisor.supervise("hangs", hangs)
        supervisor.supervise("fails", fails)
        async with asyncio.timeout(5):
            await recovered.wait()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError("the forum is down."), "failed (the forum is down); again within 1 s"),
        (KeyError(), "failed (KeyError); again within 1 s"),
        (
            ExceptionGroup("tasks", [ExceptionGroup("more", [ValueError("odd")])]),
            "failed (odd); again within 1 s",
        ),
    ],
)
async def test_a_failure_is_told_in_words(error: Exception, words: str) -> None:
    paused = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        paused.set()
        await asyncio.Event().wait()

    async def run() -> None:
        raise error

    async with Supervisor(sleep, lambda: 0.0) as supervisor:
        task = supervisor.supervise("forum", run)
        await paused.wait()

        assert task.state("listening") == words


async def test_ending_unexpectedly_is_a_failure_too() -> None:
    paused = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        paused.set()
        await asyncio.Event().wait()

    async def run() -> None:
        return

    async with Supervisor(sleep, lambda: 0.0) as supervisor:
        task = supervisor.supervise("forum", run)
        await paused.wait()

        assert "it ended unexpectedly" in task.state("listening")


async def test_several_failures_in_a_row_are_counted() -> None:
    task = SupervisedTask("forum", failing(0, ValueError)[0], failures=4, problem="down")

    assert task.state("listening") == "failed 4 times in a row (down); again within 1 s"


async def test_leaving_stops_everything_even_in_the_middle_of_a_failing_group() -> None:
    started = asyncio.Event()

    async def part() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("on the way out")

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(part())
            started.set()

    async with asyncio.timeout(5):
        async with Supervisor() as supervisor:
            supervisor.supervise("forum", run)
            await started.wait()
            await asyncio.sleep(0)

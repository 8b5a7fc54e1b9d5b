"""Calls that are made again after failures that may pass."""

from collections.abc import Awaitable, Callable

import pytest

from bot.runtime.retry import (
    Backoff,
    RetryPolicy,
    Transient,
    call_with_retries,
    retry_after_seconds,
)

POLICY = RetryPolicy(4, Backoff(2, 5), longest_asked_seconds=60)


class Caller:
    """Makes a call that raises the given errors in turn and then returns "done"."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.slept: list[float] = []
        self.reports: list[str] = []

    async def run(self, asked_seconds: float | None = None) -> str:
        return await call_with_retries(
            self._call(),
            POLICY,
            classify=lambda error: (
                Transient("it is away", asked_seconds) if isinstance(error, OSError) else None
            ),
            before_pause=self.reports.append,
            sleep=self._sleep,
        )

    def _call(self) -> Callable[[], Awaitable[str]]:
        async def call() -> str:
            if self.errors:
                raise self.errors.pop(0)
            return "done"

        return call

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def test_transient_failures_are_retried_after_pauses_that_double_up_to_a_limit() -> None:
    caller = Caller(OSError(), OSError(), OSError())

    assert await caller.run() == "done"
    assert caller.slept == [2, 4, 5]
    assert caller.reports[0] == "it is away; trying again in 2 s"


async def test_the_last_attempt_raises_its_error() -> None:
    last = OSError("the last")
    caller = Caller(OSError(), OSError(), OSError(), last)

    with pytest.raises(OSError, match="the last"):
        await caller.run()
    assert len(caller.slept) == 3


async def test_other_errors_are_raised_at_once() -> None:
    caller = Caller(ValueError("no"))

    with pytest.raises(ValueError, match="no"):
        await caller.run()
    assert caller.slept == []


async def test_the_pause_that_is_asked_for_is_kept() -> None:
    caller = Caller(OSError())

    assert await caller.run(asked_seconds=60) == "done"
    assert caller.slept == [60]


async def test_a_call_is_given_up_when_too_long_a_pause_is_asked_for() -> None:
    caller = Caller(OSError())

    with pytest.raises(OSError):  # noqa: PT011 - it has no words
        await caller.run(asked_seconds=61)
    assert caller.slept == []


@pytest.mark.parametrize(
    "header", [None, "", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "nan", "inf"]
)
def test_a_retry_after_that_names_no_seconds_is_ignored(header: str | None) -> None:
    assert retry_after_seconds(header) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Wed, 21 Oct 2026 07:28:00 GMT", 60),
        ("Wed, 21 Oct 2026 07:28:00 -0000", None),
        ("Wed, 21 Oct 2026 07:00:00 GMT", 1),
        ("Wed, 32 Oct 2026 07:00:00 GMT", None),
    ],
)
def test_a_retry_after_that_is_a_date_is_counted_from_the_date_of_the_response(
    header: str, seconds: float | None
) -> None:
    assert retry_after_seconds(header, "Wed, 21 Oct 2026 07:27:00 GMT") == seconds


def test_pauses_stay_finite_however_often_something_fails() -> None:
    assert Backoff(1, 300).pause(10**6) == 300

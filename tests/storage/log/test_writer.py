"""The writer: many batches in one transaction, each stored or refused by itself."""

import asyncio

import pytest

from storage.errors import ClosedError, InvalidRecordError
from storage.file.database import Database
from storage.log.batch import Appended
from storage.log.event_log import EventLog
from tests.storage.builders import a_batch_of, an_event


async def test_a_bad_batch_fails_alone_among_those_committed_with_it(log: EventLog) -> None:
    # The bad ones fail late, after they changed the log's end.
    bad = an_event(target="bad", value=2**63)
    batches = [
        a_batch_of(an_event(target=f"m{n}", actor=f"u{n}"), *([bad] if n % 7 == 3 else []))
        for n in range(60)
    ]

    outcomes = await asyncio.gather(*map(log.append, batches), return_exceptions=True)

    refused = [
        n for n, outcome in enumerate(outcomes) if isinstance(outcome, InvalidRecordError)
    ]
    assert refused == [n for n in range(60) if n % 7 == 3]
    assert await log.length() == 60 - len(refused)
    await log.verify()


async def test_a_log_that_is_not_started_takes_nothing(database: Database) -> None:
    log = EventLog(database)

    with pytest.raises(ClosedError, match="not started"):
        await log.append(a_batch_of(an_event()))
    async with log:
        pass
    with pytest.raises(ClosedError, match="not started"):
        await log.append(a_batch_of(an_event()))


async def test_stopping_stores_what_waits(database: Database) -> None:
    async with EventLog(database) as log:
        tasks = [
            asyncio.create_task(log.append(a_batch_of(an_event(target=f"m{n}"))))
            for n in range(2_000)
        ]
        await asyncio.sleep(0)

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    stored = sum(isinstance(outcome, Appended) for outcome in outcomes)
    assert await log.length() == stored >= 1_024
    assert all(isinstance(outcome, Appended | ClosedError) for outcome in outcomes)


async def test_whoever_waits_for_room_when_the_log_stops_is_told(database: Database) -> None:
    """Ten times as many as may wait: every one gets an answer, and the answer is true."""
    log = EventLog(database)
    log.start()
    tasks = [
        asyncio.create_task(log.append(a_batch_of(an_event(target=f"m{n}"))))
        for n in range(10_000)
    ]
    await asyncio.sleep(0)
    await log.stop()

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    stored = {n for n, outcome in enumerate(outcomes) if isinstance(outcome, Appended)}
    assert all(isinstance(outcome, Appended | ClosedError) for outcome in outcomes)
    exported = {row["target"] async for row in log.export()}
    assert exported == {f"m{n}" for n in stored}


async def test_who_gives_up_waiting_does_not_disturb_the_others(log: EventLog) -> None:
    tasks = [
        asyncio.create_task(log.append(a_batch_of(an_event(target=f"m{n}"))))
        for n in range(100)
    ]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert sum(isinstance(outcome, Appended) for outcome in outcomes) == 66
    assert await log.length() >= 66
    await log.verify()

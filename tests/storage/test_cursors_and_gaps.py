"""Cursors move with their events; gaps are recorded once, grow, end and are filled."""

import pytest

from storage.errors import InvalidRecordError
from storage.file.database import Database
from storage.log.batch import Gap
from storage.log.cursors import Cursors
from storage.log.event_log import EventLog
from storage.log.gaps import Gaps, RecordedGap
from tests.storage.builders import a_batch_of, an_event

NO_PERMISSION = Gap("discord", "c1", 10, None, "no permission")
OFFLINE = Gap("discord", None, 10, 20, "offline")


async def record(log: EventLog, *gaps: Gap) -> None:
    for gap in gaps:
        await log.append(a_batch_of(gaps=(gap,)))


async def test_a_cursor_moves_in_the_same_transaction_as_its_events(
    database: Database, log: EventLog
) -> None:
    cursors = Cursors(database)
    await log.append(a_batch_of(an_event(), cursors={("discord", "c1"): "100"}))
    with pytest.raises(InvalidRecordError):
        await log.append(
            a_batch_of(an_event(target="m2", value=2**63), cursors={("discord", "c1"): "200"})
        )

    assert await cursors.get("discord", "c1") == "100"
    assert await cursors.get("discord", "c2") is None
    assert await cursors.all("discord") == {"c1": "100"}
    assert await cursors.all("discourse") == {}


async def test_a_gap_is_listed_until_it_is_filled(database: Database, log: EventLog) -> None:
    gaps = Gaps(database)
    await record(log, OFFLINE, NO_PERMISSION)
    assert await gaps.list() == [
        RecordedGap(1, OFFLINE, None),
        RecordedGap(2, NO_PERMISSION, None),
    ]

    await gaps.close(1, 99)

    assert await gaps.list() == [RecordedGap(2, NO_PERMISSION, None)]
    assert (await gaps.list(closed=True))[0] == RecordedGap(1, OFFLINE, 99)


async def test_a_gap_can_be_filled_in_the_transaction_that_fills_it(
    database: Database, log: EventLog
) -> None:
    await record(log, OFFLINE)

    await log.append(a_batch_of(an_event(), closed_gaps={1: 99}))

    assert await Gaps(database).list() == []


@pytest.mark.parametrize(
    ("tellings", "ends"),
    [
        ([OFFLINE, OFFLINE], [20]),
        ([OFFLINE, Gap("discord", None, 10, 30, "offline")], [30]),
        ([OFFLINE, Gap("discord", None, 10, 15, "offline")], [20]),
        ([OFFLINE, Gap("discord", None, 11, 20, "offline")], [20, 20]),
        ([OFFLINE, Gap("discord", None, 10, 20, "rate limit")], [20, 20]),
        ([OFFLINE, Gap("discord", "c1", 10, 20, "offline")], [20, 20]),
        ([NO_PERMISSION, Gap("discord", "c1", 55, None, "no permission")], [None]),
        ([NO_PERMISSION, Gap("discord", "c1", 10, 70, "no permission")], [70]),
        ([NO_PERMISSION, Gap("discord", "c1", 3, 5, "no permission")], [None, 5]),
    ],
)
async def test_the_same_gap_recorded_again_is_one_row_with_the_latest_end(
    database: Database, log: EventLog, tellings: list[Gap], ends: list[int | None]
) -> None:
    await record(log, *tellings)

    assert [recorded_gap.gap.to_ms for recorded_gap in await Gaps(database).list()] == ends


async def test_a_gap_that_was_filled_stays_so_unless_it_grew(
    database: Database, log: EventLog
) -> None:
    gaps = Gaps(database)
    await record(log, OFFLINE)
    await gaps.close(1, 99)

    await record(log, OFFLINE)
    assert await gaps.list() == []

    await record(log, Gap("discord", None, 10, 21, "offline"))
    assert [recorded_gap.number for recorded_gap in await gaps.list()] == [1]


async def test_a_gap_that_ends_before_it_begins_is_refused(log: EventLog) -> None:
    with pytest.raises(InvalidRecordError):
        await record(log, Gap("discord", None, 10, 9, "offline"))

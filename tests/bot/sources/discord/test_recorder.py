"""The line into the log: what happens to it when the log or a reader fails."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest

from bot.community.history_progress import Progress
from bot.runtime.discord_client import make_client
from bot.sources.discord import gateway
from bot.sources.discord.gateway import ParsedPayload
from bot.sources.discord.parse import Observation, snowflake
from bot.sources.discord.recorder import Recorder, history_cursor
from bot.sources.discord.runner import DiscordRunner
from cred.facts.events import Provenance
from storage.canonical_json import Json
from storage.errors import DiskFullError, InvalidRecordError
from storage.log.batch import Appended, Batch
from storage.log.current_state import CurrentAccount, CurrentContribution
from storage.log.gaps import RecordedGap
from tests.bot.sources.discord.harness import at_once

NOW_MS = 1_700_000_000_000
PLACE = "12"


class FakeInlet:
    """Keeps the batches that it is given, or refuses them."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.is_full = False
        self.poison: str | None = ""
        self.refusals = 0

    async def record(self, batch: Batch) -> Appended:
        if any(event.target == self.poison for event in batch.events):
            raise InvalidRecordError("not storable")
        if self.is_full:
            self.refusals += 1
            raise DiskFullError("no room")
        self.batches.append(batch)
        return Appended(len(batch.events), 0, 0)

    async def contributions(self, ids: Sequence[str]) -> Mapping[str, CurrentContribution]:
        del ids
        return {}

    async def cursors(self) -> Mapping[str, str]:
        return {}

    async def posts(self, place: str, from_ms: int) -> Collection[str]:
        del place, from_ms
        return ()

    async def accounts(self) -> Mapping[str, CurrentAccount]:
        return {}

    async def members(self) -> Collection[str]:
        return ()

    async def open_gaps(self) -> Sequence[RecordedGap]:
        return ()

    def begin_reading(self) -> None:
        raise NotImplementedError

    def report(self, progress: Progress) -> None:
        raise NotImplementedError

    def setting(self, key: str) -> Json:
        del key
        return None

    @property
    def posted(self) -> list[str | None]:
        return [event.target for batch in self.batches for event in batch.events]

    @property
    def cursor(self) -> str | None:
        positions = [
            batch.cursors[at]
            for batch in self.batches
            for at in batch.cursors
            if at[1] == history_cursor(PLACE)
        ]
        return positions[-1] if positions else None


def message(number: int) -> ParsedPayload:
    data = {
        "id": str(snowflake(NOW_MS) + number),
        "channel_id": PLACE,
        "author": {"id": "7", "username": "ada"},
    }
    payload = gateway.parse_payload(
        "MESSAGE_CREATE", data, Observation(Provenance.LIVE, NOW_MS)
    )
    assert payload is not None
    return payload


@asynccontextmanager
async def recording(recorder: Recorder, inlet: FakeInlet) -> AsyncIterator[None]:
    task = asyncio.create_task(recorder.run(inlet))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_reader_that_was_cancelled_and_read_malformed_data_takes_nobody_with_it() -> (
    None
):
    inlet = FakeInlet()
    recorder = Recorder(lambda _place: True, at_once)

    def parse_malformed() -> Batch:
        raise KeyError("user")

    reading = asyncio.create_task(recorder.read(parse_malformed))
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    after = message(1)
    recorder.put(after, NOW_MS)

    async with recording(recorder, inlet), asyncio.timeout(5):
        await recorder.wait_until_settled()

    assert inlet.posted == list(after.subjects)


async def test_nothing_heard_after_what_was_not_wanted_moves_the_cursor() -> None:
    inlet = FakeInlet()
    wanted = False
    recorder = Recorder(lambda _place: wanted, at_once)
    recorder.caught_up(PLACE, recorder.generation)

    async with recording(recorder, inlet), asyncio.timeout(5):
        recorder.put(message(1), NOW_MS)
        await recorder.wait_until_settled()
        wanted = True
        recorder.put(message(2), NOW_MS)
        await recorder.wait_until_settled()
        before = inlet.cursor
        recorder.caught_up(PLACE, recorder.generation)  # what was left out was read
        recorder.put(message(3), NOW_MS)
        await recorder.wait_until_settled()

    assert before is None
    assert inlet.cursor == message(3).subjects[0]
    assert inlet.posted == [message(2).subjects[0], message(3).subjects[0]]


async def test_nor_does_what_was_in_the_line_with_it() -> None:
    inlet = FakeInlet()
    answers = iter([False, True])
    recorder = Recorder(lambda _place: next(answers), at_once)
    recorder.caught_up(PLACE, recorder.generation)
    recorder.put(message(1), NOW_MS)
    recorder.put(message(2), NOW_MS)

    async with recording(recorder, inlet), asyncio.timeout(5):
        await recorder.wait_until_settled()

    assert inlet.posted == [message(2).subjects[0]]
    assert inlet.cursor is None


async def test_a_log_without_room_for_long_costs_no_memory_and_no_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    inlet = FakeInlet()
    inlet.is_full = True
    room = asyncio.Event()
    recorder = Recorder(lambda _place: True, at_once, on_room=room.set, most_waiting=3)
    recorder.caught_up(PLACE, recorder.generation)
    messages = [message(number) for number in range(8)]

    async with recording(recorder, inlet), asyncio.timeout(5):
        had_room = []
        for payload in messages:
            had_room.append(recorder.put(payload, NOW_MS))
            await asyncio.sleep(0)
        inlet.is_full = False
        await room.wait()
        late = message(9)
        recorder.put(late, NOW_MS)
        await recorder.wait_until_settled()

    assert had_room.count(False) > 0
    taken = [
        payload.subjects[0]
        for payload, was_taken in zip(messages, had_room, strict=True)
        if was_taken
    ]
    assert inlet.posted == [*taken, late.subjects[0]]
    first_missed = messages[had_room.index(False)].subjects[0]
    assert inlet.cursor is not None
    assert int(inlet.cursor) < int(first_missed), "or a later reading would begin behind it"
    assert "turned away" in caplog.text


async def test_what_cannot_be_stored_is_left_out_and_cursors_move_only_when_the_rest_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    inlet = FakeInlet()
    recorder = Recorder(lambda _place: True, at_once)
    recorder.caught_up(PLACE, recorder.generation)
    messages = [message(number) for number in range(3)]
    inlet.poison = messages[1].subjects[0]
    for payload in messages:
        recorder.put(payload, NOW_MS)

    async with recording(recorder, inlet), asyncio.timeout(5):
        await recorder.wait_until_settled()

    assert inlet.posted == [messages[0].subjects[0], messages[2].subjects[0]]
    assert recorder.refused == 1
    with_events = [bool(batch.events) for batch in inlet.batches]
    with_cursors = [bool(batch.cursors) for batch in inlet.batches]
    assert with_cursors.index(True) > max(at for at, has in enumerate(with_events) if has)
    assert inlet.cursor == messages[2].subjects[0]
    assert messages[1].subjects[0] in caplog.text


async def test_a_server_whose_log_is_full_keeps_no_other_from_ending_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.sources.discord.runner._FLUSH_SECONDS", 0.2)
    inlets = {"1": FakeInlet(), "2": FakeInlet()}
    inlets["1"].is_full = True

    class FakeInlets:
        async def own(self) -> FakeInlet:
            raise NotImplementedError

        async def of_server(self, server: str, name: str) -> FakeInlet:
            del name
            return inlets[server]

    client = make_client()
    runner = DiscordRunner(client, "token", now_ms=lambda: NOW_MS, sleep=at_once)
    recording = asyncio.create_task(runner.record(FakeInlets()))
    await asyncio.sleep(0)
    for server in inlets:
        data = {
            "id": str(snowflake(NOW_MS)),
            "guild_id": server,
            "channel_id": PLACE,
            "author": {"id": "7", "username": "ada"},
        }
        for listener in client.on_payload:
            listener("MESSAGE_CREATE", data)
    recording.cancel()
    await asyncio.gather(recording, return_exceptions=True)

    assert inlets["1"].refusals > 0
    assert inlets["2"].posted == [str(snowflake(NOW_MS))]

"""Laws of the log over arbitrary events: a slow model, any batching, any order, rebuilt."""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cred.facts.activity import Activity
from cred.facts.events import MISSING, Event, Kind
from cred.facts.folding import fold
from storage.file.database import Database
from storage.log.batch import Batch
from storage.log.event_log import EventLog
from storage.log.rebuilding import DERIVED, rebuild
from storage.people.directory import CachedDirectory
from tests.laws import examples
from tests.memory_log import MemoryLog, subject
from tests.storage.builders import a_batch_of, a_reaction, an_event, set_opted_out
from tests.storage.strategies import EMOJI, EVENTS, PEOPLE, POSTS

T = TypeVar("T")

A_FILE_EACH = settings(
    max_examples=examples(40),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
"""Every example has a file of its own; flushing it takes the time it takes."""


def in_a_new_file(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


async def replay(batches: Sequence[Batch]) -> tuple[list[dict[str, Any]], Any]:
    """Return the exported events, and what the fold says in ids, of batches in a new file."""
    with tempfile.TemporaryDirectory() as folder:
        async with Database.open(Path(folder) / "c.db") as database, EventLog(database) as log:
            for batch in batches:
                await log.append(batch)
            directory = CachedDirectory(database)
            await directory.refresh()
            await log.verify()
            exported = [row async for row in log.export()]
            return exported, in_ids(fold(await log.columns()), directory)


def in_ids(
    activity: Activity, directory: CachedDirectory
) -> dict[str, list[tuple[object, ...]]]:
    """Return the fold's columns with ids for numbers, so that logs can be compared."""
    as_id = {
        "target": directory.contribution,
        "actor": directory.account,
        "account": directory.account,
        "other": directory.account,
        "object": directory.contribution,
        "status": directory.text,
        "source": directory.source,
        "text": directory.text,
        "type": directory.text,
        "roles": directory.text,
    }
    rows = {}
    for part in fields(activity):
        table = getattr(activity, part.name)
        if not is_dataclass(table):
            continue
        columns = []
        for column in fields(table):
            values = getattr(table, column.name).tolist()
            back = as_id.get(column.name)
            if column.name in ("place", "parent"):
                back = directory.contribution if part.name == "replies" else directory.place
            columns.append([v if back is None or v == MISSING else back(v) for v in values])
        rows[part.name] = sorted(zip(*columns, strict=True), key=repr)
    return rows


def model_events(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return what the slow model keeps, as far as it and the export tell the same."""
    model = MemoryLog()
    model.append(events)
    return [
        {
            "kind": event.kind.name.lower(),
            "at_ms": event.at_ms,
            "actor": event.actor,
            "target": event.target,
            "object": event.object,
            "place": event.place,
            "text": event.text,
            "value": event.value,
            "estimated": event.estimated,
            "actor_source": other(event.actor_source, event) if event.actor else None,
            "object_source": other(event.object_source, event) if event.object else None,
        }
        for event in model.events
    ]


def other(source: str | None, event: Event) -> str | None:
    """Return the source of an id where it is not the event's own."""
    return None if source == event.source else source


def batches_of(events: Sequence[Event], sizes: Sequence[int]) -> list[Batch]:
    """Return the events in batches of these sizes, the rest in one."""
    batches, start = [], 0
    for size in sizes:
        batches.append(a_batch_of(*events[start : start + size]))
        start += size
    return [*batches, a_batch_of(*events[start:])]


SIZES = st.lists(st.integers(0, 9), max_size=9)


@A_FILE_EACH
@example(
    [
        an_event(Kind.STATUS_CHANGED, target="100", text="approved", at_ms=3),
        an_event(
            Kind.STATUS_CHANGED, target="100", text="", at_ms=1, actor_source="forum"
        ),  # of nobody there: the same contribution's status
    ],
    [],
)
@given(st.lists(EVENTS, max_size=60), SIZES)
def test_the_log_keeps_what_a_slow_model_keeps(events: list[Event], sizes: list[int]) -> None:
    exported, _ = in_a_new_file(replay(batches_of(events, sizes)))

    expected = model_events(events)
    assert [{key: row[key] for key in (expected or [{}])[0]} for row in exported] == expected


@A_FILE_EACH
@given(st.lists(EVENTS, max_size=40), SIZES, st.data())
def test_any_order_batching_and_repetition_of_the_same_facts_is_the_same_state(
    events: list[Event], sizes: list[int], data: st.DataObject
) -> None:
    """Any order that keeps what happened to one subject in order; nothing else can be mixed."""
    waiting: dict[object, list[Event]] = defaultdict(list)
    for event in events:
        waiting[subject(event)].append(event)
    mixed: list[Event] = []
    for about in data.draw(st.permutations([subject(event) for event in events])):
        event = waiting[about].pop(0)
        mixed += [event] * data.draw(st.integers(1, 2))

    _, in_order = in_a_new_file(replay(batches_of(events, [])))
    _, in_disorder = in_a_new_file(replay(batches_of(mixed, sizes)))

    assert in_disorder == in_order


# A batch that flips something back and forth would be no repetition of itself.
CALM = st.lists(EVENTS, max_size=8, unique_by=subject)


@A_FILE_EACH
@given(st.lists(CALM, max_size=8))
def test_appending_every_batch_twice_adds_nothing(batches: list[list[Event]]) -> None:
    once = in_a_new_file(replay([a_batch_of(*events) for events in batches]))
    twice = in_a_new_file(replay([a_batch_of(*events) for events in batches for _ in range(2)]))

    assert without_hashes(once[0]) == without_hashes(twice[0])
    assert once[1] == twice[1]


def without_hashes(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Hashes cover salts, which are random."""
    return [{key: value for key, value in row.items() if key != "hash"} for row in rows]


async def dump(database: Database) -> bytes:
    """Return every derived table's content, byte for byte."""
    tables = await database.read(
        lambda c: [c.execute(f"SELECT * FROM {table}").fetchall() for table in DERIVED]
    )
    return repr(tables).encode()


@A_FILE_EACH
@given(st.lists(EVENTS, max_size=120), SIZES)
def test_rebuilt_derived_tables_equal_the_ones_kept_byte_for_byte(
    events: list[Event], sizes: list[int]
) -> None:
    async def work() -> tuple[bytes, bytes, bytes, int]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "c.db"
            async with Database.open(path) as database, EventLog(database) as log:
                for batch in batches_of(events, sizes):
                    await log.append(batch)
                await log.columns()
                before = await dump(database)
                async with database.transaction() as connection:
                    await connection.execute("UPDATE known SET state = 'wrong'")
                    await connection.execute("DELETE FROM known WHERE flips = 1")
                    await connection.execute("DELETE FROM event_chunks WHERE first_seq = 1")
                spoiled = await dump(database)
                await rebuild(database)
                again = [await log.append(batch) for batch in batches_of(events[-1:], [])]
                return before, spoiled, await dump(database), again[0].new

    with mock.patch("storage.log.chunks.EVENTS", 16):
        before, spoiled, after, new = in_a_new_file(work())

    assert after == before
    assert new == 0
    assert (spoiled != before) == (before != repr([[], []]).encode())


class Flips(RuleBasedStateMachine):
    """Reactions switched on and off, with restarts, opt-outs and rebuilds in between."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.exits = AsyncExitStack()
        self.there: set[tuple[str, str, str]] = set()
        self.flips = 0
        self.left: set[str] = set()
        self.met: set[str] = set()

    @initialize()
    def open(self) -> None:
        self.runner.run(self._open())

    async def _open(self) -> None:
        path = Path(self.folder.name) / "c.db"
        self.database = await self.exits.enter_async_context(Database.open(path))
        self.log = await self.exits.enter_async_context(EventLog(self.database))
        self.directory = CachedDirectory(self.database)

    @rule(person=PEOPLE, post=POSTS, emoji=EMOJI, on=st.booleans(), times=st.integers(1, 3))
    def react(self, person: str, post: str, emoji: str, *, on: bool, times: int) -> None:
        kind = Kind.REACTED if on else Kind.UNREACTED
        event = a_reaction(kind, actor=person, target=post, text=emoji)

        appended = self.runner.run(self.log.append(a_batch_of(*[event] * times)))

        reaction = (person, post, emoji)
        if person in self.left:
            assert (appended.new, appended.skipped) == (0, times)
        else:
            assert appended.new == int((reaction in self.there) != on)
            assert appended.skipped == 0
            self.flips += appended.new
            (self.there.add if on else self.there.discard)(reaction)
            if appended.new:
                self.met.add(person)

    @rule(person=PEOPLE, out=st.booleans())
    def opt(self, person: str, *, out: bool) -> None:
        if person not in self.met:
            return
        self.runner.run(self.directory.refresh())
        number = self.directory.account_number("discord", person)
        assert number is not None
        self.runner.run(set_opted_out(self.database, number, 5 if out else None))
        (self.left.add if out else self.left.discard)(person)

    @rule()
    def restart(self) -> None:
        self.runner.run(self.exits.aclose())
        self.exits = AsyncExitStack()
        self.runner.run(self._open())

    @rule()
    def rebuild(self) -> None:
        self.runner.run(rebuild(self.database))

    @invariant()
    def the_log_has_every_flip_and_the_fold_knows_what_is_there(self) -> None:
        if not hasattr(self, "log"):
            return
        columns = self.runner.run(self.log.columns())
        self.runner.run(self.directory.refresh())
        now = fold(columns).reactions
        assert len(columns) == self.flips
        assert self.there == {
            (self.directory.account(a), self.directory.contribution(t), self.directory.text(x))
            for a, t, x in zip(
                now.actor.tolist(), now.target.tolist(), now.text.tolist(), strict=True
            )
        }

    def teardown(self) -> None:
        if hasattr(self, "log"):
            self.runner.run(self.log.verify())
        self.runner.run(self.exits.aclose())
        self.runner.close()
        self.folder.cleanup()


TestFlips = Flips.TestCase
TestFlips.settings = settings(
    max_examples=examples(15),
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
)

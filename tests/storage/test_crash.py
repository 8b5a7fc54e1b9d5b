"""`kill -9` in a loop: nothing acknowledged is lost, and nothing is half-written.

50 kills by default; `CREDBOT_TORTURE_KILLS=1000` for more.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from storage.file.database import Database
from storage.log import chunks
from storage.log.event_log import EventLog
from storage.log.rebuilding import DERIVED, rebuild
from tests.storage.crash.victim import EVENTS_PER_BATCH, EVENTS_PER_CHUNK, PRODUCERS

KILLS = int(os.environ.get("CREDBOT_TORTURE_KILLS", "50"))
KILLS_PER_FILE = 10
LONGEST_LIFE_SECONDS = 0.25
MOST_KILLS = 10 * KILLS
"""The most kills until one meets writers at work: on a busy machine they write little."""
CONTROL_KILLS = 200
"""At most; one loss is enough."""

ROOT = Path(__file__).parents[2]


class Nursery:
    """Starts victims in a process of their own and kills them."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @classmethod
    @contextmanager
    def open(cls) -> Iterator["Nursery"]:
        with subprocess.Popen(
            [sys.executable, "-m", "tests.storage.crash.nursery"],
            cwd=ROOT,
            # Forking a process that has threads is not safe, and BLAS would start some.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            yield cls(process)

    def run_and_kill(self, path: Path, acks: Path, *, early: bool, seconds: float) -> None:
        """Kill a victim some seconds after its start, or after its first acknowledgement."""
        assert self._process.stdin is not None
        self._process.stdin.write(
            json.dumps({"path": str(path), "acks": str(acks), "early": early}) + "\n"
        )
        self._process.stdin.flush()
        victim = int(self._line())
        if early:
            deadline = time.monotonic() + 30
            while not (acks.exists() and acks.stat().st_size) and time.monotonic() < deadline:
                time.sleep(0.002)
        time.sleep(seconds)
        os.kill(victim, signal.SIGKILL)
        assert self._line() == "killed", "the victim ended by itself"

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@dataclass
class Found:
    """What a file holds after a kill."""

    cursors: dict[int, int]
    posts: dict[int, int]
    names: dict[int, str]
    events: int
    sealed: int = 0
    """Chunks that were sealed before the rebuild."""
    faults: list[str] = field(default_factory=list)


async def inspect(path: Path) -> Found:
    """Open the file as the bot would, and look for half-written batches."""
    async with Database.open(path) as database:
        log = EventLog(database)
        await log.verify()
        await database.check()
        cursors = await database.read(
            lambda c: c.execute("SELECT name, position FROM cursors").fetchall()
        )
        posts = await database.read(
            lambda c: c.execute(
                "SELECT accounts.ref, name, count(*), count(DISTINCT value), max(value) "
                "FROM events JOIN accounts ON accounts.number = actor "
                "WHERE events.kind = 1 GROUP BY actor"
            ).fetchall()
        )
        found = Found(
            {int(name.split()[1]): int(position) for name, position in cursors},
            {int(ref.removeprefix("author")): count for ref, _, count, _, _ in posts},
            {int(ref.removeprefix("author")): name for ref, name, *_ in posts},
            await log.length(),
        )
        for ref, _, count, distinct, largest in posts:
            if not count == distinct == largest + 1:
                found.faults.append(f"{ref} has holes")
        before = await derived_tables(database)
        await rebuild(database)
        after = await derived_tables(database)
        found.sealed = len(before["event_chunks"])
        # What was full may not have been sealed yet.
        after["event_chunks"] = after["event_chunks"][: found.sealed]
        if after != before:
            found.faults.append("derived tables differ from the log")
        return found


async def derived_tables(database: Database) -> dict[str, list[object]]:
    return await database.read(
        lambda c: {
            table: c.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
            for table in DERIVED
        }
    )


def faults(found: Found, acknowledged: dict[int, int]) -> tuple[int, list[str]]:
    """Return the number of acknowledged batches that are lost, and what is half-written."""
    lost = sum(
        max(0, n - found.cursors.get(producer, -1)) for producer, n in acknowledged.items()
    )
    halves = list(found.faults)
    for producer in range(PRODUCERS):
        cursor = found.cursors.get(producer, -1)
        if found.posts.get(producer, 0) != cursor + 1:
            halves.append(f"producer {producer}: cursor {cursor} without its events")
        if cursor >= 0 and found.names.get(producer) != f"name {cursor}":
            halves.append(f"producer {producer}: cursor {cursor} without its name")
    if found.events != EVENTS_PER_BATCH * sum(found.posts.values()):
        halves.append("a post without its mentions or reply")
    return lost, halves


def acknowledged_in(acks: Path) -> dict[int, int]:
    newest: dict[int, int] = {}
    if acks.exists():
        for line in acks.read_text().splitlines():
            producer, n = map(int, line.split())
            newest[producer] = max(n, newest.get(producer, -1))
    return newest


def kill_in_a_loop(
    folder: Path, kills: int, *, early: bool
) -> Iterator[tuple[int, list[str], int, int]]:
    """Yield, for each kill, (lost, half-written, acknowledged in the file, its chunks)."""
    # The same lengths of life every time; where in its work a writer dies is chance enough.
    chance = random.Random(1)
    with Nursery.open() as nursery:
        for kill in range(kills):
            path = folder / f"{kill // KILLS_PER_FILE}.db"
            acks = path.with_suffix(".acks")
            seconds = chance.uniform(0, LONGEST_LIFE_SECONDS)
            nursery.run_and_kill(path, acks, early=early, seconds=seconds)
            if path.exists():
                found = asyncio.run(inspect(path))
                newest = acknowledged_in(acks)
                so_far = sum(n + 1 for n in newest.values())
                yield *faults(found, newest), so_far, found.sealed


def test_nothing_acknowledged_is_lost_and_nothing_is_half_written_by_kill_9(
    tmp_path: Path,
) -> None:
    acknowledged: list[int] = []
    most_sealed = 0

    def met_writers_at_work() -> bool:
        return max(acknowledged, default=0) > 10 * KILLS_PER_FILE and most_sealed > 1

    for lost, halves, so_far, sealed in kill_in_a_loop(tmp_path, MOST_KILLS, early=False):
        assert lost == 0
        assert halves == []
        acknowledged.append(so_far)
        most_sealed = max(most_sealed, sealed)
        if len(acknowledged) >= KILLS and met_writers_at_work():
            break

    assert met_writers_at_work(), "nothing was tested"


def test_acknowledging_before_commit_would_be_found_out(tmp_path: Path) -> None:
    """The control: this must lose some, or the test above sees nothing."""
    losses = (lost for lost, *_ in kill_in_a_loop(tmp_path, CONTROL_KILLS, early=True))

    assert any(lost > 0 for lost in losses), "no loss seen: the crash test is blind"


def test_a_batch_torn_in_two_would_be_found_out(tmp_path: Path) -> None:
    """The other control: a cursor that moved without its events."""
    path = tmp_path / "torn.db"

    async def tear() -> Found:
        async with Database.open(path) as database, database.transaction() as connection:
            await connection.execute(
                "INSERT INTO cursors VALUES ('discord', 'producer 3', '0')"
            )
        return await inspect(path)

    lost, halves = faults(asyncio.run(tear()), {3: 1})

    assert lost == 1
    assert halves[0] == "producer 3: cursor 0 without its events"


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "EVENTS", EVENTS_PER_CHUNK)


@pytest.fixture(autouse=True)
def blockbuster() -> None:
    """Nothing here shares an event loop with anybody; the parent only waits."""

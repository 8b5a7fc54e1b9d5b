"""Measure the events acknowledged a second, beside a writer that commits every event.

python -m bench.ingest [--events 100000] [--producers 64] [--folder FOLDER]
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from cred.facts.events import Event, Kind, Provenance
from storage.file.database import Database
from storage.log import appending, hash_chain
from storage.log.batch import Batch
from storage.log.event_log import EventLog

_NAIVE_SHARE = 20
"""The writer that commits every event is so slow that it gets a twentieth of the events."""


@dataclass(frozen=True, slots=True)
class IngestRun:
    """The figures of one run."""

    writer: str
    producers: int
    events: int
    events_per_second: float
    p50_ms: float
    """Median time from the call to the acknowledgement."""
    p99_ms: float


async def measure(
    folder: Path, *, events: int = 100_000, producers: int = 64
) -> list[IngestRun]:
    """Measure group commit and a commit per event, on the disk that `folder` is on."""
    return [
        await _run(folder / "group.db", "group commit", _group_commit, events, producers),
        await _run(
            folder / "naive.db",
            "commit per event",
            _commit_per_event,
            events // _NAIVE_SHARE,
            producers,
        ),
    ]


Append = Callable[[Batch], Awaitable[object]]


async def _group_commit(database: Database, exits: AsyncExitStack) -> Append:
    log = await exits.enter_async_context(EventLog(database))
    return log.append


async def _commit_per_event(database: Database, _: AsyncExitStack) -> Append:
    def append(batch: Batch) -> Awaitable[object]:
        return database.write(
            lambda plain: appending.append(plain, hash_chain.load_end(plain), batch)
        )

    return append


async def _run(
    path: Path,
    writer: str,
    make: Callable[[Database, AsyncExitStack], Awaitable[Append]],
    events: int,
    producers: int,
) -> IngestRun:
    waits: list[float] = []
    async with AsyncExitStack() as exits:
        database = await exits.enter_async_context(Database.open(path))
        append = await make(database, exits)

        async def produce(producer: int) -> None:
            for n in range(producer, events, producers):
                began = perf_counter()
                await append(Batch((_event(n),)))
                waits.append(perf_counter() - began)

        start = perf_counter()
        await asyncio.gather(*(produce(producer) for producer in range(producers)))
        seconds = perf_counter() - start
    p50, p99 = np.percentile(waits, [50, 99]) * 1000
    return IngestRun(writer, producers, events, events / seconds, float(p50), float(p99))


def _event(n: int) -> Event:
    """Return the n-th event: a message, then five reactions to it."""
    message, reaction = divmod(n, 6)
    return Event(
        source="discord",
        kind=Kind.REACTED if reaction else Kind.POSTED,
        at_ms=n,
        seen_ms=n,
        provenance=Provenance.LIVE,
        actor=str((message + reaction) % 997),
        target=str(10**17 + message),
        place=None if reaction else "1",
        text="👍" if reaction else None,
    )


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--producers", type=int, default=64)
    parser.add_argument("--folder", type=Path, help="on the disk to measure")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        runs = asyncio.run(
            measure(Path(folder), events=options.events, producers=options.producers)
        )
    if options.json:
        sys.stdout.write(json.dumps([asdict(run) for run in runs]) + "\n")
        return
    for run in runs:
        sys.stdout.write(
            f"{run.writer:17} {run.producers:3} producers {run.events:8,} events "
            f"{run.events_per_second:9,.0f}/s  "
            f"p50 {run.p50_ms:7.2f} ms  p99 {run.p99_ms:7.2f} ms\n"
        )
    group_commit, commit_per_event = runs
    ratio = group_commit.events_per_second / commit_per_event.events_per_second
    sys.stdout.write(f"group commit is {ratio:.1f} times as fast\n")


if __name__ == "__main__":
    main()

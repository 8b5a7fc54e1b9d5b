"""How many events a second are acknowledged, beside a writer with a commit for each event.

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
"""The naive writer is given a twentieth of the events: it is that slow."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """One run."""

    writer: str
    producers: int
    events: int
    events_per_second: float
    p50_ms: float
    """From asking to having the acknowledgement, of half of the events at most."""
    p99_ms: float


async def measure(
    folder: Path, *, events: int = 100_000, producers: int = 64
) -> list[Ingested]:
    """Return how group commit and a commit per event do on the disk that `folder` is on."""
    return [
        await _run(folder / "group.db", "group commit", _grouped, events, producers),
        await _run(
            folder / "naive.db", "commit per event", _naive, events // _NAIVE_SHARE, producers
        ),
    ]


Append = Callable[[Batch], Awaitable[object]]


async def _grouped(database: Database, exits: AsyncExitStack) -> Append:
    log = await exits.enter_async_context(EventLog(database))
    return log.append


async def _naive(database: Database, _: AsyncExitStack) -> Append:
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
) -> Ingested:
    waits: list[float] = []
    async with AsyncExitStack() as exits:
        database = await exits.enter_async_context(Database.open(path))
        append = await make(database, exits)

        async def produce(producer: int) -> None:
            for n in range(producer, events, producers):
                asked = perf_counter()
                await append(Batch((_event(n),)))
                waits.append(perf_counter() - asked)

        began = perf_counter()
        await asyncio.gather(*(produce(producer) for producer in range(producers)))
        seconds = perf_counter() - began
    p50, p99 = np.percentile(waits, [50, 99]) * 1000
    return Ingested(writer, producers, events, events / seconds, float(p50), float(p99))


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
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--producers", type=int, default=64)
    parser.add_argument("--folder", type=Path, help="on the disk to measure")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        runs = asyncio.run(
            measure(Path(folder), events=wanted.events, producers=wanted.producers)
        )
    if wanted.json:
        sys.stdout.write(json.dumps([asdict(run) for run in runs]) + "\n")
        return
    for run in runs:
        sys.stdout.write(
            f"{run.writer:17} {run.producers:3} producers {run.events:8,} events "
            f"{run.events_per_second:9,.0f}/s  "
            f"p50 {run.p50_ms:7.2f} ms  p99 {run.p99_ms:7.2f} ms\n"
        )
    grouped, naive = runs
    ratio = grouped.events_per_second / naive.events_per_second
    sys.stdout.write(f"group commit is {ratio:.1f} times as fast\n")


if __name__ == "__main__":
    main()

"""Write until killed: many producers, each of which notes every acknowledgement in a file.

Producer p's n-th batch is a post "p-n" with two mentions and a reply to the post before, a new
name for its author, and a cursor with the value n. So the cursor alone says what the batch must
have left behind, and a half-written batch shows. Meanwhile a reader reads columns, which seals
chunks.
"""

import asyncio
import os
from pathlib import Path

from cred.facts.events import Event, Kind
from storage.file.database import Database
from storage.log import chunks
from storage.log.batch import Account, Batch
from storage.log.cursors import Cursors
from storage.log.event_log import EventLog
from tests.storage.builders import a_mention, an_event

PRODUCERS = 16
EVENTS_PER_BATCH = 4
EVENTS_PER_CHUNK = 64


def a_batch(producer: int, n: int) -> Batch:
    author, post = f"author{producer}", f"{producer}-{n}"
    events: list[Event] = [
        an_event(actor=author, target=post, value=n),
        a_mention(1, actor=author, target=post, object="ada"),
        a_mention(2, actor=author, target=post, object="bob"),
        an_event(Kind.REPLIED, actor=author, target=post, object=f"{producer}-{n - 1}"),
    ]
    return Batch(
        tuple(events),
        accounts=(Account("discord", author, name=f"name {n}"),),
        cursors={("discord", f"producer {producer}"): str(n)},
    )


async def ingest(path: Path, acks: Path, *, early: bool) -> None:
    """Ingest for ever. With `early`, acknowledge before COMMIT, which must lose some."""
    chunks.EVENTS = EVENTS_PER_CHUNK  # type: ignore[misc]
    noted = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    async with Database.open(path) as database, EventLog(database) as log:
        cursors = await Cursors(database).all("discord")

        async def produce(producer: int) -> None:
            n = int(cursors.get(f"producer {producer}", "-1"))
            while True:
                n += 1
                if early:
                    appending = asyncio.create_task(log.append(a_batch(producer, n)))
                    await asyncio.sleep(0)
                    os.write(noted, f"{producer} {n}\n".encode())
                    await appending
                else:
                    await log.append(a_batch(producer, n))
                    os.write(noted, f"{producer} {n}\n".encode())

        async def read() -> None:
            last = 0
            while True:
                last += len(await log.columns(last))

        await asyncio.gather(read(), *(produce(producer) for producer in range(PRODUCERS)))

"""Write until a limit on the size of files is reached, then lift it and write on; report."""

import asyncio
import json
import resource
import sys
from pathlib import Path

from storage.errors import OperatorError
from storage.file.database import Database
from storage.log.event_log import EventLog
from tests.storage.crash.victim import a_batch

LIMIT = 1_500_000
ATTEMPTS_WHILE_FULL = 5


async def main(path: Path) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, hard))
    complaints: list[str] = []
    async with Database.open(path) as database, EventLog(database) as log:
        n = acknowledged = readable = 0
        while len(complaints) < ATTEMPTS_WHILE_FULL:
            try:
                await log.append(a_batch(0, n))
            except OperatorError as error:
                complaints.append(f"{type(error).__name__}: {error}")
                readable = await log.length()
            else:
                n += 1
                acknowledged = n
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        after = [(await log.append(a_batch(0, n + more))).new for more in range(3)]
        await log.verify()
        json.dump(
            {
                "acknowledged": acknowledged,
                "complaints": complaints,
                "readable while full": readable,
                "new after": after,
                "length": await log.length(),
            },
            sys.stdout,
        )


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

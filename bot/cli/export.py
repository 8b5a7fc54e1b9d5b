"""`credbot export`: prints a community's events as JSON Lines."""

import asyncio
import sys
from contextlib import AsyncExitStack

from bot.cli.output import say
from bot.cli.process_settings import read_process_settings
from bot.cli.status import StoppedError
from bot.commands.kit.wording import pluralize
from bot.community.files import CommunityFiles
from bot.runtime.output_encoding import dump_json
from storage.errors import LockedError
from storage.file.database import Database
from storage.log.event_log import EventLog


async def export(slug: str, *, after: int) -> None:
    """Print a community's events after a position, one JSON object per line.

    While a bot has the community's file open, the events that are in it so far are printed.

    Raises
    ------
    StoppedError
        If it is interrupted; the message says how to continue.
    """
    files = CommunityFiles(read_process_settings().data_dir)
    await asyncio.to_thread(files.require, slug)
    async with AsyncExitStack() as exits:
        path = files.path(slug)
        try:
            database = await exits.enter_async_context(Database.open(path))
        except LockedError:
            database = await exits.enter_async_context(Database.open_beside(path))
        count = 0
        try:
            async for row in EventLog(database).export(after):
                sys.stdout.write(dump_json(row, sys.stdout) + "\n")
                count += 1
        except asyncio.CancelledError:
            sys.stdout.flush()
            raise StoppedError(
                f"Stopped after {pluralize(count, 'event')}; "
                f"--after {after + count} goes on from there."
            ) from None
        sys.stdout.flush()
    say(f"{pluralize(count, 'event')}.")

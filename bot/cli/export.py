"""`credbot export`: prints a community's events as JSON Lines."""

import asyncio
import sys

from bot.cli.open_communities import open_communities
from bot.cli.output import say
from bot.cli.process_settings import read_process_settings
from bot.cli.status import StoppedError
from bot.commands.kit.wording import pluralize
from bot.runtime.output_encoding import dump_json


async def export(slug: str, *, after: int) -> None:
    """Print a community's events after a position, one JSON object per line.

    Raises
    ------
    StoppedError
        If it is interrupted; the message says how to continue.
    """
    async with open_communities(read_process_settings().data_dir) as opened:
        community = await opened.get_existing(slug)
        count = 0
        try:
            async for row in community.log.export(after):
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

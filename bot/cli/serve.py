"""`run` and `backfill`: the bot itself, and one round of reading what it missed."""

import asyncio
import logging
import signal
import sys

import discord

from bot.app import App, running_app
from bot.cli.output import progress, say
from bot.cli.status import StoppedError
from bot.commands.wording import counted
from bot.settings import read_settings
from bot.sources.discord.history import Progress


async def run() -> None:
    """Run the bot until it is told to stop."""
    settings = read_settings()
    _log_to_stderr(settings.log_level)
    async with running_app(settings) as app:
        await _until_stopped(app)
    say("Stopped. Everything heard is on disk; the next start reads what comes meanwhile.")


async def backfill() -> None:
    """Read the history that the log lacks, of every server the bot is on, and stop.

    Raises
    ------
    StoppedError
        If it was told to stop first.
    """
    settings = read_settings()
    _log_to_stderr("WARNING")
    with progress() as bar:
        tasks = {}

        def told(reading: Progress) -> None:
            if reading.place not in tasks:
                tasks[reading.place] = bar.add_task(f"#{reading.name}", total=None)
            bar.update(tasks[reading.place], completed=reading.messages, total=reading.expected)

        async with running_app(settings, progress=told) as app:
            running = asyncio.create_task(app.run())
            settled = asyncio.create_task(_settled(app))
            try:
                await asyncio.wait({running, settled}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    await running  # it says why it could not
            except asyncio.CancelledError:
                raise StoppedError(
                    "Stopped. What was read is kept; run the same command to go on."
                ) from None
            finally:
                running.cancel()
                settled.cancel()
                await asyncio.gather(running, settled, return_exceptions=True)
            say(f"{counted(len(app.listener.servers), 'server')} read up to now.")


async def _settled(app: App) -> None:
    """Return when Discord has said which servers there are and each was read."""
    ready = asyncio.Event()

    async def on_ready() -> None:
        ready.set()

    app.client.add_listener(on_ready)
    await ready.wait()
    await app.listener.settled()


async def _until_stopped(app: App) -> None:
    """Run until SIGINT or SIGTERM asks to stop, or until it cannot go on."""
    running = asyncio.create_task(app.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        return
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # That nobody can talk to it by voice is no news.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False

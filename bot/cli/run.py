"""`credbot run`: the bot itself."""

import asyncio
import logging
import signal
import sys

import discord

from bot.app.app import App, running_app
from bot.cli.output import say
from bot.cli.process_settings import read_process_settings
from bot.runtime.log_redaction import RedactingFormatter


async def run() -> None:
    """Run the bot until SIGINT or SIGTERM stops it."""
    settings = read_process_settings()
    log_to_stderr(settings.log_level)
    async with running_app(settings) as app:
        await _run_until_signal(app)
    say("Stopped. Everything heard is on disk; the next start reads what comes meanwhile.")


async def _run_until_signal(app: App) -> None:
    """Run until SIGINT or SIGTERM arrives, or until the bot cannot go on."""
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


def log_to_stderr(level: str) -> None:
    """Log to standard error, without secrets."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    # The bot never uses voice, so it does not matter that the libraries for it are missing.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False

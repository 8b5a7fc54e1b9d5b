"""An in-process Discord for the real discord.py client; see README.md."""

from tests.discord_server.server import ContractBrokenError, DiscordServer, running_discord

__all__ = ["ContractBrokenError", "DiscordServer", "running_discord"]

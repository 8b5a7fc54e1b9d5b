"""Discord: messages, slash commands and buttons in, embeds and pictures out."""

from bot.chat.discord.chat import DiscordChat

__all__ = ["DiscordChat"]

"""What a message says to the bot: its command line, and the message that it is about."""

import discord

from bot.chat.discord.slash import SOURCE
from bot.chat.line.parse import Invocation, is_meant_for_us
from bot.commands.kit.arguments import ContributionLink
from bot.commands.kit.registry import Registry
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import SLASH


def read_line(
    message: discord.Message,
    me: discord.ClientUser | None,
    prefix: str,
    registry: Registry,
) -> tuple[str | None, str]:
    """Return the command line of a message, without prefix, and the prefix for its reply.

    The line is None if the message is not for us. Other bots share our prefix, so one of
    our commands has to follow it. A mention at the very beginning is always for us, and so
    is all that is said to the bot alone, with or without a prefix.
    """
    content = message.content.strip()
    if me is not None:
        for mention in (f"<@{me.id}>", f"<@!{me.id}>"):
            if content.startswith(mention):
                line = content.removeprefix(mention).lstrip(" ,:").removeprefix(prefix)
                return line.removeprefix(SLASH), f"@{me.display_name} "
    line = content.removeprefix(prefix)
    if message.guild is None:
        # There are no slash commands in a private message, but people type them.
        return line.removeprefix(SLASH).strip(), prefix
    if line != content and is_meant_for_us(line, registry):
        return line, prefix
    return None, prefix


def about_replied(
    invocation: Invocation | Reply, message: discord.Message
) -> Invocation | Reply:
    """Return an invocation about the message that it replies to, unless it names another."""
    replied = message.reference.message_id if message.reference else None
    if isinstance(invocation, Reply) or replied is None:
        return invocation
    return invocation.about(ContributionLink(SOURCE, str(replied)))

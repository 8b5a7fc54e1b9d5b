"""Addresses of messages, made of ids only and never of what somebody wrote."""

from typing import Final

from bot.commands.kit.reply import Link

_DIGITS: Final = frozenset("0123456789")
_MOST_DIGITS: Final = 20


def message_address(link: Link, guild_id: int) -> str | None:
    """Return the address of a message in a server, or None for a link of another source."""
    if link.source != "discord":
        return None
    ids = (link.place, link.contribution)
    if not all(id_ and len(id_) <= _MOST_DIGITS and set(id_) <= _DIGITS for id_ in ids):
        return None
    return f"https://discord.com/channels/{guild_id}/{link.place}/{link.contribution}"

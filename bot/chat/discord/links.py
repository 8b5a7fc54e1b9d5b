"""Addresses of messages: made from ids only, never from what somebody wrote."""

from typing import Final

from bot.commands.kit.reply import Link

_DIGITS: Final = frozenset("0123456789")


def address(link: Link, guild_id: int) -> str | None:
    """Return the address of a message in a server; None where the link is none of Discord's."""
    if link.source != "discord":
        return None
    ids = (link.place, link.contribution)
    if not all(one and len(one) <= 20 and set(one) <= _DIGITS for one in ids):  # noqa: PLR2004
        return None
    return f"https://discord.com/channels/{guild_id}/{link.place}/{link.contribution}"

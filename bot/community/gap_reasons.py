"""Why something could not be read: the reasons of gaps, and what somebody can do about them."""

from collections.abc import Mapping
from typing import Final

NO_PERMISSION: Final = "no permission to read the channel"
"""Discord does not let the bot read a channel."""

REMEDIES: Final[Mapping[str, str]] = {
    NO_PERMISSION: (
        "allow the bot View Channel and Read Message History there (a voice channel: Connect, "
        "too), or leave it out: discord.excluded-channels"
    ),
    "some of its topics may be in none of the forum's lists": (
        "on the forum, as the bot's user, mute no category, tag or topic"
    ),
    "the category is private": "let the bot's user read the category, if it is to count",
}
"""What to do about a place that cannot be read, by the reason of its gap."""

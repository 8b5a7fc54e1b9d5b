"""What a community can choose about its Discord server, and how choices become rules."""

from typing import Final

from bot.community.scoring.graph_source import Read
from bot.community.settings.definitions import (
    Definition,
    date_ms,
    ids,
    one_of,
    whole,
    yes_or_no,
)
from bot.sources.discord.rules import Departed, Rules

REACTION_DAYS: Final = "discord.reaction-days"
NSFW: Final = "discord.nsfw"
HISTORY_START: Final = "history.start"
"""A setting of every community, not only of this source."""
READING: Final = (HISTORY_START, NSFW, REACTION_DAYS)
"""Settings that decide what is read; the others decide what becomes of it."""

DEFINITIONS: Final = (
    Definition(
        "discord.props-channels",
        [],
        "Channels (with their threads) where a mention is praise, and where reactions to "
        "one's own message count.",
        "123456789012345678",
        ids,
    ),
    Definition(
        NSFW,
        default=False,
        help="Read and count channels that are marked as not safe for work.",
        example="yes",
        parse=yes_or_no,
    ),
    Definition(
        "discord.departed",
        Departed.KEEP.value,
        "What those who left made and were given: kept, or dropped (as SourceCred does).",
        "drop",
        one_of(*Departed),
    ),
    Definition(
        "discord.bots",
        default=True,
        help="Let bots take part. Webhooks never do.",
        example="no",
        parse=yes_or_no,
    ),
    Definition(
        "discord.simplify",
        default=False,
        help="Leave reactions out of the graph and let messages mint what their reactions "
        "weigh (SourceCred's simplifyGraph; raise weights.node.message too).",
        example="yes",
        parse=yes_or_no,
    ),
    Definition(
        REACTION_DAYS,
        7,
        "Read the reactions, edits and deletions of this many days again after a break.",
        "14",
        whole(least=0, most=3650),
    ),
)


def rules(read: Read) -> Rules:
    """Return a community's choices as the rules its graph is drawn by."""
    channels = read("discord.props-channels")
    return Rules(
        props_channels=frozenset(map(str, channels if isinstance(channels, list) else ())),
        simplify=bool(read("discord.simplify")),
        departed=Departed(str(read("discord.departed"))),
        beginning_ms=date_ms(read(HISTORY_START)),
        include_nsfw=bool(read(NSFW)),
        include_bots=bool(read("discord.bots")),
    )

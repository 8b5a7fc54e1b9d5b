"""What a community can choose about its Discord server, and how choices become rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.community.settings.configured_source import GetSetting
from bot.community.settings.definitions import (
    Definition,
    choice_parser,
    date_ms,
    parse_yes_or_no,
    whole_number_parser,
)
from bot.community.settings.references import (
    Reader,
    contribution_reader,
    place_reader,
    read_role,
    split_list,
    split_single,
)
from bot.sources.discord.emoji_names import read_emoji

read_channel: Final = place_reader("discord", "channel", besides=("server",))

KEY_READERS: Final[Mapping[str, Reader]] = {
    "emoji": read_emoji,
    "channel": read_channel,
    "message": contribution_reader("discord", "message"),
    "role": read_role,
}
"""How the keys of each factor's weights are read."""


class Departed(StrEnum):
    """What becomes of people who are not members, or no longer."""

    KEEP = "keep"
    """They stay, with everything that they made and were given, so that nobody else's cred
    changes when somebody leaves. Authors who left before the bot came count as well."""
    DROP = "drop"
    """Their reactions, authorship and mentions are left out, as by SourceCred."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a server's activity becomes a graph."""

    props_channels: frozenset[str] = frozenset()
    """Ids of channels or categories where, threads included, a mention is praise and reactions
    to one's own message count."""
    simplify: bool = False
    """Leave reactions out and let messages mint their reactions' sum (SourceCred's
    simplifyGraph)."""
    departed: Departed = Departed.KEEP
    beginning_ms: int | None = None
    """Earlier messages are left out; None: none are."""
    include_nsfw: bool = False
    """Include channels that are marked as not safe for work."""
    excluded_channels: frozenset[str] = frozenset()
    """Ids of channels or categories that are left out, threads included."""
    include_bots: bool = True
    """Let bots take part, as SourceCred does. Webhooks never take part."""


REACTION_DAYS: Final = "discord.reaction-days"
NSFW: Final = "discord.nsfw"
EXCLUDED: Final = "discord.excluded-channels"
HISTORY_START: Final = "history.start"
"""A setting of every community, not only of this source."""
READING: Final = (HISTORY_START, NSFW, EXCLUDED, REACTION_DAYS)
"""Settings that decide what is read; the others decide what becomes of it."""

DEFINITIONS: Final = (
    Definition(
        "discord.props-channels",
        [],
        "Channels (with their threads) where a mention is praise, and where reactions to "
        "one's own message count.",
        "general, 123456789012345678",
        split_list,
        read_item=read_channel,
    ),
    Definition(
        NSFW,
        default=False,
        help="Read and count channels that are marked as not safe for work.",
        example="yes",
        parse=parse_yes_or_no,
    ),
    Definition(
        EXCLUDED,
        [],
        "Channels and categories (with all that is in them) that are neither read nor counted.",
        "staff, 123456789012345678",
        split_list,
        read_item=read_channel,
    ),
    Definition(
        "discord.departed",
        Departed.KEEP.value,
        "What those who left made and were given: kept, or dropped (as SourceCred does).",
        "drop",
        choice_parser(*Departed),
    ),
    Definition(
        "discord.bots",
        default=True,
        help="Let bots take part. Webhooks never do.",
        example="no",
        parse=parse_yes_or_no,
    ),
    Definition(
        "discord.simplify",
        default=False,
        help="Leave reactions out of the graph and let messages mint what their reactions "
        "weigh (SourceCred's simplifyGraph; raise weights.node.message too).",
        example="yes",
        parse=parse_yes_or_no,
    ),
    Definition(
        "discord.announcements-channel",
        [],
        "Channel where proposals, results and maintainers' acts are announced; off: none.",
        "123456789012345678",
        split_single,
        read_item=read_channel,
    ),
    Definition(
        REACTION_DAYS,
        7,
        "Read the reactions, edits and deletions of this many days again after a break.",
        "14",
        whole_number_parser(least=0, most=3650),
    ),
)


def id_set(value: object) -> frozenset[str]:
    """Return the ids of a setting that is a list of them."""
    return frozenset(map(str, value if isinstance(value, list) else ()))


def read_rules(read: GetSetting) -> Rules:
    """Return a community's choices as the rules that its graph is built by."""
    return Rules(
        props_channels=id_set(read("discord.props-channels")),
        simplify=bool(read("discord.simplify")),
        departed=Departed(str(read("discord.departed"))),
        beginning_ms=date_ms(read(HISTORY_START)),
        include_nsfw=bool(read(NSFW)),
        excluded_channels=id_set(read(EXCLUDED)),
        include_bots=bool(read("discord.bots")),
    )

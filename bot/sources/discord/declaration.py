"""What the Discord source emits, and what that is worth by default.

Prefixes, keys and default weights are SourceCred's (SPEC §12), so that its weights files and
published graphs fit. `replies` is ours: SourceCred does not know who answers whom. It weighs
0 both ways until a community decides otherwise, so default numbers equal SourceCred's. So is
the factor `message`: what one contribution is worth (a message itself mints nothing; the
reactions to it do, and this multiplies them).
"""

from typing import Final

from bot.sources.discord.emoji import emoji_key
from cred.addresses import Address
from cred.graph.weights import Declaration, EdgeKind, EdgeWeight, Factor, Field, NodeKind, Rule

NAME: Final = "discord"
"""Name of the source."""

PREFIX: Final[Address] = ("sourcecred", "discord")

_MEMBER = (Field.ACCOUNT_KIND, Field.ACCOUNT)

DECLARATION: Final = Declaration(
    source=NAME,
    nodes=(
        NodeKind("member", (*PREFIX, "MEMBER"), 0.0, _MEMBER),
        NodeKind("message", (*PREFIX, "MESSAGE"), 0.0, (Field.PLACE, Field.CONTRIBUTION)),
        NodeKind(
            "reaction",
            (*PREFIX, "REACTION"),
            1.0,
            (Field.PLACE, Field.TEXT, Field.ACCOUNT, Field.CONTRIBUTION),
        ),
    ),
    edges=(
        EdgeKind(
            "authors",  # member → message
            (*PREFIX, "AUTHORS", "MESSAGE"),
            EdgeWeight(1 / 4, 1),
            (*_MEMBER, Field.PLACE, Field.CONTRIBUTION),
            ("its author", "messages they wrote"),
        ),
        EdgeKind(
            "adds reaction",  # member → reaction
            (*PREFIX, "ADDS_REACTION"),
            EdgeWeight(1, 1 / 16),
            (*_MEMBER, Field.TEXT, Field.PLACE, Field.CONTRIBUTION),
            ("who reacted", "reactions they gave"),
        ),
        EdgeKind(
            "reacts to",  # reaction → message
            (*PREFIX, "REACTS_TO"),
            EdgeWeight(1, 1 / 16),
            (Field.TEXT, Field.ACCOUNT, Field.PLACE, Field.CONTRIBUTION),
            ("reactions to it", "the message reacted to"),
        ),
        EdgeKind(
            "mentions",  # message → member
            (*PREFIX, "MENTIONS"),
            EdgeWeight(1, 1 / 16),
            (Field.PLACE, Field.ACCOUNT, Field.CONTRIBUTION, *_MEMBER),
            ("messages that mention them", "people it mentions"),
        ),
        EdgeKind(
            "props",  # message in a props channel → member
            (*PREFIX, "PROPS"),
            EdgeWeight(19, 1 / 16),
            (Field.PLACE, Field.ACCOUNT, Field.CONTRIBUTION, *_MEMBER),
            ("praise in props channels", "people it praises"),
        ),
        EdgeKind(
            "replies",  # message → the message it answers
            (*PREFIX, "REPLIES"),
            EdgeWeight(0, 0),
            (Field.PLACE, Field.CONTRIBUTION, Field.CONTRIBUTION),
            ("replies to it", "the message it answers"),
        ),
    ),
    factors=(
        Factor(
            "emoji",
            Rule.FIRST,
            "an emoji: the character itself, or name:id for a custom one",
            normal_key=emoji_key,
        ),
        Factor("channel", Rule.FIRST, "the id of a thread, channel or category"),
        Factor("message", Rule.FIRST, "the id of a message, or its link"),
        Factor("role", Rule.LARGEST, "the id of a role"),
    ),
)

"""Choices of a community that decide what of a Discord server is drawn, apart from weights."""

from dataclasses import dataclass
from enum import StrEnum


class Departed(StrEnum):
    """What becomes of those who are not members (any more)."""

    KEEP = "keep"
    """They stay, with all that they made and were given: nobody else's cred changes when
    somebody leaves. Authors who left before the bot came are there too."""
    DROP = "drop"
    """As SourceCred does: their reactions, authorship and mentions vanish."""


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
    """Messages before are left out; None: none."""
    include_nsfw: bool = False
    """Take channels in that are marked as not safe for work."""
    include_bots: bool = True
    """Let bots take part, as SourceCred does. Webhooks never do."""

"""Choices of a community that decide what of a forum is drawn, apart from weights."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """How a forum's activity becomes a graph."""

    home: str = ""
    """The forum's address, which is part of the addresses of nodes and edges; "": that of the
    forum that was read."""
    left_out: frozenset[str] = frozenset()
    """Ids of categories that are left out, with all that are in them."""
    beginning_ms: int | None = None
    """Topics and posts before are left out; None: none."""
    include_bots: bool = True
    """Let Discourse's own users (system, discobot) take part, as SourceCred does."""

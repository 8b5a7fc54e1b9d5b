"""What is written together: a batch is one transaction, stored as a whole or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cred.facts.events import Event

AccountKind = Literal["user", "bot", "webhook"]


@dataclass(frozen=True, slots=True)
class Account:
    """What a platform says of an account now; it replaces what was said before.

    An account that events name but nothing describes is a "user" without a name.
    """

    source: str
    id: str
    kind: AccountKind = "user"
    name: str | None = None
    """Name to show and to find the account by; None keeps the name known before."""
    told_ms: int | None = None
    """As of when that is so; what was told later stands. None: it is the newest."""
    other_names: tuple[str, ...] | None = None
    """Names to find the account by as well; None keeps those known before."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a platform says of a place (channel, thread, category) now."""

    source: str
    id: str
    name: str
    kind: str | None
    """What to call its type when it is shown: "text channel", "thread"; None keeps what was
    known before."""
    told_ms: int | None = None
    """As of when that is so; what was told later stands. None: it is the newest."""


@dataclass(frozen=True, slots=True)
class Description:
    """What somebody wrote about a contribution that no platform holds; later ones replace it.

    It is erased together with the account that posted the contribution.
    """

    source: str
    contribution: str
    title: str
    """One line; at most 200 characters are kept."""
    link: str | None = None
    """Where evidence is."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A span of time in which something may have happened that we could not see.

    Recording the same gap again (same source, place, reason and beginning) only moves its end.
    A gap that still goes on (`to_ms` is None) is one gap, whatever beginning is given.
    """

    source: str
    place: str | None
    """The place's platform id; None: all of the source."""
    from_ms: int
    to_ms: int | None
    reason: str
    """To be shown to operators: "no permission to read the channel"."""


@dataclass(frozen=True, slots=True)
class Statement:
    """That all of a contribution was told at some moment, as far as its reactions go."""

    at_ms: int
    besides: frozenset[str] = frozenset()
    """Emoji of which the statement does not name everybody who reacted."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events, and what else must become true in the same transaction."""

    events: tuple[Event, ...] = ()
    accounts: tuple[Account, ...] = ()
    places: tuple[Place, ...] = ()
    descriptions: tuple[Description, ...] = ()
    statements: Mapping[tuple[str, str], Statement] = field(default_factory=dict)
    """(source, contribution) → what a source told all of; kept only of what has an event."""
    cursors: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(source, cursor's name) → how far was read, in the source's own terms."""
    gaps: tuple[Gap, ...] = ()
    closed_gaps: Mapping[int, int] = field(default_factory=dict)
    """Number of a gap → milliseconds UTC at which it was filled."""
    restates: bool = False
    """Its events say only what is so already, so those who opted out may be in them."""
    whole: bool = False
    """Store nothing of the batch if an event would be left out (`Appended.skipped`)."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch, which is on disk by the time anybody holds this."""

    new: int
    """Events that were news, and so were appended."""
    last_seq: int
    """Position of the log's last event after the batch."""
    skipped: int
    """Events left out because somebody in them has opted out."""

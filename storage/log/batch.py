"""What is written together: a batch is one transaction, stored as a whole or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cred.facts.events import Event

AccountKind = Literal["user", "bot", "webhook"]


@dataclass(frozen=True, slots=True)
class Account:
    """What a platform says of an account now; later ones replace earlier ones.

    An account that events mention but nobody described is a "user" without a name.
    """

    source: str
    id: str
    kind: AccountKind = "user"
    name: str | None = None
    """Name to show and to look up by; None leaves the name known before."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a platform says of a place (channel, thread, category) now."""

    source: str
    id: str
    name: str
    kind: str
    """Word for people: "text channel", "thread"."""


@dataclass(frozen=True, slots=True)
class Description:
    """What somebody wrote of a contribution that no platform holds; later ones replace it.

    Erased together with the account that posted the contribution.
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

    The same gap (source, place, reason and beginning) told again is one row, with the latest
    end. A gap that still goes on (`to_ms` None) is told once, whatever its beginning.
    """

    source: str
    place: str | None
    """The place's platform id; None: all of the source."""
    from_ms: int
    to_ms: int | None
    reason: str
    """For operators: "no permission to read the channel"."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events with what else must become true in the same transaction."""

    events: tuple[Event, ...] = ()
    accounts: tuple[Account, ...] = ()
    places: tuple[Place, ...] = ()
    descriptions: tuple[Description, ...] = ()
    cursors: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(source, cursor's name) → how far it has been read, in the source's own words."""
    gaps: tuple[Gap, ...] = ()
    closed_gaps: Mapping[int, int] = field(default_factory=dict)
    """Number of a gap → milliseconds UTC at which it was filled."""
    whole: bool = False
    """Nothing of it is stored where an event would be left out (`Appended.skipped`)."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch. By the time anybody holds this, the batch is on disk."""

    new: int
    """Events that were news and were appended."""
    last_seq: int
    """Position of the log's last event after the batch."""
    skipped: int
    """Events left out because somebody in them has opted out."""

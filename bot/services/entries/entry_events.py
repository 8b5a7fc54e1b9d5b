"""The events that record thanks, manual work and initiatives. Pure; for commands and imports.

Accounts and contributions mostly belong to other sources, so each comes with its source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.services.entries.entry_types import (
    MANUAL,
    EntryDetails,
    EntryStatus,
    EntryType,
    ReferenceKind,
)
from cred.facts import events
from cred.facts.events import Event, Kind


@dataclass(frozen=True, slots=True)
class PlatformId:
    """An account or a contribution, identified by its platform's id."""

    source: str
    id: str


@dataclass(frozen=True, slots=True)
class EventStamp:
    """When something happened, when the bot learned of it, and how."""

    at_ms: int
    seen_ms: int
    provenance: events.Provenance = events.Provenance.MANUAL
    place: PlatformId | None = None
    """Where an entry was entered; None: nowhere that others could read it."""


def entry_event(
    id_: str, details: EntryDetails, author: PlatformId | None, stamp: EventStamp
) -> Event:
    """Return the event that creates an entry, dated when the work was done."""
    place = None if stamp.place is None else entry_place(stamp.place)
    return _event(Kind.POSTED, id_, author, stamp, text=details.to_text(), place=place)


def entry_place(place: PlatformId) -> str:
    """Return what the log calls a platform's place in which something was entered.

    >>> entry_place(PlatformId("discord", "31"))
    'discord:31'
    """
    return f"{place.source}:{place.id}"


def parse_entry_place(text: str) -> PlatformId:
    """Return the place that `entry_place` wrote.

    >>> parse_entry_place("discord:31")
    PlatformId(source='discord', id='31')
    """
    source, _, id_ = text.partition(":")
    return PlatformId(source, id_)


def thanks_events(
    id_: str,
    giver: PlatformId,
    receivers: Sequence[PlatformId],
    about: PlatformId | None,
    stamp: EventStamp,
) -> tuple[Event, ...]:
    """Return the events that create thanks to people, perhaps for a contribution."""
    return (
        entry_event(id_, EntryDetails(EntryType.THANKS), giver, stamp),
        *(_event(Kind.MENTIONED, id_, giver, stamp, object_=ref, value=1) for ref in receivers),
        *(
            ()
            if about is None
            else (reference_event(id_, about, ReferenceKind.THANKS_FOR, giver, stamp),)
        ),
    )


def work_events(
    id_: str,
    details: EntryDetails,
    author: PlatformId | None,
    shares: Mapping[PlatformId, int],
    stamp: EventStamp,
) -> tuple[Event, ...]:
    """Return the events that create an entry for work and give people shares in it."""
    return (
        entry_event(id_, details, author, stamp),
        *(
            _event(Kind.CREDITED, id_, author, stamp, object_=ref, value=share)
            for ref, share in shares.items()
        ),
    )


def champion_event(
    id_: str,
    account: PlatformId,
    actor: PlatformId | None,
    stamp: EventStamp,
    *,
    undo: bool = False,
) -> Event:
    """Return the event that somebody champions an initiative, or no longer does (`undo`)."""
    value = 0 if undo else 1
    return _event(Kind.CHAMPIONED, id_, actor, stamp, object_=account, value=value)


def reference_event(
    id_: str,
    other: PlatformId,
    kind: ReferenceKind,
    actor: PlatformId | None,
    stamp: EventStamp,
    *,
    undo: bool = False,
) -> Event:
    """Return the event that an entry refers to something, or no longer does (`undo`)."""
    value = 0 if undo else 1
    return _event(Kind.REFERENCED, id_, actor, stamp, object_=other, text=kind, value=value)


def status_event(
    id_: str, status: EntryStatus, actor: PlatformId | None, stamp: EventStamp
) -> Event:
    """Return the event that gives an entry a new status."""
    return _event(Kind.STATUS_CHANGED, id_, actor, stamp, text=status)


def _event(
    kind: Kind,
    id_: str,
    actor: PlatformId | None,
    stamp: EventStamp,
    *,
    object_: PlatformId | None = None,
    text: str | None = None,
    place: str | None = None,
    value: int = 0,
) -> Event:
    return Event(
        source=MANUAL,
        kind=kind,
        at_ms=stamp.at_ms,
        seen_ms=stamp.seen_ms,
        provenance=stamp.provenance,
        actor=None if actor is None else actor.id,
        actor_source=None if actor is None else actor.source,
        target=id_,
        object=None if object_ is None else object_.id,
        object_source=None if object_ is None else object_.source,
        text=None if text is None else str(text),
        place=place,
        value=value,
    )

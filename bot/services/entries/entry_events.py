"""Thanks, manual work and initiatives as events: pure, for commands and imports alike.

Accounts and contributions are nearly always another source's, so each comes with its source.
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
    """An account or a contribution, by its platform's id."""

    source: str
    id: str


@dataclass(frozen=True, slots=True)
class EventStamp:
    """When something happened, when we heard, and how."""

    at_ms: int
    seen_ms: int
    provenance: events.Provenance = events.Provenance.MANUAL


def entry_event(
    id_: str, details: EntryDetails, author: PlatformId | None, provenance: EventStamp
) -> Event:
    """Return the event that there is something, dated when it was done."""
    return _about(Kind.POSTED, id_, author, provenance, text=details.to_text())


def thanks_events(
    id_: str,
    giver: PlatformId,
    receivers: Sequence[PlatformId],
    about: PlatformId | None,
    provenance: EventStamp,
) -> tuple[Event, ...]:
    """Return the events of thanks to somebody, for something where that is known."""
    return (
        entry_event(id_, EntryDetails(EntryType.THANKS), giver, provenance),
        *(
            _about(Kind.MENTIONED, id_, giver, provenance, object_=ref, value=1)
            for ref in receivers
        ),
        *(
            ()
            if about is None
            else (reference_event(id_, about, ReferenceKind.THANKS_FOR, giver, provenance),)
        ),
    )


def work_events(
    id_: str,
    details: EntryDetails,
    author: PlatformId | None,
    shares: Mapping[PlatformId, int],
    provenance: EventStamp,
) -> tuple[Event, ...]:
    """Return the events of work that people have shares in."""
    return (
        entry_event(id_, details, author, provenance),
        *(
            _about(Kind.CREDITED, id_, author, provenance, object_=ref, value=share)
            for ref, share in shares.items()
        ),
    )


def champion_event(
    id_: str,
    account: PlatformId,
    actor: PlatformId | None,
    provenance: EventStamp,
    *,
    undo: bool = False,
) -> Event:
    """Return the event that somebody sees an initiative through, or does no more."""
    value = 0 if undo else 1
    return _about(Kind.CHAMPIONED, id_, actor, provenance, object_=account, value=value)


def reference_event(  # noqa: PLR0913 - fields of an event
    id_: str,
    other: PlatformId,
    how: ReferenceKind,
    actor: PlatformId | None,
    provenance: EventStamp,
    *,
    undo: bool = False,
) -> Event:
    """Return the event that one thing names, or gathers, another, or does no more."""
    value = 0 if undo else 1
    return _about(Kind.REFERENCED, id_, actor, provenance, object_=other, text=how, value=value)


def status_event(
    id_: str, status: EntryStatus, actor: PlatformId | None, provenance: EventStamp
) -> Event:
    """Return the event of a new status."""
    return _about(Kind.STATUS_CHANGED, id_, actor, provenance, text=status)


def _about(  # noqa: PLR0913 - fields of an event
    kind: Kind,
    id_: str,
    actor: PlatformId | None,
    provenance: EventStamp,
    *,
    object_: PlatformId | None = None,
    text: str | None = None,
    value: int = 0,
) -> Event:
    return Event(
        source=MANUAL,
        kind=kind,
        at_ms=provenance.at_ms,
        seen_ms=provenance.seen_ms,
        provenance=provenance.provenance,
        actor=None if actor is None else actor.id,
        actor_source=None if actor is None else actor.source,
        target=id_,
        object=None if object_ is None else object_.id,
        object_source=None if object_ is None else object_.source,
        text=None if text is None else str(text),
        value=value,
    )

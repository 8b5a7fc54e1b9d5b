"""Thanks, manual work and initiatives as events: pure, for commands and imports alike.

Accounts and contributions are nearly always another source's, so each comes with its source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.services.entries.entry_types import SOURCE, How, Sort, Status, What
from cred.facts import events
from cred.facts.events import Event, Kind


@dataclass(frozen=True, slots=True)
class Ref:
    """An account or a contribution, by its platform's id."""

    source: str
    id: str


@dataclass(frozen=True, slots=True)
class Told:
    """When something happened, when we heard, and how."""

    at_ms: int
    seen_ms: int
    how: events.How = events.How.MANUAL


def entered(id_: str, sort: Sort, author: Ref | None, told: Told) -> Event:
    """Return the event that there is something, dated when it was done."""
    return _about(Kind.POSTED, id_, author, told, text=sort.written())


def thanks(
    id_: str, giver: Ref, receivers: Sequence[Ref], about: Ref | None, told: Told
) -> tuple[Event, ...]:
    """Return the events of thanks to somebody, for something where that is known."""
    return (
        entered(id_, Sort(What.THANKS), giver, told),
        *(_about(Kind.MENTIONED, id_, giver, told, object_=ref, value=1) for ref in receivers),
        *(() if about is None else (refers(id_, about, How.THANKS_FOR, giver, told),)),
    )


def work(
    id_: str, sort: Sort, author: Ref | None, shares: Mapping[Ref, int], told: Told
) -> tuple[Event, ...]:
    """Return the events of work that people have shares in."""
    return (
        entered(id_, sort, author, told),
        *(
            _about(Kind.CREDITED, id_, author, told, object_=ref, value=share)
            for ref, share in shares.items()
        ),
    )


def champions(
    id_: str, account: Ref, actor: Ref | None, told: Told, *, no_more: bool = False
) -> Event:
    """Return the event that somebody sees an initiative through, or does no more."""
    value = 0 if no_more else 1
    return _about(Kind.CHAMPIONED, id_, actor, told, object_=account, value=value)


def refers(  # noqa: PLR0913 - fields of an event
    id_: str, other: Ref, how: How, actor: Ref | None, told: Told, *, no_more: bool = False
) -> Event:
    """Return the event that one thing names, or gathers, another, or does no more."""
    value = 0 if no_more else 1
    return _about(Kind.REFERENCED, id_, actor, told, object_=other, text=how, value=value)


def becomes(id_: str, status: Status, actor: Ref | None, told: Told) -> Event:
    """Return the event of a new status."""
    return _about(Kind.STATUS_CHANGED, id_, actor, told, text=status)


def _about(  # noqa: PLR0913 - fields of an event
    kind: Kind,
    id_: str,
    actor: Ref | None,
    told: Told,
    *,
    object_: Ref | None = None,
    text: str | None = None,
    value: int = 0,
) -> Event:
    return Event(
        source=SOURCE,
        kind=kind,
        at_ms=told.at_ms,
        seen_ms=told.seen_ms,
        how=told.how,
        actor=None if actor is None else actor.id,
        actor_source=None if actor is None else actor.source,
        target=id_,
        object=None if object_ is None else object_.id,
        object_source=None if object_ is None else object_.source,
        text=None if text is None else str(text),
        value=value,
    )

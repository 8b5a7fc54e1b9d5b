"""Events and batches with what a test does not care about filled in."""

from typing import Any

from cred.events import Event, How, Kind
from storage.batch import Batch

MONDAY_MS = 1_700_000_000_000


def an_event(kind: Kind = Kind.POSTED, **fields: Any) -> Event:
    """Return an event; a post of "ada" unless told otherwise."""
    given = {
        "source": "discord",
        "at_ms": MONDAY_MS,
        "seen_ms": MONDAY_MS + 5,
        "how": How.LIVE,
    } | fields
    if kind is Kind.POSTED:
        given = {"actor": "ada", "target": "m1", "place": "general"} | given
    return Event(kind=kind, **given)


def reacted(kind: Kind = Kind.REACTED, **fields: Any) -> Event:
    """Return a reaction of "bob" to the message of `an_event`, or its end."""
    return an_event(kind, **({"actor": "bob", "target": "m1", "text": "👍"} | fields))


def mentioned(count: int = 1, **fields: Any) -> Event:
    """Return a mention of "bob" in the message of `an_event`."""
    given = {"actor": "ada", "target": "m1", "object": "bob", "value": count} | fields
    return an_event(Kind.MENTIONED, **given)


def of(*events: Event, **more: Any) -> Batch:
    """Return a batch of events."""
    return Batch(tuple(events), **more)

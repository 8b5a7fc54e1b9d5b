"""Events and batches with what a test does not care about filled in."""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from cred.facts.events import Event, Kind, Provenance
from storage.file.database import Database
from storage.log.batch import Account, Batch, Description, Gap, Place
from storage.people.erasure import opt_out

MONDAY_MS = 1_700_000_000_000


class Fields(TypedDict, total=False):
    """Fields of an event that a test gives instead of the default."""

    source: str
    at_ms: int
    seen_ms: int
    provenance: Provenance
    actor: str | None
    target: str | None
    object: str | None
    place: str | None
    text: str | None
    value: int
    estimated: bool
    actor_source: str | None
    object_source: str | None


def an_event(kind: Kind = Kind.POSTED, **fields: Unpack[Fields]) -> Event:
    """Return an event; by default a post of "ada"."""
    given: Fields = {
        "source": "discord",
        "at_ms": MONDAY_MS,
        "seen_ms": MONDAY_MS + 5,
        "provenance": Provenance.LIVE,
    }
    if kind is Kind.POSTED:
        given |= {"actor": "ada", "target": "m1", "place": "general"}
    return Event(kind=kind, **(given | fields))


def a_reaction(kind: Kind = Kind.REACTED, **fields: Unpack[Fields]) -> Event:
    """Return a reaction of "bob" to the message of `an_event`, or its end."""
    given: Fields = {"actor": "bob", "target": "m1", "text": "👍"}
    return an_event(kind, **(given | fields))


def a_mention(count: int = 1, **fields: Unpack[Fields]) -> Event:
    """Return a mention of "bob" in the message of `an_event`."""
    given: Fields = {"actor": "ada", "target": "m1", "object": "bob", "value": count}
    return an_event(Kind.MENTIONED, **(given | fields))


class More(TypedDict, total=False):
    """What a batch may hold besides events."""

    accounts: tuple[Account, ...]
    places: tuple[Place, ...]
    descriptions: tuple[Description, ...]
    cursors: Mapping[tuple[str, str], str]
    gaps: tuple[Gap, ...]
    closed_gaps: Mapping[int, int]
    whole: bool


def a_batch_of(*events: Event, **more: Unpack[More]) -> Batch:
    """Return a batch of events."""
    return Batch(tuple(events), **more)


async def set_opted_out(database: Database, number: int, at_ms: int | None) -> None:
    """Opt out a single account, whatever it is linked to; None: it takes part again."""
    await database.write(lambda connection: opt_out(connection, number, at_ms))

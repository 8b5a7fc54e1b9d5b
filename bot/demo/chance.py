"""Random counts, and events, for both platforms of the sample."""

import math
import random
from typing import TypedDict, Unpack

from cred.facts.events import Event, Kind, Provenance


class EventFields(TypedDict, total=False):
    """The fields of an event besides its source, kind and time."""

    actor: str | None
    target: str | None
    object: str | None
    place: str | None
    text: str | None
    value: int


def live_event(source: str, kind: Kind, at_ms: int, **fields: Unpack[EventFields]) -> Event:
    """Return an event that was seen when it happened."""
    return Event(
        source=source,
        kind=kind,
        at_ms=at_ms,
        seen_ms=at_ms,
        provenance=Provenance.LIVE,
        **fields,
    )


def poisson(generator: random.Random, mean: float) -> int:
    """Draw a Poisson-distributed count, by Knuth's product of uniform numbers."""
    limit, product, count = math.exp(-mean), generator.random(), 0
    while product > limit:
        product *= generator.random()
        count += 1
    return count

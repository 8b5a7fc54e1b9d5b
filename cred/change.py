"""Why somebody's cred changed between two moments, in parts that sum to the difference.

The way from then to now is walked in the order in which things happened. Whenever weights or
links changed, what came before is taken in first. After each step everything is scored anew, by
the one engine, and the step's part is how much the person's cred differs from before it:

- a version of the settings, or a link made or undone, is a step of its own;
- what happened in between is two: first the events that concern the person
  (`cred.facts.concerning`), then everybody else's.

Cred of weeks that were over then and is different now was rewritten, because later
contributions pass flow back to earlier ones. It is a part of its own, which the parts of events
leave out.

The steps are differences of a telescoping sum, so they sum to the whole in exact arithmetic. Of
other orders of the same steps each would have other parts; this one is what people saw happen.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cred.epochs import WEEK_MS


class ChangeCause(StrEnum):
    """What changed cred."""

    OWN = "own"
    """New contributions of the person, and what was done with theirs."""
    OTHERS = "others"
    """What everybody else did: it mints cred, draws flow away or sends some."""
    WEIGHTS = "weights"
    """A version of the settings."""
    LINKS = "links"
    """Accounts that were linked or unlinked."""
    REWRITTEN = "rewritten"
    """Weeks that were over already."""


@dataclass(frozen=True, slots=True)
class Step:
    """The state after something happened."""

    cause: ChangeCause
    """Anything but `REWRITTEN`."""
    key: int
    """Of weights, the version; of links, the position in the log; otherwise 0."""
    cred: Mapping[int, float]
    """The person's cred by week: first moment of the week (ms) → cred."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the difference."""

    cause: ChangeCause
    key: int
    cred: float
    """May be negative."""


def split_change(
    before: Mapping[int, float], steps: Sequence[Step], *, then_ms: int
) -> tuple[Part, ...]:
    """Return the parts of the difference between the last step and the state before the first.

    Steps of the same cause and key are one part, in the order of their first. Parts of events
    are there even if they are 0; the part of rewritten weeks comes last.

    Parameters
    ----------
    before
        The person's cred by week, at first.
    steps
        In the order in which things happened.
    then_ms
        The moment of `before`: weeks that end by then were over.
    """
    parts: dict[tuple[ChangeCause, int], list[float]] = {
        (ChangeCause.OWN, 0): [],
        (ChangeCause.OTHERS, 0): [],
    }
    rewritten: list[float] = []
    known = before
    for step in steps:
        changes = parts.setdefault((step.cause, step.key), [])
        for week in {*known, *step.cred}:
            was_over = week + WEEK_MS <= then_ms
            is_rewritten = was_over and step.cause in {ChangeCause.OWN, ChangeCause.OTHERS}
            change = (step.cred.get(week, 0.0), -known.get(week, 0.0))
            (rewritten if is_rewritten else changes).extend(change)
        known = step.cred
    found = [Part(cause, key, math.fsum(values)) for (cause, key), values in parts.items()]
    return (*found, Part(ChangeCause.REWRITTEN, 0, math.fsum(rewritten)))

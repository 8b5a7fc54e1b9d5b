"""Words that thanks, manual work and initiatives have in the log: sorts, statuses, settings.

A contribution of the source "manual" says what it is by the text of its POSTED event, its
*sort*: a word, then for work its kind, then, where it has one of its own, its weight:

    thanks · contribution docs · contribution docs 1.5 · initiative · initiative 2/5 · rejection
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MANUAL: Final = "manual"
"""Name of the source."""

THANKS_PER_WEEK: Final = "thanks.per-week"
THANKS_AGAIN_DAYS: Final = "thanks.again-days"
CONTRIBUTION_KINDS: Final = "contributions.kinds"
INITIATIVE_WEIGHT: Final = "initiatives.weight"

_NO_KIND: Final = "-"


class EntryType(StrEnum):
    """What somebody entered; the number of one is counted by these."""

    THANKS = "thanks"
    CONTRIBUTION = "contribution"
    DEPENDENCY = "dependency"
    """Work that an initiative depends on, and that no platform holds."""
    REFERENCE = "reference"
    """Work that an initiative refers to, and that no platform holds."""
    INITIATIVE = "initiative"
    REJECTION = "rejection"
    """Why a contribution was rejected: words of whoever did; never drawn."""


WORK_TYPES: Final = (EntryType.CONTRIBUTION, EntryType.DEPENDENCY, EntryType.REFERENCE)
"""What people are credited for by shares."""


class EntryStatus(StrEnum):
    """What became of a contribution or an initiative."""

    WAITING = ""
    """For a contribution: until somebody approves it. For an initiative: it goes on."""
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    COMPLETE = "complete"


class ReferenceKind(StrEnum):
    """How one thing refers to another."""

    THANKS_FOR = "thanks for"
    CONTRIBUTES = "contributes"
    """An initiative gathers it."""
    DEPENDS_ON = "depends on"
    REFERS_TO = "refers to"
    REJECTS = "rejects"


@dataclass(frozen=True, slots=True)
class EntryDetails:
    """What a contribution is."""

    type: EntryType
    kind: str = ""
    """Of work: a word of the community's list."""
    weight: float | None = None
    """Its own; for an initiative, once it is complete. None: 1, or as the community says."""
    incomplete: float | None = None
    """An initiative's own weight before."""

    def to_text(self) -> str:
        """Return the text that stands for it."""
        words = [str(self.type)]
        if self.weight is not None or self.kind:
            if self.type in WORK_TYPES:
                words.append(self.kind or _NO_KIND)
            if self.weight is not None:
                before = "" if self.incomplete is None else f"{_typed(self.incomplete)}/"
                words.append(f"{before}{_typed(self.weight)}")
        return " ".join(words)


def _typed(weight: float) -> str:
    """Return a number that reads as exactly the same."""
    return repr(float(weight)).removesuffix(".0")


def parse_details(text: str) -> EntryDetails | None:
    """Return what a text stands for; None where it is none of ours.

    >>> read("contribution docs 1.5")
    EntryDetails(type=<EntryType.CONTRIBUTION: 'contribution'>, kind='docs', weight=1.5, incomplete=None)
    >>> read("initiative 2/5").incomplete
    2.0
    """
    first, *rest = text.split(" ")
    if first not in tuple(EntryType):
        return None
    what, kind = EntryType(first), ""
    if what in WORK_TYPES and rest:
        kind = "" if rest[0] == _NO_KIND else rest[0]
        rest = rest[1:]
    try:
        weights = [float(part) for part in rest[0].split("/")] if rest else []
    except ValueError:
        return None
    most = len(("incomplete", "complete")) if what is EntryType.INITIATIVE else 1
    if len(rest) > 1 or len(weights) > most:
        return None
    if not all(math.isfinite(weight) and weight >= 0.0 for weight in weights):
        return None
    if len(weights) > 1:
        return EntryDetails(what, kind, weights[1], weights[0])
    return EntryDetails(what, kind, weights[0] if weights else None)


def entry_id(what: EntryType, number: int) -> str:
    """Return the id of a contribution: "thanks:12"."""
    return f"{what}:{number}"


def entry_number(contribution: str, what: EntryType) -> int | None:
    """Return the number in an id; None where it is no such thing.

    >>> number_of("thanks:12", EntryType.THANKS)
    12
    """
    first, _, digits = contribution.partition(":")
    return int(digits) if first == what and digits.isascii() and digits.isdigit() else None

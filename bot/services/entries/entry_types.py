"""Types of entries, their statuses, and how the log's text describes an entry.

An entry is a contribution of the source "manual". The text of its POSTED event says what it is:
its type; of work, the kind of work; and its own weight, if it has one:

    thanks · contribution docs · contribution docs 1.5 · initiative · initiative 2/5 · rejection
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MANUAL: Final = "manual"
"""Name of the source that entries belong to."""

THANKS_PER_WEEK: Final = "thanks.per-week"
THANKS_AGAIN_DAYS: Final = "thanks.again-days"
CONTRIBUTION_KINDS: Final = "contributions.kinds"
INITIATIVE_WEIGHT: Final = "initiatives.weight"

_NO_KIND: Final = "-"


class EntryType(StrEnum):
    """What somebody entered. Entries of each type are numbered apart."""

    THANKS = "thanks"
    CONTRIBUTION = "contribution"
    DEPENDENCY = "dependency"
    """Work that an initiative depends on, where no platform holds it."""
    REFERENCE = "reference"
    """Work that an initiative refers to, where no platform holds it."""
    INITIATIVE = "initiative"
    REJECTION = "rejection"
    """Why a contribution was rejected, in the rejecter's words; never part of the graph."""


WORK_TYPES: Final = (EntryType.CONTRIBUTION, EntryType.DEPENDENCY, EntryType.REFERENCE)
"""Types of entries that people have shares in."""


class EntryStatus(StrEnum):
    """Where a contribution or an initiative stands."""

    WAITING = ""
    """A contribution waits for approval. An initiative is going on."""
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    COMPLETE = "complete"


class ReferenceKind(StrEnum):
    """In which way an entry refers to a contribution."""

    THANKS_FOR = "thanks for"
    CONTRIBUTES = "contributes"
    """An initiative gathers it."""
    DEPENDS_ON = "depends on"
    REFERS_TO = "refers to"
    REJECTS = "rejects"


@dataclass(frozen=True, slots=True)
class EntryDetails:
    """What the log's text says of an entry."""

    type: EntryType
    kind: str = ""
    """Of work: one of the community's kinds of work."""
    weight: float | None = None
    """Its own; of an initiative, once it is complete. None: 1, or as the community says."""
    incomplete: float | None = None
    """Of an initiative: its own weight until it is complete."""

    def to_text(self) -> str:
        """Return the text that `parse_details` reads back as the same."""
        words = [str(self.type)]
        if self.weight is not None or self.kind:
            if self.type in WORK_TYPES:
                words.append(self.kind or _NO_KIND)
            if self.weight is not None:
                before = "" if self.incomplete is None else f"{_format(self.incomplete)}/"
                words.append(f"{before}{_format(self.weight)}")
        return " ".join(words)


def _format(weight: float) -> str:
    """Return the shortest text that reads back as exactly this number."""
    return repr(float(weight)).removesuffix(".0")


def parse_details(text: str) -> EntryDetails | None:
    """Return what a text says of an entry; None if it describes none.

    >>> details = parse_details("contribution docs 1.5")
    >>> str(details.type), details.kind, details.weight
    ('contribution', 'docs', 1.5)
    >>> parse_details("initiative 2/5").incomplete
    2.0
    """
    first, *rest = text.split(" ")
    if first not in tuple(EntryType):
        return None
    type_, kind = EntryType(first), ""
    if type_ in WORK_TYPES and rest:
        kind = "" if rest[0] == _NO_KIND else rest[0]
        rest = rest[1:]
    try:
        weights = [float(part) for part in rest[0].split("/")] if rest else []
    except ValueError:
        return None
    most = len(("incomplete", "complete")) if type_ is EntryType.INITIATIVE else 1
    if len(rest) > 1 or len(weights) > most:
        return None
    if not all(math.isfinite(weight) and weight >= 0.0 for weight in weights):
        return None
    if len(weights) > 1:
        return EntryDetails(type_, kind, weights[1], weights[0])
    return EntryDetails(type_, kind, weights[0] if weights else None)


def entry_id(type_: EntryType, number: int) -> str:
    """Return an entry's id in the log: "thanks:12"."""
    return f"{type_}:{number}"


def entry_number(contribution: str, type_: EntryType) -> int | None:
    """Return the number in an id; None if it is not the id of an entry of this type.

    >>> entry_number("thanks:12", EntryType.THANKS)
    12
    """
    first, _, digits = contribution.partition(":")
    return int(digits) if first == type_ and digits.isascii() and digits.isdigit() else None

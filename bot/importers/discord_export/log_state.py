"""What the log knows better than an export of places and of roles."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from cred.facts.directory import Directory
from cred.facts.events import MISSING, EventColumns, Kind

ALWAYS: Final = 1 << 63
"""Later than any export."""


class KnownPlace(NamedTuple):
    """What was last told of a place."""

    told_ms: int
    flags: int
    """`NSFW`, which no export tells."""


@dataclass(slots=True)
class LogState:
    """Facts that an export must not overrule, read from the log piece by piece.

    An import adds its own facts, so that of two files the newer one counts, whatever their
    order. Its size grows with the number of people and places.
    """

    places: dict[str, KnownPlace] = field(default_factory=dict)
    """By place; `ALWAYS` for what is in the log, unless that was imported."""
    parents: dict[str, str | None] = field(default_factory=dict)
    """By place: what it is in; None: nothing."""
    names_ms: dict[str, int] = field(default_factory=dict)
    """By place: as of when it was named in this import."""
    roles_ms: dict[str, int] = field(default_factory=dict)
    """By account: how new its roles are."""

    def add(self, columns: EventColumns, directory: Directory) -> None:
        """Add what a piece of the log says of Discord; pieces come in the order of the log."""
        number = directory.source_number("discord")

        def rows(kind: Kind) -> list[int]:
            chosen = (columns.kind == kind) & (columns.source == number)
            return np.flatnonzero(chosen).tolist()

        for row in rows(Kind.PLACE_CHANGED):
            place = directory.place(int(columns.place[row]))
            self.places[place] = KnownPlace(ALWAYS, int(columns.value[row]))
            parent = int(columns.object[row])
            self.parents[place] = None if parent == MISSING else directory.place(parent)
        for row in rows(Kind.ROLES_CHANGED):
            account = directory.account(int(columns.actor[row]))
            self.roles_ms[account] = int(columns.at_ms[row])

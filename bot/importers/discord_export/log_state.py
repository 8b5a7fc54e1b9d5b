"""What the log knows better than an export, which is older than what was observed since."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from cred.facts.directory import Directory
from cred.facts.events import EventColumns, Kind

ALWAYS: Final = 1 << 63
"""Later than any export."""


@dataclass(slots=True)
class LogState:
    """Facts that an export must not overrule, read from the log piece by piece.

    An import adds its own facts, so that of two files the newer one counts, whatever their
    order. Its size grows with the number of people, places, and reactions taken back.
    """

    places_ms: dict[str, int] = field(default_factory=dict)
    """By place: how new its description is; `ALWAYS` if it is in the log."""
    roles_ms: dict[str, int] = field(default_factory=dict)
    """By account: how new its roles are."""
    taken_back: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """When reactions (message, account, emoji) were taken back."""

    def add(self, columns: EventColumns, directory: Directory) -> None:
        """Add what a piece of the log says of Discord; pieces come in the order of the log."""
        number = directory.source_number("discord")

        def rows(kind: Kind) -> list[int]:
            chosen = (columns.kind == kind) & (columns.source == number)
            return np.flatnonzero(chosen).tolist()

        for row in rows(Kind.PLACE_CHANGED):
            self.places_ms[directory.place(int(columns.place[row]))] = ALWAYS
        for row in rows(Kind.ROLES_CHANGED):
            account = directory.account(int(columns.actor[row]))
            self.roles_ms[account] = int(columns.at_ms[row])
        for row in rows(Kind.UNREACTED):
            reaction = (
                directory.contribution(int(columns.target[row])),
                directory.account(int(columns.actor[row])),
                directory.text(int(columns.text[row])),
            )
            self.taken_back[reaction] = int(columns.at_ms[row])

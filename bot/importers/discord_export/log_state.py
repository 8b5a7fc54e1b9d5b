"""What the log knows better than an export, which is older than what was heard live since."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from cred.facts.directory import Directory
from cred.facts.events import EventColumns, Kind

ALWAYS: Final = 1 << 63
"""As of later than any export."""


@dataclass(slots=True)
class Known:
    """Facts that an export must not overrule, learnt from the log piece by piece.

    What an import adds is added here too, so that of two files the newer is right, in whatever
    order they come. Holds as much as there are people and places, and reactions taken back.
    """

    places_ms: dict[str, int] = field(default_factory=dict)
    """As of when it is known where places are: of those in the log, `ALWAYS`."""
    roles_ms: dict[str, int] = field(default_factory=dict)
    """As of when the roles of accounts are known."""
    taken_back: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """Reactions (message, account, emoji) that were taken back, and when."""

    def learn(self, columns: EventColumns, directory: Directory) -> None:
        """Take in what a piece of the log says of Discord; pieces come in the log's order."""
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

"""What the log knows better than an export, which is older than what was heard live since."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from cred.directory import Directory
from cred.events import EventColumns, Kind


@dataclass(frozen=True, slots=True)
class Known:
    """Facts of the log that an export must not overrule."""

    places: frozenset[str] = frozenset()
    """Places of which the log says where they are."""
    roles_ms: Mapping[str, int] = field(default_factory=dict)
    """When the roles of each account were last learnt."""
    taken_back: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    """Reactions (message, account, emoji) that were taken back, and when."""

    @staticmethod
    def of(columns: EventColumns, directory: Directory) -> "Known":
        """Return what a log knows of Discord."""
        number = directory.source_number("discord")

        def rows(kind: Kind) -> list[int]:
            chosen = (columns.kind == kind) & (columns.source == number)
            return np.flatnonzero(chosen).tolist()

        return Known(
            places=frozenset(
                directory.place(int(columns.place[row])) for row in rows(Kind.PLACE_CHANGED)
            ),
            # In log order: the last one counts.
            roles_ms={
                directory.account(int(columns.actor[row])): int(columns.at_ms[row])
                for row in rows(Kind.ROLES_CHANGED)
            },
            taken_back={
                (
                    directory.contribution(int(columns.target[row])),
                    directory.account(int(columns.actor[row])),
                    directory.text(int(columns.text[row])),
                ): int(columns.at_ms[row])
                for row in rows(Kind.UNREACTED)
            },
        )

"""The state of every subject, as the log has it: it decides whether an event is news.

`cred.facts.events` says what subjects and states are. A subject that events are about only once
(a message is posted once) needs no row here: the log holding an event with the subject's key is
enough. Every row is derived: `rebuild` makes the table `known` anew from the log.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from cred.facts.events import FAMILY_OF, Event, Family, Kind, ObjectType
from storage.log.hash_chain import EVENT_COLUMNS, EventRow

OBJECT_TABLES: Final[Mapping[ObjectType, str]] = {
    ObjectType.ACCOUNT: "accounts",
    ObjectType.CONTRIBUTION: "contributions",
    ObjectType.PLACE: "places",
}
"""The side table that numbers an event's `object`."""

DERIVED: Final[Sequence[str]] = ("known",)
"""Tables that `rebuild` makes anew."""


def subject_key(family: Family, numbers: Mapping[str, int | None]) -> str:
    """Return the key of what an event is about: "reaction:12:5:7"."""
    return ":".join([family.name, *(str(numbers[field]) for field in family.subject)])


def state_text(family: Family, numbers: Mapping[str, int | None]) -> str:
    """Return the state that an event sets, as text to be compared."""
    states = (numbers[field] for field in family.state)
    return ",".join("-" if number is None else str(number) for number in states)


def sets_initial_state(event: Event) -> bool:
    """Tell whether an event sets the state that its subject has before all events."""
    family = FAMILY_OF[event.kind]
    if family.initial is None:
        return False
    return tuple(getattr(event, field) for field in family.state) == family.initial


def next_flip(
    connection: sqlite3.Connection, family: Family, key: str, state: str, source: int
) -> int | None:
    """Return the place of an event among those of its subject, from 1; None: it is no news."""
    if not family.state:
        stored = connection.execute(
            "SELECT 1 FROM events WHERE source = ? AND key = ?", (source, f"{key}#1")
        ).fetchone()
        return 1 if stored is None else None
    row = connection.execute(
        "SELECT state, flips FROM known WHERE subject = ?", (key,)
    ).fetchone()
    if row is None:
        return 1
    before, flips = row
    return None if before == state else flips + 1


def save_state(
    connection: sqlite3.Connection, family: Family, key: str, state: str, flips: int
) -> None:
    """Remember the state that an event set."""
    if family.state:
        connection.execute(
            "INSERT INTO known VALUES (?, ?, ?) "
            "ON CONFLICT (subject) "
            "DO UPDATE SET state = excluded.state, flips = excluded.flips",
            (key, state, flips),
        )


def rebuild(connection: sqlite3.Connection) -> int:
    """Derive all states from the log anew; return how many subjects have one."""
    connection.execute("DELETE FROM known")
    columns = ", ".join(EVENT_COLUMNS)
    for row in connection.execute(f"SELECT {columns} FROM events ORDER BY seq"):
        event = EventRow(*row)
        family = FAMILY_OF[Kind(event.kind)]
        key, _, flip = event.key.rpartition("#")
        save_state(connection, family, key, state_text(family, event._asdict()), int(flip))
    (count,) = connection.execute("SELECT count(*) FROM known").fetchone()
    return int(count)

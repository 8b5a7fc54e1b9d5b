"""What decides whether an event is news: the state of its subject as the log has it.

See the table at the head of `cred.facts.events`. Subjects whose state never changes (a message is
posted once) need no row here: that the log has an event under the subject's key is enough.
Every row is derived: `rebuild` makes the table anew from the log.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from cred.facts.events import FAMILY_OF, Event, Family, Kind, ObjectType
from storage.log.hash_chain import EventRow

SIDE_TABLE: Final[Mapping[ObjectType, str]] = {
    ObjectType.ACCOUNT: "accounts",
    ObjectType.CONTRIBUTION: "contributions",
    ObjectType.PLACE: "places",
}
"""Where the numbers of an event's `object` point to."""


def subject_key(family: Family, numbers: Mapping[str, int | None]) -> str:
    """Return the name of what an event is about: "reaction:12:5:7"."""
    return ":".join([family.name, *(str(numbers[field]) for field in family.subject)])


def state_text(family: Family, numbers: Mapping[str, int | None]) -> str:
    """Return the state that an event sets, as text that is compared."""
    return ",".join("-" if numbers[f] is None else str(numbers[f]) for f in family.state)


def sets_initial_state(event: Event) -> bool:
    """Return whether an event says of a subject never seen what holds anyway."""
    family = FAMILY_OF[event.kind]
    if family.initial is None:
        return False
    return tuple(getattr(event, field) for field in family.state) == family.initial


def next_flip(
    connection: sqlite3.Connection, family: Family, about: str, new_state: str, source: int
) -> int | None:
    """Return which event of its subject this is, from 1 up; None where it is no news."""
    if not family.state:
        stored = connection.execute(
            "SELECT 1 FROM events WHERE source = ? AND key = ?", (source, f"{about}#1")
        ).fetchone()
        return 1 if stored is None else None
    row = connection.execute(
        "SELECT state, flips FROM known WHERE subject = ?", (about,)
    ).fetchone()
    if row is None:
        return 1
    before, flips = row
    return None if before == new_state else flips + 1


def save_state(
    connection: sqlite3.Connection, family: Family, about: str, new_state: str, flips: int
) -> None:
    """Remember the state that an event set."""
    if family.state:
        connection.execute(
            "INSERT INTO known VALUES (?, ?, ?) "
            "ON CONFLICT (subject) "
            "DO UPDATE SET state = excluded.state, flips = excluded.flips",
            (about, new_state, flips),
        )


def rebuild(connection: sqlite3.Connection) -> int:
    """Drop what is known and derive it from the log; return how many subjects have a state."""
    connection.execute("DELETE FROM known")
    columns = ", ".join(EventRow._fields)
    for row in connection.execute(f"SELECT {columns} FROM events ORDER BY seq"):  # noqa: S608
        event = EventRow(*row)
        family = FAMILY_OF[Kind(event.kind)]
        about, _, flip = event.key.rpartition("#")
        save_state(connection, family, about, state_text(family, event._asdict()), int(flip))
    (count,) = connection.execute("SELECT count(*) FROM known").fetchone()
    return int(count)


DERIVED: Final[Sequence[str]] = ("known",)
"""Tables that `rebuild` makes anew."""

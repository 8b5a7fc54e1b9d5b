"""Make every derived table anew from the log; a test compares the result with the original."""

from typing import Final

from storage.file.database import Database
from storage.log import columns, subject_states

DERIVED: Final = (*subject_states.DERIVED, "event_chunks")
"""Tables that `rebuild` makes anew."""


async def rebuild(database: Database) -> int:
    """Drop and derive again what is derived; return how many subjects have a state.

    The log and its side tables are the truth and are not touched. Score snapshots are derived
    by `cred`, not here.
    """
    subjects = await database.write(subject_states.rebuild)
    await columns.rebuild(database)
    return subjects

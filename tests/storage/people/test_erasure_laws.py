"""After an erasure the log goes on as if nobody spoke of the person or their posts any more."""

import asyncio
import tempfile
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cred.facts.events import FAMILY_OF, Event, Kind, ObjectType
from storage.file.database import Database
from storage.log.batch import Account, Batch
from storage.log.event_log import EventLog
from storage.people.erasure import erase_accounts
from tests.laws import examples
from tests.storage.builders import MONDAY_MS, a_reaction, an_event
from tests.storage.strategies import EVENTS

Named = tuple[str, str, str]
"""Table, source, id."""

# What is entered by hand names authors of another source, and is on no platform to come again.
# Nor are links, and what erasing undoes of them is told in the log.
OF_PLATFORMS = EVENTS.filter(
    lambda event: (
        event.kind not in {Kind.LINKED, Kind.UNLINKED}
        and (
            event.kind not in {Kind.POSTED, Kind.AUTHORED}
            or event.actor_source in {None, event.source}
        )
    )
)
STORY = st.lists(OF_PLATFORMS, min_size=1, max_size=12)


@dataclass(frozen=True, slots=True)
class Outcome:
    rows: list[tuple[int, ...]]
    """The log, in numbers."""
    ids: set[Named]
    """All that is numbered."""
    gone: set[Named]
    """The erased account and what it posted."""


def names_in(event: Event) -> set[Named]:
    """Return the accounts and contributions that an event names."""
    found: set[Named] = set()
    if event.actor is not None:
        found.add(("accounts", event.actor_source or event.source, event.actor))
    if event.target is not None:
        found.add(("contributions", event.source, event.target))
    if event.object is not None:
        tables = {ObjectType.ACCOUNT: "accounts", ObjectType.CONTRIBUTION: "contributions"}
        table = tables.get(FAMILY_OF[event.kind].object_type)
        if table is not None:
            found.add((table, event.object_source or event.source, event.object))
    return found


def a_batch(events: Sequence[Event], without: AbstractSet[Named] = frozenset()) -> Batch:
    """Return events with descriptions of the accounts in them, leaving some ids out of both."""
    accounts = {
        (source, ref): Account(source, ref, name=f"called {ref}")
        for event in events
        for table, source, ref in sorted(names_in(event) - without)
        if table == "accounts"
    }
    kept = tuple(event for event in events if not names_in(event) & without)
    return Batch(kept, tuple(accounts.values()))


async def tell(before: Sequence[Event], later: Sequence[Event], *, erases: bool) -> Outcome:
    """Record two batches; in between, the first account is erased, or is spoken of no more."""
    with tempfile.TemporaryDirectory() as folder:
        async with Database.open(Path(folder) / "c.db") as database, EventLog(database) as log:
            await log.append(a_batch(before))
            gone = await database.read(posts_of_the_first)
            if erases and gone:
                await erase_accounts(database, [1], MONDAY_MS)
            await log.append(a_batch(later, frozenset() if erases else gone))
            await log.verify()
            columns = await log.columns()
            rows = list(
                zip(
                    *(
                        getattr(columns, name).tolist()
                        for name in ("kind", "actor", "target", "object", "text", "value")
                    ),
                    strict=True,
                )
            )
            return Outcome(rows, await database.read(all_ids), gone)


def posts_of_the_first(plain: Any) -> set[Named]:
    """Return the first account and what is its own: posted, and not handed on."""
    return set(
        plain.execute(
            "SELECT 'accounts', sources.ref, accounts.ref FROM accounts "
            "JOIN sources ON sources.number = source WHERE accounts.number = 1 "
            "UNION SELECT 'contributions', sources.ref, contributions.ref FROM events "
            "JOIN contributions ON contributions.number = target "
            "JOIN sources ON sources.number = contributions.source "
            "WHERE actor = 1 AND events.kind IN (1, 19) AND NOT EXISTS (SELECT 1 FROM known "
            "WHERE subject = 'author:' || target AND state <> '1')"
        ).fetchall()
    )


def all_ids(plain: Any) -> set[Named]:
    return {
        (table, source, ref)
        for table in ("accounts", "contributions")
        for source, ref in plain.execute(
            f"SELECT sources.ref, {table}.ref FROM {table} "
            "JOIN sources ON sources.number = source"
        ).fetchall()
        if ref is not None
    }


@settings(
    max_examples=examples(40),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(before=STORY, later=STORY)
@example(before=[an_event(), a_reaction(actor="u2")], later=[a_reaction(actor="u3")])
@example(
    before=[an_event(), an_event(Kind.AUTHORED, target="m1", actor="u2")],
    later=[a_reaction(actor="u3")],
)
@example(
    before=[an_event(Kind.AUTHORED, target="m1", actor="u1"), an_event(actor="u2")],
    later=[a_reaction(actor="u3")],
)
def test_what_comes_later_is_as_if_it_did_not_name_the_erased(
    before: list[Event], later: list[Event]
) -> None:
    later = [*later, *before]  # a replay, too

    erased = asyncio.run(tell(before, later, erases=True))
    unnamed = asyncio.run(tell(before, later, erases=False))

    assert erased.rows == unnamed.rows  # so every score is the same as well
    assert erased.ids == unnamed.ids - unnamed.gone

"""Queries about events of some kinds only read those events, through an index on the kinds."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from storage.file.database import Database
from storage.log.current_state import CurrentState
from storage.people.linking import LinkStore

T = TypeVar("T")


class PlanRecorder:
    """A database that keeps the plan of every statement that is read with."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.plans: list[str] = []

    async def read(self, function: Callable[[sqlite3.Connection], T]) -> T:
        return await self._database.read(lambda plain: self._record_plans(plain, function))

    def _record_plans(
        self, plain: sqlite3.Connection, function: Callable[[sqlite3.Connection], T]
    ) -> T:
        statements: list[str] = []
        plain.set_trace_callback(statements.append)
        try:
            result = function(plain)
        finally:
            plain.set_trace_callback(None)
        for statement in statements:
            steps = plain.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            self.plans.append("; ".join(detail for *_, detail in steps))
        return result


async def test_links_are_read_through_the_index_on_links(database: Database) -> None:
    recorder = PlanRecorder(database)

    await recorder.read(lambda plain: LinkStore(plain).events(3))

    assert any("USING INDEX events_links" in plan for plan in recorder.plans)


async def test_posts_of_a_place_are_read_through_the_index_on_posts(database: Database) -> None:
    recorder = PlanRecorder(database)

    await CurrentState(recorder, "discord").posts("general", 3)  # type: ignore[arg-type]

    assert any("USING INDEX events_posts" in plan for plan in recorder.plans)

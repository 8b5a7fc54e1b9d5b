"""The present state of single things, in the platform's own ids.

For sources that re-read their platform and record only the difference. All answers come from
the table of subjects' states and the log's indexes, a few rows per question.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cred.facts.events import (
    AUTHOR,
    EDIT,
    MEMBER,
    MENTION,
    MISSING,
    POST,
    PRESENCE,
    REACTION,
    REFERENCE,
    ROLES,
    Event,
    EventColumns,
    Family,
    Kind,
    Provenance,
)
from storage.file.database import Database
from storage.log import statements
from storage.log.batch import Statement

_COLUMNS: Final = ("actor", "target", "object", "place", "text")
_OF_SOURCE: Final = (
    "SELECT seq, kind, events.source, "
    f"{', '.join(f'ifnull(events.{name}, {MISSING})' for name in _COLUMNS)}, value, at_ms "
    "FROM events JOIN sources ON sources.number = events.source WHERE ref = ? ORDER BY seq"
)
_POSTS: Final = (
    "SELECT contributions.ref FROM events "
    "JOIN contributions ON contributions.number = events.target "
    # The kind is no parameter: it selects the partial index on posts.
    f"WHERE events.kind = {Kind.POSTED:d} "
    "AND events.place = ? AND events.at_ms >= ? AND ref IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM known WHERE subject = ? || events.target AND state = ?)"
)

_PLACES: Final = (
    "SELECT ref, at_ms, how FROM events JOIN places ON places.number = place "
    f"WHERE events.kind = {Kind.PLACE_CHANGED:d} AND events.source = ? ORDER BY seq"
)
_ABOUT: Final = (
    "SELECT seq, events.kind, at_ms, seen_ms, how, actors.ref, objects.ref, places.ref, "
    "texts.ref, value FROM events "
    "LEFT JOIN accounts AS actors ON actors.number = actor "
    f"LEFT JOIN accounts AS objects ON events.kind = {Kind.MENTIONED:d} "
    "AND objects.number = object "
    "LEFT JOIN places ON places.number = place LEFT JOIN texts ON texts.number = text "
    "WHERE events.source = ? AND key >= ? AND key < ?"
)


@dataclass(frozen=True, slots=True)
class CurrentContribution:
    """The present state of a contribution."""

    posted: bool = False
    """Whether it was seen posted, not only reacted to."""
    author: str | None = None
    """The account whose it is; None: nobody's that is known, or of somebody who was erased."""
    deleted: bool = False
    reactions: frozenset[tuple[str, str]] = frozenset()
    """(account, emoji) of every reaction that is there."""
    mentions: Mapping[str, int] = field(default_factory=dict)
    """Account mentioned → how often, at least 1."""
    references: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(contribution referred to, type of reference) → how often, at least 1."""


@dataclass(frozen=True, slots=True)
class CurrentAccount:
    """The present state of an account."""

    name: str | None
    roles: str | None
    """Text of the latest ROLES_CHANGED; None: its roles are unknown."""


class CurrentState:
    """Questions to one source's part of a community's log. Erased accounts are left out."""

    def __init__(self, database: Database, source: str) -> None:
        self._database = database
        self._source = source

    async def contributions(self, refs: Sequence[str]) -> Mapping[str, CurrentContribution]:
        """Return the state of contributions, without those that the log never names."""

        def read(plain: sqlite3.Connection) -> Mapping[str, CurrentContribution]:
            source = _source(plain, self._source)
            found = ((ref, _number(plain, "contributions", source, ref)) for ref in refs)
            return {
                ref: _contribution(plain, source, number)
                for ref, number in found
                if number is not None
            }

        return await self._database.read(read)

    async def events(self) -> EventColumns:
        """Return all events of the source, in log order; for sources with few events."""
        rows = await self._database.read(
            lambda plain: plain.execute(_OF_SOURCE, (self._source,)).fetchall()
        )
        return EventColumns.from_rows(rows)

    async def contribution_events(self, refs: Sequence[str]) -> Mapping[str, Sequence[Event]]:
        """Return the source's events about contributions, each list in log order."""

        def read(plain: sqlite3.Connection) -> Mapping[str, Sequence[Event]]:
            source = _source(plain, self._source)
            found = ((ref, _number(plain, "contributions", source, ref)) for ref in refs)
            return {
                ref: tuple(_events_about(plain, self._source, source, ref, number))
                for ref, number in found
                if number is not None
            }

        return await self._database.read(read)

    async def statements(self, refs: Sequence[str]) -> Mapping[str, Sequence[Statement]]:
        """Return as of when all of contributions was told."""

        def read(plain: sqlite3.Connection) -> Mapping[str, Sequence[Statement]]:
            source = _source(plain, self._source)
            found = ((ref, _number(plain, "contributions", source, ref)) for ref in refs)
            return {
                ref: statements.find(plain, number)
                for ref, number in found
                if number is not None
            }

        return await self._database.read(read)

    async def author(self, ref: str) -> int | None:
        """Return the number of the account whose a contribution is, or None."""

        def read(plain: sqlite3.Connection) -> int | None:
            source = _source(plain, self._source)
            number = _number(plain, "contributions", source, ref)
            return None if number is None else _author(plain, source, number)

        return await self._database.read(read)

    async def place(self, ref: str) -> str | None:
        """Return the id of the place that a contribution was posted in, or None."""

        def read(plain: sqlite3.Connection) -> str | None:
            source = _source(plain, self._source)
            number = _number(plain, "contributions", source, ref)
            row = plain.execute(
                "SELECT places.ref FROM events JOIN places ON places.number = place "
                "WHERE events.source = ? AND key = ?",
                (source, _post_key(number)),
            ).fetchone()
            return None if row is None else row[0]

        return await self._database.read(read)

    async def posts(self, place: str, from_ms: int) -> frozenset[str]:
        """Return the posts in a place, from `from_ms` on, that are not deleted."""

        def read(plain: sqlite3.Connection) -> frozenset[str]:
            source = _source(plain, self._source)
            rows = plain.execute(
                _POSTS,
                (
                    _number(plain, "places", source, place),
                    from_ms,
                    f"{PRESENCE.name}:",
                    str(Kind.DELETED.value),
                ),
            )
            return frozenset(ref for (ref,) in rows)

        return await self._database.read(read)

    async def imported_places(self) -> Mapping[str, int]:
        """Return as of when places are as they are, of those that an import described last."""

        def read(plain: sqlite3.Connection) -> Mapping[str, int]:
            rows = plain.execute(_PLACES, (_source(plain, self._source),))
            last = {ref: (at_ms, provenance) for ref, at_ms, provenance in rows}
            return {
                ref: at_ms
                for ref, (at_ms, provenance) in last.items()
                if provenance == Provenance.IMPORT
            }

        return await self._database.read(read)

    async def accounts(self) -> Mapping[str, CurrentAccount]:
        """Return all accounts by id."""

        def read(plain: sqlite3.Connection) -> Mapping[str, CurrentAccount]:
            rows = plain.execute(
                "SELECT accounts.ref, accounts.name, texts.ref FROM accounts "
                "LEFT JOIN known ON known.subject = ? || accounts.number "
                "LEFT JOIN texts ON texts.number = CAST(known.state AS INTEGER) "
                "WHERE accounts.source = ? AND accounts.ref IS NOT NULL",
                (f"{ROLES.name}:", _source(plain, self._source)),
            )
            return {ref: CurrentAccount(name, roles) for ref, name, roles in rows}

        return await self._database.read(read)

    async def members(self) -> frozenset[str]:
        """Return the accounts that are members now."""
        prefix = f"{MEMBER.name}:"

        def read(plain: sqlite3.Connection) -> frozenset[str]:
            rows = plain.execute(
                "SELECT ref FROM known JOIN accounts "
                "ON accounts.number = CAST(substr(subject, ?) AS INTEGER) "
                "WHERE subject >= ? AND subject < ? AND state = ? AND source = ? "
                "AND ref IS NOT NULL",
                (
                    len(prefix) + 1,
                    *_span(prefix),
                    str(Kind.JOINED.value),
                    _source(plain, self._source),
                ),
            )
            return frozenset(ref for (ref,) in rows)

        return await self._database.read(read)


def _contribution(
    plain: sqlite3.Connection, source: int | None, number: int
) -> CurrentContribution:
    posted = plain.execute(
        "SELECT 1 FROM events WHERE source = ? AND key = ?", (source, _post_key(number))
    ).fetchone()
    author = _author(plain, source, number)
    deleted = plain.execute(
        "SELECT 1 FROM known WHERE subject = ? AND state = ?",
        (f"{PRESENCE.name}:{number}", str(Kind.DELETED.value)),
    ).fetchone()
    reactions = set()
    for (actor, text), _ in _states(plain, REACTION, number):
        account, emoji = _ref(plain, "accounts", actor), _ref(plain, "texts", text)
        if account is not None and emoji is not None:
            reactions.add((account, emoji))
    mentions = {}
    for (mentioned,), count in _states(plain, MENTION, number):
        account = _ref(plain, "accounts", mentioned)
        if account is not None:
            mentions[account] = int(count)
    references = {}
    for (other, text), count in _states(plain, REFERENCE, number):
        ref, type_ = _ref(plain, "contributions", other), _ref(plain, "texts", text)
        if ref is not None and type_ is not None:
            references[ref, type_] = int(count)
    return CurrentContribution(
        posted=posted is not None,
        author=None if author is None else _ref(plain, "accounts", str(author)),
        deleted=deleted is not None,
        reactions=frozenset(reactions),
        mentions=mentions,
        references=references,
    )


def _author(plain: sqlite3.Connection, source: int | None, number: int) -> int | None:
    """Return the number of the account whose a contribution is now, or None."""
    row = plain.execute(
        "SELECT CAST(nullif(state, '-') AS INTEGER) FROM known WHERE subject = ? UNION ALL "
        "SELECT actor FROM events WHERE source = ? AND key = ? LIMIT 1",
        (f"{AUTHOR.name}:{number}", source, _post_key(number)),
    ).fetchone()
    return None if row is None else row[0]


def _events_about(
    plain: sqlite3.Connection, name: str, source: int | None, ref: str, number: int
) -> Iterator[Event]:
    rows = []
    for family in (POST, EDIT, PRESENCE, MENTION, REACTION):
        for ends in ("#$", ":;"):  # "$" follows "#", ";" follows ":"
            key = f"{family.name}:{number}"
            rows += plain.execute(_ABOUT, (source, key + ends[0], key + ends[1])).fetchall()
    for row in sorted(rows):
        _, kind, at_ms, seen_ms, provenance, actor, object_, place, text, value = row
        yield Event(
            source=name,
            kind=Kind(kind),
            at_ms=at_ms,
            seen_ms=seen_ms,
            provenance=Provenance(provenance),
            actor=actor,
            target=ref,
            object=object_,
            place=place,
            text=text,
            value=value,
        )


def _states(
    plain: sqlite3.Connection, family: Family, target: int
) -> Iterator[tuple[list[str], str]]:
    """Yield the subjects of a family that begin with a contribution, if not in initial state.

    Each is (the numbers behind the contribution's in the subject, the state).
    """
    initial = ",".join(str(int(part)) for part in family.initial or ())
    for subject, state in plain.execute(
        "SELECT subject, state FROM known WHERE subject >= ? AND subject < ?",
        _span(f"{family.name}:{target}:"),
    ).fetchall():
        if state != initial:
            yield subject.split(":")[2:], state


def _post_key(target: int | None) -> str:
    """Return the key of the event that posted a contribution."""
    return f"{POST.name}:{target}#1"


def _span(prefix: str) -> tuple[str, str]:
    """Return the bounds of all texts that begin with a prefix, which ends in a colon."""
    return prefix, prefix[:-1] + ";"


def _source(plain: sqlite3.Connection, name: str) -> int | None:
    row = plain.execute("SELECT number FROM sources WHERE ref = ?", (name,)).fetchone()
    return None if row is None else int(row[0])


def _number(plain: sqlite3.Connection, table: str, source: int | None, ref: str) -> int | None:
    row = plain.execute(
        f"SELECT number FROM {table} WHERE source = ? AND ref = ?",
        (source, ref),
    ).fetchone()
    return None if row is None else int(row[0])


def _ref(plain: sqlite3.Connection, table: str, number: str) -> str | None:
    row = plain.execute(
        f"SELECT ref FROM {table} WHERE number = ?",
        (int(number),),
    ).fetchone()
    return None if row is None else row[0]

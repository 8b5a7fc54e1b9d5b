"""What the log says now of single things, in the platforms' own ids.

For sources that re-read a platform and record only the difference. Everything comes from the
table of known states and the log's indexes, a few rows per question.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cred.facts.events import FAMILY_OF, MISSING, EventColumns, Kind
from storage.file.database import Database

_REACTION = FAMILY_OF[Kind.REACTED].name
_MENTION = FAMILY_OF[Kind.MENTIONED].name
_REFERENCE = FAMILY_OF[Kind.REFERENCED].name
_PRESENCE = FAMILY_OF[Kind.DELETED].name
_MEMBER = FAMILY_OF[Kind.JOINED].name
_POST = FAMILY_OF[Kind.POSTED].name
_OF_SOURCE = (
    "SELECT seq, kind, events.source, "
    + ", ".join(f"ifnull({name}, {MISSING})" for name in ("actor", "target", "object", "place"))
    + f", ifnull(text, {MISSING}), value, at_ms "
    "FROM events JOIN sources ON sources.number = events.source WHERE ref = ? ORDER BY seq"
)
_ROLES = FAMILY_OF[Kind.ROLES_CHANGED].name


@dataclass(frozen=True, slots=True)
class CurrentContribution:
    """What is known of a contribution now."""

    posted: bool = False
    """It was seen posted, not only reacted to."""
    deleted: bool = False
    reactions: frozenset[tuple[str, str]] = frozenset()
    """(account, emoji) of the reactions that are there."""
    mentions: Mapping[str, int] = field(default_factory=dict)
    """Account mentioned → how often, at least 1."""
    references: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(contribution referred to, how) → how often, at least 1."""


@dataclass(frozen=True, slots=True)
class CurrentAccount:
    """What is known of an account now."""

    name: str | None
    roles: str | None
    """Text of the latest ROLES_CHANGED; None: there was none."""


class CurrentState:
    """Questions to one source's part of a community's log. Accounts erased are left out."""

    def __init__(self, database: Database, source: str) -> None:
        self._database = database
        self._source = source

    async def contributions(self, refs: Sequence[str]) -> Mapping[str, CurrentContribution]:
        """Return what is known of contributions; those never heard of are left out."""

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
        """Return all events of the source, in log order; for sources that tell little."""
        rows = await self._database.read(
            lambda plain: plain.execute(_OF_SOURCE, (self._source,)).fetchall()
        )
        table = np.array(rows, np.int64).reshape(len(rows), 10).T
        return EventColumns(
            seq=table[0],
            kind=table[1].astype(np.int8),
            source=table[2].astype(np.int16),
            actor=table[3],
            target=table[4],
            object=table[5],
            place=table[6],
            text=table[7],
            value=table[8],
            at_ms=table[9],
        )

    async def author(self, ref: str) -> int | None:
        """Return the number of the account that posted a contribution; None if not known."""

        def read(plain: sqlite3.Connection) -> int | None:
            source = _source(plain, self._source)
            number = _number(plain, "contributions", source, ref)
            row = plain.execute(
                "SELECT actor FROM events WHERE source = ? AND key = ?",
                (source, f"{_POST}:{number}#1"),
            ).fetchone()
            return None if row is None else row[0]

        return await self._database.read(read)

    async def posts(self, place: str, from_ms: int) -> frozenset[str]:
        """Return the posts in a place, dated from `from_ms` on, that were not deleted."""

        def read(plain: sqlite3.Connection) -> frozenset[str]:
            source = _source(plain, self._source)
            rows = plain.execute(
                # The kind is spelled out: it selects the partial index on posts.
                "SELECT contributions.ref FROM events "
                "JOIN contributions ON contributions.number = events.target "
                "WHERE events.kind = 1 "
                "AND events.place = ? AND events.at_ms >= ? AND ref IS NOT NULL "
                "AND NOT EXISTS (SELECT 1 FROM known "
                "WHERE subject = ? || events.target AND state = ?)",
                (
                    _number(plain, "places", source, place),
                    from_ms,
                    f"{_PRESENCE}:",
                    str(Kind.DELETED.value),
                ),
            )
            return frozenset(ref for (ref,) in rows)

        return await self._database.read(read)

    async def accounts(self) -> Mapping[str, CurrentAccount]:
        """Return all accounts by id."""

        def read(plain: sqlite3.Connection) -> Mapping[str, CurrentAccount]:
            rows = plain.execute(
                "SELECT accounts.ref, accounts.name, texts.ref FROM accounts "
                "LEFT JOIN known ON known.subject = ? || accounts.number "
                "LEFT JOIN texts ON texts.number = CAST(known.state AS INTEGER) "
                "WHERE accounts.source = ? AND accounts.ref IS NOT NULL",
                (f"{_ROLES}:", _source(plain, self._source)),
            )
            return {ref: CurrentAccount(name, roles) for ref, name, roles in rows}

        return await self._database.read(read)

    async def members(self) -> frozenset[str]:
        """Return the accounts that are members now."""

        def read(plain: sqlite3.Connection) -> frozenset[str]:
            rows = plain.execute(
                "SELECT ref FROM known JOIN accounts "
                "ON accounts.number = CAST(substr(subject, ?) AS INTEGER) "
                "WHERE subject >= ? AND subject < ? AND state = ? AND source = ? "
                "AND ref IS NOT NULL",
                (
                    len(_MEMBER) + 2,
                    *_span(f"{_MEMBER}:"),
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
        "SELECT 1 FROM events WHERE source = ? AND key = ?", (source, f"{_POST}:{number}#1")
    ).fetchone()
    deleted = plain.execute(
        "SELECT 1 FROM known WHERE subject = ? AND state = ?",
        (f"{_PRESENCE}:{number}", str(Kind.DELETED.value)),
    ).fetchone()
    reactions = []
    for subject, state in plain.execute(
        "SELECT subject, state FROM known WHERE subject >= ? AND subject < ?",
        _span(f"{_REACTION}:{number}:"),
    ):
        _, _, actor, text = subject.split(":")
        if state == str(Kind.REACTED.value):
            reactions.append((_ref(plain, "accounts", actor), _ref(plain, "texts", text)))
    mentions = {}
    for subject, state in plain.execute(
        "SELECT subject, state FROM known WHERE subject >= ? AND subject < ?",
        _span(f"{_MENTION}:{number}:"),
    ):
        account = _ref(plain, "accounts", subject.rpartition(":")[2])
        if state != "0" and account is not None:
            mentions[account] = int(state)
    references = {}
    for subject, state in plain.execute(
        "SELECT subject, state FROM known WHERE subject >= ? AND subject < ?",
        _span(f"{_REFERENCE}:{number}:"),
    ):
        _, _, other, text = subject.split(":")
        named = _ref(plain, "contributions", other), _ref(plain, "texts", text)
        if state != "0" and named[0] is not None and named[1] is not None:
            references[named[0], named[1]] = int(state)
    return CurrentContribution(
        posted=posted is not None,
        deleted=deleted is not None,
        reactions=frozenset(
            (account, emoji)
            for account, emoji in reactions
            if account is not None and emoji is not None
        ),
        mentions=mentions,
        references=references,
    )


def _span(prefix: str) -> tuple[str, str]:
    """Return the bounds of all texts that begin with a prefix ending in a colon."""
    return prefix, prefix[:-1] + ";"


def _source(plain: sqlite3.Connection, name: str) -> int | None:
    row = plain.execute("SELECT number FROM sources WHERE ref = ?", (name,)).fetchone()
    return None if row is None else int(row[0])


def _number(plain: sqlite3.Connection, table: str, source: int | None, ref: str) -> int | None:
    row = plain.execute(
        f"SELECT number FROM {table} WHERE source = ? AND ref = ?",  # noqa: S608 - our own
        (source, ref),
    ).fetchone()
    return None if row is None else int(row[0])


def _ref(plain: sqlite3.Connection, table: str, number: str) -> str | None:
    row = plain.execute(
        f"SELECT ref FROM {table} WHERE number = ?",  # noqa: S608 - our own
        (int(number),),
    ).fetchone()
    return None if row is None else row[0]

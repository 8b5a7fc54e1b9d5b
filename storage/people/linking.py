"""Links between accounts: what is linked, and what it takes until somebody is.

`LinkStore` is what one write transaction can do about them: the rules are the caller's, and a
rule that looks, decides and writes at one store can't be raced.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from cred.facts.activity import Links
from cred.facts.events import Event, Kind, Provenance
from cred.graph.identities import links_to_separate
from storage.log import appending, hash_chain
from storage.log.batch import Account, AccountKind, Appended, Batch

SOURCE: Final = "identities"
"""Source of the events that link and un-link."""

BY_CODE: Final = "code"
"""How a link was shown that both sides proved; anything else is what others told."""

MergeState = Literal["open", "approved", "rejected", "void"]

_EVENTS: Final = (
    "SELECT seq, kind, actor, object, texts.ref FROM events "
    "LEFT JOIN texts ON texts.number = events.text "
    # As the index says it.
    "WHERE kind IN (14, 15) AND seq > ? ORDER BY seq"
)
_PROPOSAL: Final = (
    "SELECT number, one, other, proposer, reason, at_ms, state, decider, decided_ms "
    "FROM merge_proposals"
)


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """Two accounts became one person's, or no longer are."""

    seq: int
    linked: bool
    pair: tuple[int, int]
    """Numbers of the accounts, in the order in which the log names them."""
    text: str
    """How it was shown; "" where nothing is said."""


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account as a transaction sees it."""

    number: int
    source: str
    id: str | None
    """None once erased."""
    kind: AccountKind
    name: str | None
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class LinkCode:
    """A code that waits to be given."""

    account: int
    """Who was shown it."""
    platform: str
    """Source of the account that may give it."""
    wanted: bytes | None
    expires_ms: int


@dataclass(frozen=True, slots=True)
class MergeProposal:
    """A merge that a maintainer proposed."""

    number: int
    one: int
    other: int
    proposer: int
    reason: str | None
    """None once somebody in it was erased."""
    at_ms: int
    state: MergeState
    decider: int | None
    decided_ms: int | None


class LinkStore:
    """Everything about links, within one transaction.

    Parameters
    ----------
    connection
        In a transaction; in a write transaction for whatever writes.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    # What is linked -------------------------------------------------------------------------

    def events(self, after: int = 0) -> list[LinkEvent]:
        """Return the events that link and un-link behind a position of the log."""
        return [
            LinkEvent(seq, kind == Kind.LINKED, (actor, other), text or "")
            for seq, kind, actor, other, text in self._connection.execute(_EVENTS, (after,))
        ]

    def current_links(self) -> dict[tuple[int, int], str]:
        """Return the pairs that are linked now, each with how that was shown."""
        return current_links(self.events())

    def append(self, batch: Batch) -> Appended:
        """Append to the log, in this transaction."""
        return appending.append(self._connection, hash_chain.load_end(self._connection), batch)

    def link(self, pairs: Sequence[tuple[int, int]], text: str, now_ms: int) -> Appended:
        """Say of pairs of accounts that they are one person's."""
        return self._tell(Kind.LINKED, pairs, text, now_ms)

    def unlink(self, pairs: Sequence[tuple[int, int]], text: str, now_ms: int) -> Appended:
        """Say of pairs, as they were linked, that they are one person's no longer."""
        return self._tell(Kind.UNLINKED, pairs, text, now_ms)

    def separate(self, account: int, text: str, now_ms: int) -> bool:
        """Un-link an account from all others, which stay together; tell whether it was linked.

        Others that only it held together are linked to one another. That counts as proved by a
        code only if every link to be undone was: what somebody else told, others may undo.
        """
        known = self.current_links()
        cut, kept = links_to_separate(_columns(known), account)
        if not cut:
            return False
        ways = [known[pair] for pair in cut]
        self.unlink(cut, text, now_ms)
        self.link(kept, next((way for way in ways if way != BY_CODE), BY_CODE), now_ms)
        return True

    def _tell(
        self, kind: Kind, pairs: Sequence[tuple[int, int]], text: str, now_ms: int
    ) -> Appended:
        return self.append(
            Batch(tuple(self._event(kind, *pair, text, now_ms) for pair in pairs))
        )

    def _event(self, kind: Kind, one: int, other: int, text: str, now_ms: int) -> Event:
        actor, object_ = self.account(one), self.account(other)
        return Event(
            source=SOURCE,
            kind=kind,
            at_ms=now_ms,
            seen_ms=now_ms,
            provenance=Provenance.MANUAL,
            actor=actor.id,
            actor_source=actor.source,
            object=object_.id,
            object_source=object_.source,
            text=text,
        )

    # Accounts -------------------------------------------------------------------------------

    def account(self, number: int) -> StoredAccount:
        """Return an account."""
        row = self._connection.execute(
            "SELECT sources.ref, accounts.ref, kind, name, opted_out_ms IS NOT NULL "
            "FROM accounts JOIN sources ON sources.number = source WHERE accounts.number = ?",
            (number,),
        ).fetchone()
        source, ref, kind, name, left = row
        return StoredAccount(number, source, ref, kind, name, bool(left))

    def account_number(self, source: str, account: str) -> int | None:
        """Return the number of an account; None where it was never heard of."""
        row = self._connection.execute(
            "SELECT accounts.number FROM accounts JOIN sources ON sources.number = source "
            "WHERE sources.ref = ? AND accounts.ref = ?",
            (source, account),
        ).fetchone()
        return None if row is None else int(row[0])

    def find_or_add_account(self, source: str, account: str, name: str) -> int:
        """Return the number of an account, met now if it was never heard of."""
        number = self.account_number(source, account)
        if number is None:
            self.append(Batch(accounts=(Account(source, account, "user", name),)))
            number = self.account_number(source, account)
        assert number is not None  # noqa: S101 - it was just made
        return number

    # Codes ----------------------------------------------------------------------------------

    def save_code(self, hashed: bytes, code: LinkCode) -> None:
        """Keep a code, in place of an earlier one of the account's."""
        self._connection.execute("DELETE FROM link_codes WHERE account = ?", (code.account,))
        self._connection.execute(
            "INSERT INTO link_codes VALUES (?, ?, ?, ?, ?)",
            (hashed, code.account, code.platform, code.wanted, code.expires_ms),
        )

    def find_code(self, hashed: bytes) -> LinkCode | None:
        """Return a code that is kept."""
        row = self._connection.execute(
            "SELECT account, platform, wanted, expires_ms FROM link_codes WHERE hash = ?",
            (hashed,),
        ).fetchone()
        return None if row is None else LinkCode(*row)

    def delete_code(self, hashed: bytes) -> None:
        """Forget a code."""
        self._connection.execute("DELETE FROM link_codes WHERE hash = ?", (hashed,))

    def delete_expired(self, tries_ms: int, codes_ms: int) -> None:
        """Forget tries up to a moment, and codes that expired up to another."""
        self._connection.execute("DELETE FROM link_tries WHERE at_ms <= ?", (tries_ms,))
        self._connection.execute("DELETE FROM link_codes WHERE expires_ms <= ?", (codes_ms,))

    def record_try(self, account: int, was: Literal["asked", "missed"], at_ms: int) -> None:
        """Note that an account asked for a code, or gave one that is none."""
        self._connection.execute(
            "INSERT INTO link_tries (account, was, at_ms) VALUES (?, ?, ?)",
            (account, was, at_ms),
        )

    def count_tries(
        self, account: int | None, was: Literal["asked", "missed"]
    ) -> tuple[int, int]:
        """Return how many tries are noted: an account's (None: never heard of), and all."""
        mine, everybodys = self._connection.execute(
            "SELECT coalesce(sum(account IS ?), 0), count(*) FROM link_tries WHERE was = ?",
            (account, was),
        ).fetchone()
        return mine, everybodys

    # Merges ---------------------------------------------------------------------------------

    def propose(self, one: int, other: int, proposer: int, reason: str, at_ms: int) -> int:
        """Keep a proposed merge; return its number."""
        number = self._connection.execute(
            "INSERT INTO merge_proposals (one, other, proposer, reason, at_ms) "
            "VALUES (?, ?, ?, ?, ?)",
            (one, other, proposer, reason, at_ms),
        ).lastrowid
        assert number is not None  # noqa: S101 - an INSERT just happened
        return number

    def proposal(self, number: int) -> MergeProposal | None:
        """Return a proposed merge."""
        row = self._connection.execute(f"{_PROPOSAL} WHERE number = ?", (number,)).fetchone()
        return None if row is None else MergeProposal(*row)

    def proposals(self) -> list[MergeProposal]:
        """Return all proposed merges, the oldest first."""
        return [
            MergeProposal(*row)
            for row in self._connection.execute(f"{_PROPOSAL} ORDER BY number")
        ]

    def decide(self, number: int, state: MergeState, decider: int | None, at_ms: int) -> None:
        """Decide on an open merge."""
        self._connection.execute(
            "UPDATE merge_proposals SET state = ?, decider = ?, decided_ms = ? "
            "WHERE number = ?",
            (state, decider, at_ms, number),
        )

    # Erasure --------------------------------------------------------------------------------

    def forget_account(self, account: int, now_ms: int) -> None:
        """Un-link an account that is about to be erased, and forget what is kept of it."""
        self.separate(account, "erased", now_ms)
        for table in ("link_codes", "link_tries"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE account = ?",  # noqa: S608 - our own names
                (account,),
            )
        self._connection.execute(
            "UPDATE merge_proposals SET state = 'void', decided_ms = ? "
            "WHERE state = 'open' AND ? IN (one, other)",
            (now_ms, account),
        )
        self._connection.execute(
            "UPDATE merge_proposals SET reason = NULL "
            "WHERE ? IN (one, other, proposer) AND reason IS NOT NULL",
            (account,),
        )


def current_links(events: Sequence[LinkEvent]) -> dict[tuple[int, int], str]:
    """Return the pairs that are linked after events, each with how that was shown.

    The earliest link first.
    """
    pairs: dict[tuple[int, int], str] = {}
    for event in events:
        pairs.pop(event.pair, None)
        if event.linked:
            pairs[event.pair] = event.text
    return pairs


def _columns(pairs: dict[tuple[int, int], str]) -> Links:
    table = np.array(list(pairs), np.int64).reshape(-1, 2)
    return Links(account=table[:, 0], other=table[:, 1])

"""Links between accounts, and what precedes a link: codes, tries and proposed merges.

`LinkStore` works within one transaction. The rules are the caller's: a rule that looks, decides
and writes through one store cannot be raced.
"""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from cred.facts.activity import Links
from cred.facts.events import LINK, Event, Kind, Provenance
from cred.graph.identities import links_to_separate
from storage.log import appending, hash_chain
from storage.log.batch import Account, AccountKind, Appended, Batch

SOURCE: Final = "identities"
"""Source of the events that link and unlink."""

BY_CODE: Final = "code"
"""Text of a link that both sides proved; any other text means that somebody else said so."""

MergeState = Literal["open", "approved", "rejected", "void"]

_EVENTS: Final = (
    "SELECT seq, kind, actor, object, texts.ref FROM events "
    "LEFT JOIN texts ON texts.number = events.text "
    # No parameters: the kinds select the partial index on links.
    f"WHERE kind IN ({', '.join(f'{kind:d}' for kind in LINK.kinds)}) "
    "AND seq > ? ORDER BY seq"
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
    """Numbers of the accounts, in the order of the log."""
    text: str
    """How it was shown, or ""."""


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account as the file has it within a transaction."""

    number: int
    source: str
    id: str | None
    """None once erased."""
    kind: AccountKind
    name: str | None
    opted_out: bool = False
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkCode:
    """A code that links the account that asked for it to the one that gives it."""

    account: int
    """The account that asked for it."""
    platform: str
    """Source of the account that may give it."""
    wanted: bytes | None
    """Hash of the code and of which account must give it; None: any account may."""
    expires_ms: int


@dataclass(frozen=True, slots=True)
class MergeProposal:
    """A merge of two accounts that a maintainer proposed."""

    number: int
    account: int
    other: int
    proposer: int
    reason: str | None
    """None once somebody in it was erased."""
    at_ms: int
    state: MergeState
    decider: int | None
    decided_ms: int | None


class LinkStore:
    """Reads and writes links, within one transaction.

    Parameters
    ----------
    connection
        In a transaction; in a write transaction for the methods that write.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    # Links -----------------------------------------------------------------------------------

    def events(self, after: int = 0) -> list[LinkEvent]:
        """Return the events behind a position of the log that link or unlink."""
        return [
            LinkEvent(seq, kind == Kind.LINKED, (actor, other), text or "")
            for seq, kind, actor, other, text in self._connection.execute(_EVENTS, (after,))
        ]

    def current_links(self) -> dict[tuple[int, int], str]:
        """Return the pairs that are linked now, each with the text of its link."""
        return current_links(self.events())

    def append(self, batch: Batch) -> Appended:
        """Append a batch to the log, in this transaction."""
        return appending.append(self._connection, hash_chain.load_end(self._connection), batch)

    def link(self, pairs: Sequence[tuple[int, int]], text: str, now_ms: int) -> Appended:
        """Record that each pair of accounts is one person's."""
        return self._append(Kind.LINKED, pairs, text, now_ms)

    def unlink(self, pairs: Sequence[tuple[int, int]], text: str, now_ms: int) -> Appended:
        """Record that pairs, in the order in which they were linked, no longer are."""
        return self._append(Kind.UNLINKED, pairs, text, now_ms)

    def linked_accounts(self, account: int) -> set[int]:
        """Return all accounts that are linked to one, by however many links, and itself."""
        linked, links = {account}, list(self.current_links())
        while new := {end for pair in links if linked & set(pair) for end in pair} - linked:
            linked |= new
        return linked

    def separate(self, account: int, text: str, now_ms: int) -> bool:
        """Unlink an account from all others, which stay linked; tell whether it was linked.

        Accounts that were linked only through it are linked to one another. These links count
        as proved by a code only if all the links that are undone were.
        """
        links = self.current_links()
        cut, kept = links_to_separate(_columns(links), account)
        if not cut:
            return False
        texts = [links[pair] for pair in cut]
        self.unlink(cut, text, now_ms)
        text_kept = next((old for old in texts if old != BY_CODE), BY_CODE)
        # They are one person's already, whoever opted out since.
        self._append(Kind.LINKED, kept, text_kept, now_ms, restates=True)
        return True

    def _append(
        self,
        kind: Kind,
        pairs: Sequence[tuple[int, int]],
        text: str,
        now_ms: int,
        *,
        restates: bool = False,
    ) -> Appended:
        events = tuple(self._event(kind, *pair, text, now_ms) for pair in pairs)
        return self.append(Batch(events, restates=restates))

    def _event(self, kind: Kind, account: int, other: int, text: str, now_ms: int) -> Event:
        actor, object_ = self.account(account), self.account(other)
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
            "SELECT sources.ref, accounts.ref, kind, name, opted_out_ms IS NOT NULL, "
            "other_names FROM accounts JOIN sources ON sources.number = source "
            "WHERE accounts.number = ?",
            (number,),
        ).fetchone()
        source, ref, kind, name, opted_out, others = row
        other_names = tuple((others or "").splitlines())
        return StoredAccount(number, source, ref, kind, name, bool(opted_out), other_names)

    def account_number(self, source: str, account: str) -> int | None:
        """Return the number of an account, or None if it was never seen."""
        row = self._connection.execute(
            "SELECT accounts.number FROM accounts JOIN sources ON sources.number = source "
            "WHERE sources.ref = ? AND accounts.ref = ?",
            (source, account),
        ).fetchone()
        return None if row is None else int(row[0])

    def find_or_add_account(self, source: str, account: str, name: str) -> int | None:
        """Return the number of an account, which is added if it was never seen.

        None if it was erased, and its tombstone stands.
        """
        number = self.account_number(source, account)
        if number is None:
            self.append(Batch(accounts=(Account(source, account, "user", name),)))
            number = self.account_number(source, account)
        return number

    # Codes ----------------------------------------------------------------------------------

    def save_code(self, hashed: bytes, code: LinkCode) -> None:
        """Save a code in place of an earlier one of the same account."""
        self._connection.execute("DELETE FROM link_codes WHERE account = ?", (code.account,))
        self._connection.execute(
            "INSERT INTO link_codes VALUES (?, ?, ?, ?, ?)",
            (hashed, code.account, code.platform, code.wanted, code.expires_ms),
        )

    def find_code(self, hashed: bytes) -> LinkCode | None:
        """Return a saved code, or None."""
        row = self._connection.execute(
            "SELECT account, platform, wanted, expires_ms FROM link_codes WHERE hash = ?",
            (hashed,),
        ).fetchone()
        return None if row is None else LinkCode(*row)

    def delete_code(self, hashed: bytes) -> None:
        """Delete a code."""
        self._connection.execute("DELETE FROM link_codes WHERE hash = ?", (hashed,))

    def delete_expired(self, tries_ms: int, codes_ms: int) -> None:
        """Delete tries made until `tries_ms` and codes that expired until `codes_ms`."""
        self._connection.execute("DELETE FROM link_tries WHERE at_ms <= ?", (tries_ms,))
        self._connection.execute("DELETE FROM link_codes WHERE expires_ms <= ?", (codes_ms,))

    def record_try(self, account: int, was: Literal["asked", "missed"], at_ms: int) -> None:
        """Record that an account asked for a code, or gave a wrong one."""
        self._connection.execute(
            "INSERT INTO link_tries (account, was, at_ms) VALUES (?, ?, ?)",
            (account, was, at_ms),
        )

    def count_tries(
        self, account: int | None, was: Literal["asked", "missed"]
    ) -> tuple[int, int]:
        """Return the number of recorded tries: of an account (None: never seen), and of all."""
        own, total = self._connection.execute(
            "SELECT coalesce(sum(account IS ?), 0), count(*) FROM link_tries WHERE was = ?",
            (account, was),
        ).fetchone()
        return own, total

    # Merges ---------------------------------------------------------------------------------

    def propose(self, account: int, other: int, proposer: int, reason: str, at_ms: int) -> int:
        """Save a proposed merge; return its number."""
        number = self._connection.execute(
            "INSERT INTO merge_proposals (one, other, proposer, reason, at_ms) "
            "VALUES (?, ?, ?, ?, ?)",
            (account, other, proposer, reason, at_ms),
        ).lastrowid
        assert number is not None  # noqa: S101 - an INSERT just happened
        return number

    def proposal(self, number: int) -> MergeProposal | None:
        """Return a proposed merge, or None."""
        row = self._connection.execute(f"{_PROPOSAL} WHERE number = ?", (number,)).fetchone()
        return None if row is None else MergeProposal(*row)

    def proposals(self) -> list[MergeProposal]:
        """Return all proposed merges, the oldest first."""
        return [
            MergeProposal(*row)
            for row in self._connection.execute(f"{_PROPOSAL} ORDER BY number")
        ]

    def decide(self, number: int, state: MergeState, decider: int | None, at_ms: int) -> None:
        """Record the decision on an open merge."""
        self._connection.execute(
            "UPDATE merge_proposals SET state = ?, decider = ?, decided_ms = ? "
            "WHERE number = ?",
            (state, decider, at_ms, number),
        )

    # Erasure --------------------------------------------------------------------------------

    def forget_account(self, account: int, erased: Collection[int], now_ms: int) -> None:
        """Unlink an account that is about to be erased, and delete its codes and tries.

        If all that it is linked to is erased with it, the links stay: they lead to nobody, and
        without them the others' scores would change.
        """
        if not self.linked_accounts(account) <= set(erased):
            self.separate(account, "erased", now_ms)
        for table in ("link_codes", "link_tries"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE account = ?",
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
    """Return the pairs that are linked after some events, each with the text of its link.

    The earliest link comes first.
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

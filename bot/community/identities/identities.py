"""Who is whom: which accounts are one person's, and how they become it.

Links are events, so that scores can be computed with them and, once they are undone, without.
What is linked *now* and what was linked when some scores were made (`at` a position of the
log) are two questions: a reply that shows scores must ask the second, or it would look for
people that the scores do not know yet.

Two ways make a link:

- A *code*. Somebody asks for one on one platform and gives it on the other, so both accounts
  are shown to be theirs. A code is kept as a hash, for a quarter of an hour, and works once. By
  codes a person has one account of each platform: who holds a forum account together with
  somebody else cannot become that other person by it.
- A *merge* that one maintainer proposes and another approves, for people who left. Neither may
  be party to it.

Names link nobody. Opting out concerns the person, so all their accounts; while one is opted out
nothing is linked to it. An account that is erased is un-linked first.
"""

import hashlib
import secrets
import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeVar

import numpy as np

from bot.community.errors import IdentityRefusedError
from cred.facts.activity import Links
from cred.graph.identities import person_of_accounts
from storage.file.database import Database
from storage.people.directory import CachedDirectory
from storage.people.erasure import erase_account, opt_out
from storage.people.linking import (
    BY_CODE,
    LinkCode,
    LinkEvent,
    LinkStore,
    MergeProposal,
    StoredAccount,
    current_links,
)

T = TypeVar("T")

MINUTES: Final = 15
"""How long a code works."""
ASKED_AN_HOUR: Final = (5, 200)
"""Codes that an account, and that all together, may ask for in an hour."""
MISSED_AN_HOUR: Final = (5, 50)
"""Codes that an account, and that all together, may give in an hour that are none."""
_BY_MERGE: Final = "merge {number}"
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Nothing that looks like something else."""
_LETTERS: Final = 12
"""59 bits: a hash that leaked cannot be searched through while the code works."""
_GROUP: Final = 4
_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Claim:
    """An account, as the platform says who is there."""

    source: str
    account: str
    """Platform id."""
    name: str
    """As the platform calls it now."""


@dataclass(frozen=True, slots=True)
class Started:
    """A code was made."""

    code: str
    """To be shown to whoever asked, and to nobody else."""
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Offer:
    """Two people who would be, or now are, one."""

    one: tuple[int, ...]
    """Accounts of the one, by number: of whoever asked for the code."""
    other: tuple[int, ...]


def new_code() -> str:
    """Return a code that nobody can guess: "K7QX-2MPD-9RTV"."""
    letters = [secrets.choice(_ALPHABET) for _ in range(_LETTERS)]
    return "-".join(
        "".join(letters[start : start + _GROUP]) for start in range(0, _LETTERS, _GROUP)
    )


def is_code(text: str) -> bool:
    """Tell whether a text is written like a code, right or wrong.

    >>> is_code("k7qx 2mpd-9rtv"), is_code("discourse")
    (True, False)
    """
    letters = _letters(text)
    return len(letters) == _LETTERS and set(letters) <= set(_ALPHABET)


class Identities:
    """Accounts and people of one community.

    Parameters
    ----------
    database
        The community's file.
    directory
        Its directory, which knows every account that is linked here.
    platforms
        Sources that have accounts of people.
    make_code
        Makes codes.
    """

    def __init__(
        self,
        database: Database,
        directory: CachedDirectory,
        platforms: Sequence[str],
        make_code: Callable[[], str] = new_code,
    ) -> None:
        self._database = database
        self._directory = directory
        self.platforms: tuple[str, ...] = tuple(platforms)
        self._make_code = make_code
        self._events: list[LinkEvent] = []
        self._folded: dict[int, _People] = {}

    # Questions ------------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Read the links that are new in the log."""
        after = self._events[-1].seq if self._events else 0
        new = await self._database.read(lambda plain: LinkStore(plain).events(after))
        if new:
            await self._directory.refresh()
        # Somebody else may have read the same meanwhile.
        known = self._events[-1].seq if self._events else 0
        self._events += [link_event for link_event in new if link_event.seq > known]

    def at(self, position: int | None = None) -> Mapping[int, int]:
        """Return, of every account that is linked, its person: the least of their numbers.

        Parameters
        ----------
        position
            Position in the log; all that is known of it if not given.
        """
        return self._at(position).person

    def person(self, account: int, position: int | None = None) -> int:
        """Return an account's person, now or as of a position in the log."""
        return self.at(position).get(account, account)

    def accounts(self, account: int, position: int | None = None) -> tuple[int, ...]:
        """Return all accounts of an account's person, itself among them, in order."""
        people = self._at(position)
        return people.accounts.get(people.person.get(account, account), (account,))

    def with_linked(self, accounts: Iterable[int]) -> frozenset[int]:
        """Return accounts and all that are linked to them now."""
        return frozenset(linked for account in accounts for linked in self.accounts(account))

    def ways(self, account: int) -> Mapping[tuple[int, int], str]:
        """Return the links that make up an account's person, each with how it was shown."""
        mine = set(self.accounts(account))
        return {
            pair: text for pair, text in current_links(self._events).items() if pair[0] in mine
        }

    def _at(self, position: int | None) -> "_People":
        count = len(self._events)
        if position is not None:
            count = bisect_right(self._events, position, key=lambda link_event: link_event.seq)
        if count not in self._folded:
            self._folded[count] = _People(_gathered(current_links(self._events[:count])))
        return self._folded[count]

    # Codes ----------------------------------------------------------------------------------

    async def start(
        self, asker: Claim, platform: str, wanted: str | None, now_ms: int
    ) -> Started:
        """Make a code that links the asker's account to whoever gives it on a platform.

        Parameters
        ----------
        asker
            Who asks; a code asked for earlier works no more.
        platform
            Source of the other account.
        wanted
            Id or name of the only account that may give it; None: any of the platform.

        Raises
        ------
        IdentityRefusedError
            If it cannot be; says why and what would do.
        """
        code = self._make_code()

        def work(store: LinkStore) -> Started:
            number = store.find_or_add_account(asker.source, asker.account, asker.name)
            mine, everybodys = store.count_tries(number, "asked")
            _limited(mine, everybodys, ASKED_AN_HOUR, "codes were asked for")
            linked_now = _people(store)
            accounts = _accounts(store, linked_now, number)
            _free(accounts)
            _one_each(accounts, {platform})
            store.record_try(number, "asked", now_ms)
            mark = None if wanted is None else _mark(code, platform, wanted)
            expires = now_ms + MINUTES * _MINUTE_MS
            store.save_code(_hashed(code), LinkCode(number, platform, mark, expires))
            return Started(code, expires)

        return await self._write(work, now_ms)

    async def offer(self, code: str, giver: Claim, now_ms: int) -> Offer:
        """Return who would be one person by a code, if it is given.

        Raises
        ------
        IdentityRefusedError
            As `confirm` does; and a code that is none counts as a guess here, too.
        """
        return await self._given(code, giver, now_ms, links=False)

    async def confirm(self, code: str, giver: Claim, now_ms: int) -> Offer:
        """Link the account that gives a code to the one that was shown it.

        Raises
        ------
        IdentityRefusedError
            If the code is none, or not (any more) for this account, or the two cannot be one
            person; or too many wrong ones were given.
        """
        return await self._given(code, giver, now_ms, links=True)

    async def void(self, code: str) -> None:
        """Make a code worthless that others may have seen."""
        await self._database.write(lambda plain: LinkStore(plain).delete_code(_hashed(code)))

    async def _given(self, code: str, giver: Claim, now_ms: int, *, links: bool) -> Offer:
        def work(store: LinkStore) -> Offer | None:
            number = store.account_number(giver.source, giver.account)
            _limited(
                *store.count_tries(number, "missed"), MISSED_AN_HOUR, "wrong codes were given"
            )
            kept = store.find_code(_hashed(code))
            if kept is None or not _is_for(kept, code, giver, store, number):
                guesser = store.find_or_add_account(giver.source, giver.account, giver.name)
                store.record_try(guesser, "missed", now_ms)
                return None
            number = (
                store.find_or_add_account(giver.source, giver.account, giver.name)
                if links
                else number
            )
            linked_now = _people(store)
            one = _accounts(store, linked_now, kept.account)
            other = (
                (StoredAccount(0, giver.source, giver.account, "user", giver.name),)
                if number is None
                else _accounts(store, linked_now, number)
            )
            if number in {known.number for known in one}:
                raise IdentityRefusedError(
                    "These are one person's already."
                    if number != kept.account
                    else "You were shown this code here: give it from your other account."
                )
            _free((*one, *other))
            _one_each(one, {known.source for known in other})
            if links:
                assert number is not None  # noqa: S101 - it was made above
                _require_linked(store.link([(kept.account, number)], BY_CODE, now_ms).new)
                store.delete_code(_hashed(code))
            return Offer(_numbers(one), _numbers(other))

        offer = await self._write(work, now_ms)
        if offer is None:
            raise IdentityRefusedError(
                f"That code is none for this account: codes work for {MINUTES} minutes, once, "
                "on the platform and from the account that they were asked for. Ask for a new "
                "one on the other side."
            )
        return offer

    # Undoing --------------------------------------------------------------------------------

    async def unlink(self, account: int, now_ms: int) -> tuple[int, ...]:
        """Take an account out of its person; the others stay together.

        Returns
        -------
        tuple of int
            The accounts that it was linked to.

        Raises
        ------
        IdentityRefusedError
            If it is linked to none.
        """

        def work(store: LinkStore) -> tuple[int, ...]:
            before = _group(_people(store), account)
            if not store.separate(account, "wish", now_ms):
                raise IdentityRefusedError("This account is linked to no other.")
            return tuple(one for one in before if one != account)

        return await self._write(work, now_ms)

    async def unmerge(self, account: int, maintainer: Claim, now_ms: int) -> tuple[int, ...]:
        """Undo what others than its person linked an account to; return those accounts.

        What a person proved by a code is theirs to undo.

        Raises
        ------
        IdentityRefusedError
            If there is nothing of that kind.
        """

        def work(store: LinkStore) -> tuple[int, ...]:
            by = store.find_or_add_account(
                maintainer.source, maintainer.account, maintainer.name
            )
            known = store.current_links()
            proved = {pair for pair, text in known.items() if text == BY_CODE}
            own = set(_group(_gathered(proved), account))
            cut = [pair for pair in known if pair not in proved and own & set(pair)]
            if not cut:
                raise IdentityRefusedError(
                    "This account is linked to none by a merge. What somebody proved by a code "
                    "only they can undo (me unlink)."
                )
            store.unlink(cut, f"unmerged by account {by}", now_ms)
            return tuple(sorted({one for pair in cut for one in pair} - own))

        return await self._write(work, now_ms)

    # Merges ---------------------------------------------------------------------------------

    async def propose(
        self, one: int, other: int, maintainer: Claim, reason: str, now_ms: int
    ) -> MergeProposal:
        """Propose that two accounts are one person's.

        Raises
        ------
        IdentityRefusedError
            If that cannot be, or is not the maintainer's to propose.
        """

        def work(store: LinkStore) -> MergeProposal:
            proposer = store.find_or_add_account(
                maintainer.source, maintainer.account, maintainer.name
            )
            same = [
                merge
                for merge in store.proposals()
                if merge.state == "open" and {merge.account, merge.other} == {one, other}
            ]
            if same:
                raise IdentityRefusedError(
                    f"That is proposed already: number {same[0].number}."
                )
            if not reason.strip():
                raise IdentityRefusedError("Say why, so that the second person can judge.")
            _mergeable(store, one, other, proposer)
            number = store.propose(
                one, other, proposer, reason.strip()[:_LONGEST_REASON], now_ms
            )
            return _open(store, number)

        return await self._write(work, now_ms)

    async def approve(self, number: int, maintainer: Claim, now_ms: int) -> MergeProposal:
        """Merge what another maintainer proposed.

        Raises
        ------
        IdentityRefusedError
            If there is no such open merge, it cannot be any more, or it is not this
            maintainer's to approve.
        """

        def work(store: LinkStore) -> MergeProposal:
            merge = _open(store, number)
            decider = store.find_or_add_account(
                maintainer.source, maintainer.account, maintainer.name
            )
            people = _people(store)
            if people.get(decider, decider) == people.get(merge.proposer, merge.proposer):
                raise IdentityRefusedError(
                    "You proposed this merge; a second person must approve it."
                )
            _mergeable(store, merge.account, merge.other, decider)
            text = _BY_MERGE.format(number=number)
            _require_linked(store.link([(merge.account, merge.other)], text, now_ms).new)
            store.decide(number, "approved", decider, now_ms)
            return merge

        return await self._write(work, now_ms)

    async def reject(self, number: int, maintainer: Claim, now_ms: int) -> MergeProposal:
        """Close a proposed merge without merging; its proposer may, too.

        Raises
        ------
        IdentityRefusedError
            If there is no such open merge.
        """

        def work(store: LinkStore) -> MergeProposal:
            merge = _open(store, number)
            decider = store.find_or_add_account(
                maintainer.source, maintainer.account, maintainer.name
            )
            store.decide(number, "rejected", decider, now_ms)
            return merge

        return await self._write(work, now_ms)

    async def merges(self) -> list[MergeProposal]:
        """Return all merges that were ever proposed, the oldest first."""
        return await self._database.read(lambda plain: LinkStore(plain).proposals())

    # Opting out, being forgotten ------------------------------------------------------------

    async def set_opted_out(self, account: int, at_ms: int | None) -> tuple[int, ...]:
        """Say when a person opted out, with all their accounts; None: they are in again.

        Returns
        -------
        tuple of int
            The accounts.
        """

        def work(plain: sqlite3.Connection) -> tuple[int, ...]:
            accounts = _group(_people(LinkStore(plain)), account)
            for one in accounts:
                opt_out(plain, one, at_ms)
            return accounts

        accounts = await self._database.write(work)
        await self._directory.refresh()
        return accounts

    async def erase(self, account: int, now_ms: int) -> None:
        """Erase one account; others of the same person stay, without it.

        With the last account that a platform holds go those that only an import told of:
        nobody could ask for them any more.

        Raises
        ------
        StorageError
            As `storage.people.erasure.erase_account` does.
        """
        await self.refresh()
        accounts = self.accounts(account)
        source = self._directory.account_source
        held = {one for one in accounts if source(one) in self.platforms}
        imported = [one for one in accounts if one not in held] if held == {account} else []
        try:
            for one in (*imported, account):
                await erase_account(self._database, one, now_ms)
        finally:
            await self.refresh()

    async def _write(self, work: Callable[[LinkStore], T], now_ms: int) -> T:
        """Run work in one transaction, after what limits no more is forgotten."""

        def in_store(store: LinkStore) -> T:
            store.delete_expired(now_ms - _HOUR_MS, now_ms)
            return work(store)

        done = await self._database.write(lambda plain: in_store(LinkStore(plain)))
        await self.refresh()
        return done


class _People:
    """Whose accounts are, at one moment."""

    def __init__(self, person: Mapping[int, int]) -> None:
        self.person = MappingProxyType(person)
        groups: dict[int, list[int]] = {}
        for account in sorted(person):
            groups.setdefault(person[account], []).append(account)
        self.accounts = {one: tuple(accounts) for one, accounts in groups.items()}


# Rules ----------------------------------------------------------------------------------------


def _limited(mine: int, everybodys: int, most: tuple[int, int], what: str) -> None:
    if mine >= most[0]:
        raise IdentityRefusedError(f"Too many {what} by you. Try again in an hour.")
    if everybodys >= most[1]:
        raise IdentityRefusedError(f"Too many {what} in this community. Try again in an hour.")


def _free(accounts: Sequence[StoredAccount]) -> None:
    """Refuse accounts that cannot be linked at all."""
    if any(known_account.opted_out for known_account in accounts):
        raise IdentityRefusedError(
            "One of these accounts opted out of being counted. Opting out concerns the person, "
            "so nothing can be linked to it until it is in again."
        )
    if any(known_account.id is None for known_account in accounts):
        raise IdentityRefusedError("One of these accounts was erased.")
    if any(known_account.kind != "user" for known_account in accounts):
        raise IdentityRefusedError("Bots and webhooks are nobody, and can't be linked.")


def _one_each(accounts: Sequence[StoredAccount], platforms: set[str]) -> None:
    """Refuse a second account of a platform to one person."""
    twice = sorted({known_account.source for known_account in accounts} & platforms)
    if twice:
        raise IdentityRefusedError(
            f"Together they would have two {twice[0]} accounts, and by codes a person has one "
            "of each platform. Is one of them linked to somebody else? Un-link it first (me "
            "unlink). If both are one person's, two maintainers can merge them."
        )


def _mergeable(store: LinkStore, one: int, other: int, maintainer: int) -> None:
    people = _people(store)
    both = (*_accounts(store, people, one), *_accounts(store, people, other))
    if people.get(one, one) == people.get(other, other):
        raise IdentityRefusedError("These are one person's already.")
    _free(both)
    if maintainer in _numbers(both):
        raise IdentityRefusedError(
            "You would be one of the two. Use me link for accounts of your own; what you can't "
            "prove, others must propose and approve."
        )


def _open(store: LinkStore, number: int) -> MergeProposal:
    merge = store.proposal(number)
    if merge is None:
        raise IdentityRefusedError(f"There is no merge {number}.")
    if merge.state != "open":
        raise IdentityRefusedError(f"Merge {number} is {merge.state} already.")
    return merge


def _require_linked(events: int) -> None:
    """Refuse, and so undo, a link that the log did not take."""
    if not events:
        raise IdentityRefusedError("That link could not be recorded.")


def _is_for(
    kept: LinkCode, code: str, giver: Claim, store: LinkStore, number: int | None
) -> bool:
    """Tell whether an account may give a code. Its own asker is told apart later."""
    if number == kept.account:
        return True
    if giver.source != kept.platform:
        return False
    names = {giver.account, giver.name}
    if number is not None:
        names.add(store.account(number).name or "")
    return kept.wanted is None or kept.wanted in {
        _mark(code, giver.source, name) for name in names
    }


def _gathered(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    table = np.array(list(pairs), np.int64).reshape(-1, 2)
    return person_of_accounts(Links(account=table[:, 0], other=table[:, 1]))


def _people(store: LinkStore) -> dict[int, int]:
    return _gathered(store.current_links())


def _group(people: Mapping[int, int], account: int) -> tuple[int, ...]:
    person = people.get(account)
    return tuple(sorted(one for one, whose in people.items() if whose == person)) or (account,)


def _accounts(
    store: LinkStore, people: Mapping[int, int], account: int
) -> tuple[StoredAccount, ...]:
    return tuple(store.account(one) for one in _group(people, account))


def _numbers(accounts: Iterable[StoredAccount]) -> tuple[int, ...]:
    return tuple(known_account.number for known_account in accounts if known_account.number)


def _letters(text: str) -> str:
    return "".join(one for one in text.upper() if one.isalnum())


def _hashed(code: str) -> bytes:
    return hashlib.sha256(b"credbot code\0" + _letters(code).encode()).digest()


def _mark(code: str, platform: str, account: str) -> bytes:
    """Return what stands for the account that may give a code: nothing without the code."""
    tidy = account.strip().removeprefix("@").casefold()
    parts = ("credbot account", _letters(code), platform, tidy)
    return hashlib.sha256("\0".join(parts).encode()).digest()

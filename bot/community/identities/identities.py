"""Which accounts are one person's.

Links are events, so scores can be computed with them and, once they are undone, without. What
is linked *now* and what was linked when some scores were made (at a position of the log) are
two questions. A reply that shows scores must ask the second: the scores know nothing of links
made since.

Names link nobody: a link is made by a code (`codes`) or by a merge (`merges`). Opting out
concerns the person, so all their accounts; while one is opted out, nothing is linked to it. So
does an erasure.
"""

import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.community.errors import IdentityRefusedError
from bot.community.identities.codes import LinkCodes, new_code
from bot.community.identities.merges import Merges
from bot.community.identities.rules import accounts_of, person_by_account
from bot.community.identities.transactions import ActingAccount, LinkTransactions
from storage.file.database import Database
from storage.people.directory import CachedDirectory
from storage.people.erasure import erase_accounts, opt_out
from storage.people.linking import LinkEvent, LinkStore, current_links
from storage.tombstones import lift_tombstone

ERASURE_MINUTES: Final = 10
"""How long an erasure that was asked for waits to be confirmed."""


class Identities:
    """Accounts and people of one community; links are kept in memory.

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
        self._transactions = LinkTransactions(database, self.refresh)
        self.codes = LinkCodes(self._transactions, make_code)
        self.merges = Merges(self._transactions)
        self._events: list[LinkEvent] = []
        self._people: dict[int, _People] = {}
        """By how many of the events count."""
        self._erasures: dict[int, tuple[int, tuple[int, ...]]] = {}
        """Until when an account may confirm an erasure, and of which accounts."""

    async def refresh(self) -> None:
        """Read the links that are new in the log."""
        after = self._events[-1].seq if self._events else 0
        new = await self._transactions.read(lambda store: store.events(after))
        if new:
            await self._directory.refresh()
        # Another task may have read the same events meanwhile.
        known = self._events[-1].seq if self._events else 0
        self._events += [event for event in new if event.seq > known]

    def persons(self, position: int | None = None) -> Mapping[int, int]:
        """Return the person of every linked account: the least number of their accounts.

        Parameters
        ----------
        position
            A position in the log; None: all of the log counts.
        """
        return self._people_at(position).person

    def person(self, account: int, position: int | None = None) -> int:
        """Return an account's person, now or at a position in the log."""
        return self.persons(position).get(account, account)

    def accounts(self, account: int, position: int | None = None) -> tuple[int, ...]:
        """Return all accounts of an account's person, itself included, in ascending order."""
        people = self._people_at(position)
        return people.accounts.get(people.person.get(account, account), (account,))

    def with_linked(self, accounts: Iterable[int]) -> frozenset[int]:
        """Return the accounts and all that are linked to them now."""
        return frozenset(linked for account in accounts for linked in self.accounts(account))

    def links(self, account: int) -> Mapping[tuple[int, int], str]:
        """Return the links among the accounts of a person, each with how it was made."""
        own = set(self.accounts(account))
        return {
            pair: text for pair, text in current_links(self._events).items() if pair[0] in own
        }

    def changes_of(self, accounts: Iterable[int], after: int) -> tuple[int, ...]:
        """Return the positions behind `after` at which links of some accounts changed."""
        concerned = frozenset(accounts)
        return tuple(
            event.seq
            for event in self._events
            if event.seq > after and not concerned.isdisjoint(event.pair)
        )

    def _people_at(self, position: int | None) -> "_People":
        count = len(self._events)
        if position is not None:
            count = bisect_right(self._events, position, key=lambda event: event.seq)
        if count not in self._people:
            links = current_links(self._events[:count])
            self._people[count] = _People(person_by_account(links))
        return self._people[count]

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

        def unlink(store: LinkStore) -> tuple[int, ...]:
            before = accounts_of(person_by_account(store.current_links()), account)
            if not store.separate(account, "wish", now_ms):
                raise IdentityRefusedError("This account is linked to no other.")
            return tuple(other for other in before if other != account)

        return await self._transactions.write(unlink, now_ms)

    async def set_opted_out(self, account: int, at_ms: int | None) -> tuple[int, ...]:
        """Record when a person opted out, with all their accounts; None: they take part again.

        Returns
        -------
        tuple of int
            The accounts.
        """

        def record(connection: sqlite3.Connection) -> tuple[int, ...]:
            links = LinkStore(connection).current_links()
            accounts = accounts_of(person_by_account(links), account)
            for number in accounts:
                opt_out(connection, number, at_ms)
            return accounts

        accounts = await self._database.write(record)
        await self._directory.refresh()
        return accounts

    async def opt_out_account(self, source: str, id_: str, name: str, now_ms: int) -> None:
        """Opt out a person by an account, also one that was never heard of.

        Raises
        ------
        IdentityRefusedError
            If it was erased.
        """
        account = ActingAccount(source, id_, name)
        number = await self._transactions.write(account.find_or_add, now_ms)
        await self.set_opted_out(number, now_ms)

    async def lift_erasure(self, source: str, id_: str, now_ms: int) -> bool:
        """Let an erased account be recorded from now on; tell whether it was erased."""
        return await self._database.write(
            lambda connection: lift_tombstone(connection, source, id_, now_ms)
        )

    def request_erasure(self, account: int, now_ms: int) -> None:
        """Note that a person asks to be erased, with the accounts that they have now."""
        self._erasures[account] = now_ms + ERASURE_MINUTES * 60_000, self.accounts(account)

    async def confirm_erasure(self, account: int, now_ms: int) -> "Erasure":
        """Erase a person who asked for it by this account.

        Raises
        ------
        IdentityRefusedError
            If they did not ask, longer ago than `ERASURE_MINUTES`, or about other accounts.
        """
        until_ms, accounts = self._erasures.pop(account, (0, ()))
        await self.refresh()
        if until_ms <= now_ms:
            raise IdentityRefusedError(
                "There is nothing to confirm: an erasure has to be asked for first, at most "
                f"{ERASURE_MINUTES} minutes before."
            )
        if accounts != self.accounts(account):
            raise IdentityRefusedError(
                "Your accounts were linked or unlinked since you asked, so nothing was erased: "
                "ask again to see which would be."
            )
        return await self.erase_person(account, now_ms)

    async def erase_person(self, account: int, now_ms: int) -> "Erasure":
        """Erase a person, with all accounts that are linked to one."""
        await self.refresh()
        accounts = self.accounts(account)
        is_complete = await erase_accounts(self._database, accounts, now_ms)
        await self._directory.refresh()
        await self.refresh()
        return Erasure(accounts, leaves_traces=not is_complete)


@dataclass(frozen=True, slots=True)
class Erasure:
    """What became of an erasure."""

    accounts: tuple[int, ...]
    """Those that were erased."""
    leaves_traces: bool
    """Something kept reading the file, so that what was erased is in its write-ahead log until
    the file is closed."""


class _People:
    """Whose accounts are whose, at one position of the log."""

    def __init__(self, person: Mapping[int, int]) -> None:
        self.person = MappingProxyType(person)
        accounts: dict[int, list[int]] = {}
        for account in sorted(person):
            accounts.setdefault(person[account], []).append(account)
        self.accounts = {who: tuple(numbers) for who, numbers in accounts.items()}

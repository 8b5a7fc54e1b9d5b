"""Codes: somebody asks for one on one platform and gives it on another.

So both accounts are shown to be theirs. A code is kept as a hash, for a quarter of an hour, and
works once. By codes a person has one account of each platform: whoever holds a forum account
together with somebody else cannot become that other person by a code.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from bot.community.errors import IdentityRefusedError
from bot.community.identities.rules import (
    CODES_PER_HOUR,
    WRONG_CODES_PER_HOUR,
    check_limit,
    check_linkable,
    check_one_per_platform,
    link_accounts,
    stored_accounts,
)
from bot.community.identities.transactions import ActingAccount, LinkTransactions
from storage.people.linking import BY_CODE, LinkCode, LinkStore, StoredAccount

CODE_MINUTES: Final = 15
"""How long a code works."""
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without characters that look like others."""
_LENGTH: Final = 12
"""59 bits: too many to search for a leaked hash while the code works."""
_GROUP: Final = 4
_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A code that was made."""

    code: str
    """To be shown to whoever asked for it, and to nobody else."""
    expires_ms: int


@dataclass(frozen=True, slots=True)
class CodeParties:
    """The two people that a code makes one; their accounts by number."""

    asker: tuple[int, ...]
    giver: tuple[int, ...]
    """Without accounts that were never seen here."""


def new_code() -> str:
    """Return a code that nobody can guess: "K7QX-2MPD-9RTV"."""
    letters = [secrets.choice(_ALPHABET) for _ in range(_LENGTH)]
    return "-".join(
        "".join(letters[start : start + _GROUP]) for start in range(0, _LENGTH, _GROUP)
    )


def is_code(text: str) -> bool:
    """Tell whether a text is written like a code, right or wrong.

    >>> is_code("k7qx 2mpd-9rtv"), is_code("discourse")
    (True, False)
    """
    letters = _letters(text)
    return len(letters) == _LENGTH and set(letters) <= set(_ALPHABET)


class LinkCodes:
    """Issues codes and takes them.

    Parameters
    ----------
    transactions
        Those of the community's links.
    make_code
        Makes codes.
    """

    def __init__(self, transactions: LinkTransactions, make_code: Callable[[], str]) -> None:
        self._transactions = transactions
        self._make_code = make_code

    async def issue(
        self, asker: ActingAccount, platform: str, wanted: str | None, now_ms: int
    ) -> IssuedCode:
        """Make a code that links the asker's account to the one that gives it.

        Parameters
        ----------
        asker
            The account that asks. A code that it asked for earlier no longer works.
        platform
            Source of the account that may give the code.
        wanted
            Id or name of the only account that may give it; None: any of the platform.

        Raises
        ------
        IdentityRefusedError
            If the asker cannot be linked to an account of the platform, or too many codes were
            asked for.
        """
        code = self._make_code()

        def issue(store: LinkStore) -> IssuedCode:
            number = asker.find_or_add(store)
            tries = store.count_tries(number, "asked")
            check_limit(tries, CODES_PER_HOUR, "codes were asked for")
            accounts = stored_accounts(store, number)
            check_linkable(accounts)
            check_one_per_platform(accounts, {platform})
            store.record_try(number, "asked", now_ms)
            mark = None if wanted is None else _mark(code, platform, wanted)
            expires_ms = now_ms + CODE_MINUTES * _MINUTE_MS
            store.save_code(_hash(code), LinkCode(number, platform, mark, expires_ms))
            return IssuedCode(code, expires_ms)

        return await self._transactions.write(issue, now_ms)

    async def preview(self, code: str, giver: ActingAccount, now_ms: int) -> CodeParties:
        """Return whom the code would make one person if the giver gave it.

        Raises
        ------
        IdentityRefusedError
            As `redeem` does; a wrong code counts as a guess here, too.
        """
        return await self._take(code, giver, now_ms, links=False)

    async def redeem(self, code: str, giver: ActingAccount, now_ms: int) -> CodeParties:
        """Link the account that gives a code to the one that asked for it.

        Raises
        ------
        IdentityRefusedError
            If the code is wrong, expired or not for this account, if the two cannot be one
            person, or if too many wrong codes were given.
        """
        return await self._take(code, giver, now_ms, links=True)

    async def revoke(self, code: str, now_ms: int) -> None:
        """Make a code void that others may have seen."""
        await self._transactions.write(lambda store: store.delete_code(_hash(code)), now_ms)

    async def _take(
        self, code: str, giver: ActingAccount, now_ms: int, *, links: bool
    ) -> CodeParties:
        def take(store: LinkStore) -> CodeParties | None:
            number = store.account_number(giver.source, giver.account)
            tries = store.count_tries(number, "missed")
            check_limit(tries, WRONG_CODES_PER_HOUR, "wrong codes were given")
            stored = store.find_code(_hash(code))
            if stored is None or not _may_give(stored, code, giver, store, number):
                store.record_try(giver.find_or_add(store), "missed", now_ms)
                return None
            if links:
                number = giver.find_or_add(store)
            askers = stored_accounts(store, stored.account)
            givers = (
                (StoredAccount(0, giver.source, giver.account, "user", giver.name),)
                if number is None
                else stored_accounts(store, number)
            )
            if number in _numbers(askers):
                raise IdentityRefusedError(
                    "These are one person's already."
                    if number != stored.account
                    else "You were shown this code here: give it from your other account."
                )
            check_linkable((*askers, *givers))
            check_one_per_platform(askers, {account.source for account in givers})
            if links and number is not None:
                link_accounts(store, stored.account, number, BY_CODE, now_ms)
                store.delete_code(_hash(code))
            return CodeParties(_numbers(askers), _numbers(givers))

        parties = await self._transactions.write(take, now_ms)
        if parties is None:
            # Outside of the transaction, which keeps the wrong guess.
            raise IdentityRefusedError(
                f"That code is none for this account: codes work for {CODE_MINUTES} minutes, "
                "once, on the platform and from the account that they were asked for. Ask for "
                "a new one on the other side."
            )
        return parties


def _may_give(
    stored: LinkCode, code: str, giver: ActingAccount, store: LinkStore, number: int | None
) -> bool:
    """Tell whether an account may give a code; the asker's own is refused later."""
    if number == stored.account:
        return True
    if giver.source != stored.platform:
        return False
    names = {giver.account, giver.name}
    if number is not None:
        account = store.account(number)
        names.update((account.name or "", *account.other_names))
    return stored.wanted is None or stored.wanted in {
        _mark(code, giver.source, name) for name in names
    }


def _numbers(accounts: Iterable[StoredAccount]) -> tuple[int, ...]:
    return tuple(account.number for account in accounts if account.number)


def _letters(text: str) -> str:
    return "".join(character for character in text.upper() if character.isalnum())


def _hash(code: str) -> bytes:
    return hashlib.sha256(b"credbot code\0" + _letters(code).encode()).digest()


def _mark(code: str, platform: str, account: str) -> bytes:
    """Return a hash of the account that may give a code; useless without the code."""
    name = account.strip().removeprefix("@").casefold()
    parts = ("credbot account", _letters(code), platform, name)
    return hashlib.sha256("\0".join(parts).encode()).digest()

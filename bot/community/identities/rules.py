"""Rules about linking accounts. Each check raises an error whose message says what would do.

Checks look at accounts within the transaction that links them, so that nothing can change
between the check and the link.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import numpy as np

from bot.community.errors import IdentityRefusedError
from cred.facts.activity import Links
from cred.graph.identities import person_of_accounts
from storage.people.linking import LinkStore, StoredAccount

CODES_PER_HOUR: Final = (5, 200)
"""Codes that one account, and that all accounts together, may ask for."""
WRONG_CODES_PER_HOUR: Final = (5, 50)
"""Wrong codes that one account, and that all accounts together, may give."""


def person_by_account(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return the person of every account in linked pairs: their account of least number."""
    columns = np.array(list(pairs), np.int64).reshape(-1, 2)
    return person_of_accounts(Links(account=columns[:, 0], other=columns[:, 1]))


def accounts_of(persons: Mapping[int, int], account: int) -> tuple[int, ...]:
    """Return all accounts of an account's person, itself included, in ascending order."""
    person = persons.get(account)
    return tuple(sorted(other for other in persons if persons[other] == person)) or (account,)


def stored_accounts(store: LinkStore, account: int) -> tuple[StoredAccount, ...]:
    """Return all accounts of an account's person, as they are stored now."""
    persons = person_by_account(store.current_links())
    return tuple(store.account(number) for number in accounts_of(persons, account))


def check_limit(tries: tuple[int, int], most: tuple[int, int], wording: str) -> None:
    """Refuse a try too many within an hour.

    Parameters
    ----------
    tries, most
        Of the account, and of all accounts together: how many there were and may be.
    wording
        What there were too many of, for the error: "codes were asked for".
    """
    if tries[0] >= most[0]:
        raise IdentityRefusedError(f"Too many {wording} by you. Try again in an hour.")
    if tries[1] >= most[1]:
        raise IdentityRefusedError(
            f"Too many {wording} in this community. Try again in an hour."
        )


def check_linkable(accounts: Sequence[StoredAccount]) -> None:
    """Refuse accounts that cannot be linked to any other."""
    if any(account.opted_out for account in accounts):
        raise IdentityRefusedError(
            "One of these accounts opted out of being counted. Opting out concerns the person, "
            "so nothing can be linked to it until it is in again."
        )
    if any(account.id is None for account in accounts):
        raise IdentityRefusedError("One of these accounts was erased.")
    if any(account.kind != "user" for account in accounts):
        raise IdentityRefusedError("Bots and webhooks are nobody, and can't be linked.")


def check_one_per_platform(
    accounts: Sequence[StoredAccount], platforms: AbstractSet[str]
) -> None:
    """Refuse a person a second account of any of the platforms."""
    twice = sorted({account.source for account in accounts} & platforms)
    if twice:
        raise IdentityRefusedError(
            f"Together they would have two {twice[0]} accounts, and by codes a person has one "
            "of each platform. Is one of them linked to somebody else? Un-link it first (me "
            "unlink). If both are one person's, two maintainers can merge them."
        )


def check_mergeable(store: LinkStore, account: int, other: int, maintainer: int) -> None:
    """Refuse to merge accounts of one person, ones that cannot be linked, and one's own."""
    accounts, others = stored_accounts(store, account), stored_accounts(store, other)
    if accounts == others:
        raise IdentityRefusedError("These are one person's already.")
    check_linkable((*accounts, *others))
    if maintainer in {stored.number for stored in (*accounts, *others)}:
        raise IdentityRefusedError(
            "You would be one of the two. Use me link for accounts of your own; what you can't "
            "prove, others must propose and approve."
        )


def link_accounts(store: LinkStore, account: int, other: int, text: str, now_ms: int) -> None:
    """Record a link; `text` says how it was shown."""
    if not store.link([(account, other)], text, now_ms).new:
        # The error undoes the whole transaction.
        raise IdentityRefusedError("That link could not be recorded.")

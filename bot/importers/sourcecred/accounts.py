"""Converts the ledger's participants to accounts, and to links between their accounts."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from bot.community.communities import Community
from bot.importers.sourcecred.instance import Instance
from cred.addresses import IDENTITY, Address, is_prefix
from cred.facts.events import Event, EventColumns, Kind, Provenance
from storage.log.batch import Account, AccountKind, Batch
from storage.people.directory import CachedDirectory

SOURCE: Final = "sourcecred"
"""Source of the accounts that belong to no platform here: identities, names on GitHub."""
LINKED_BY: Final = "sourcecred ledger"
_MEMBER: Final = ("sourcecred", "discord", "MEMBER")
_FORUM_USER: Final = ("sourcecred", "discourse", "user")

AccountKey = tuple[str, str]
"""An account: its source, and its id there."""


def account_for(address: Address) -> AccountKey:
    """Return the account that an address of the ledger stands for.

    >>> account_for(("sourcecred", "discord", "MEMBER", "user", "12"))
    ('discord', '12')
    >>> account_for(("sourcecred", "github", "USERLIKE", "USER", "ada"))
    ('sourcecred', 'github/USERLIKE/USER/ada')
    """
    if is_prefix(_MEMBER, address) and len(address) == len(_MEMBER) + 2:
        return "discord", address[-1]
    if is_prefix(IDENTITY, address) and len(address) > len(IDENTITY):
        return SOURCE, address[-1]
    return SOURCE, "/".join(address).removeprefix("sourcecred/")


def accounts_and_links(
    instance: Instance,
    accounts: Sequence[AccountKey],
    community: Community,
    events: EventColumns,
) -> tuple[Batch, int]:
    """Return the accounts of all participants, and the links that the log does not have yet.

    Parameters
    ----------
    instance
        The instance, read.
    accounts
        The account of each of `instance.addresses`.
    community
        The community that the accounts go into.
    events
        All events of its log.

    Returns
    -------
    tuple of Batch and int
        The batch to append, and the number of forum accounts that are known by name only.
    """
    directory = community.directory
    account_at = dict(zip(instance.addresses, accounts, strict=True))
    identities: list[Account] = []
    others: list[Account] = []
    pairs: list[tuple[AccountKey, AccountKey]] = []
    by_name_only = 0
    for participant in instance.ledger.participants:
        kind: AccountKind = "bot" if participant.is_bot else "user"
        own, *aliases = (account_at[address] for address in participant.addresses)
        identities.append(Account(*own, kind, participant.name))
        for address, alias in zip(participant.addresses[1:], aliases, strict=True):
            name = _provisional_name(directory, alias, participant.name)
            others.append(Account(*alias, kind, name))
            pairs.append((own, alias))
            if is_prefix(_FORUM_USER, address):
                forum_account = _forum_account(community, instance, address)
                if forum_account is None:
                    by_name_only += 1
                else:
                    pairs.append((alias, forum_account))
    existing = _existing_links(events, directory)
    links = tuple(
        _link_event(pair, instance.ledger.at_ms) for pair in pairs if pair not in existing
    )
    return Batch(events=links, accounts=(*identities, *others)), by_name_only


def _link_event(pair: tuple[AccountKey, AccountKey], at_ms: int) -> Event:
    (actor_source, actor), (object_source, object_) = pair
    return Event(
        source=SOURCE,
        kind=Kind.LINKED,
        at_ms=at_ms,
        seen_ms=at_ms,
        provenance=Provenance.IMPORT,
        actor=actor,
        actor_source=None if actor_source == SOURCE else actor_source,
        object=object_,
        object_source=None if object_source == SOURCE else object_source,
        text=LINKED_BY,
    )


def _provisional_name(directory: CachedDirectory, account: AccountKey, name: str) -> str | None:
    """Return the ledger's name for an account that its platform has not named yet."""
    if account[0] == SOURCE:
        return None
    number = directory.account_number(*account)
    is_unnamed = number is None or directory.account_name(number) == account[1]
    return name if is_unnamed else None


def _forum_account(
    community: Community, instance: Instance, address: Address
) -> AccountKey | None:
    """Return the forum's own account of a user name, if exactly one is known."""
    forum = community.settings.get("discourse.url") or _forum_url(instance)
    if len(address) != len(_FORUM_USER) + 2:
        return None
    if str(forum).rstrip("/") != address[-2].rstrip("/"):
        return None
    directory, name = community.directory, address[-1]
    matches = [
        number
        for number in directory.find_account(name)
        if directory.account_source(number) == "discourse"
        and directory.account_name(number).casefold() == name.casefold()
    ]
    return ("discourse", directory.account(matches[0])) if len(matches) == 1 else None


def _forum_url(instance: Instance) -> object:
    config = instance.plugin_configs.get("sourcecred/discourse")
    return config.get("serverUrl") if isinstance(config, dict) else None


def _existing_links(
    events: EventColumns, directory: CachedDirectory
) -> set[tuple[AccountKey, AccountKey]]:
    """Return every link that was ever made, including those that were undone since."""
    rows = np.flatnonzero(events.kind == Kind.LINKED).tolist()
    return {
        (
            (directory.account_source(actor), directory.account(actor)),
            (directory.account_source(other), directory.account(other)),
        )
        for actor, other in zip(
            events.actor[rows].tolist(), events.object[rows].tolist(), strict=True
        )
    }

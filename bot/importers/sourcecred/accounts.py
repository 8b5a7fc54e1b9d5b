"""Converts the ledger's participants to accounts, and to links between their accounts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.community.communities import Community
from bot.importers.sourcecred.instance import Instance
from bot.importers.sourcecred.people.forum_accounts import find_forum_accounts
from cred.addresses import IDENTITY, Address, is_prefix
from cred.facts.events import Event, EventColumns, Kind, Provenance
from storage.log.batch import Account, AccountKind, Batch
from storage.people.directory import CachedDirectory

SOURCE: Final = "sourcecred"
"""Source of the accounts that belong to no platform here: identities, names on GitHub."""
LINKED_BY: Final = "sourcecred ledger"
_MEMBER: Final = ("sourcecred", "discord", "MEMBER")

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


@dataclass(frozen=True, slots=True)
class PeopleImport:
    """The accounts of all participants, and which of them are one person's."""

    batch: Batch
    """To append."""
    tied: int
    """Number of the forum's user names whose account there is known."""
    by_name_only: Mapping[Address, str]
    """The forum's user names that are tied to no account of it, and why."""
    withdrawn: tuple[str, ...]
    """The user names that an earlier import tied to somebody who did not write their posts."""


def accounts_and_links(
    instance: Instance,
    accounts: Sequence[AccountKey],
    community: Community,
    events: EventColumns,
    now_ms: int,
) -> PeopleImport:
    """Return the accounts of all participants, and the links that the log does not have yet.

    Parameters
    ----------
    instance
        The instance, read.
    accounts
        The account of each of `instance.addresses`.
    community
        The community that the accounts go into; its directory and links must be up to date.
    events
        All events of its log.
    now_ms
        The current time, for links that are withdrawn.
    """
    directory = community.directory
    account_at = dict(zip(instance.addresses, accounts, strict=True))
    forum = find_forum_accounts(community, instance, events)
    identities: list[Account] = []
    others: list[Account] = []
    pairs: list[tuple[AccountKey, AccountKey]] = []
    wrong: dict[tuple[AccountKey, AccountKey], str] = {}
    for participant in instance.ledger.participants:
        kind: AccountKind = "bot" if participant.is_bot else "user"
        own, *aliases = (account_at[address] for address in participant.addresses)
        identities.append(Account(*own, kind, participant.name))
        for address, alias in zip(participant.addresses[1:], aliases, strict=True):
            name = _provisional_name(directory, alias, participant.name)
            others.append(Account(*alias, kind, name))
            pairs.append((own, alias))
            if address in forum.tied:
                pairs.append((alias, ("discourse", directory.account(forum.tied[address]))))
            for pair in _contradicted_links(community, alias, forum.authors.get(address)):
                wrong[pair] = address[-1]
    existing = _existing_links(events, directory)
    at_ms = instance.ledger.at_ms
    links = [_link_event(Kind.LINKED, pair, at_ms) for pair in pairs if pair not in existing]
    links += [_link_event(Kind.UNLINKED, pair, now_ms) for pair in wrong]
    batch = Batch(events=tuple(links), accounts=(*identities, *others))
    return PeopleImport(batch, len(forum.tied), forum.untied, tuple(wrong.values()))


def _contradicted_links(
    community: Community, alias: AccountKey, authors: frozenset[int] | None
) -> Iterator[tuple[AccountKey, AccountKey]]:
    """Yield an import's links from a user name to accounts that wrote none of its posts."""
    directory = community.directory
    number = directory.account_number(*alias)
    if number is None or authors is None:
        return
    for (actor, other), text in community.identities.links(number).items():
        is_forum_account = directory.account_source(other) == "discourse"
        if actor == number and text == LINKED_BY and is_forum_account and other not in authors:
            yield alias, ("discourse", directory.account(other))


def _link_event(kind: Kind, pair: tuple[AccountKey, AccountKey], at_ms: int) -> Event:
    (actor_source, actor), (object_source, object_) = pair
    return Event(
        source=SOURCE,
        kind=kind,
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

"""Finds the forum's own accounts of the user names in an instance's graph.

A forum's user may change their name, and somebody else may take it. So a name that an old graph
gives does not show who has it today: the authors of posts decide. The graph says which posts a
name wrote, and the log says which account each of them belongs to.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.commands.kit.wording import pluralize
from bot.community.communities import Community
from bot.importers.sourcecred.initiatives import contribution_for
from bot.importers.sourcecred.instance import Instance
from bot.importers.sourcecred.ledger import LedgerParticipant
from cred.addresses import Address, is_prefix
from cred.facts.events import MISSING, EventColumns, Kind
from cred.graph.archive import Archive
from storage.people.directory import CachedDirectory

FORUM_USER: Final = ("sourcecred", "discourse", "user")
_AUTHORS: Final = ("sourcecred", "discourse", "authors")
_SOURCE: Final = "discourse"

_PostAuthors = list[frozenset[int]]
"""For each known post of a user name, the account numbers of all its authors; it has more than
one if it changed hands."""


@dataclass(frozen=True, slots=True)
class ForumAccounts:
    """Which accounts of the forum the user names of a ledger stand for."""

    tied: Mapping[Address, int]
    """The account number of each name whose posts all belong to one account."""
    untied: Mapping[Address, str]
    """Why each other name is tied to nobody."""
    authors: Mapping[Address, frozenset[int]]
    """The authors of each name's posts, where any is known. Nobody else can be meant."""


def find_forum_accounts(
    community: Community, instance: Instance, events: EventColumns
) -> ForumAccounts:
    """Return the forum's accounts of the ledger's people, by the authors of their posts.

    Parameters
    ----------
    community
        The community that has read the forum; its directory must be up to date.
    instance
        The instance, read.
    events
        All events of the community's log.
    """
    directory = community.directory
    forum = _without_scheme(community.settings.get("discourse.url") or _forum_url(instance))
    posts = _authors_of_posts(instance.archives, events, directory)
    people: dict[Address, LedgerParticipant] = {}
    found: dict[Address, int] = {}
    untied: dict[Address, str] = {}
    for participant in instance.ledger.participants:
        for address in participant.addresses:
            if not is_prefix(FORUM_USER, address):
                continue
            if len(address) != len(FORUM_USER) + 2 or _without_scheme(address[-2]) != forum:
                untied[address] = "not of the forum that the community reads"
                continue
            account = _common_author(address, posts.get(address, []), directory)
            if account is None:
                untied[address] = _why_nobody(address, posts.get(address, []), directory)
            elif (directory.account_kind(account) == "bot") != participant.is_bot:
                untied[address] = f"the posts are of {_describe(account, directory)} now"
            else:
                people[address], found[address] = participant, account
    shared = _reasons_of_shared(found, people, directory)
    return ForumAccounts(
        {address: account for address, account in found.items() if address not in shared},
        untied | shared,
        {address: frozenset().union(*authors) for address, authors in posts.items()},
    )


def _authors_of_posts(
    archives: Iterable[Archive], events: EventColumns, directory: CachedDirectory
) -> dict[Address, _PostAuthors]:
    """Return the authors of all posts and topics that the graph says somebody wrote."""
    wrote: dict[Address, list[int]] = defaultdict(list)
    for archive in archives:
        if archive.name != _SOURCE:
            continue
        for _, user, written in archive.edge_addresses(_AUTHORS):
            post = contribution_for(written)
            if post is None:
                continue
            number = directory.contribution_number(post.source, post.id)
            if number is not None:
                wrote[user].append(number)
    wanted = [number for numbers in wrote.values() for number in numbers]
    rows = np.flatnonzero(
        np.isin(events.kind, (Kind.POSTED, Kind.AUTHORED))
        & ~np.isin(events.actor, (MISSING, *directory.erased_accounts()))
        & np.isin(events.target, wanted)
    )
    authors: dict[int, set[int]] = defaultdict(set)
    targets, actors = events.target[rows].tolist(), events.actor[rows].tolist()
    for target, actor in zip(targets, actors, strict=True):
        authors[target].add(actor)
    return {
        user: known
        for user, numbers in wrote.items()
        if (known := [frozenset(authors[number]) for number in numbers if number in authors])
    }


def _common_author(
    address: Address, posts: _PostAuthors, directory: CachedDirectory
) -> int | None:
    """Return the account that all posts of a name belong to; None if it is not just one."""
    if not posts:
        return None
    common = frozenset.intersection(*posts)
    if len(common) > 1:  # all of them changed hands, so the name decides between these few
        common = frozenset(number for number in common if _is_named(number, address, directory))
    return next(iter(common)) if len(common) == 1 else None


def _reasons_of_shared(
    found: Mapping[Address, int],
    people: Mapping[Address, LedgerParticipant],
    directory: CachedDirectory,
) -> dict[Address, str]:
    """Return whose posts belong to an account that is another participant's as well.

    Only who has its name today can be meant: whoever went may have left their posts to it.
    """
    owners: dict[int, set[str]] = defaultdict(set)
    for address, account in found.items():
        owners[account].add(people[address].id)
    return {
        address: f"the posts are of {_describe(account, directory)} now, who has those of "
        "others in the ledger, too"
        for address, account in found.items()
        if len(owners[account]) > 1 and not _is_named(account, address, directory)
    }


def _why_nobody(address: Address, posts: _PostAuthors, directory: CachedDirectory) -> str:
    if posts:
        authors = sorted(frozenset().union(*posts))
        listed = ", ".join(_describe(number, directory) for number in authors[:3])
        return f"the posts are of {pluralize(len(authors), 'account')}: {listed}"
    namesakes = [
        number
        for number in directory.find_account(address[-1], _SOURCE)
        if _is_named(number, address, directory)
    ]
    reason = "none of their posts has been read here"
    if namesakes:
        reason += f", so {_describe(namesakes[0], directory)} may be somebody else"
    return reason


def _is_named(number: int, address: Address, directory: CachedDirectory) -> bool:
    return directory.account_name(number).casefold() == address[-1].casefold()


def _describe(number: int, directory: CachedDirectory) -> str:
    name, id_ = directory.account_name(number), directory.account(number)
    return f"user {id_}" if name == id_ else f"user {id_} ({name})"


def _forum_url(instance: Instance) -> object:
    config = instance.plugin_configs.get("sourcecred/discourse")
    return config.get("serverUrl") if isinstance(config, dict) else None


def _without_scheme(url: object) -> str:
    return str(url).rpartition("://")[2].rstrip("/").casefold()

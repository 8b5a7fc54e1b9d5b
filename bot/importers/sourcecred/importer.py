"""Moving in: an instance becomes part of a community's file.

Accounts and links first, then archives, settings last: what was imported shows only when all of
it is there. Each step adds nothing the second time, so a move that was stopped is finished by
doing it again.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.community.communities import Community
from bot.community.errors import SettingMistakeError
from bot.community.scoring.community_scores import CommunityScores
from bot.community.settings.archived import CHOSEN, IDENTITIES
from bot.community.settings.minting_rules import (
    ATTRIBUTIONS,
    BOUNDARIES,
    BUDGETS,
    DEPENDENCIES,
    periods_json,
)
from bot.importers.sourcecred import report
from bot.importers.sourcecred.graphs import archive_name
from bot.importers.sourcecred.initiatives import NAME as INITIATIVES
from bot.importers.sourcecred.initiatives import (
    ManualInitiatives,
    contribution_for,
    enter_initiatives,
)
from bot.importers.sourcecred.instance import Instance
from bot.importers.sourcecred.mapping import MappedConfig, ReportLine
from bot.services.entries import entry_types
from bot.services.entries.entry_types import EntryType, entry_id
from cred.addresses import IDENTITY, Address, is_prefix
from cred.facts.events import Event, EventColumns, Kind, Provenance
from cred.graph.archive import Archive, TextInterner
from cred.graph.structure import ABSENT
from storage.archives import Archives
from storage.canonical_json import Json
from storage.log.batch import Account, AccountKind, Batch
from storage.people.directory import Names

SOURCE: Final = "sourcecred"
"""Whose accounts are those that no platform here tells of: identities, names on GitHub."""
LINKED_BY: Final = "sourcecred ledger"
_AUTHOR: Final = "import"
_REASON: Final = "moved in from SourceCred"
_MEMBER: Final = ("sourcecred", "discord", "MEMBER")
_FORUM_USER: Final = ("sourcecred", "discourse", "user")

Known = tuple[str, str]
"""An account: whose, and its id there."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a move did."""

    new_events: int
    new_archives: Sequence[str]
    settings_version: int
    changed_settings: int
    by_name_only: int
    """Accounts of a forum of which only the name is known."""
    notes: tuple[ReportLine, ...]
    scores: CommunityScores | None
    """The community's scores, with all that moved in; None where there is nothing to score."""
    participants: Mapping[str, int]
    """Account number of each of the ledger's people, by id."""


async def import_instance(  # noqa: PLR0913 -- choices, each named
    community: Community,
    instance: Instance,
    taken: MappedConfig,
    *,
    sourcecred_boundaries: bool,
    initiatives_by_hand: bool = False,
    now_ms: int,
) -> ImportResult:
    """Put what an instance holds into a community.

    Parameters
    ----------
    community
        New, or one that heard of its platforms already.
    instance, taken
        What it holds; what becomes of its configuration.
    sourcecred_boundaries
        Let the community count edges at weeks' starts as SourceCred does.
    initiatives_by_hand
        Enter initiatives as if by hand, and draw them so, not from the archive.
    now_ms
        The time.

    Raises
    ------
    SettingMistakeError
        If the settings do not fit together with those that the community has.
    StorageError
        If something cannot be kept.
    CredError
        If the community's cred cannot be computed.
    """
    settings, refused = _split_settings(community, taken, now_ms)
    # Before anything is written; the real numbers of accounts are not known yet.
    numbered = {person.id: at for at, person in enumerate(instance.ledger.people, 1)}
    community.settings.check(dict(_minting_rules(instance, numbered)), now_ms=now_ms)
    accounts = [account_for(address) for address in instance.addresses]
    await community.names.refresh()
    events = await community.log.columns(after=0)
    batch, by_name_only = _accounts_and_links(instance, accounts, community, events)
    entered = await _enter_initiatives(community, instance) if initiatives_by_hand else None
    if entered is not None:
        batch = _with(batch, entered)
    appended = await community.log.append(batch)
    await community.names.refresh()
    numbers = _account_numbers(accounts, community.names)
    kept = await Archives(community.database).keep(
        [
            _mark_gathered(_renumber(archive, numbers, taken.baked), entered, community.names)
            for archive in instance.archives
        ],
        now_ms,
    )
    place = {address: at for at, address in enumerate(instance.addresses, 1)}
    participants = {
        person.id: int(numbers[place[person.addresses[0]]]) for person in instance.ledger.people
    }
    changes = dict(settings) | dict(_minting_rules(instance, participants))
    if sourcecred_boundaries:
        changes[BOUNDARIES] = True
    chosen = community.settings.get(CHOSEN)
    if not community.settings.is_set(CHOSEN):
        chosen = [one.name for one in instance.archives if one.name != IDENTITIES]
    if entered is not None and isinstance(chosen, list):
        chosen = [one for one in chosen if one != INITIATIVES]
    changes[CHOSEN] = chosen
    changes = {
        key: value
        for key, value in community.settings.check(changes, now_ms=now_ms).items()
        if community.settings.get(key) != value
    }
    version = await community.settings.set(
        changes, author=_AUTHOR, reason=_REASON, now_ms=now_ms
    )
    standing = await community.scoring.recompute(now_ms)
    return ImportResult(
        new_events=appended.new,
        new_archives=kept,
        settings_version=version,
        changed_settings=len(changes),
        by_name_only=by_name_only,
        notes=(
            *refused,
            *report.initiative_lines(
                instance, entered.left if entered else (), entered=entered is not None
            ),
        ),
        scores=standing,
        participants=participants,
    )


async def _enter_initiatives(community: Community, instance: Instance) -> ManualInitiatives:
    """Return initiatives as entered by hand, numbered where they have no number yet."""
    names = community.names

    def free(what: EntryType) -> Iterator[int]:
        taken = names.contribution_number
        return (n for n in count(1) if taken(entry_types.MANUAL, entry_id(what, n)) is None)

    graph = [archive for archive in instance.archives if archive.name == INITIATIVES]
    return enter_initiatives(
        instance.initiatives,
        instance.ledger.people,
        graph[0] if graph else None,
        await community.cursors.all(SOURCE),
        {what: free(what) for what in (EntryType.INITIATIVE, *entry_types.WORK_TYPES)},
    )


def _with(batch: Batch, entered: ManualInitiatives) -> Batch:
    return dataclasses.replace(
        batch,
        events=(*batch.events, *entered.events),
        descriptions=entered.descriptions,
        cursors={(SOURCE, name): number for name, number in entered.cursors.items()},
    )


def account_for(address: Address) -> Known:
    """Return the account that an address of the ledger is.

    >>> account_of(("sourcecred", "discord", "MEMBER", "user", "12"))
    ('discord', '12')
    >>> account_of(("sourcecred", "github", "USERLIKE", "USER", "ada"))
    ('sourcecred', 'github/USERLIKE/USER/ada')
    """
    if is_prefix(_MEMBER, address) and len(address) == len(_MEMBER) + 2:
        return "discord", address[-1]
    if is_prefix(IDENTITY, address) and len(address) > len(IDENTITY):
        return SOURCE, address[-1]
    return SOURCE, "/".join(address).removeprefix("sourcecred/")


def _split_settings(
    community: Community, taken: MappedConfig, now_ms: int
) -> tuple[Mapping[str, Json], list[ReportLine]]:
    """Return the settings that the community takes, and what it does not, with the reason."""
    accepted: dict[str, Json] = {}
    refused = []
    for key, value in taken.settings.items():
        try:
            accepted |= community.settings.check({key: value}, now_ms=now_ms)
        except SettingMistakeError as error:
            refused.append(ReportLine(key, "", str(error)))
    return accepted, refused


def _accounts_and_links(
    instance: Instance, accounts: Sequence[Known], community: Community, events: EventColumns
) -> tuple[Batch, int]:
    """Return accounts and links, and of how many accounts of a forum only the name is known."""
    names = community.names
    of = dict(zip(instance.addresses, accounts, strict=True))
    first: list[Account] = []
    others: list[Account] = []
    pairs: list[tuple[Known, Known]] = []
    by_name_only = 0
    for person in instance.ledger.people:
        kind: AccountKind = "bot" if person.is_bot else "user"
        own, *aliases = (of[address] for address in person.addresses)
        first.append(Account(*own, kind, person.name))
        for address, alias in zip(person.addresses[1:], aliases, strict=True):
            others.append(Account(*alias, kind, _account_name(names, alias, person.name)))
            pairs.append((own, alias))
            if is_prefix(_FORUM_USER, address):
                told = _forum_account(community, instance, address)
                by_name_only += told is None
                if told is not None:
                    pairs.append((alias, told))
    known = _existing_links(events, names)
    links = [
        Event(
            source=SOURCE,
            kind=Kind.LINKED,
            at_ms=instance.ledger.at_ms,
            seen_ms=instance.ledger.at_ms,
            provenance=Provenance.IMPORT,
            actor=own[1],
            actor_source=None if own[0] == SOURCE else own[0],
            object=alias[1],
            object_source=None if alias[0] == SOURCE else alias[0],
            text=LINKED_BY,
        )
        for own, alias in pairs
        if (own, alias) not in known
    ]
    return Batch(events=tuple(links), accounts=(*first, *others)), by_name_only


def _account_name(names: Names, account: Known, name: str) -> str | None:
    """Return what to call an account: on Discord as the ledger does, until Discord tells."""
    if account[0] == SOURCE:
        return None
    number = names.account_number(*account)
    unnamed = number is None or names.account_name(number) == account[1]
    return name if unnamed else None


def _forum_account(community: Community, instance: Instance, address: Address) -> Known | None:
    """Return the forum's own account of a name, where it has told of it."""
    forum = community.settings.get("discourse.url") or _url(instance)
    if len(address) != len(_FORUM_USER) + 2 or str(forum).rstrip("/") != address[-2].rstrip(
        "/"
    ):
        return None
    names, name = community.names, address[-1]
    fitting = [
        number
        for number in names.find_account(name)
        if names.account_source(number) == "discourse"
        and names.account_name(number).casefold() == name.casefold()
    ]
    return ("discourse", names.account(fitting[0])) if len(fitting) == 1 else None


def _url(instance: Instance) -> object:
    config = instance.configured.get("sourcecred/discourse")
    return config.get("serverUrl") if isinstance(config, dict) else None


def _existing_links(events: EventColumns, names: Names) -> set[tuple[Known, Known]]:
    """Return the links that were told before, also those that were undone since."""
    rows = np.flatnonzero(events.kind == Kind.LINKED).tolist()
    return {
        (
            (names.account_source(actor), names.account(actor)),
            (names.account_source(other), names.account(other)),
        )
        for actor, other in zip(
            events.actor[rows].tolist(), events.object[rows].tolist(), strict=True
        )
    }


def _account_numbers(accounts: Sequence[Known], names: Names) -> NDArray[np.int32]:
    """Return the number of each account, by the number that the instance's archives have."""
    found = [names.account_number(*account) for account in accounts]
    return np.array([ABSENT, *(ABSENT if one is None else one for one in found)], np.int32)


def _renumber(
    archive: Archive,
    numbers: NDArray[np.int32],
    baked: Mapping[Address, float],
) -> Archive:
    """Return an archive with the community's numbers of accounts, and with some weights."""
    account = np.where(archive.account == ABSENT, ABSENT, numbers[archive.account])
    weights = dict(_weights(archive))
    more = {
        prefix: weight
        for prefix, weight in baked.items()
        if _archive_of(prefix) == archive.name
    }
    archive = dataclasses.replace(archive, account=account.astype(np.int32))
    if not more:
        return archive
    texts = TextInterner()
    texts.column([archive.texts])
    weights |= more
    return dataclasses.replace(
        archive,
        weighted_nodes=texts.column(weights),
        node_weight=np.array([*weights.values()], np.float64),
        texts=texts.texts,
    )


def _mark_gathered(
    archive: Archive, entered: ManualInitiatives | None, names: Names
) -> Archive:
    """Return an archive that knows which of its nodes initiatives by hand gather."""
    if entered is None:
        return archive
    gathered = {(event.object_source, event.object) for event in entered.events}
    contribution = archive.contribution.copy()
    for row, address in enumerate(archive.node_addresses()):
        ref = contribution_for(address)
        if ref is not None and (ref.source, ref.id) in gathered:
            number = names.contribution_number(ref.source, ref.id)
            contribution[row] = ABSENT if number is None else number
    return dataclasses.replace(archive, contribution=contribution)


def _archive_of(prefix: Address) -> str:
    """Return the archive that a weight of a prefix goes into."""
    if len(prefix) < len(_FORUM_USER) - 1 or prefix[:2] == IDENTITY[:2]:
        return IDENTITIES
    return archive_name("/".join(prefix[:2]))


def _weights(archive: Archive) -> Iterable[tuple[Address, float]]:
    return (
        (archive.weighted_nodes.at(row, archive.texts), weight)
        for row, weight in enumerate(archive.node_weight.tolist())
    )


def _minting_rules(
    instance: Instance, participants: Mapping[str, int]
) -> Iterable[tuple[str, Json]]:
    """Return budgets, dependencies and attributions as settings; people by their numbers."""
    for budget in instance.budgets:
        if budget.periods:
            yield f"{BUDGETS}{'/'.join(budget.prefix)}", periods_json(budget.periods)
    for dependency in instance.dependencies:
        if dependency.periods:
            yield (
                f"{DEPENDENCIES}{participants[dependency.recipient]}",
                periods_json(dependency.periods),
            )
    for given in instance.attributions:
        if given.changes:
            pair = f"{participants[given.giver]}-{participants[given.receiver]}"
            yield f"{ATTRIBUTIONS}{pair}", periods_json(given.changes)

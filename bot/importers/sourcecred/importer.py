"""Imports a SourceCred instance into a community's file.

Accounts and links come first, then archives, and settings last, so that nothing of the import
shows until all of it is there. Each step adds nothing the second time: an import that was
interrupted is completed by running it again.
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
from bot.community.settings.archive_setting import ARCHIVE_SETTING, IDENTITIES_ARCHIVE
from bot.community.settings.minting_rules import (
    ATTRIBUTIONS,
    BOUNDARIES,
    BUDGETS,
    DEPENDENCIES,
    periods_json,
)
from bot.importers.sourcecred.accounts import (
    SOURCE,
    AccountKey,
    account_for,
    accounts_and_links,
)
from bot.importers.sourcecred.graphs import renumber
from bot.importers.sourcecred.initiatives import NAME as INITIATIVES
from bot.importers.sourcecred.initiatives import (
    ManualInitiatives,
    contribution_for,
    enter_initiatives,
)
from bot.importers.sourcecred.instance import Instance
from bot.importers.sourcecred.mapping import MappedConfig, ReportLine
from bot.importers.sourcecred.report import erasure_lines, forum_lines, initiative_lines
from bot.services.entries.entry_types import MANUAL, WORK_TYPES, EntryType, entry_id
from cred.graph.archive import Archive
from cred.graph.structure import ABSENT
from storage.archives import Archives
from storage.canonical_json import Json
from storage.log.batch import Batch
from storage.people.directory import CachedDirectory

_BEYOND: Final = 1_000_000_000
"""No community has so many accounts."""
_AUTHOR: Final = "import"
_REASON: Final = "moved in from SourceCred"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did."""

    new_events: int
    new_archives: Sequence[str]
    settings_version: int
    changed_settings: int
    by_name_only: int
    """Number of forum accounts that are known by name only."""
    report: tuple[ReportLine, ...]
    scores: CommunityScores | None
    """The community's scores after the import; None if there is nothing to score."""
    participants: Mapping[str, int]
    """Account number of each of the ledger's participants who was not erased, by id."""


async def import_instance(
    community: Community,
    instance: Instance,
    mapped: MappedConfig,
    *,
    sourcecred_boundaries: bool,
    initiatives_by_hand: bool = False,
    now_ms: int,
) -> ImportResult:
    """Import an instance into a community.

    Parameters
    ----------
    community
        A new community, or one that has heard from its platforms already.
    instance, mapped
        The instance, and the settings that its configuration maps to.
    sourcecred_boundaries
        Let the community count edges at the start of a week as SourceCred does.
    initiatives_by_hand
        Enter initiatives as if by hand, and build their graph from that, not the archive.
    now_ms
        The current time.

    Raises
    ------
    SettingMistakeError
        If the settings contradict those that the community has.
    StorageError
        If something cannot be stored.
    CredError
        If the community's cred cannot be computed.
    """
    settings, refused = await check_import(community, instance, mapped, now_ms)

    # Accounts, links and initiatives
    accounts = [account_for(address) for address in instance.addresses]
    await community.directory.refresh()
    await community.identities.refresh()
    events = await community.log.columns(after=0)
    people = accounts_and_links(instance, accounts, community, events, now_ms)
    batch = people.batch
    manual = await _enter_initiatives(community, instance) if initiatives_by_hand else None
    if manual is not None:
        batch = _add_initiatives(batch, manual)
    appended = await community.log.append(batch)
    await community.directory.refresh()

    # Archives, with the numbers that the accounts have now
    numbers = _account_numbers(accounts, community.directory)
    archives = [
        _mark_gathered(
            renumber(archive, numbers, mapped.archive_weights), manual, community.directory
        )
        for archive in instance.archives
    ]
    new_archives = await Archives(community.database).keep(archives, now_ms)

    # Settings
    participants = _participants(instance, numbers)
    changes = await _change_settings(
        community,
        {
            **settings,
            **dict(_minting_rules(instance, participants)),
            **({BOUNDARIES: True} if sourcecred_boundaries else {}),
            ARCHIVE_SETTING: _archives_in_use(
                community, instance, without_initiatives=manual is not None
            ),
        },
        now_ms,
    )

    scores = await community.scoring.recompute(now_ms)
    skipped = manual.skipped if manual else ()
    return ImportResult(
        new_events=appended.new,
        new_archives=new_archives,
        settings_version=community.settings.version,
        changed_settings=changes,
        by_name_only=len(people.by_name_only),
        report=(
            *refused,
            *erasure_lines(len(instance.ledger.participants) - len(participants)),
            *forum_lines(people),
            *initiative_lines(instance, skipped, by_hand=manual is not None),
        ),
        scores=scores,
        participants=participants,
    )


async def check_import(
    community: Community, instance: Instance, mapped: MappedConfig, now_ms: int
) -> tuple[Mapping[str, Json], list[ReportLine]]:
    """Check that a community can take an instance, before anything is written.

    Returns
    -------
    tuple
        The settings that the community accepts, and a report on those it refuses.

    Raises
    ------
    SettingMistakeError
        If it cannot: the settings contradict those that it has, or each other.
    """
    settings, refused = _split_settings(community, mapped, now_ms)
    await community.directory.refresh()
    accounts = [account_for(address) for address in instance.addresses]
    known = _participants(instance, _account_numbers(accounts, community.directory))
    # Numbers beyond all others stand in for those that accounts do not have yet.
    stand_ins = {who.id: _BEYOND + at for at, who in enumerate(instance.ledger.participants)}
    rules = dict(_minting_rules(instance, stand_ins | known))
    await community.settings.try_changes({**settings, **rules}, now_ms=now_ms)
    return settings, refused


def _participants(instance: Instance, numbers: NDArray[np.int32]) -> dict[str, int]:
    """Return the account number of each of the ledger's participants, by id.

    Whoever was erased is left out.
    """
    row = {address: at for at, address in enumerate(instance.addresses, 1)}
    found = {
        participant.id: int(numbers[row[participant.addresses[0]]])
        for participant in instance.ledger.participants
    }
    return {id_: number for id_, number in found.items() if number != ABSENT}


async def _change_settings(
    community: Community, values: Mapping[str, Json], now_ms: int
) -> int:
    """Set the settings that have other values now; return how many these are."""
    changes = {
        key: value
        for key, value in community.settings.check(values, now_ms=now_ms).items()
        if community.settings.get(key) != value
    }
    await community.settings.set(changes, author=_AUTHOR, reason=_REASON, now_ms=now_ms)
    return len(changes)


def _archives_in_use(
    community: Community, instance: Instance, *, without_initiatives: bool
) -> Json:
    """Return the archives that the community's graph is to be built from."""
    names = community.settings.get(ARCHIVE_SETTING)
    if not community.settings.is_set(ARCHIVE_SETTING):
        names = [
            archive.name for archive in instance.archives if archive.name != IDENTITIES_ARCHIVE
        ]
    if without_initiatives and isinstance(names, list):
        names = [name for name in names if name != INITIATIVES]
    return names


async def _enter_initiatives(community: Community, instance: Instance) -> ManualInitiatives:
    """Return the initiatives as entered by hand, numbering those that have no number yet."""
    directory = community.directory

    def free_numbers(entry_type: EntryType) -> Iterator[int]:
        return (
            number
            for number in count(1)
            if directory.contribution_number(MANUAL, entry_id(entry_type, number)) is None
        )

    graph = [archive for archive in instance.archives if archive.name == INITIATIVES]
    return enter_initiatives(
        instance.initiatives,
        instance.ledger.participants,
        graph[0] if graph else None,
        await community.cursors.all(SOURCE),
        {kind: free_numbers(kind) for kind in (EntryType.INITIATIVE, *WORK_TYPES)},
    )


def _add_initiatives(batch: Batch, manual: ManualInitiatives) -> Batch:
    return dataclasses.replace(
        batch,
        events=(*batch.events, *manual.events),
        descriptions=manual.descriptions,
        cursors={(SOURCE, name): number for name, number in manual.cursors.items()},
    )


def _split_settings(
    community: Community, mapped: MappedConfig, now_ms: int
) -> tuple[Mapping[str, Json], list[ReportLine]]:
    """Return the settings that the community accepts, and a report on those it refuses."""
    accepted: dict[str, Json] = {}
    refused = []
    for key, value in mapped.settings.items():
        try:
            accepted |= community.settings.check({key: value}, now_ms=now_ms)
        except SettingMistakeError as error:
            refused.append(ReportLine(key, "", str(error)))
    return accepted, refused


def _account_numbers(
    accounts: Sequence[AccountKey], directory: CachedDirectory
) -> NDArray[np.int32]:
    """Return the community's account numbers, indexed by those in the instance's archives."""
    numbers = [directory.account_number(*account) for account in accounts]
    return np.array(
        [ABSENT, *(ABSENT if number is None else number for number in numbers)], np.int32
    )


def _mark_gathered(
    archive: Archive, manual: ManualInitiatives | None, directory: CachedDirectory
) -> Archive:
    """Return an archive with the contribution numbers of what initiatives by hand gather."""
    if manual is None:
        return archive
    gathered = {(event.object_source, event.object) for event in manual.events}
    contribution = archive.contribution.copy()
    for row, address in enumerate(archive.node_addresses()):
        found = contribution_for(address)
        if found is not None and (found.source, found.id) in gathered:
            number = directory.contribution_number(found.source, found.id)
            contribution[row] = ABSENT if number is None else number
    return dataclasses.replace(archive, contribution=contribution)


def _minting_rules(
    instance: Instance, participants: Mapping[str, int]
) -> Iterable[tuple[str, Json]]:
    """Return budgets, dependencies and attributions as settings, by account number.

    A rule about somebody who was erased stays as it is in the community.
    """
    for budget in instance.budgets:
        if budget.periods:
            yield f"{BUDGETS}{'/'.join(budget.prefix)}", periods_json(budget.periods)
    for dependency in instance.dependencies:
        if dependency.periods and dependency.recipient in participants:
            yield (
                f"{DEPENDENCIES}{participants[dependency.recipient]}",
                periods_json(dependency.periods),
            )
    for attribution in instance.attributions:
        if attribution.changes and {attribution.giver, attribution.receiver} <= {*participants}:
            pair = f"{participants[attribution.giver]}-{participants[attribution.receiver]}"
            yield f"{ATTRIBUTIONS}{pair}", periods_json(attribution.changes)

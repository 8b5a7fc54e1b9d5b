"""Initiatives: work of many, which some people champion and which is worth something once done.

An initiative gathers contributions (entered by hand, or messages) and names what it depends on
and refers to, other initiatives included. Somebody completes it who neither opened it nor gains
from it.
"""

from collections.abc import Sequence

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.community.second_person import require_second_person
from bot.services import people
from bot.services.entries import entry_events as events
from bot.services.entries.entries import (
    Entries,
    Entry,
    read_entries,
    reread,
    write_entries,
)
from bot.services.entries.entry_checks import check_date, check_receiver, clean_title
from bot.services.entries.entry_events import EventStamp, PlatformId
from bot.services.entries.entry_types import (
    MANUAL,
    WORK_TYPES,
    EntryDetails,
    EntryStatus,
    EntryType,
    ReferenceKind,
    entry_number,
)
from storage.log.batch import Description
from storage.log.current_state import CurrentState


async def open_initiative(
    community: Community,
    author: int,
    title: str,
    at_ms: int,
    now_ms: int,
    *,
    place: PlatformId | None = None,
) -> Entry:
    """Open an initiative, in a place; return it.

    Raises
    ------
    NotAllowedError
        If the title is empty or that of an open initiative, or the date is not allowed.
    """
    title = clean_title(title, "a title")
    check_date(community, at_ms, now_ms)
    async with write_entries(community) as writer:
        for initiative in writer.of_type(EntryType.INITIATIVE):
            is_open = initiative.status is EntryStatus.WAITING
            if is_open and initiative.title.casefold() == title.casefold():
                raise NotAllowedError(f"That is initiative {initiative.number} already.")
        id_ = writer.next_id(EntryType.INITIATIVE)
        opening = events.entry_event(
            id_,
            EntryDetails(EntryType.INITIATIVE),
            writer.platform_id(author),
            EventStamp(at_ms, now_ms, place=place),
        )
        await writer.record([opening], Description(MANUAL, id_, title))
    return await reread(community, id_)


async def add(
    community: Community,
    number: int,
    by: int,
    contribution: PlatformId,
    kind: ReferenceKind,
    now_ms: int,
) -> Entry:
    """Add a contribution, dependency or reference to an initiative; return the initiative.

    Raises
    ------
    NotAllowedError
        If the initiative is complete or has the contribution already, or the contribution is
        unknown or was rejected.
    """
    async with write_entries(community) as writer:
        initiative = _get_open(writer, number)
        other = community.directory.contribution_number(contribution.source, contribution.id)
        if other is None:
            raise NotAllowedError(_unknown_contribution(contribution))
        if other == initiative.contribution:
            raise NotAllowedError("An initiative can't gather itself.")
        if (kind, other) in initiative.references:
            raise NotAllowedError(f"Initiative {number} has that already.")
        entry = writer.find(other)
        if entry is not None:
            _check_can_be_added(entry, kind)
        elif await _author(community, contribution) is None:
            raise NotAllowedError(_unknown_contribution(contribution))
        actor, stamp = writer.platform_id(by), EventStamp(now_ms, now_ms)
        addition = events.reference_event(initiative.id, contribution, kind, actor, stamp)
        await writer.record([addition])
    return await reread(community, initiative.id)


async def champion(
    community: Community, number: int, by: int, whom: Sequence[int], now_ms: int
) -> Entry:
    """Have people champion an initiative, all of them or none; return it.

    Raises
    ------
    NotAllowedError
        If it is complete, or somebody cannot champion it or does already.
    """
    async with write_entries(community) as writer:
        initiative = _get_open(writer, number)
        for account in whom:
            check_receiver(community, account, "champions")
            if any(writer.is_same_person(account, other) for other in initiative.champions):
                name = people.display_name(community, account)
                raise NotAllowedError(f"{name} champions initiative {number} already.")
        actor, stamp = writer.platform_id(by), EventStamp(now_ms, now_ms)
        await writer.record(
            events.champion_event(initiative.id, writer.platform_id(account), actor, stamp)
            for account in whom
        )
    return await reread(community, initiative.id)


async def remove(
    community: Community,
    number: int,
    by: int,
    *,
    contribution: PlatformId | None = None,
    whom: Sequence[int] = (),
    now_ms: int,
) -> Entry:
    """Take a contribution or champions off an initiative; return the initiative.

    Its author and its champions can do that, and everybody can stop championing it.

    Raises
    ------
    NotAllowedError
        If it is complete, they may not, or it has no such contribution or champion.
    """
    async with write_entries(community) as writer:
        initiative = _get_open(writer, number)
        _check_may_remove(writer, initiative, by, contribution, whom)
        actor, stamp = writer.platform_id(by), EventStamp(now_ms, now_ms)
        undone = []
        if contribution is not None:
            other = community.directory.contribution_number(
                contribution.source, contribution.id
            )
            kinds = [kind for kind, known in initiative.references if known == other]
            if not kinds:
                raise NotAllowedError(f"Initiative {number} has no such thing.")
            undone += [
                events.reference_event(
                    initiative.id, contribution, kind, actor, stamp, undo=True
                )
                for kind in kinds
            ]
        for account in whom:
            champions = [
                other for other in initiative.champions if writer.is_same_person(other, account)
            ]
            if not champions:
                name = people.display_name(community, account)
                raise NotAllowedError(f"{name} does not champion initiative {number}.")
            undone += [
                events.champion_event(
                    initiative.id, writer.platform_id(other), actor, stamp, undo=True
                )
                for other in champions
            ]
        await writer.record(undone)
    return await reread(community, initiative.id)


async def complete(community: Community, number: int, by: int, now_ms: int) -> Entry:
    """Complete an initiative, as somebody who did not open it and gains nothing; return it.

    Raises
    ------
    NotAllowedError
        If they may not complete it, or it is complete already.
    """
    async with write_entries(community) as writer:
        initiative = _get_open(writer, number)
        gaining = [
            account
            for _, contribution in initiative.references
            for account in await _doers(writer, contribution)
        ]
        for whose, refusal in (
            ([initiative.author], "You opened it, so a second person has to complete it."),
            (initiative.champions, "You champion it, so somebody else has to complete it."),
            (gaining, "It gathers something of yours, so somebody else has to complete it."),
        ):
            require_second_person(by, whose, writer.person, refusal)
        completion = events.status_event(
            initiative.id,
            EntryStatus.COMPLETE,
            writer.platform_id(by),
            EventStamp(now_ms, now_ms),
        )
        await writer.record([completion])
    return await reread(community, initiative.id)


async def list_all(community: Community) -> Sequence[Entry]:
    """Return all initiatives: open ones first, then the newest."""
    newest_first = reversed((await read_entries(community)).of_type(EntryType.INITIATIVE))
    return sorted(newest_first, key=lambda entry: entry.status is EntryStatus.COMPLETE)


async def get(community: Community, number: int) -> tuple[Entry, Entries]:
    """Return an initiative by its number, and all entries, among them those it refers to.

    Raises
    ------
    NotAllowedError
        If there is none.
    """
    entries = await read_entries(community)
    return entries.get(EntryType.INITIATIVE, number), entries


async def _doers(entries: Entries, contribution: int) -> list[int]:
    """Return the accounts that did the work: those with shares or champions, or the author."""
    entry = entries.find(contribution)
    if entry is not None:
        return [*entry.shares, *entry.champions]
    directory = entries.directory
    author = await _author(
        entries.community,
        PlatformId(
            directory.contribution_source(contribution), directory.contribution(contribution)
        ),
    )
    return [] if author is None else [author]


async def _author(community: Community, contribution: PlatformId) -> int | None:
    return await CurrentState(community.database, contribution.source).author(contribution.id)


def _check_may_remove(
    entries: Entries,
    initiative: Entry,
    by: int,
    contribution: PlatformId | None,
    whom: Sequence[int],
) -> None:
    only_themselves = contribution is None and all(
        entries.is_same_person(account, by) for account in whom
    )
    responsible = (initiative.author, *initiative.champions)
    if not only_themselves and not any(
        entries.is_same_person(account, by) for account in responsible
    ):
        raise NotAllowedError("Only whoever opened it or champions it can take that back.")


def _check_can_be_added(entry: Entry, kind: ReferenceKind) -> None:
    type_ = entry.details.type
    if type_ not in {*WORK_TYPES, EntryType.INITIATIVE}:
        raise NotAllowedError(f"An initiative can't gather {type_}.")
    if entry.status in {EntryStatus.REJECTED, EntryStatus.WITHDRAWN}:
        raise NotAllowedError(f"Contribution {entry.number} is {entry.status}.")
    if type_ is EntryType.INITIATIVE and kind is ReferenceKind.CONTRIBUTES:
        raise NotAllowedError("Another initiative is something to depend on or to refer to.")


def _get_open(entries: Entries, number: int) -> Entry:
    initiative = entries.get(EntryType.INITIATIVE, number)
    if initiative.status is EntryStatus.COMPLETE:
        raise NotAllowedError(f"Initiative {number} is complete.")
    return initiative


def _unknown_contribution(contribution: PlatformId) -> str:
    if contribution.source == MANUAL:
        for type_ in EntryType:
            if (number := entry_number(contribution.id, type_)) is not None:
                return f"There is no {type_} {number}."
    return (
        "I have not seen that message. It may be in a channel that I can't read, on another "
        "server, or from before the history that I count."
    )

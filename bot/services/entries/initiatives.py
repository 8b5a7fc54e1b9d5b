"""Initiatives: what many contribute to, championed by some, worth something once complete.

An initiative gathers contributions (work entered by hand, messages), and names what it depends
on and refers to, other initiatives too. Completing it is a second person's: not whoever opened
it or profits from it.
"""

from collections.abc import Sequence

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.services import people
from bot.services.entries import entry_events as events
from bot.services.entries.entries import (
    Entries,
    Entry,
    EntryWriter,
    check_date,
    check_receiver,
    clean_title,
    read_entries,
    reread,
    write_entries,
)
from bot.services.entries.entry_events import EventStamp, PlatformId
from bot.services.entries.entry_types import (
    MANUAL,
    EntryDetails,
    EntryStatus,
    EntryType,
    ReferenceKind,
    entry_number,
)
from storage.log.batch import Batch, Description
from storage.log.current_state import CurrentState


async def start(
    community: Community, author: int, title: str, at_ms: int, now_ms: int
) -> Entry:
    """Open an initiative; return it.

    Raises
    ------
    RefusedError
        If it lacks a title, there is one of that title that goes on, or its date cannot be.
    """
    title = clean_title(title, "a title")
    check_date(community, at_ms, now_ms)
    async with write_entries(community) as state:
        for entry in state.of_type(EntryType.INITIATIVE):
            if (
                entry.title.casefold() == title.casefold()
                and entry.status is EntryStatus.WAITING
            ):
                raise NotAllowedError(f"That is initiative {entry.number} already.")
        id_ = state.next_id(EntryType.INITIATIVE)
        provenance = EventStamp(at_ms, now_ms)
        await state.record(
            Batch(
                events=(
                    events.entry_event(
                        id_,
                        EntryDetails(EntryType.INITIATIVE),
                        state.platform_id(author),
                        provenance,
                    ),
                ),
                descriptions=(Description(MANUAL, id_, title),),
            )
        )
    return await reread(community, id_)


async def gather(  # noqa: PLR0913, PLR0917 - what gathering is
    community: Community,
    number: int,
    by: int,
    thing: PlatformId,
    how: ReferenceKind,
    now_ms: int,
) -> Entry:
    """Have an initiative gather something, depend on it or refer to it; return the initiative.

    Raises
    ------
    RefusedError
        If it is complete, the thing is not known, was rejected, or is there already.
    """
    async with write_entries(community) as state:
        entry = _going_on(state, number)
        other = community.names.contribution_number(thing.source, thing.id)
        if other is None:
            raise NotAllowedError(_unknown(thing))
        if other == entry.contribution:
            raise NotAllowedError("An initiative can't gather itself.")
        if (how, other) in entry.references:
            raise NotAllowedError(f"Initiative {number} has that already.")
        entry = state.find(other)
        if entry is None:
            if await CurrentState(community.database, thing.source).author(thing.id) is None:
                raise NotAllowedError(_unknown(thing))
        else:
            _check_entry(entry, how)
        provenance = EventStamp(now_ms, now_ms)
        await state.record(
            Batch(
                events=(
                    events.reference_event(
                        entry.id, thing, how, state.platform_id(by), provenance
                    ),
                )
            )
        )
    return await reread(community, entry.id)


async def champion(
    community: Community, number: int, by: int, whom: Sequence[int], now_ms: int
) -> Entry:
    """Have people champion an initiative, all or none; return it.

    Raises
    ------
    RefusedError
        If it is complete, or they cannot, or do already.
    """
    async with write_entries(community) as state:
        entry = _going_on(state, number)
        for account in whom:
            check_receiver(community, account, "champions")
            if any(state.is_same_person(account, other) for other in entry.champions):
                name = people.display_name(community, account)
                raise NotAllowedError(f"{name} champions initiative {number} already.")
        provenance, actor = EventStamp(now_ms, now_ms), state.platform_id(by)
        await state.record(
            Batch(
                events=tuple(
                    events.champion_event(
                        entry.id, state.platform_id(account), actor, provenance
                    )
                    for account in whom
                )
            )
        )
    return await reread(community, entry.id)


async def remove(  # noqa: PLR0913 - what is removed
    community: Community,
    number: int,
    by: int,
    *,
    thing: PlatformId | None = None,
    whom: Sequence[int] = (),
    now_ms: int,
) -> Entry:
    """Take back what an initiative gathers, or who champions it; return the initiative.

    Its author and its champions can; anybody can take back being a champion.

    Raises
    ------
    RefusedError
        If it is complete, they may not, or it has no such thing.
    """
    async with write_entries(community) as state:
        entry = _going_on(state, number)
        responsible = (*((entry.author,) if entry.author is not None else ()), *entry.champions)
        own = thing is None and all(state.is_same_person(account, by) for account in whom)
        if not own and not any(state.is_same_person(account, by) for account in responsible):
            raise NotAllowedError("Only whoever opened it or champions it can take that back.")
        provenance, actor, gone = EventStamp(now_ms, now_ms), state.platform_id(by), []
        if thing is not None:
            other = community.names.contribution_number(thing.source, thing.id)
            hows = [how for how, contribution in entry.references if contribution == other]
            if not hows:
                raise NotAllowedError(f"Initiative {number} has no such thing.")
            gone += [
                events.reference_event(entry.id, thing, how, actor, provenance, undo=True)
                for how in hows
            ]
        for account in whom:
            theirs = [
                champ for champ in entry.champions if state.is_same_person(champ, account)
            ]
            if not theirs:
                name = people.display_name(community, account)
                raise NotAllowedError(f"{name} does not champion initiative {number}.")
            gone += [
                events.champion_event(
                    entry.id, state.platform_id(champ), actor, provenance, undo=True
                )
                for champ in theirs
            ]
        await state.record(Batch(events=tuple(gone)))
    return await reread(community, entry.id)


async def complete(community: Community, number: int, by: int, now_ms: int) -> Entry:
    """Complete an initiative, as somebody who neither opened it nor profits; return it.

    Raises
    ------
    RefusedError
        If they may not, or it is complete.
    """
    async with write_entries(community) as state:
        entry = _going_on(state, number)
        if state.is_same_person(entry.author, by):
            raise NotAllowedError("You opened it, so a second person has to complete it.")
        if any(state.is_same_person(account, by) for account in entry.champions):
            raise NotAllowedError("You champion it, so somebody else has to complete it.")
        profiting = [
            account
            for at in entry.references
            for account in await _people(community, state, at[1])
        ]
        if any(state.is_same_person(account, by) for account in profiting):
            raise NotAllowedError(
                "It gathers something of yours, so somebody else has to complete it."
            )
        provenance = EventStamp(now_ms, now_ms)
        await state.record(
            Batch(
                events=(
                    events.status_event(
                        entry.id, EntryStatus.COMPLETE, state.platform_id(by), provenance
                    ),
                )
            )
        )
    return await reread(community, entry.id)


async def list_all(community: Community) -> Sequence[Entry]:
    """Return all initiatives: those that go on first, then the newest."""
    state = await read_entries(community)
    found = [*state.of_type(EntryType.INITIATIVE)]
    found.reverse()
    return sorted(found, key=lambda entry: entry.status is EntryStatus.COMPLETE)


async def get(community: Community, number: int) -> tuple[Entry, Entries]:
    """Return one initiative, and what else was entered by hand.

    Raises
    ------
    RefusedError
        If there is none of that number.
    """
    state = await read_entries(community)
    return state.get(EntryType.INITIATIVE, number), state


async def _people(community: Community, state: Entries, contribution: int) -> list[int]:
    """Return who made something: those with shares in it, or its author."""
    entry = state.find(contribution)
    if entry is not None:
        return [*entry.people, *entry.champions]
    names = community.names
    author = await CurrentState(
        community.database, names.contribution_source(contribution)
    ).author(names.contribution(contribution))
    return [] if author is None else [author]


def _check_entry(entry: Entry, how: ReferenceKind) -> None:
    what = entry.details.type
    if what not in {
        EntryType.CONTRIBUTION,
        EntryType.DEPENDENCY,
        EntryType.REFERENCE,
        EntryType.INITIATIVE,
    }:
        raise NotAllowedError(f"An initiative can't gather {what}.")
    if entry.status in {EntryStatus.REJECTED, EntryStatus.WITHDRAWN}:
        raise NotAllowedError(f"Contribution {entry.number} is {entry.status}.")
    if what is EntryType.INITIATIVE and how is ReferenceKind.CONTRIBUTES:
        raise NotAllowedError("Another initiative is something to depend on or to refer to.")


def _going_on(state: EntryWriter, number: int) -> Entry:
    entry = state.get(EntryType.INITIATIVE, number)
    if entry.status is EntryStatus.COMPLETE:
        raise NotAllowedError(f"Initiative {number} is complete.")
    return entry


def _unknown(thing: PlatformId) -> str:
    if thing.source == MANUAL:
        for what in EntryType:
            if (number := entry_number(thing.id, what)) is not None:
                return f"There is no {what} {number}."
    return (
        "I have not seen that message. It may be in a channel that I can't read, on another "
        "server, or from before the history that I count."
    )

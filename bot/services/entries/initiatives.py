"""Initiatives: what many contribute to, championed by some, worth something once complete.

An initiative gathers contributions (work entered by hand, messages), and names what it depends
on and refers to, other initiatives too. Completing it is a second person's: not whoever opened
it or profits from it.
"""

from collections.abc import Sequence

from bot.community.communities import Community
from bot.community.errors import RefusedError
from bot.services import people
from bot.services.entries import entry_events as events
from bot.services.entries.entering import (
    Entered,
    Entering,
    Thing,
    again,
    check_date,
    check_receiver,
    entered,
    entering,
    title_of,
)
from bot.services.entries.entry_events import Ref, Told
from bot.services.entries.entry_types import SOURCE, How, Sort, Status, What, number_of
from storage.log.batch import Batch, Description
from storage.log.current_state import Current


async def start(
    community: Community, author: int, title: str, at_ms: int, now_ms: int
) -> Thing:
    """Open an initiative; return it.

    Raises
    ------
    RefusedError
        If it lacks a title, there is one of that title that goes on, or its date cannot be.
    """
    title = title_of(title, "a title")
    check_date(community, at_ms, now_ms)
    async with entering(community) as state:
        for entry in state.all(What.INITIATIVE):
            if entry.title.casefold() == title.casefold() and entry.status is Status.WAITING:
                raise RefusedError(f"That is initiative {entry.number} already.")
        id_ = state.next(What.INITIATIVE)
        told = Told(at_ms, now_ms)
        await state.record(
            Batch(
                events=(events.entered(id_, Sort(What.INITIATIVE), state.ref(author), told),),
                descriptions=(Description(SOURCE, id_, title),),
            )
        )
    return await again(community, id_)


async def gather(  # noqa: PLR0913, PLR0917 - what gathering is
    community: Community, number: int, by: int, thing: Ref, how: How, now_ms: int
) -> Thing:
    """Have an initiative gather something, depend on it or refer to it; return the initiative.

    Raises
    ------
    RefusedError
        If it is complete, the thing is not known, was rejected, or is there already.
    """
    async with entering(community) as state:
        one = _going_on(state, number)
        other = community.names.contribution_number(thing.source, thing.id)
        if other is None:
            raise RefusedError(_unknown(thing))
        if other == one.contribution:
            raise RefusedError("An initiative can't gather itself.")
        if (how, other) in one.refers:
            raise RefusedError(f"Initiative {number} has that already.")
        entry = state.at(other)
        if entry is None:
            if await Current(community.database, thing.source).author(thing.id) is None:
                raise RefusedError(_unknown(thing))
        else:
            _check_entry(entry, how)
        told = Told(now_ms, now_ms)
        await state.record(
            Batch(events=(events.refers(one.id, thing, how, state.ref(by), told),))
        )
    return await again(community, one.id)


async def champion(
    community: Community, number: int, by: int, whom: Sequence[int], now_ms: int
) -> Thing:
    """Have people champion an initiative, all or none; return it.

    Raises
    ------
    RefusedError
        If it is complete, or they cannot, or do already.
    """
    async with entering(community) as state:
        one = _going_on(state, number)
        for account in whom:
            check_receiver(community, account, "champions")
            if any(state.are_one(account, other) for other in one.champions):
                name = people.called(community, account)
                raise RefusedError(f"{name} champions initiative {number} already.")
        told, actor = Told(now_ms, now_ms), state.ref(by)
        await state.record(
            Batch(
                events=tuple(
                    events.champions(one.id, state.ref(account), actor, told)
                    for account in whom
                )
            )
        )
    return await again(community, one.id)


async def remove(  # noqa: PLR0913 - what is removed
    community: Community,
    number: int,
    by: int,
    *,
    thing: Ref | None = None,
    whom: Sequence[int] = (),
    now_ms: int,
) -> Thing:
    """Take back what an initiative gathers, or who champions it; return the initiative.

    Its author and its champions can; anybody can take back being a champion.

    Raises
    ------
    RefusedError
        If it is complete, they may not, or it has no such thing.
    """
    async with entering(community) as state:
        one = _going_on(state, number)
        responsible = (*((one.author,) if one.author is not None else ()), *one.champions)
        own = thing is None and all(state.are_one(account, by) for account in whom)
        if not own and not any(state.are_one(account, by) for account in responsible):
            raise RefusedError("Only whoever opened it or champions it can take that back.")
        told, actor, gone = Told(now_ms, now_ms), state.ref(by), []
        if thing is not None:
            other = community.names.contribution_number(thing.source, thing.id)
            hows = [how for how, contribution in one.refers if contribution == other]
            if not hows:
                raise RefusedError(f"Initiative {number} has no such thing.")
            gone += [
                events.refers(one.id, thing, how, actor, told, no_more=True) for how in hows
            ]
        for account in whom:
            theirs = [champ for champ in one.champions if state.are_one(champ, account)]
            if not theirs:
                name = people.called(community, account)
                raise RefusedError(f"{name} does not champion initiative {number}.")
            gone += [
                events.champions(one.id, state.ref(champ), actor, told, no_more=True)
                for champ in theirs
            ]
        await state.record(Batch(events=tuple(gone)))
    return await again(community, one.id)


async def complete(community: Community, number: int, by: int, now_ms: int) -> Thing:
    """Complete an initiative, as somebody who neither opened it nor profits; return it.

    Raises
    ------
    RefusedError
        If they may not, or it is complete.
    """
    async with entering(community) as state:
        one = _going_on(state, number)
        if state.are_one(one.author, by):
            raise RefusedError("You opened it, so a second person has to complete it.")
        if any(state.are_one(account, by) for account in one.champions):
            raise RefusedError("You champion it, so somebody else has to complete it.")
        profiting = [
            account for at in one.refers for account in await _people(community, state, at[1])
        ]
        if any(state.are_one(account, by) for account in profiting):
            raise RefusedError(
                "It gathers something of yours, so somebody else has to complete it."
            )
        told = Told(now_ms, now_ms)
        await state.record(
            Batch(events=(events.becomes(one.id, Status.COMPLETE, state.ref(by), told),))
        )
    return await again(community, one.id)


async def listed(community: Community) -> Sequence[Thing]:
    """Return all initiatives: those that go on first, then the newest."""
    state = await entered(community)
    found = [*state.all(What.INITIATIVE)]
    found.reverse()
    return sorted(found, key=lambda entry: entry.status is Status.COMPLETE)


async def shown(community: Community, number: int) -> tuple[Thing, Entered]:
    """Return one initiative, and what else was entered by hand.

    Raises
    ------
    RefusedError
        If there is none of that number.
    """
    state = await entered(community)
    return state.one(What.INITIATIVE, number), state


async def _people(community: Community, state: Entered, contribution: int) -> list[int]:
    """Return who made something: those with shares in it, or its author."""
    entry = state.at(contribution)
    if entry is not None:
        return [*entry.people, *entry.champions]
    names = community.names
    author = await Current(community.database, names.contribution_source(contribution)).author(
        names.contribution(contribution)
    )
    return [] if author is None else [author]


def _check_entry(entry: Thing, how: How) -> None:
    what = entry.sort.what
    if what not in {What.CONTRIBUTION, What.DEPENDENCY, What.REFERENCE, What.INITIATIVE}:
        raise RefusedError(f"An initiative can't gather {what}.")
    if entry.status in {Status.REJECTED, Status.WITHDRAWN}:
        raise RefusedError(f"Contribution {entry.number} is {entry.status}.")
    if what is What.INITIATIVE and how is How.CONTRIBUTES:
        raise RefusedError("Another initiative is something to depend on or to refer to.")


def _going_on(state: Entering, number: int) -> Thing:
    one = state.one(What.INITIATIVE, number)
    if one.status is Status.COMPLETE:
        raise RefusedError(f"Initiative {number} is complete.")
    return one


def _unknown(thing: Ref) -> str:
    if thing.source == SOURCE:
        for what in What:
            if (number := number_of(thing.id, what)) is not None:
                return f"There is no {what} {number}."
    return (
        "I have not seen that message. It may be in a channel that I can't read, on another "
        "server, or from before the history that I count."
    )

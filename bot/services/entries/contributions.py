"""Work that no platform saw: entered by one person, approved by a second.

It waits → is approved (from then on it mints, for those with shares in it) or rejected, with a
reason; whoever entered it can withdraw it at any time. It counts only while it is approved.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.community.communities import Community
from bot.community.errors import RefusedError
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
from bot.services.entries.entry_types import KINDS, SOURCE, How, Sort, Status, What
from storage.log.batch import Batch, Description

_LONGEST_LINK: Final = 400
_MOST_PEOPLE: Final = 25
_LARGEST_SHARE: Final = 1_000_000
_FALLBACK: Final = "other"
_ADDRESS: Final = re.compile(r"https?://[^\s/?#]\S*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody enters."""

    title: str
    shares: Mapping[int, int]
    """By number of the account, from 1 up."""
    at_ms: int
    """When it was done."""
    kind: str = ""
    """"": "other", where the community's list has that."""
    link: str = ""
    """Where evidence is."""


async def add(community: Community, author: int, draft: Draft, now_ms: int) -> Thing:
    """Record work, to be approved by somebody else; return it.

    Raises
    ------
    RefusedError
        If something is missing or against the rules; says what.
    """
    title = title_of(draft.title, "a title")
    kind = _kind(community, draft.kind)
    link = _link(draft.link)
    check_date(community, draft.at_ms, now_ms)
    async with entering(community) as state:
        shares = _shares(state, draft.shares)
        _check_new(state, title, draft.at_ms)
        id_ = state.next(What.CONTRIBUTION)
        by = state.ref(author)
        await state.record(
            Batch(
                events=events.work(
                    id_,
                    Sort(What.CONTRIBUTION, kind),
                    by,
                    {state.ref(one): share for one, share in shares.items()},
                    Told(draft.at_ms, now_ms),
                ),
                descriptions=(Description(SOURCE, id_, title, link),),
            )
        )
    return await again(community, id_)


async def approve(community: Community, number: int, by: int, now_ms: int) -> Thing:
    """Approve work, as somebody who neither entered it nor has a share in it; return it.

    Raises
    ------
    RefusedError
        If they may not, or it does not wait.
    """
    async with entering(community) as state:
        one = _waiting(state, number)
        if state.are_one(one.author, by):
            raise RefusedError("You entered it, so a second person has to approve it.")
        if any(state.are_one(person, by) for person in one.people):
            raise RefusedError("You have a share in it, so somebody else has to approve it.")
        await _become(state, one, Status.APPROVED, by, now_ms)
    return await again(community, one.id)


async def reject(community: Community, number: int, by: int, reason: str, now_ms: int) -> Thing:
    """Reject work, saying why; return it.

    Raises
    ------
    RefusedError
        If there is no reason, it does not wait, or they entered it themselves.
    """
    reason = title_of(reason, "a reason")
    async with entering(community) as state:
        one = _waiting(state, number)
        if state.are_one(one.author, by):
            raise RefusedError("You entered it; withdraw it instead.")
        why, actor, told = state.next(What.REJECTION), state.ref(by), Told(now_ms, now_ms)
        await state.record(
            Batch(
                events=(
                    events.becomes(one.id, Status.REJECTED, actor, told),
                    # The reason is the rejecter's words: erased with them, not with the work.
                    events.entered(why, Sort(What.REJECTION), actor, told),
                    events.refers(why, Ref(SOURCE, one.id), How.REJECTS, actor, told),
                ),
                descriptions=(Description(SOURCE, why, reason),),
            )
        )
    return await again(community, one.id)


async def withdraw(community: Community, number: int, by: int, now_ms: int) -> Thing:
    """Withdraw work that one entered, approved or not; return it.

    Raises
    ------
    RefusedError
        If somebody else entered it, or it was rejected or withdrawn before.
    """
    async with entering(community) as state:
        one = state.one(What.CONTRIBUTION, number)
        if not state.are_one(one.author, by):
            raise RefusedError("Only whoever entered it can withdraw it.")
        if one.status not in {Status.WAITING, Status.APPROVED}:
            raise RefusedError(f"Contribution {number} is {one.status} already.")
        await _become(state, one, Status.WITHDRAWN, by, now_ms)
    return await again(community, one.id)


@dataclass(frozen=True, slots=True)
class Listed:
    """Work with what is said of it."""

    work: Thing
    reason: str
    """Why it was rejected; "" where it was not, or the reason was erased."""


async def listed(community: Community) -> Sequence[Listed]:
    """Return all work: what waits first, then the newest."""
    state = await entered(community)
    why = _reasons(state)
    found = [
        Listed(entry, why.get(entry.contribution, "")) for entry in state.all(What.CONTRIBUTION)
    ]
    found.reverse()
    return sorted(found, key=lambda one: one.work.status is not Status.WAITING)


async def shown(community: Community, number: int) -> Listed:
    """Return one piece of work with what is said of it.

    Raises
    ------
    RefusedError
        If there is none of that number.
    """
    state = await entered(community)
    one = state.one(What.CONTRIBUTION, number)
    return Listed(one, _reasons(state).get(one.contribution, ""))


def _reasons(state: Entered) -> dict[int, str]:
    """Return why work was rejected, by contribution."""
    return {
        other: entry.title for entry in state.all(What.REJECTION) for _, other in entry.refers
    }


def kinds(community: Community) -> Sequence[str]:
    """Return the kinds of work that the community has."""
    value = community.settings.get(KINDS)
    return [str(one) for one in value] if isinstance(value, list) else []


def _kind(community: Community, typed: str) -> str:
    known = kinds(community)
    kind = typed.strip().casefold() or (_FALLBACK if _FALLBACK in known else "")
    if kind not in known:
        there_are = ", ".join(known)
        said = f"There is no kind of work “{typed.strip():.40}”" if typed else "Say its kind"
        raise RefusedError(f"{said}; this community has {there_are}.")
    return kind


def _link(typed: str) -> str | None:
    link = typed.strip().strip("<>")
    if not link:
        return None
    if not _ADDRESS.fullmatch(link):
        raise RefusedError("A link to evidence begins with https:// and has no blanks in it.")
    if len(link) > _LONGEST_LINK:
        raise RefusedError(f"A link to evidence has at most {_LONGEST_LINK} characters.")
    return link


def _shares(state: Entered, given: Mapping[int, int]) -> dict[int, int]:
    """Return the shares by one account of each person."""
    if not given:
        raise RefusedError("Say who did it.")
    if len(given) > _MOST_PEOPLE:
        raise RefusedError(
            f"At most {_MOST_PEOPLE} people can have shares in one contribution."
        )
    shares: dict[int, int] = {}
    accounts: dict[int, int] = {}
    for account, share in given.items():
        check_receiver(state.community, account, "credited")
        if not 1 <= share <= _LARGEST_SHARE:
            raise RefusedError(f"A share is a whole number from 1 to {_LARGEST_SHARE:,}.")
        first = accounts.setdefault(state.person(account), account)
        shares[first] = shares.get(first, 0) + share
    return shares


def _check_new(state: Entered, title: str, at_ms: int) -> None:
    for entry in state.all(What.CONTRIBUTION):
        counts = entry.status in {Status.WAITING, Status.APPROVED}
        if counts and entry.at_ms == at_ms and entry.title.casefold() == title.casefold():
            raise RefusedError(
                f"That is contribution {entry.number} already: the same title and date."
            )


def _waiting(state: Entered, number: int) -> Thing:
    one = state.one(What.CONTRIBUTION, number)
    if one.status is not Status.WAITING:
        raise RefusedError(f"Contribution {number} is {one.status} already.")
    return one


async def _become(state: Entering, one: Thing, status: Status, by: int, now_ms: int) -> None:
    told = Told(now_ms, now_ms)
    await state.record(Batch(events=(events.becomes(one.id, status, state.ref(by), told),)))

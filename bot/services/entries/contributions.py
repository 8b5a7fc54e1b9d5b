"""Work that no platform saw: entered by one person, approved by a second.

It waits → is approved (from then on it mints, for those with shares in it) or rejected, with a
reason; whoever entered it can withdraw it at any time. It counts only while it is approved.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
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
    CONTRIBUTION_KINDS,
    MANUAL,
    EntryDetails,
    EntryStatus,
    EntryType,
    ReferenceKind,
)
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


async def add(community: Community, author: int, draft: Draft, now_ms: int) -> Entry:
    """Record work, to be approved by somebody else; return it.

    Raises
    ------
    RefusedError
        If something is missing or against the rules; says what.
    """
    title = clean_title(draft.title, "a title")
    kind = _kind(community, draft.kind)
    link = _link(draft.link)
    check_date(community, draft.at_ms, now_ms)
    async with write_entries(community) as state:
        shares = _shares(state, draft.shares)
        _check_new(state, title, draft.at_ms)
        id_ = state.next_id(EntryType.CONTRIBUTION)
        by = state.platform_id(author)
        await state.record(
            Batch(
                events=events.work_events(
                    id_,
                    EntryDetails(EntryType.CONTRIBUTION, kind),
                    by,
                    {state.platform_id(entry): share for entry, share in shares.items()},
                    EventStamp(draft.at_ms, now_ms),
                ),
                descriptions=(Description(MANUAL, id_, title, link),),
            )
        )
    return await reread(community, id_)


async def approve(community: Community, number: int, by: int, now_ms: int) -> Entry:
    """Approve work, as somebody who neither entered it nor has a share in it; return it.

    Raises
    ------
    RefusedError
        If they may not, or it does not wait.
    """
    async with write_entries(community) as state:
        entry = _waiting(state, number)
        if state.is_same_person(entry.author, by):
            raise NotAllowedError("You entered it, so a second person has to approve it.")
        if any(state.is_same_person(person, by) for person in entry.people):
            raise NotAllowedError("You have a share in it, so somebody else has to approve it.")
        await _become(state, entry, EntryStatus.APPROVED, by, now_ms)
    return await reread(community, entry.id)


async def reject(community: Community, number: int, by: int, reason: str, now_ms: int) -> Entry:
    """Reject work, saying why; return it.

    Raises
    ------
    RefusedError
        If there is no reason, it does not wait, or they entered it themselves.
    """
    reason = clean_title(reason, "a reason")
    async with write_entries(community) as state:
        entry = _waiting(state, number)
        if state.is_same_person(entry.author, by):
            raise NotAllowedError("You entered it; withdraw it instead.")
        why, actor, provenance = (
            state.next_id(EntryType.REJECTION),
            state.platform_id(by),
            EventStamp(now_ms, now_ms),
        )
        await state.record(
            Batch(
                events=(
                    events.status_event(entry.id, EntryStatus.REJECTED, actor, provenance),
                    # The reason is the rejecter's words: erased with them, not with the work.
                    events.entry_event(
                        why, EntryDetails(EntryType.REJECTION), actor, provenance
                    ),
                    events.reference_event(
                        why,
                        PlatformId(MANUAL, entry.id),
                        ReferenceKind.REJECTS,
                        actor,
                        provenance,
                    ),
                ),
                descriptions=(Description(MANUAL, why, reason),),
            )
        )
    return await reread(community, entry.id)


async def withdraw(community: Community, number: int, by: int, now_ms: int) -> Entry:
    """Withdraw work that one entered, approved or not; return it.

    Raises
    ------
    RefusedError
        If somebody else entered it, or it was rejected or withdrawn before.
    """
    async with write_entries(community) as state:
        entry = state.get(EntryType.CONTRIBUTION, number)
        if not state.is_same_person(entry.author, by):
            raise NotAllowedError("Only whoever entered it can withdraw it.")
        if entry.status not in {EntryStatus.WAITING, EntryStatus.APPROVED}:
            raise NotAllowedError(f"Contribution {number} is {entry.status} already.")
        await _become(state, entry, EntryStatus.WITHDRAWN, by, now_ms)
    return await reread(community, entry.id)


@dataclass(frozen=True, slots=True)
class ReviewedWork:
    """Work with what is said of it."""

    work: Entry
    reason: str
    """Why it was rejected; "" where it was not, or the reason was erased."""


async def list_all(community: Community) -> Sequence[ReviewedWork]:
    """Return all work: what waits first, then the newest."""
    state = await read_entries(community)
    why = _reasons(state)
    found = [
        ReviewedWork(entry, why.get(entry.contribution, ""))
        for entry in state.of_type(EntryType.CONTRIBUTION)
    ]
    found.reverse()
    return sorted(found, key=lambda entry: entry.work.status is not EntryStatus.WAITING)


async def get(community: Community, number: int) -> ReviewedWork:
    """Return one piece of work with what is said of it.

    Raises
    ------
    RefusedError
        If there is none of that number.
    """
    state = await read_entries(community)
    entry = state.get(EntryType.CONTRIBUTION, number)
    return ReviewedWork(entry, _reasons(state).get(entry.contribution, ""))


def _reasons(state: Entries) -> dict[int, str]:
    """Return why work was rejected, by contribution."""
    return {
        other: entry.title
        for entry in state.of_type(EntryType.REJECTION)
        for _, other in entry.references
    }


def kinds(community: Community) -> Sequence[str]:
    """Return the kinds of work that the community has."""
    value = community.settings.get(CONTRIBUTION_KINDS)
    return [str(entry) for entry in value] if isinstance(value, list) else []


def _kind(community: Community, typed: str) -> str:
    known = kinds(community)
    kind = typed.strip().casefold() or (_FALLBACK if _FALLBACK in known else "")
    if kind not in known:
        there_are = ", ".join(known)
        said = f"There is no kind of work “{typed.strip():.40}”" if typed else "Say its kind"
        raise NotAllowedError(f"{said}; this community has {there_are}.")
    return kind


def _link(typed: str) -> str | None:
    link = typed.strip().strip("<>")
    if not link:
        return None
    if not _ADDRESS.fullmatch(link):
        raise NotAllowedError(
            "A link to evidence begins with https:// and has no blanks in it."
        )
    if len(link) > _LONGEST_LINK:
        raise NotAllowedError(f"A link to evidence has at most {_LONGEST_LINK} characters.")
    return link


def _shares(state: Entries, given: Mapping[int, int]) -> dict[int, int]:
    """Return the shares by one account of each person."""
    if not given:
        raise NotAllowedError("Say who did it.")
    if len(given) > _MOST_PEOPLE:
        raise NotAllowedError(
            f"At most {_MOST_PEOPLE} people can have shares in one contribution."
        )
    shares: dict[int, int] = {}
    accounts: dict[int, int] = {}
    for account, share in given.items():
        check_receiver(state.community, account, "credited")
        if not 1 <= share <= _LARGEST_SHARE:
            raise NotAllowedError(f"A share is a whole number from 1 to {_LARGEST_SHARE:,}.")
        first = accounts.setdefault(state.person(account), account)
        shares[first] = shares.get(first, 0) + share
    return shares


def _check_new(state: Entries, title: str, at_ms: int) -> None:
    for entry in state.of_type(EntryType.CONTRIBUTION):
        counts = entry.status in {EntryStatus.WAITING, EntryStatus.APPROVED}
        if counts and entry.at_ms == at_ms and entry.title.casefold() == title.casefold():
            raise NotAllowedError(
                f"That is contribution {entry.number} already: the same title and date."
            )


def _waiting(state: Entries, number: int) -> Entry:
    entry = state.get(EntryType.CONTRIBUTION, number)
    if entry.status is not EntryStatus.WAITING:
        raise NotAllowedError(f"Contribution {number} is {entry.status} already.")
    return entry


async def _become(
    state: EntryWriter, entry: Entry, status: EntryStatus, by: int, now_ms: int
) -> None:
    provenance = EventStamp(now_ms, now_ms)
    await state.record(
        Batch(
            events=(events.status_event(entry.id, status, state.platform_id(by), provenance),)
        )
    )

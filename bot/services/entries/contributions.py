"""Contributions entered by hand: work that no platform saw, approved by a second person.

A contribution waits until somebody approves it, or rejects it with a reason. Whoever entered it
can withdraw it at any time. It mints, for those with shares in it, only while it is approved.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.community.second_person import require_second_person
from bot.services.entries import entry_events as events
from bot.services.entries.entries import (
    Entries,
    Entry,
    EntryWriter,
    read_entries,
    reread,
    write_entries,
)
from bot.services.entries.entry_checks import check_date, check_receiver, clean_title
from bot.services.entries.entry_events import EventStamp, PlatformId
from bot.services.entries.entry_types import (
    CONTRIBUTION_KINDS,
    MANUAL,
    EntryDetails,
    EntryStatus,
    EntryType,
    ReferenceKind,
)
from storage.log.batch import Description

_LONGEST_LINK: Final = 400
_MOST_PEOPLE: Final = 25
_LARGEST_SHARE: Final = 1_000_000
_FALLBACK: Final = "other"
_ADDRESS: Final = re.compile(r"https?://[^\s/?#]\S*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A contribution before it is entered."""

    title: str
    shares: Mapping[int, int]
    """At least 1 each, by number of the account."""
    at_ms: int
    """When the work was done."""
    kind: str = ""
    """Kind of work; "" is "other", if the community has that kind."""
    link: str = ""
    """Address of evidence."""
    place: PlatformId | None = None
    """Where it is entered."""


async def add(community: Community, author: int, draft: Draft, now_ms: int) -> Entry:
    """Enter a contribution, which somebody else has to approve; return it.

    Raises
    ------
    NotAllowedError
        If something is missing or against the rules.
    """
    title = clean_title(draft.title, "a title")
    kind = _check_kind(community, draft.kind)
    link = _check_link(draft.link)
    check_date(community, draft.at_ms, now_ms)
    async with write_entries(community) as writer:
        shares = _shares_by_person(writer, draft.shares)
        _check_new(writer, title, draft.at_ms)
        id_ = writer.next_id(EntryType.CONTRIBUTION)
        by = writer.platform_id(author)
        await writer.record(
            events.work_events(
                id_,
                EntryDetails(EntryType.CONTRIBUTION, kind),
                by,
                {writer.platform_id(account): share for account, share in shares.items()},
                EventStamp(draft.at_ms, now_ms, place=draft.place),
            ),
            Description(MANUAL, id_, title, link),
        )
    return await reread(community, id_)


async def approve(community: Community, number: int, by: int, now_ms: int) -> Entry:
    """Approve a contribution, as somebody who did not enter it and has no share; return it.

    Raises
    ------
    NotAllowedError
        If they may not approve it, or it is not waiting.
    """
    async with write_entries(community) as writer:
        entry = _get_waiting(writer, number)
        for whose, refusal in (
            ([entry.author], "You entered it, so a second person has to approve it."),
            (entry.shares, "You have a share in it, so somebody else has to approve it."),
        ):
            require_second_person(by, whose, writer.person, refusal)
        await _set_status(writer, entry, EntryStatus.APPROVED, by, now_ms)
    return await reread(community, entry.id)


async def reject(
    community: Community,
    number: int,
    by: int,
    reason: str,
    now_ms: int,
    *,
    place: PlatformId | None = None,
) -> Entry:
    """Reject a contribution for a reason, given in a place; return it.

    Raises
    ------
    NotAllowedError
        If there is no reason, it is not waiting, or they entered it themselves.
    """
    reason = clean_title(reason, "a reason")
    async with write_entries(community) as writer:
        entry = _get_waiting(writer, number)
        if writer.is_same_person(entry.author, by):
            raise NotAllowedError("You entered it; withdraw it instead.")
        rejection = writer.next_id(EntryType.REJECTION)
        actor, stamp = writer.platform_id(by), EventStamp(now_ms, now_ms, place=place)
        rejected = PlatformId(MANUAL, entry.id)
        await writer.record(
            (
                events.status_event(entry.id, EntryStatus.REJECTED, actor, stamp),
                # The reason is an entry of its own, because these are the rejecter's words:
                # they are erased with the rejecter, not with the contribution.
                events.entry_event(rejection, EntryDetails(EntryType.REJECTION), actor, stamp),
                events.reference_event(
                    rejection, rejected, ReferenceKind.REJECTS, actor, stamp
                ),
            ),
            Description(MANUAL, rejection, reason),
        )
    return await reread(community, entry.id)


async def withdraw(community: Community, number: int, by: int, now_ms: int) -> Entry:
    """Withdraw a contribution, approved or not, as whoever entered it; return it.

    Raises
    ------
    NotAllowedError
        If somebody else entered it, or it was already rejected or withdrawn.
    """
    async with write_entries(community) as writer:
        entry = writer.get(EntryType.CONTRIBUTION, number)
        if not writer.is_same_person(entry.author, by):
            raise NotAllowedError("Only whoever entered it can withdraw it.")
        if entry.status not in {EntryStatus.WAITING, EntryStatus.APPROVED}:
            raise NotAllowedError(f"Contribution {number} is {entry.status} already.")
        await _set_status(writer, entry, EntryStatus.WITHDRAWN, by, now_ms)
    return await reread(community, entry.id)


@dataclass(frozen=True, slots=True)
class ReviewedWork:
    """A contribution with the reason for its rejection."""

    work: Entry
    rejection: Entry | None
    """Its title is the reason; None if it was not rejected."""

    @property
    def reason(self) -> str:
        """Why it was rejected; "" if it was not, or the reason was erased."""
        return "" if self.rejection is None else self.rejection.title


async def list_all(community: Community) -> Sequence[ReviewedWork]:
    """Return all contributions: those that wait first, then the newest."""
    entries = await read_entries(community)
    rejections = _rejections(entries)
    newest_first = [
        ReviewedWork(entry, rejections.get(entry.contribution))
        for entry in reversed(entries.of_type(EntryType.CONTRIBUTION))
    ]
    return sorted(
        newest_first, key=lambda review: review.work.status is not EntryStatus.WAITING
    )


async def get(community: Community, number: int) -> ReviewedWork:
    """Return a contribution by its number.

    Raises
    ------
    NotAllowedError
        If there is none.
    """
    entries = await read_entries(community)
    entry = entries.get(EntryType.CONTRIBUTION, number)
    return ReviewedWork(entry, _rejections(entries).get(entry.contribution))


def _rejections(entries: Entries) -> dict[int, Entry]:
    """Return the rejections, by the contribution rejected."""
    return {
        rejected: rejection
        for rejection in entries.of_type(EntryType.REJECTION)
        for _, rejected in rejection.references
    }


def kinds(community: Community) -> Sequence[str]:
    """Return the kinds of work that the community has."""
    value = community.settings.get(CONTRIBUTION_KINDS)
    return [str(kind) for kind in value] if isinstance(value, list) else []


def _check_kind(community: Community, typed: str) -> str:
    known = kinds(community)
    kind = typed.strip().casefold() or (_FALLBACK if _FALLBACK in known else "")
    if kind not in known:
        problem = f"There is no kind of work “{typed.strip():.40}”" if typed else "Say its kind"
        raise NotAllowedError(f"{problem}; this community has {', '.join(known)}.")
    return kind


def _check_link(typed: str) -> str | None:
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


def _shares_by_person(entries: Entries, typed: Mapping[int, int]) -> dict[int, int]:
    """Check shares and add up those of each person, by the first of their accounts."""
    if not typed:
        raise NotAllowedError("Say who did it.")
    if len(typed) > _MOST_PEOPLE:
        raise NotAllowedError(
            f"At most {_MOST_PEOPLE} people can have shares in one contribution."
        )
    shares: dict[int, int] = {}
    first_accounts: dict[int, int] = {}
    for account, share in typed.items():
        check_receiver(entries.community, account, "credited")
        if not 1 <= share <= _LARGEST_SHARE:
            raise NotAllowedError(f"A share is a whole number from 1 to {_LARGEST_SHARE:,}.")
        first = first_accounts.setdefault(entries.person(account), account)
        shares[first] = shares.get(first, 0) + share
    return shares


def _check_new(entries: Entries, title: str, at_ms: int) -> None:
    """Refuse a contribution that has been entered before."""
    for entry in entries.of_type(EntryType.CONTRIBUTION):
        counts = entry.status in {EntryStatus.WAITING, EntryStatus.APPROVED}
        if counts and entry.at_ms == at_ms and entry.title.casefold() == title.casefold():
            raise NotAllowedError(
                f"That is contribution {entry.number} already: the same title and date."
            )


def _get_waiting(entries: Entries, number: int) -> Entry:
    entry = entries.get(EntryType.CONTRIBUTION, number)
    if entry.status is not EntryStatus.WAITING:
        raise NotAllowedError(f"Contribution {number} is {entry.status} already.")
    return entry


async def _set_status(
    writer: EntryWriter, entry: Entry, status: EntryStatus, by: int, now_ms: int
) -> None:
    stamp = EventStamp(now_ms, now_ms)
    await writer.record([events.status_event(entry.id, status, writer.platform_id(by), stamp)])

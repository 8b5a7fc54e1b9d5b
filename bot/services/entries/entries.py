"""What people enter by hand, read from the log and added to it.

What thanks, contributions and initiatives share: their numbers, who is who, and that two
commands at once never see the same state. All is read anew for each command, from the events of
the one source that they are: there are few.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.services import people
from bot.services.entries.entry_events import PlatformId
from bot.services.entries.entry_types import (
    MANUAL,
    WORK_TYPES,
    EntryDetails,
    EntryStatus,
    EntryType,
    ReferenceKind,
    entry_id,
    parse_details,
)
from cred.facts.activity import Activity, Shares, fold
from cred.facts.events import MISSING
from storage.file.database import Database
from storage.log.batch import Batch
from storage.log.current_state import CurrentState

_LOCKS: Final[WeakKeyDictionary[Database, asyncio.Lock]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Entry:
    """Something entered, as the log has it now. Accounts and contributions are numbers."""

    id: str
    """"contribution:7"; "erased-…" once its author was erased."""
    contribution: int
    details: EntryDetails
    author: int | None
    at_ms: int
    status: EntryStatus
    decided_by: int | None
    """Who set the status."""
    title: str
    """Title or reason; "" where there is none (any more)."""
    link: str | None
    people: Mapping[int, int]
    """Whom thanks go to, each 1; or shares in work, by account."""
    champions: tuple[int, ...]
    references: tuple[tuple[ReferenceKind, int], ...]
    """What it gathers, or is thanks for."""

    @property
    def number(self) -> int | None:
        """What people type; None once it was erased."""
        digits = self.id.rpartition(":")[2]
        return int(digits) if digits.isdigit() else None


class Entries:
    """Everything entered by hand in one community, at one moment."""

    def __init__(self, community: Community, activity: Activity) -> None:
        self.community = community
        self.activity = activity
        self.names = community.names

    def person(self, account: int) -> int:
        """Return whose account it is: their account of least number."""
        return self.community.identities.person(account)

    def is_same_person(self, account: int | None, other: int | None) -> bool:
        """Tell whether two accounts are the same person's."""
        if account is None or other is None:
            return False
        return self.person(account) == self.person(other)

    def platform_id(self, account: int) -> PlatformId:
        """Return the account's name in events."""
        return PlatformId(self.names.account_source(account), self.names.account(account))

    def of_type(self, *whats: EntryType) -> tuple[Entry, ...]:
        """Return everything of some sorts, in the order in which it was entered."""
        posts = self.activity.posts
        found = []
        for row in range(len(posts.target)):
            details = parse_details(self.names.text(int(posts.sort[row])))
            if details is not None and details.type in whats:
                found.append(self._entry(row, details))
        return tuple(found)

    def get(self, what: EntryType, number: int) -> Entry:
        """Return what has a number.

        Raises
        ------
        RefusedError
            If there is none.
        """
        contribution = self.names.contribution_number(MANUAL, entry_id(what, number))
        found = None if contribution is None else self.find(contribution)
        if found is None:
            raise NotAllowedError(f"There is no {what} {number}.")
        return found

    def find(self, contribution: int) -> Entry | None:
        """Return the thing that a contribution is; None where it is none of these."""
        rows = self.activity.posts.rows(np.array([contribution]))
        if rows[0] == MISSING:
            return None
        details = parse_details(self.names.text(int(self.activity.posts.sort[rows[0]])))
        return None if details is None else self._entry(int(rows[0]), details)

    def next_id(self, what: EntryType) -> str:
        """Return the id of the next thing: numbers count up, also past what was erased."""
        posts = self.activity.posts.sort.tolist()
        all_details = [parse_details(self.names.text(text)) for text in posts]
        number = 1 + sum(
            details is not None and details.type is what for details in all_details
        )
        while self.names.contribution_number(MANUAL, entry_id(what, number)) is not None:
            number += 1
        return entry_id(what, number)

    def _entry(self, row: int, details: EntryDetails) -> Entry:
        activity, posts = self.activity, self.activity.posts
        target = int(posts.target[row])
        described = self.names.description(target)
        status = int(activity.statuses.rows(posts.target[[row]])[0])
        by = int(activity.statuses.actor[status]) if status != MISSING else MISSING
        mentions = activity.mentions
        thanked = mentions.account[mentions.target == target].tolist()
        references = activity.references
        rows = np.flatnonzero(references.target == target).tolist()
        return Entry(
            id=self.names.contribution(target),
            contribution=target,
            details=details,
            author=_somebody(int(posts.actor[row])),
            at_ms=int(posts.at_ms[row]),
            status=self._status(status),
            decided_by=_somebody(by),
            title="" if described is None else described.title,
            link=None if described is None else described.link,
            people=_of(activity.credits, target)
            if details.type in WORK_TYPES
            else dict.fromkeys(thanked, 1),
            champions=tuple(_of(activity.champions, target)),
            references=tuple(
                (
                    ReferenceKind(self.names.text(int(references.sort[at]))),
                    int(references.object[at]),
                )
                for at in rows
            ),
        )

    def _status(self, row: int) -> EntryStatus:
        if row == MISSING:
            return EntryStatus.WAITING
        return EntryStatus(self.names.text(int(self.activity.statuses.status[row])))


class EntryWriter(Entries):
    """The same, while nobody else enters anything."""

    async def record(self, batch: Batch) -> None:
        """Record something, all or nothing; scores follow on their own.

        Raises
        ------
        RefusedError
            If somebody in it has just opted out.
        """
        appended = await self.community.log.append(replace(batch, whole=True))
        if appended.skipped:
            raise NotAllowedError("Somebody in it has just opted out.")
        await self.community.names.refresh()
        self.community.on_news()


async def read_entries(community: Community) -> Entries:
    """Return what was entered by hand, as it is now."""
    return Entries(community, await _read(community))


@asynccontextmanager
async def write_entries(community: Community) -> AsyncIterator[EntryWriter]:
    """Read what was entered, to add to it; one at a time in a community."""
    lock = _LOCKS.setdefault(community.database, asyncio.Lock())
    async with lock:
        yield EntryWriter(community, await _read(community))


async def reread(community: Community, id_: str) -> Entry:
    """Return a thing as it is after what was recorded.

    Raises
    ------
    RefusedError
        If it was erased in the meantime.
    """
    state = await read_entries(community)
    number = community.names.contribution_number(MANUAL, id_)
    found = None if number is None else state.find(number)
    if found is None:
        raise NotAllowedError("It was erased in the meantime.")
    return found


def clean_title(text: str, what: str) -> str:
    """Return a title or reason in one line.

    Raises
    ------
    RefusedError
        If it is empty or too long.
    """
    tidy = " ".join(text.split())
    if not tidy.strip('"“”„«» '):
        raise NotAllowedError(f"Give it {what}.")
    if len(tidy) > LONGEST_TITLE:
        raise NotAllowedError(
            f"That is {len(tidy):,} characters long; {what} has at most {LONGEST_TITLE}."
        )
    return tidy


LONGEST_TITLE: Final = 200
"""Characters that are kept of a title or reason (`storage.log.batch.Description`)."""


def check_date(community: Community, at_ms: int, now_ms: int) -> None:
    """Refuse a date on which nothing can have been done that counts.

    Every week from the first thing counted on is scored, so one that is long past would cost
    everybody.

    Raises
    ------
    RefusedError
        If it is yet to come, before the community's history, or too long ago.
    """
    begins_ms = community.settings.history_start_ms
    if at_ms > now_ms:
        raise NotAllowedError("The date is yet to come; give a day up to today.")
    if begins_ms is not None and at_ms < begins_ms:
        raise NotAllowedError("That is before the day from which on this community counts.")
    if now_ms - at_ms > OLDEST_YEARS * _YEAR_MS:
        raise NotAllowedError(f"That is more than {OLDEST_YEARS} years ago, too long to count.")


OLDEST_YEARS: Final = 5
_YEAR_MS: Final = 366 * 86_400_000


def check_receiver(community: Community, account: int, what: str) -> None:
    """Refuse whoever cannot be given anything.

    Parameters
    ----------
    community
        Where.
    account
        Whom.
    what
        "thanked", "credited".

    Raises
    ------
    RefusedError
        If they are a bot, opted out or were erased.
    """
    names = community.names
    if people.is_opted_out(community, account):
        raise NotAllowedError(f"Somebody of these opted out, so they cannot be {what}.")
    if names.is_erased(account):
        raise NotAllowedError(f"Somebody of these was erased, so they cannot be {what}.")
    if names.account_kind(account) != "user":
        raise NotAllowedError(
            f"{people.display_name(community, account)} is a bot; only people can be {what}."
        )


async def _read(community: Community) -> Activity:
    columns = await CurrentState(community.database, MANUAL).events()
    await community.names.refresh()
    await community.identities.refresh()
    return fold(columns)


def _of(roles: Shares, target: int) -> dict[int, int]:
    rows = np.flatnonzero(roles.target == target).tolist()
    return {int(roles.account[row]): int(roles.value[row]) for row in rows}


def _somebody(account: int) -> int | None:
    return None if account == MISSING else account

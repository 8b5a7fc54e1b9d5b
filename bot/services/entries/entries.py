"""Entries: what people enter by hand, read from the log and added to it.

Thanks, contributions and initiatives share what is here: their numbers, whose accounts are
whose, and that two commands at once never write from the same state. Entries are few, so each
command reads them all anew from the events of the source "manual".
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.services.entries.entry_events import PlatformId, parse_entry_place
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
from cred.facts.activity import Activity, Shares
from cred.facts.events import MISSING, Event
from cred.facts.folding import fold
from storage.file.database import Database
from storage.log.batch import Batch, Description
from storage.log.current_state import CurrentState

_LOCKS: Final[WeakKeyDictionary[Database, asyncio.Lock]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry in its current state. Accounts and contributions are given by number."""

    id: str
    """"contribution:7"; "erased-…" once its author was erased."""
    contribution: int
    details: EntryDetails
    author: int | None
    at_ms: int
    status: EntryStatus
    decided_by: int | None
    """Account that set the status."""
    title: str
    """Title or reason; "" if it has none, or it was erased."""
    link: str | None
    shares: Mapping[int, int]
    """Shares in work by account. Each receiver of thanks has 1."""
    champions: tuple[int, ...]
    references: tuple[tuple[ReferenceKind, int], ...]
    """The contributions that it refers to, and in which way."""
    place: PlatformId | None
    """Where it was entered; None if nowhere that others could read it."""

    @property
    def number(self) -> int | None:
        """The number that people type; None once it was erased."""
        digits = self.id.rpartition(":")[2]
        return int(digits) if digits.isdigit() else None


class Entries:
    """All entries of one community, at one moment."""

    def __init__(self, community: Community, activity: Activity) -> None:
        self.community = community
        self.activity = activity
        self.directory = community.directory

    def person(self, account: int) -> int:
        """Return the person that an account belongs to: the least number of their accounts."""
        return self.community.identities.person(account)

    def is_same_person(self, account: int | None, other: int | None) -> bool:
        """Tell whether two accounts belong to the same person."""
        if account is None or other is None:
            return False
        return self.person(account) == self.person(other)

    def platform_id(self, account: int) -> PlatformId:
        """Return the account as events name it."""
        return PlatformId(
            self.directory.account_source(account), self.directory.account(account)
        )

    def of_type(self, *types: EntryType) -> tuple[Entry, ...]:
        """Return the entries of some types, in the order in which they were entered."""
        found = []
        for row in range(len(self.activity.posts.target)):
            details = self._details(row)
            if details is not None and details.type in types:
                found.append(self._entry(row, details))
        return tuple(found)

    def get(self, type_: EntryType, number: int) -> Entry:
        """Return the entry of a type that has a number.

        Raises
        ------
        NotAllowedError
            If there is none.
        """
        contribution = self.directory.contribution_number(MANUAL, entry_id(type_, number))
        entry = None if contribution is None else self.find(contribution)
        if entry is None:
            raise NotAllowedError(f"There is no {type_} {number}.")
        return entry

    def find(self, contribution: int) -> Entry | None:
        """Return the entry that a contribution is; None if it is no entry."""
        row = int(self.activity.posts.rows(np.array([contribution]))[0])
        details = None if row == MISSING else self._details(row)
        return None if details is None else self._entry(row, details)

    def next_id(self, type_: EntryType) -> str:
        """Return the id of the next entry of a type; no number is used twice."""
        details = map(self._details, range(len(self.activity.posts.target)))
        number = 1 + sum(known is not None and known.type is type_ for known in details)
        while self.directory.contribution_number(MANUAL, entry_id(type_, number)) is not None:
            number += 1
        return entry_id(type_, number)

    def _details(self, row: int) -> EntryDetails | None:
        return parse_details(self.directory.text(int(self.activity.posts.type[row])))

    def _entry(self, row: int, details: EntryDetails) -> Entry:
        activity, posts = self.activity, self.activity.posts
        contribution = int(posts.target[row])
        description = self.directory.description(contribution)
        status_row = int(activity.statuses.rows(posts.target[[row]])[0])
        decided_by = MISSING if status_row == MISSING else activity.statuses.actor[status_row]
        mentions, references = activity.mentions, activity.references
        place = int(posts.place[row])
        receivers = mentions.account[mentions.target == contribution].tolist()
        return Entry(
            id=self.directory.contribution(contribution),
            contribution=contribution,
            details=details,
            author=_account(int(posts.actor[row])),
            at_ms=int(posts.at_ms[row]),
            status=self._status(status_row),
            decided_by=_account(int(decided_by)),
            title="" if description is None else description.title,
            link=None if description is None else description.link,
            shares=_shares_in(activity.credits, contribution)
            if details.type in WORK_TYPES
            else dict.fromkeys(receivers, 1),
            champions=tuple(_shares_in(activity.champions, contribution)),
            references=tuple(
                (
                    ReferenceKind(self.directory.text(int(references.type[at]))),
                    int(references.object[at]),
                )
                for at in np.flatnonzero(references.target == contribution).tolist()
            ),
            place=None if place == MISSING else parse_entry_place(self.directory.place(place)),
        )

    def _status(self, row: int) -> EntryStatus:
        if row == MISSING:
            return EntryStatus.WAITING
        return EntryStatus(self.directory.text(int(self.activity.statuses.status[row])))


class EntryWriter(Entries):
    """All entries of one community, while nobody else can write any."""

    async def record(self, events: Iterable[Event], *descriptions: Description) -> None:
        """Record events and descriptions, all of them or none, and have the scores follow.

        Raises
        ------
        NotAllowedError
            If somebody in them has just opted out.
        """
        batch = Batch(events=tuple(events), descriptions=descriptions, whole=True)
        appended = await self.community.log.append(batch)
        if appended.skipped:
            raise NotAllowedError("Somebody in it has just opted out.")
        await self.community.directory.refresh()
        self.community.on_news()


async def read_entries(community: Community) -> Entries:
    """Read all entries of a community."""
    return Entries(community, await _read_activity(community))


@asynccontextmanager
async def write_entries(community: Community) -> AsyncIterator[EntryWriter]:
    """Read all entries in order to write some; one writer at a time in a community."""
    lock = _LOCKS.setdefault(community.database, asyncio.Lock())
    async with lock:
        yield EntryWriter(community, await _read_activity(community))


async def reread(community: Community, id_: str) -> Entry:
    """Read an entry again after something was recorded about it.

    Raises
    ------
    NotAllowedError
        If it was erased in the meantime.
    """
    entries = await read_entries(community)
    number = community.directory.contribution_number(MANUAL, id_)
    entry = None if number is None else entries.find(number)
    if entry is None:
        raise NotAllowedError("It was erased in the meantime.")
    return entry


async def _read_activity(community: Community) -> Activity:
    columns = await CurrentState(community.database, MANUAL).events()
    await community.directory.refresh()
    await community.identities.refresh()
    return fold(columns)


def _shares_in(shares: Shares, contribution: int) -> dict[int, int]:
    rows = np.flatnonzero(shares.target == contribution).tolist()
    return {int(shares.account[row]): int(shares.value[row]) for row in rows}


def _account(number: int) -> int | None:
    return None if number == MISSING else number

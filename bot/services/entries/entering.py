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
from bot.community.errors import RefusedError
from bot.services import people
from bot.services.entries.entry_events import Ref
from bot.services.entries.entry_types import SOURCE, WORK, How, Sort, Status, What, named, read
from cred.facts.activity import Activity, Roles, fold
from cred.facts.events import NOBODY
from storage.file.database import Database
from storage.log.batch import Batch
from storage.log.current_state import Current

_LOCKS: Final[WeakKeyDictionary[Database, asyncio.Lock]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Thing:
    """Something entered, as the log has it now. Accounts and contributions are numbers."""

    id: str
    """"contribution:7"; "erased-…" once its author was erased."""
    contribution: int
    sort: Sort
    author: int | None
    at_ms: int
    status: Status
    decided_by: int | None
    """Who set the status."""
    title: str
    """Title or reason; "" where there is none (any more)."""
    link: str | None
    people: Mapping[int, int]
    """Whom thanks go to, each 1; or shares in work, by account."""
    champions: tuple[int, ...]
    refers: tuple[tuple[How, int], ...]
    """What it gathers, or is thanks for."""

    @property
    def number(self) -> int | None:
        """What people type; None once it was erased."""
        digits = self.id.rpartition(":")[2]
        return int(digits) if digits.isdigit() else None


class Entered:
    """Everything entered by hand in one community, at one moment."""

    def __init__(self, community: Community, activity: Activity) -> None:
        self.community = community
        self.activity = activity
        self.names = community.names

    def person(self, account: int) -> int:
        """Return whose account it is: their account of least number."""
        return self.community.identities.person(account)

    def are_one(self, account: int | None, other: int | None) -> bool:
        """Tell whether two accounts are the same person's."""
        if account is None or other is None:
            return False
        return self.person(account) == self.person(other)

    def ref(self, account: int) -> Ref:
        """Return the account's name in events."""
        return Ref(self.names.account_source(account), self.names.account(account))

    def all(self, *whats: What) -> tuple[Thing, ...]:
        """Return everything of some sorts, in the order in which it was entered."""
        posts = self.activity.posts
        found = []
        for row in range(len(posts.target)):
            sort = read(self.names.text(int(posts.sort[row])))
            if sort is not None and sort.what in whats:
                found.append(self._thing(row, sort))
        return tuple(found)

    def one(self, what: What, number: int) -> Thing:
        """Return what has a number.

        Raises
        ------
        RefusedError
            If there is none.
        """
        contribution = self.names.contribution_number(SOURCE, named(what, number))
        found = None if contribution is None else self.at(contribution)
        if found is None:
            raise RefusedError(f"There is no {what} {number}.")
        return found

    def at(self, contribution: int) -> Thing | None:
        """Return the thing that a contribution is; None where it is none of these."""
        rows = self.activity.posts.rows(np.array([contribution]))
        if rows[0] == NOBODY:
            return None
        sort = read(self.names.text(int(self.activity.posts.sort[rows[0]])))
        return None if sort is None else self._thing(int(rows[0]), sort)

    def next(self, what: What) -> str:
        """Return the id of the next thing: numbers count up, also past what was erased."""
        posts = self.activity.posts.sort.tolist()
        sorts = [read(self.names.text(text)) for text in posts]
        number = 1 + sum(sort is not None and sort.what is what for sort in sorts)
        while self.names.contribution_number(SOURCE, named(what, number)) is not None:
            number += 1
        return named(what, number)

    def _thing(self, row: int, sort: Sort) -> Thing:
        activity, posts = self.activity, self.activity.posts
        target = int(posts.target[row])
        described = self.names.description(target)
        status = int(activity.statuses.rows(posts.target[[row]])[0])
        by = int(activity.statuses.actor[status]) if status != NOBODY else NOBODY
        mentions = activity.mentions
        thanked = mentions.account[mentions.target == target].tolist()
        references = activity.references
        rows = np.flatnonzero(references.target == target).tolist()
        return Thing(
            id=self.names.contribution(target),
            contribution=target,
            sort=sort,
            author=_somebody(int(posts.actor[row])),
            at_ms=int(posts.at_ms[row]),
            status=self._status(status),
            decided_by=_somebody(by),
            title="" if described is None else described.title,
            link=None if described is None else described.link,
            people=_of(activity.credits, target)
            if sort.what in WORK
            else dict.fromkeys(thanked, 1),
            champions=tuple(_of(activity.champions, target)),
            refers=tuple(
                (How(self.names.text(int(references.sort[at]))), int(references.object[at]))
                for at in rows
            ),
        )

    def _status(self, row: int) -> Status:
        if row == NOBODY:
            return Status.WAITING
        return Status(self.names.text(int(self.activity.statuses.status[row])))


class Entering(Entered):
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
            raise RefusedError("Somebody in it has just opted out.")
        await self.community.names.refresh()
        self.community.on_news()


async def entered(community: Community) -> Entered:
    """Return what was entered by hand, as it is now."""
    return Entered(community, await _read(community))


@asynccontextmanager
async def entering(community: Community) -> AsyncIterator[Entering]:
    """Read what was entered, to add to it; one at a time in a community."""
    lock = _LOCKS.setdefault(community.database, asyncio.Lock())
    async with lock:
        yield Entering(community, await _read(community))


async def again(community: Community, id_: str) -> Thing:
    """Return a thing as it is after what was recorded.

    Raises
    ------
    RefusedError
        If it was erased in the meantime.
    """
    state = await entered(community)
    number = community.names.contribution_number(SOURCE, id_)
    found = None if number is None else state.at(number)
    if found is None:
        raise RefusedError("It was erased in the meantime.")
    return found


def title_of(text: str, what: str) -> str:
    """Return a title or reason in one line.

    Raises
    ------
    RefusedError
        If it is empty or too long.
    """
    tidy = " ".join(text.split())
    if not tidy.strip('"“”„«» '):
        raise RefusedError(f"Give it {what}.")
    if len(tidy) > LONGEST_TITLE:
        raise RefusedError(
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
        raise RefusedError("The date is yet to come; give a day up to today.")
    if begins_ms is not None and at_ms < begins_ms:
        raise RefusedError("That is before the day from which on this community counts.")
    if now_ms - at_ms > OLDEST_YEARS * _YEAR_MS:
        raise RefusedError(f"That is more than {OLDEST_YEARS} years ago, too long to count.")


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
        raise RefusedError(f"Somebody of these opted out, so they cannot be {what}.")
    if names.is_erased(account):
        raise RefusedError(f"Somebody of these was erased, so they cannot be {what}.")
    if names.account_kind(account) != "user":
        raise RefusedError(
            f"{people.called(community, account)} is a bot; only people can be {what}."
        )


async def _read(community: Community) -> Activity:
    columns = await Current(community.database, SOURCE).events()
    await community.names.refresh()
    await community.identities.refresh()
    return fold(columns)


def _of(roles: Roles, target: int) -> dict[int, int]:
    rows = np.flatnonzero(roles.target == target).tolist()
    return {int(roles.account[row]): int(roles.value[row]) for row in rows}


def _somebody(account: int) -> int | None:
    return None if account == NOBODY else account

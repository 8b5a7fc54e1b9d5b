"""Thanks: from one person to others, for a reason or for a contribution.

What thanks mint goes to the receivers. To keep thanks worth something, a person can give only
so many per week (with all accounts together), and can neither repeat them soon nor thank
themselves.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.services import people
from bot.services.entries import entry_events as events
from bot.services.entries.entries import (
    Entries,
    Entry,
    read_entries,
    reread,
    write_entries,
)
from bot.services.entries.entry_checks import check_receiver, clean_title
from bot.services.entries.entry_events import EventStamp, PlatformId
from bot.services.entries.entry_types import (
    MANUAL,
    THANKS_AGAIN_DAYS,
    THANKS_PER_WEEK,
    WORK_TYPES,
    EntryStatus,
    EntryType,
    ReferenceKind,
)
from cred.epochs import WEEK_MS, week_start
from storage.log.batch import Description
from storage.log.current_state import CurrentState
from storage.people.comparable import comparable

_DAY_MS: Final = 86_400_000
_HOUR_MS: Final = 3_600_000
_MOST_RECEIVERS: Final = 10
_THANKS: Final = EntryType.THANKS


@dataclass(frozen=True, slots=True)
class GivenThanks:
    """Thanks that were recorded."""

    id: str
    receivers: tuple[int, ...]
    """Numbers of their accounts."""
    left: int
    """How many more the giver can give this week."""


async def give(
    community: Community,
    giver: int,
    receivers: Sequence[int],
    *,
    reason: str = "",
    about: PlatformId | None = None,
    place: PlatformId | None = None,
    now_ms: int,
) -> GivenThanks:
    """Record thanks.

    Parameters
    ----------
    community
        The community.
    giver, receivers
        Numbers of accounts. Without receivers, those who did `about` are thanked: the author of
        a message, those with shares in work, the champions of an initiative; without the giver,
        unless the giver is the only one.
    reason
        In the giver's words; may be empty if there is `about`.
    about
        The contribution that the thanks are for.
    place
        Where they are given.
    now_ms
        The time.

    Raises
    ------
    NotAllowedError
        If the thanks are against a rule; the message says which.
    """
    if not receivers and about is not None:
        receivers = await _find_doers(community, giver, about)
    if not receivers:
        raise NotAllowedError("Say whom you thank.")
    if about is None or reason.strip():
        reason = clean_title(reason, "a reason")
    async with write_entries(community) as writer:
        distinct = _distinct_people(writer, receivers)
        _check_receivers(writer, giver, distinct)
        earlier = [
            entry
            for entry in writer.of_type(_THANKS)
            if writer.is_same_person(entry.author, giver)
            and entry.status is not EntryStatus.WITHDRAWN
        ]
        left = _left_this_week(community, earlier, now_ms)
        days = _whole_setting(community, THANKS_AGAIN_DAYS)
        recent = [entry for entry in earlier if now_ms - entry.at_ms < days * _DAY_MS]
        _check_not_repeated(writer, recent, distinct, reason, about, days)
        id_ = writer.next_id(EntryType.THANKS)
        await writer.record(
            events.thanks_events(
                id_,
                writer.platform_id(giver),
                [writer.platform_id(account) for account in distinct],
                about,
                EventStamp(now_ms, now_ms, place=place),
            ),
            *([Description(MANUAL, id_, reason)] if reason else []),
        )
    return GivenThanks(id_, tuple(distinct), left - 1)


async def take_back(
    community: Community, giver: int, number: int | None, now_ms: int
) -> Entry | None:
    """Take back thanks within an hour, as whoever gave them; return them.

    None if the latest are to be taken back, and there are none.

    Parameters
    ----------
    community
        The community.
    giver
        Number of the account of whoever gave them.
    number
        Which thanks; None: the latest that they gave.
    now_ms
        The time.

    Raises
    ------
    NotAllowedError
        If somebody else gave them, it is too late, or they were taken back already.
    """
    async with write_entries(community) as writer:
        entry = _latest(writer, giver) if number is None else writer.get(_THANKS, number)
        if entry is None:
            return None
        if not writer.is_same_person(entry.author, giver):
            raise NotAllowedError("Only whoever gave thanks can take them back.")
        if entry.status is EntryStatus.WITHDRAWN:
            raise NotAllowedError(
                f"You took back {entry.id} already. Others can be taken back by their number."
            )
        if now_ms - entry.at_ms > _HOUR_MS:
            raise NotAllowedError(
                f"You gave {entry.id} more than an hour ago; thanks can be taken back only "
                "within an hour."
            )
        actor, stamp = writer.platform_id(giver), EventStamp(now_ms, now_ms)
        await writer.record(
            [events.status_event(entry.id, EntryStatus.WITHDRAWN, actor, stamp)]
        )
    return await reread(community, entry.id)


def _latest(entries: Entries, giver: int) -> Entry | None:
    given = [
        entry
        for entry in entries.of_type(_THANKS)
        if entries.is_same_person(entry.author, giver)
    ]
    return max(given, key=lambda entry: (entry.at_ms, entry.contribution), default=None)


async def _find_doers(community: Community, giver: int, about: PlatformId) -> Sequence[int]:
    entries = await read_entries(community)
    number = entries.directory.contribution_number(about.source, about.id)
    entry = None if number is None else entries.find(number)
    doers = [] if entry is None else [*entry.champions]
    if entry is not None and entry.details.type in WORK_TYPES:
        doers = [*entry.shares]
    if doers:
        return [doer for doer in doers if not entries.is_same_person(doer, giver)] or doers
    author = await CurrentState(community.database, about.source).author(about.id)
    if author is None:
        raise NotAllowedError("I have not seen that message, so I can't tell whose it is.")
    return [author]


def _distinct_people(entries: Entries, accounts: Sequence[int]) -> list[int]:
    """Return one account of each person, the first given."""
    first: dict[int, int] = {}
    for account in accounts:
        first.setdefault(entries.person(account), account)
    return [*first.values()]


def _check_receivers(entries: Entries, giver: int, receivers: Sequence[int]) -> None:
    if len(receivers) > _MOST_RECEIVERS:
        raise NotAllowedError(
            f"Thank at most {_MOST_RECEIVERS} people at once; these are {len(receivers)}."
        )
    for receiver in receivers:
        if entries.is_same_person(receiver, giver):
            raise NotAllowedError("You can't thank yourself.")
        check_receiver(entries.community, receiver, "thanked")


def _left_this_week(community: Community, earlier: Sequence[Entry], now_ms: int) -> int:
    """Return how many thanks the giver can give this week; `earlier` are all they gave."""
    budget = _whole_setting(community, THANKS_PER_WEEK)
    start_ms = week_start(now_ms)
    used = sum(start_ms <= entry.at_ms < start_ms + WEEK_MS for entry in earlier)
    if budget == 0:
        raise NotAllowedError(
            "This community gives no thanks (the setting thanks.per-week is 0)."
        )
    if used >= budget:
        raise NotAllowedError(
            f"You gave all {budget} thanks that you have for a week; "
            "there are new ones on Sunday at 00:00 UTC."
        )
    return budget - used


def _check_not_repeated(
    entries: Entries,
    recent: Sequence[Entry],
    receivers: Sequence[int],
    reason: str,
    about: PlatformId | None,
    days: int,
) -> None:
    """Refuse thanks that the giver recently gave for the same to any of the receivers."""
    number = (
        None if about is None else entries.directory.contribution_number(about.source, about.id)
    )
    by_person = {entries.person(receiver): receiver for receiver in receivers}
    for entry in recent:
        if about is None:
            is_same = _comparable(entry.title) == _comparable(reason)
        else:
            is_same = (ReferenceKind.THANKS_FOR, number) in entry.references
        thanked = [
            person for person in map(entries.person, entry.shares) if person in by_person
        ]
        if is_same and thanked:
            name = people.display_name(entries.community, by_person[thanked[0]])
            raise NotAllowedError(
                f"You thanked {name} for that already ({entry.id}); "
                f"the same thanks count once in {days} days."
            )


def _comparable(reason: str) -> str:
    """Return a reason without what does not make it another one.

    That is what makes texts `comparable`, and punctuation at the end.
    """
    text = comparable(reason)
    end = len(text)
    while end and unicodedata.category(text[end - 1])[0] in "PZ":
        end -= 1
    return text[:end] or text


def _whole_setting(community: Community, key: str) -> int:
    value = community.settings.get(key)
    return value if isinstance(value, int) else 0

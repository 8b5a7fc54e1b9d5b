"""Thanks: from one person to others, for a reason or a message.

What they mint is the receivers'. So that they stay worth something, a person has some for each
week (all accounts together), cannot give the same twice in a row, and never to oneself.
"""

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
    EntryWriter,
    check_receiver,
    clean_title,
    read_entries,
    write_entries,
)
from bot.services.entries.entry_events import EventStamp, PlatformId
from bot.services.entries.entry_types import (
    MANUAL,
    THANKS_AGAIN_DAYS,
    THANKS_PER_WEEK,
    WORK_TYPES,
    EntryType,
    ReferenceKind,
)
from cred.epochs import WEEK_MS, week_start
from storage.log.batch import Batch, Description
from storage.log.current_state import CurrentState

_DAY_MS: Final = 86_400_000
_MOST_RECEIVERS: Final = 10


@dataclass(frozen=True, slots=True)
class GivenThanks:
    """Thanks that were recorded."""

    id: str
    receivers: tuple[int, ...]
    """Numbers of their accounts."""
    left: int
    """How many more the giver has this week."""


async def give(  # noqa: PLR0913 - what thanks are
    community: Community,
    giver: int,
    receivers: Sequence[int],
    *,
    reason: str = "",
    about: PlatformId | None = None,
    now_ms: int,
) -> GivenThanks:
    """Record thanks.

    Parameters
    ----------
    community
        Where.
    giver, receivers
        Numbers of accounts. Without receivers, whoever did `about` is thanked: its author; of
        work, those with shares; of an initiative, its champions; the giver not among them,
        unless they are all.
    reason
        In their words; may be empty where there is `about`.
    about
        The message they are for.
    now_ms
        The time.

    Raises
    ------
    RefusedError
        If that is against the rules; says which.
    """
    if not receivers and about is not None:
        receivers = await _doers(community, giver, about)
    if not receivers:
        raise NotAllowedError("Say whom you thank.")
    if about is None or reason.strip():
        reason = clean_title(reason, "a reason")
    async with write_entries(community) as state:
        chosen = _distinct(state, receivers)
        _check_people(state, giver, chosen)
        mine = [
            entry
            for entry in state.of_type(EntryType.THANKS)
            if state.is_same_person(entry.author, giver)
        ]
        left = _left(community, mine, now_ms)
        _check_again(community, state, mine, chosen, reason, about, now_ms)
        id_ = state.next_id(EntryType.THANKS)
        provenance = EventStamp(now_ms, now_ms)
        await state.record(
            Batch(
                events=events.thanks_events(
                    id_,
                    state.platform_id(giver),
                    [state.platform_id(one) for one in chosen],
                    about,
                    provenance,
                ),
                descriptions=(Description(MANUAL, id_, reason),) if reason else (),
            )
        )
    return GivenThanks(id_, tuple(chosen), left - 1)


async def _doers(community: Community, giver: int, about: PlatformId) -> Sequence[int]:
    state = await read_entries(community)
    number = state.names.contribution_number(about.source, about.id)
    thing = None if number is None else state.find(number)
    doers = [] if thing is None else [*thing.champions]
    if thing is not None and thing.details.type in WORK_TYPES:
        doers = [*thing.people]
    if not doers:
        return (await _author(community, about),)
    return [doer for doer in doers if not state.is_same_person(doer, giver)] or doers


async def _author(community: Community, about: PlatformId) -> int:
    found = await CurrentState(community.database, about.source).author(about.id)
    if found is None:
        raise NotAllowedError("I have not seen that message, so I can't tell whose it is.")
    return found


def _distinct(state: Entries, accounts: Sequence[int]) -> list[int]:
    """Return one account of each person, the first named."""
    first: dict[int, int] = {}
    for account in accounts:
        first.setdefault(state.person(account), account)
    return [*first.values()]


def _check_people(state: EntryWriter, giver: int, receivers: Sequence[int]) -> None:
    if len(receivers) > _MOST_RECEIVERS:
        raise NotAllowedError(
            f"Thank at most {_MOST_RECEIVERS} people at once; these are {len(receivers)}."
        )
    for receiver in receivers:
        if state.is_same_person(receiver, giver):
            raise NotAllowedError("You can't thank yourself.")
        check_receiver(state.community, receiver, "thanked")


def _left(community: Community, mine: Sequence[Entry], now_ms: int) -> int:
    budget = _whole(community, THANKS_PER_WEEK)
    begin = week_start(now_ms)
    used = sum(begin <= entry.at_ms < begin + WEEK_MS for entry in mine)
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


def _check_again(  # noqa: PLR0913, PLR0917 - what makes thanks the same
    community: Community,
    state: Entries,
    mine: Sequence[Entry],
    receivers: Sequence[int],
    reason: str,
    about: PlatformId | None,
    now_ms: int,
) -> None:
    """Refuse thanks that are there already, at least for one of the receivers."""
    days = _whole(community, THANKS_AGAIN_DAYS)
    number = None if about is None else state.names.contribution_number(about.source, about.id)
    thanked = {state.person(receiver): receiver for receiver in receivers}
    for earlier in mine:
        if now_ms - earlier.at_ms >= days * _DAY_MS:
            continue
        if about is None:
            same = earlier.title.casefold() == reason.casefold()
        else:
            same = (ReferenceKind.THANKS_FOR, number) in earlier.references
        again = [one for one in map(state.person, earlier.people) if same and one in thanked]
        if again:
            name = people.display_name(community, thanked[again[0]])
            raise NotAllowedError(
                f"You thanked {name} for that already ({earlier.id}); "
                f"the same thanks count once in {days} days."
            )


def _whole(community: Community, key: str) -> int:
    value = community.settings.get(key)
    return value if isinstance(value, int) else 0

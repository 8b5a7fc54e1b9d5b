"""Resolves the arguments of a request: to people, periods, rows of the scores, contributions.

Whatever cannot be resolved raises a `UserError` that says why, so the same question gets the
same answer from every command.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from bot.commands.kit.arguments import ContributionLink, Mention
from bot.commands.kit.audience import elsewhere, sees_contribution
from bot.commands.kit.errors import UserError
from bot.commands.kit.lookup_errors import lookup_error, refuse_month_of_name
from bot.commands.kit.reply import AsOf
from bot.commands.kit.request import Request
from bot.commands.kit.wording import date_range, pluralize
from bot.community.scoring.community_scores import CommunityScores
from bot.services import people
from bot.services.entries.entry_events import PlatformId
from bot.services.entries.entry_types import MANUAL
from bot.services.people import Person
from cred.epochs import DAY_MS
from cred.periods import ALL, Period, Weeks

_ONESELF: Final = frozenset({"me", "myself", "my"})
_CURRENT: Final = frozenset({"week", "month", "year"})
"""Periods that are not over."""


# Scores -------------------------------------------------------------------------------------


def scores(request: Request) -> CommunityScores:
    """Return the scores of the last recompute.

    Raises
    ------
    UserError
        If there are none yet; says what is happening.
    """
    scoring = request.community.scoring
    if scoring.scores is not None:
        return scoring.scores
    if scoring.is_running:
        state = "I am working out everybody's cred for the first time right now."
    elif scoring.health is not None and scoring.health.problem:
        state = f"At the last try: {scoring.health.problem}"
    else:
        state = "I am still reading what happened here; scores follow on their own."
    raise UserError(f"{state} Try again in a minute.", title="No scores yet")


def as_of(scores: CommunityScores) -> AsOf:
    """Return when, up to which event and with which weights the scores were computed."""
    return AsOf(scores.computed_ms, scores.events, scores.settings_version)


def participant_index(request: Request, scores: CommunityScores, who: Person) -> int:
    """Return a person's row in the scores.

    Raises
    ------
    UserError
        If they have none; says why.
    """
    community = request.community
    index = scores.index_of(people.participant_of(community, who.account, scores))
    if index is not None:
        return index
    is_self = people.is_asker(community, who, request.source, request.actor)
    if who.is_bot:
        raise UserError(f"{who.name} is a bot; bots are not scored.", title="A bot")
    raise UserError(
        f"{'You have' if is_self else f'{who.name} has'} no cred: nothing of "
        f"{'yours' if is_self else 'theirs'} was reacted to, or thanked, so that it counts. "
        f"Newer than event #{scores.events:,}? That counts from the next recompute.",
        title="No cred yet",
    )


def relink_note(request: Request, scores: CommunityScores, who: Person) -> str:
    """Return a sentence to add if a person's links changed since the scores; else ""."""
    identities = request.community.identities
    if identities.accounts(who.account) == identities.accounts(who.account, scores.events):
        return ""
    return " Accounts were linked or un-linked since: the next recompute counts them so."


# Periods ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScoredPeriod:
    """A period, and the weeks of the scores that are in it."""

    period: Period
    weeks: Weeks
    words: str
    """"last month (27 Sep – 31 Oct 2026)"; "the week of 30 Sep (27 Sep – 3 Oct 2026)"; "all
    time"."""

    @property
    def rows(self) -> slice:
        """The weeks' rows in the scores."""
        return self.weeks.rows

    @property
    def sentence_start(self) -> str:
        """The words, capitalised."""
        return self.words[0].upper() + self.words[1:]


def period(request: Request, scores: CommunityScores, default: Period = ALL) -> ScoredPeriod:
    """Return the period that was asked for, or the default.

    Raises
    ------
    UserError
        If the scores have no weeks in it.
    """
    argument = request.arguments.get("period", default)
    period = argument if isinstance(argument, Period) else default
    weeks = period.weeks(scores.starts_ms, request.now_ms)
    if period.is_all:
        return ScoredPeriod(period, weeks, "all time")
    # Cred is counted by the week, so of a day it is said which week is meant.
    name = f"the week of {period.text}" if period.is_day else period.text
    if not len(weeks):
        first = int(scores.starts_ms[0])
        raise UserError(
            f"There is no cred in {name} ({date_range(weeks.first_ms, weeks.end_ms)}). "
            f"The scores cover {date_range(first, scores.end_ms)}, "
            f"{pluralize(len(scores.starts_ms), 'week')}.",
            title="Nothing in that time",
        )
    so_far = ", so far" if weeks.running else ""
    this = "this " if period.text in _CURRENT else ""
    words = f"{this}{name} ({date_range(weeks.first_ms, weeks.end_ms)}{so_far})"
    return ScoredPeriod(period, weeks, words)


# People -------------------------------------------------------------------------------------


def person(request: Request, parameter: str = "person") -> Person:
    """Return the person that was asked about: the asker, if none was given.

    Raises
    ------
    UserError
        If nobody in particular is meant, or somebody who may not be shown.
    """
    argument = request.arguments.get(parameter)
    if argument is None:
        refuse_month_of_name(request)
    return find_person(request, argument if isinstance(argument, Mention | str) else None)


def asker(request: Request) -> int:
    """Return the number of the asker's account.

    Raises
    ------
    UserError
        If nothing was heard of them yet, or they opted out.
    """
    return find_person(request, None).account


def shares(request: Request, parameter: str) -> dict[int, int]:
    """Return the people that were given, with their shares, by the numbers of their accounts.

    Raises
    ------
    UserError
        If one of them is nobody in particular, or may not be shown.
    """
    accounts: dict[int, int] = {}
    argument = request.arguments.get(parameter, ())
    for share in argument if isinstance(argument, tuple) else ():
        account = find_person(request, share.person).account
        accounts[account] = accounts.get(account, 0) + share.share
    return accounts


def find_person(request: Request, reference: Mention | str | None) -> Person:
    """Return the person that a mention, name or id stands for; None stands for the asker.

    Raises
    ------
    UserError
        If nobody in particular is meant, or somebody who may not be shown.
    """
    community, source, actor = request.community, request.source, request.actor
    if isinstance(reference, str) and reference.casefold() not in _ONESELF:
        is_self = False
        result = people.find_by_text(community, source, reference, asker=actor)
    else:
        oneself = Mention(source, actor)
        mention = reference if isinstance(reference, Mention) else oneself
        is_self = mention == oneself
        result = people.find_by_account(
            community, mention.source, mention.account, asker=actor, here=source
        )
    if isinstance(result, Person):
        return result
    raise lookup_error(request, result, is_self=is_self)


# Entries ------------------------------------------------------------------------------------


def text(request: Request, parameter: str) -> str:
    """Return a text that was given; "" if none was."""
    argument = request.arguments.get(parameter)
    return argument if isinstance(argument, str) else ""


async def entry_number(
    request: Request, entry_type: str, example: str, *, may_be_hidden: bool = False
) -> int:
    """Return the number of an entry that was given.

    Parameters
    ----------
    request, entry_type
        The request, and what is asked for: "contribution".
    example
        What to type.
    may_be_hidden
        Take it wherever it was entered: the reply does not tell what it says.

    Raises
    ------
    UserError
        If none was given, or not everyone who reads the reply may see where it was entered.
    """
    argument = request.arguments.get("number")
    if not isinstance(argument, int):
        raise UserError(
            f"Say which {entry_type}, by its number:",
            title=f"Which {entry_type}?",
            try_lines=(example,),
        )
    entry = PlatformId(MANUAL, f"{entry_type}:{argument}")
    if not may_be_hidden and not await sees_contribution(request, entry):
        raise _hidden_entry_error(request, entry)
    return argument


def date_ms(request: Request) -> int:
    """Return the first moment of the day that was given, in UTC; of today, if none was.

    Everybody who enters the same work so gives the same moment.

    Raises
    ------
    UserError
        If the day is before 1970.
    """
    argument = request.arguments.get("date")
    if not isinstance(argument, date):
        return request.now_ms // DAY_MS * DAY_MS
    midnight = datetime(argument.year, argument.month, argument.day, tzinfo=UTC)
    start_ms = (midnight - datetime(1970, 1, 1, tzinfo=UTC)).days * DAY_MS
    if start_ms < 0:
        raise UserError("Give a day from 1970 on.", title="Which day?")
    return start_ms


async def contribution(
    request: Request, parameter: str, *, may_be_hidden: bool = False
) -> PlatformId | None:
    """Return the contribution that was given; None if none was.

    Parameters
    ----------
    request, parameter
        The request, and the name of the parameter.
    may_be_hidden
        Take it wherever it is: the reply tells nothing of it, not even whether it exists.

    Raises
    ------
    UserError
        If not everyone who reads the reply may see where it is, or it is of a platform and was
        never seen. Both are told in the same words, or it would show that there is one.
    """
    argument = request.arguments.get(parameter)
    if not isinstance(argument, ContributionLink):
        return None
    given = PlatformId(argument.source, argument.contribution)
    if may_be_hidden and given.source != MANUAL:
        return given
    if not await sees_contribution(request, given):
        raise hidden_error(request, given)
    return given


def hidden_error(request: Request, contribution: PlatformId) -> UserError:
    """Return the error for what not everyone who reads the reply may see.

    Of a message it does not tell whether there is one. Entries are numbered, so it is known
    that there is one.
    """
    if contribution.source == MANUAL:
        return _hidden_entry_error(request, contribution)
    return UserError(
        "I have nothing to show of that message here. It may be in a channel that not "
        "everybody here sees or that I can't read, on another server, or from before the "
        "history that I count. What is in a private channel, I tell there.",
        title="Which message?",
    )


def _hidden_entry_error(request: Request, entry: PlatformId) -> UserError:
    return UserError(
        f"{entry.id.replace(':', ' ').capitalize()} was entered {elsewhere(request)}. Ask "
        "where it was entered.",
        title="Not here",
    )

"""What a request asks about, or the mistake that says why there is no answer.

Every command that is about a person, some weeks or the scores starts here, so that the same
question gets the same answer everywhere.
"""

from dataclasses import dataclass
from typing import Final, assert_never

from bot.commands.kit.arguments import Mention
from bot.commands.kit.errors import UserError
from bot.commands.kit.reply import AsOf
from bot.commands.kit.request import Request
from bot.commands.kit.wording import date_range, pluralize
from bot.community.scoring.community_scores import CommunityScores
from bot.services import people
from bot.services.people import LookupResult, Person
from cred.periods import ALL, Period, Weeks


def standing(request: Request) -> CommunityScores:
    """Return the scores of the last recompute.

    Raises
    ------
    UserMistake
        If there are none yet; says what is happening.
    """
    scoring = request.community.scoring
    if scoring.scores is not None:
        return scoring.scores
    if scoring.is_running:
        now = "I am working out everybody's cred for the first time right now."
    elif scoring.health is not None and scoring.health.problem:
        now = f"At the last try: {scoring.health.problem}"
    else:
        now = "I am still reading what happened here; scores follow on their own."
    raise UserError(f"{now} Try again in a minute.", title="No scores yet")


def as_of(scores: CommunityScores) -> AsOf:
    """Return as of when and from which weights the scores are."""
    return AsOf(scores.computed_ms, scores.events, scores.settings_version)


_ONESELF: Final = frozenset({"me", "myself", "my"})
_RUNNING: Final = frozenset({"week", "month", "year"})
"""What is typed for the running one."""


@dataclass(frozen=True, slots=True)
class When:
    """The weeks asked about."""

    period: Period
    weeks: Weeks
    words: str
    """"last month (27 Sep – 31 Oct 2026)"; "all time"."""

    @property
    def rows(self) -> slice:
        """Rows of the weeks in the scores."""
        return self.weeks.rows


def when(request: Request, scores: CommunityScores, default: Period = ALL) -> When:
    """Return the weeks asked about; all of them where nothing is said.

    Raises
    ------
    UserMistake
        If the scores have no such weeks.
    """
    asked = request.arguments.get("period", default)
    period = asked if isinstance(asked, Period) else default
    weeks = period.weeks(scores.starts_ms, request.now_ms)
    if period.is_all:
        return When(period, weeks, "all time")
    if not len(weeks):
        first = int(scores.starts_ms[0])
        raise UserError(
            f"There is no cred in {period.text} ({date_range(weeks.first_ms, weeks.end_ms)}). "
            f"The scores cover {date_range(first, scores.end_ms)}, "
            f"{pluralize(len(scores.starts_ms), 'week')}.",
            title="Nothing in that time",
        )
    so_far = ", so far" if weeks.running else ""
    this = "this " if period.text in _RUNNING else ""
    words = f"{this}{period.text} ({date_range(weeks.first_ms, weeks.end_ms)}{so_far})"
    return When(period, weeks, words)


def person(request: Request, parameter: str = "person") -> Person:
    """Return who is asked about: whoever asks, where nobody is named.

    Raises
    ------
    UserMistake
        If it is nobody in particular, or somebody who is not shown.
    """
    asked = request.arguments.get(parameter)
    return named(request, asked if isinstance(asked, Mention | str) else None)


def named(request: Request, asked: Mention | str | None) -> Person:
    """Return who is named; whoever asks, where nobody is.

    Raises
    ------
    UserMistake
        If it is nobody in particular, or somebody who is not shown.
    """
    community, source, asker = request.community, request.source, request.actor
    if isinstance(asked, Mention):
        found: LookupResult = people.find_by_account(
            community, asked.source, asked.account, asker=asker, here=source
        )
        is_self = asked == Mention(source, asker)
    elif isinstance(asked, str) and asked.casefold() not in _ONESELF:
        found = people.find_by_text(community, source, asked, asker=asker)
        is_self = False
    else:
        found = people.find_by_account(community, source, asker, asker=asker)
        is_self = True
    if isinstance(found, Person):
        return found
    raise _mistake(request, found, is_self=is_self)


def _mistake(  # noqa: PLR0911 - one answer per case
    request: Request,
    found: people.UnseenAccount
    | people.NoMatch
    | people.AmbiguousMatch
    | people.OptedOutPerson
    | people.ErasedPerson,
    *,
    is_self: bool,
) -> UserError:
    match found:
        case people.UnseenAccount():
            if is_self:
                return UserError(
                    "I have not heard anything of you yet: cred begins with the first message "
                    "or reaction that I see.",
                    title="You have no cred yet",
                )
            return UserError(
                "I have not heard anything of them yet: cred begins with the first message or "
                "reaction that I see.",
                title="No cred yet",
            )
        case people.NoMatch(text):
            return UserError(
                f"I know nobody called “{text:.60}” here. Mention them (@…), or type how their "
                "name begins." + (" Or did you mean this?" if request.suggestion else ""),
                title="Who is that?",
                try_lines=(request.suggestion,) if request.suggestion else (),
            )
        case people.AmbiguousMatch(text, candidates, more):
            listed = ", ".join(
                f"{candidate.name} ({_id(request, candidate)})" for candidate in candidates
            )
            others = f" and {pluralize(more, 'other')}" if more else ""
            return UserError(
                f"Several people fit “{text:.60}”: {listed}{others}. Mention the one you mean "
                "(@…), or type the id.",
                title="Which one?",
            )
        case people.OptedOutPerson(is_asker=True):
            return UserError(
                "You opted out: nothing of yours is counted or shown.", title="You opted out"
            )
        case people.OptedOutPerson():
            return UserError(
                "They chose not to be counted or shown, so there is nothing to see.",
                title="Opted out",
            )
        case people.ErasedPerson():
            return UserError(
                "Everything about this account was erased at their wish.", title="Erased"
            )
    assert_never(found)


def _id(request: Request, who: Person) -> str:
    """Return what an account can be typed as where its name is not enough."""
    names = request.community.names
    source, account = names.account_source(who.account), names.account(who.account)
    return account if source == request.source else f"{source}:{account}"


def relinked(request: Request, scores: CommunityScores, who: Person) -> str:
    """Return what to add where the scores do not know somebody's links of now yet."""
    identities = request.community.identities
    if identities.accounts(who.account) == identities.accounts(who.account, scores.events):
        return ""
    return " Accounts were linked or un-linked since: the next recompute counts them so."


def row(request: Request, scores: CommunityScores, who: Person) -> int:
    """Return somebody's row in the scores.

    Raises
    ------
    UserMistake
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

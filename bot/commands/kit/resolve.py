"""What a request asks about, or the mistake that says why there is no answer.

Every command that is about a person, some weeks or the scores starts here, so that the same
question gets the same answer everywhere.
"""

from dataclasses import dataclass
from typing import Final, assert_never

from bot.commands.kit.dispatch import UserMistake
from bot.commands.kit.model import AsOf, Mention, Request
from bot.commands.kit.wording import counted, days
from bot.community.scoring.community_scores import Standing
from bot.services import people
from bot.services.people import Found, Person
from cred.periods import ALL, Period, Weeks


def standing(request: Request) -> Standing:
    """Return the scores of the last recompute.

    Raises
    ------
    UserMistake
        If there are none yet; says what is happening.
    """
    scoring = request.community.scoring
    if scoring.standing is not None:
        return scoring.standing
    if scoring.is_running:
        now = "I am working out everybody's cred for the first time right now."
    elif scoring.health is not None and scoring.health.problem:
        now = f"At the last try: {scoring.health.problem}"
    else:
        now = "I am still reading what happened here; scores follow on their own."
    raise UserMistake(f"{now} Try again in a minute.", title="No scores yet")


def as_of(scores: Standing) -> AsOf:
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


def when(request: Request, scores: Standing, default: Period = ALL) -> When:
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
        raise UserMistake(
            f"There is no cred in {period.text} ({days(weeks.first_ms, weeks.end_ms)}). "
            f"The scores cover {days(first, scores.end_ms)}, "
            f"{counted(len(scores.starts_ms), 'week')}.",
            title="Nothing in that time",
        )
    so_far = ", so far" if weeks.running else ""
    this = "this " if period.text in _RUNNING else ""
    words = f"{this}{period.text} ({days(weeks.first_ms, weeks.end_ms)}{so_far})"
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
        found: Found = people.by_account(
            community, asked.source, asked.account, asker=asker, here=source
        )
        is_self = asked == Mention(source, asker)
    elif isinstance(asked, str) and asked.casefold() not in _ONESELF:
        found = people.by_text(community, source, asked, asker=asker)
        is_self = False
    else:
        found = people.by_account(community, source, asker, asker=asker)
        is_self = True
    if isinstance(found, Person):
        return found
    raise _mistake(request, found, is_self=is_self)


def _mistake(  # noqa: PLR0911 - one answer per case
    request: Request,
    found: people.Unheard | people.Unknown | people.Ambiguous | people.OptedOut | people.Erased,
    *,
    is_self: bool,
) -> UserMistake:
    match found:
        case people.Unheard():
            if is_self:
                return UserMistake(
                    "I have not heard anything of you yet: cred begins with the first message "
                    "or reaction that I see.",
                    title="You have no cred yet",
                )
            return UserMistake(
                "I have not heard anything of them yet: cred begins with the first message or "
                "reaction that I see.",
                title="No cred yet",
            )
        case people.Unknown(text):
            return UserMistake(
                f"I know nobody called “{text:.60}” here. Mention them (@…), or type how their "
                "name begins." + (" Or did you mean this?" if request.perhaps else ""),
                title="Who is that?",
                try_lines=(request.perhaps,) if request.perhaps else (),
            )
        case people.Ambiguous(text, candidates, more):
            listed = ", ".join(
                f"{candidate.name} ({_id(request, candidate)})" for candidate in candidates
            )
            others = f" and {counted(more, 'other')}" if more else ""
            return UserMistake(
                f"Several people fit “{text:.60}”: {listed}{others}. Mention the one you mean "
                "(@…), or type the id.",
                title="Which one?",
            )
        case people.OptedOut(is_asker=True):
            return UserMistake(
                "You opted out: nothing of yours is counted or shown.", title="You opted out"
            )
        case people.OptedOut():
            return UserMistake(
                "They chose not to be counted or shown, so there is nothing to see.",
                title="Opted out",
            )
        case people.Erased():
            return UserMistake(
                "Everything about this account was erased at their wish.", title="Erased"
            )
    assert_never(found)


def _id(request: Request, who: Person) -> str:
    """Return what an account can be typed as where its name is not enough."""
    names = request.community.names
    source, account = names.account_source(who.account), names.account(who.account)
    return account if source == request.source else f"{source}:{account}"


def relinked(request: Request, scores: Standing, who: Person) -> str:
    """Return what to add where the scores do not know somebody's links of now yet."""
    identities = request.community.identities
    if identities.accounts(who.account) == identities.accounts(who.account, scores.events):
        return ""
    return " Accounts were linked or un-linked since: the next recompute counts them so."


def row(request: Request, scores: Standing, who: Person) -> int:
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
        raise UserMistake(f"{who.name} is a bot; bots are not scored.", title="A bot")
    raise UserMistake(
        f"{'You have' if is_self else f'{who.name} has'} no cred: nothing of "
        f"{'yours' if is_self else 'theirs'} was reacted to, or thanked, so that it counts. "
        f"Newer than event #{scores.events:,}? That counts from the next recompute.",
        title="No cred yet",
    )

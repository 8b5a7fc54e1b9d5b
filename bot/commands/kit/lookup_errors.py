"""What to tell an asker when nobody in particular was found."""

from typing import assert_never

from bot.commands.kit.errors import UserError
from bot.commands.kit.names import account_id, join_names
from bot.commands.kit.request import SLASH, Request
from bot.commands.kit.wording import day, pluralize
from bot.services import people
from bot.services.known_names import KnownNames
from cred.periods import Period

NotFound = (
    people.UnseenAccount
    | people.NoMatch
    | people.AmbiguousMatch
    | people.OptedOutPerson
    | people.ErasedPerson
)


def lookup_error(request: Request, result: NotFound, *, is_self: bool) -> UserError:
    """Return the error that says why a lookup found no person.

    Parameters
    ----------
    is_self
        Whether the asker was looked up.
    """
    match result:
        case people.UnseenAccount():
            whom = "you" if is_self else "them"
            message = (
                f"I have not heard anything of {whom} yet: cred begins with the first message "
                "or reaction that I see."
            )
            title = "You have no cred yet" if is_self else "No cred yet"
        case people.NoMatch(text):
            suggestion = request.suggestion
            known = KnownNames(request.community, request.source, request.actor)
            near = join_names(known.suggest(text), "or")
            return UserError(
                f"I know nobody called “{text:.60}” here. "
                + (f"Did you mean {near}? " if near else "")
                + "Mention them (@…), or type how their name begins."
                + (" Or did you mean this?" if suggestion else ""),
                title="Who is that?",
                try_lines=(suggestion,) if suggestion else (),
            )
        case people.AmbiguousMatch(text, candidates, more):
            names = ", ".join(
                f"{candidate.name} ({account_id(request, candidate.account)})"
                for candidate in candidates
            )
            others = f" and {pluralize(more, 'other')}" if more else ""
            message = (
                f"Several people fit “{text:.60}”: {names}{others}. Mention the one you mean "
                "(@…), or type the id."
            )
            title = "Which one?"
        case people.OptedOutPerson(is_asker=True):
            message = "You opted out: nothing of yours is counted or shown."
            title = "You opted out"
        case people.OptedOutPerson():
            message = "They chose not to be counted or shown, so there is nothing to see."
            title = "Opted out"
        case people.ErasedPerson():
            message = "Everything about this account was erased at their wish."
            title = "Erased"
        case _:
            assert_never(result)
    return UserError(message, title=title)


def refuse_month_of_name(request: Request) -> None:
    """Refuse a typed month that is as well the first name of somebody: "june".

    Raises
    ------
    UserError
        If somebody is called so; says how to type either.
    """
    period = request.arguments.get("period")
    if not isinstance(period, Period) or not period.is_month_name or request.prefix == SLASH:
        return
    name = period.text.casefold()
    result = people.find_by_text(request.community, request.source, name, asker=request.actor)
    found = result.candidates if isinstance(result, people.AmbiguousMatch) else (result,)
    for person in found:
        if isinstance(person, people.Person) and person.name.casefold().split()[:1] == [name]:
            raise UserError(
                f"Is “{period.text}” the month, or {person.name}? Type @{name} for the person, "
                f"and the month with a year: {name} {day(request.now_ms, year=True)[-4:]}.",
                title="Which one?",
            )

"""What is entered by hand, in words: people, titles, and what a thing is called."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.arguments import ContributionLink
from bot.commands.kit.errors import UserError
from bot.commands.kit.request import Request
from bot.community.communities import Community
from bot.services import people
from bot.services.entries.entries import Entry
from bot.services.entries.entry_events import PlatformId
from bot.services.entries.entry_types import MANUAL, EntryType, entry_number

ERASED: Final = "(erased)"
PAGE: Final = 10
"""Lines of a list on one page."""
_DAY_MS: Final = 86_400_000


def me(request: Request) -> int:
    """Return the number of the asker's account.

    Raises
    ------
    UserMistake
        If nothing was heard of them yet, or they opted out.
    """
    return resolve.named(request, None).account


def chosen(request: Request, parameter: str) -> dict[int, int]:
    """Return the people of a form with their shares, by number of their account.

    Raises
    ------
    UserMistake
        If one of them is nobody in particular, or cannot be named.
    """
    found: dict[int, int] = {}
    given = request.arguments.get(parameter, ())
    for one in given if isinstance(given, tuple) else ():
        account = resolve.named(request, one.person).account
        found[account] = found.get(account, 0) + one.share
    return found


def text(request: Request, parameter: str) -> str:
    """Return a text that was given; "" if none was."""
    given = request.arguments.get(parameter)
    return given if isinstance(given, str) else ""


def number(request: Request, parameter: str, what: str, example: str) -> int:
    """Return the number that was given.

    Raises
    ------
    UserMistake
        If none was.
    """
    given = request.arguments.get(parameter)
    if isinstance(given, int):
        return given
    raise UserError(
        f"Say which {what}, by its number:", title=f"Which {what}?", try_lines=(example,)
    )


def at_ms(request: Request, parameter: str = "date") -> int:
    """Return the moment that a day stands for: its beginning (UTC); today's, if none was given.

    So two who enter the same work say the same.
    """
    given = request.arguments.get(parameter)
    if not isinstance(given, date):
        return request.now_ms // _DAY_MS * _DAY_MS
    begin = datetime(given.year, given.month, given.day, tzinfo=UTC)
    begin_ms = (begin - datetime(1970, 1, 1, tzinfo=UTC)).days * _DAY_MS
    if begin_ms < 0:
        raise UserError("Give a day from 1970 on.", title="Which day?")
    return begin_ms


def link(request: Request, parameter: str) -> PlatformId | None:
    """Return the contribution that was pointed at."""
    given = request.arguments.get(parameter)
    if not isinstance(given, ContributionLink):
        return None
    return PlatformId(given.source, given.contribution)


def named(community: Community, account: int | None) -> str:
    """Return what to call somebody; not by name if they do not want to be shown."""
    if account is None:
        return "nobody"
    if people.is_opted_out(community, account):
        return "somebody who opted out"
    return people.display_name(community, account)


def listed(community: Community, accounts: Iterable[int]) -> str:
    """Return people in one phrase: "Ada, Grace and Linus"."""
    names = [named(community, account) for account in accounts]
    if len(names) < len(("one", "other")):
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def shared(community: Community, shares: Mapping[int, int]) -> str:
    """Return people with their shares; without, where all are alike."""
    if len(set(shares.values())) == 1:
        return listed(community, shares)
    return ", ".join(f"{named(community, who)} {share}" for who, share in shares.items())


def title(thing: Entry) -> str:
    """Return the title of a thing, or that there is none any more."""
    return thing.title or ERASED


def pages(count: int) -> int:
    """Return how many pages a list has."""
    return max(1, -(-count // PAGE))


def page(request: Request, count: int) -> int:
    """Return the page asked for, from 1 up.

    Raises
    ------
    UserMistake
        If there are not that many.
    """
    given = request.arguments.get("page", 1)
    wanted = given if isinstance(given, int) else 1
    if wanted > pages(count):
        raise UserError(f"There is no page {wanted}; the last is {pages(count)}.")
    return wanted


def of_contribution(community: Community, contribution: int) -> str | None:
    """Return what to call a contribution that was entered by hand: its title and whose it is.

    Parameters
    ----------
    community
        Where.
    contribution
        Its number in the log.

    Returns
    -------
    str or None
        None where it is another source's.
    """
    names = community.names
    if names.contribution_source(contribution) != MANUAL:
        return None
    id_ = names.contribution(contribution)
    what = next((one for one in EntryType if entry_number(id_, one) is not None), None)
    described = names.description(contribution)
    words = "something erased" if what is None else id_.replace(":", " ")
    return f"{words}: “{described.title}”" if described is not None else words

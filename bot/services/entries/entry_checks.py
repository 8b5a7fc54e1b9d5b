"""Checks that thanks, contributions and initiatives share."""

from typing import Final

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.services import people

LONGEST_TITLE: Final = 200
"""Characters that are kept of a title or reason (`storage.log.batch.Description`)."""
OLDEST_YEARS: Final = 5
_YEAR_MS: Final = 366 * 86_400_000


def clean_title(text: str, name: str) -> str:
    """Return a title or reason as one line without needless blanks.

    Parameters
    ----------
    text
        As typed.
    name
        What it is, for the error: "a title", "a reason".

    Raises
    ------
    NotAllowedError
        If it is empty or too long.
    """
    title = " ".join(text.split())
    if not title.strip('"“”„«» '):
        raise NotAllowedError(f"Give it {name}.")
    if len(title) > LONGEST_TITLE:
        raise NotAllowedError(
            f"That is {len(title):,} characters long; {name} has at most {LONGEST_TITLE}."
        )
    return title


def check_date(community: Community, at_ms: int, now_ms: int) -> None:
    """Refuse a date on which no work that counts can have been done.

    Every week since the first event is scored, so a date long past would slow down every
    recompute.

    Raises
    ------
    NotAllowedError
        If the date is in the future, before the community's history, or too long ago.
    """
    begins_ms = community.settings.in_force.history_start_ms
    if at_ms > now_ms:
        raise NotAllowedError("The date is yet to come; give a day up to today.")
    if begins_ms is not None and at_ms < begins_ms:
        raise NotAllowedError("That is before the day from which on this community counts.")
    if now_ms - at_ms > OLDEST_YEARS * _YEAR_MS:
        raise NotAllowedError(f"That is more than {OLDEST_YEARS} years ago, too long to count.")


def check_receiver(community: Community, account: int, role: str) -> None:
    """Refuse an account that cannot receive cred.

    Parameters
    ----------
    community
        The community.
    account
        Number of the account.
    role
        What the account would become, for the error: "thanked", "credited", "champions".

    Raises
    ------
    NotAllowedError
        If it is a bot's, was erased, or belongs to somebody who opted out.
    """
    directory = community.directory
    if people.is_opted_out(community, account):
        raise NotAllowedError(f"Somebody of these opted out, so they cannot be {role}.")
    if directory.is_erased(account):
        raise NotAllowedError(f"Somebody of these was erased, so they cannot be {role}.")
    if directory.account_kind(account) != "user":
        name = people.display_name(community, account)
        raise NotAllowedError(f"{name} is a bot; only people can be {role}.")

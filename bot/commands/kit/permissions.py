"""Who may run a command: one rule for the dispatcher, for help and for slash commands.

Whether somebody manages the place, and which roles they have, is read from the platform when
the request is made, so that a role counts from the moment it is given until it is taken away.
"""

from collections.abc import Mapping
from typing import Final

from bot.commands.kit.command import Access, Command
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.settings.voting_settings import MAINTAINERS, TREASURERS
from bot.services import people

_ROLES: Final[Mapping[Access, str]] = {
    Access.MAINTAINERS: MAINTAINERS,
    Access.TREASURERS: TREASURERS,
}
"""The setting that says whose roles give an access."""
_REFUSALS: Final[Mapping[Access, tuple[str, str]]] = {
    Access.CONTRIBUTORS: (
        "For contributors",
        "is for those who have cred here and have not opted out (me optin).",
    ),
    Access.MAINTAINERS: (
        "For maintainers",
        "is for maintainers. A server admin says with admin roles who they are.",
    ),
    Access.TREASURERS: (
        "For treasurers",
        "is for treasurers. A server admin says with admin roles who they are.",
    ),
    Access.ADMINS: (
        "For server admins",
        "is for those who may manage this place. Ask one of them to run it.",
    ),
}


def may_run(request: Request, access: Access) -> bool:
    """Tell whether the asker may run commands of an access."""
    if access is Access.EVERYONE:
        return True
    if access is Access.CONTRIBUTORS:
        return _is_contributor(request)
    return request.is_admin or _has_role(request, access)


def refusal(request: Request, command: Command) -> Reply:
    """Return the reply to somebody who may not run a command."""
    title, text = _REFUSALS[command.access]
    return Reply(
        title=title, text=f"{request.prefix}{command.line} {text}", private=True, is_error=True
    )


def role_settings(source: str, access: Access) -> tuple[str, ...]:
    """Return the settings whose roles give an access to those who ask on a platform.

    One is of all communities; a platform whose groups have names may have one of its own.
    """
    setting = _ROLES.get(access)
    return () if setting is None else (setting, f"{source}.{access}-groups")


def _has_role(request: Request, access: Access) -> bool:
    settings = request.community.settings
    known = {setting.key: setting.value for setting in settings.list()}
    wanted = [known.get(key) for key in role_settings(request.source, access)]
    return any(
        isinstance(roles, list) and not request.roles.isdisjoint(map(str, roles))
        for roles in wanted
    )


def _is_contributor(request: Request) -> bool:
    """Tell whether the asker has cred and has not opted out."""
    community = request.community
    account = community.directory.account_number(request.source, request.actor)
    scores = community.scoring.scores
    if account is None or scores is None or people.is_opted_out(community, account):
        return False
    row = scores.index_of(people.participant_of(community, account, scores))
    return row is not None and bool(scores.cred[row].sum() > 0.0)

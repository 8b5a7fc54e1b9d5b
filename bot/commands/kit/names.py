"""What to call people and accounts in replies. Who opted out or was erased has none."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.commands.kit.request import Request
from bot.community.communities import Community
from bot.services import people

_OPTED_OUT: Final = "somebody who opted out"
_ERASED: Final = "somebody who was erased"


def person_name(community: Community, account: int | None, here: str | None = None) -> str:
    """Return what to call the person that an account belongs to.

    Parameters
    ----------
    account
        The account's number; None is nobody.
    here
        As for `people.display_name`: the source whose account names the person.
    """
    if account is None:
        return "nobody"
    if people.is_opted_out(community, account):
        return _OPTED_OUT
    if all(map(community.directory.is_erased, community.identities.accounts(account))):
        return _ERASED
    return people.display_name(community, account, here)


def account_name(community: Community, account: int) -> str:
    """Return an account's name and platform: "Ada (discord)"."""
    if people.is_opted_out(community, account):
        return _OPTED_OUT
    if community.directory.is_erased(account):
        return _ERASED
    return own_account_name(community, account)


def own_account_name(community: Community, account: int) -> str:
    """Return what `account_name` does, to somebody who opted out, of their own accounts."""
    directory = community.directory
    return f"{directory.account_name(account)} ({directory.account_source(account)})"


def own_account_names(community: Community, accounts: Iterable[int]) -> str:
    """Return somebody's own accounts in one phrase."""
    return join_names([own_account_name(community, account) for account in accounts])


def account_id(request: Request, account: int) -> str:
    """Return an account as it can be typed where its name is not enough.

    Its id; after its platform, where the asker uses another: "discourse:17".
    """
    directory = request.community.directory
    source, id_ = directory.account_source(account), directory.account(account)
    return id_ if source == request.source else f"{source}:{id_}"


def typed_account(request: Request, account: int) -> str:
    """Return an account as a button's line names it: "<@900>", "discourse:17"."""
    id_ = account_id(request, account)
    return f"<@{id_}>" if request.community.directory.account(account) == id_ else id_


def join_names(names: Sequence[str], conjunction: str = "and") -> str:
    """Return names in one phrase.

    >>> join_names(["Ada", "Grace", "Linus"]), join_names(["Ada"]), join_names([])
    ('Ada, Grace and Linus', 'Ada', '')
    """
    *most, last = names or [""]
    return f"{', '.join(most)} {conjunction} {last}" if most else last

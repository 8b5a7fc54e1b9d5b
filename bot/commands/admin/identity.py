"""`admin identity …`: maintainers merge accounts of people who can't link them themselves.

Two maintainers, neither of them party to it; one undoes it.
"""

from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.arguments import Mention
from bot.commands.kit.command import Access, Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import ACCOUNT, NUMBER, TEXT, Parameter
from bot.commands.kit.reply import Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import day, pluralize
from bot.commands.me import each, rescore, together
from bot.community.errors import IdentityRefusedError
from bot.community.identities.identities import Claim
from bot.services import people
from storage.people.linking import MergeProposal

_MOST: Final = 20


async def propose(request: Request) -> Reply:
    """Answer `admin identity propose [one] [other] [reason]`."""
    missing = [name for name in ("one", "other", "reason") if name not in request.arguments]
    if missing:
        raise UserError(
            "Say which two accounts, and why you know that they are one person's.",
            title="Which ones, and why?",
            try_lines=('admin identity propose @ada discourse:ada "said so in #general"',),
        )
    one, other = resolve.person(request, "one"), resolve.person(request, "other")
    try:
        merge = await request.community.identities.propose(
            one.account,
            other.account,
            _claim(request),
            str(request.arguments["reason"]),
            request.now_ms,
        )
    except IdentityRefusedError as error:
        raise _refused(error) from error
    return Reply(
        title=f"Merge {merge.number} is proposed",
        text=(
            f"{_who(request, merge.one)} and {_who(request, merge.other)} would be one person, "
            f"with one cred. Reason: {merge.reason}. A second maintainer must approve it: "
            f"{request.command_line('admin identity approve', str(merge.number))}. Until then nothing "
            "changes."
        ),
        facts=each(request, ((merge.one,), (merge.other,)), request.community.scoring.scores),
        private=True,
    )


async def approve(request: Request) -> Reply:
    """Answer `admin identity approve [number]`."""
    number, identities = _number(request), request.community.identities
    before = request.community.scoring.scores
    try:
        merge = await identities.approve(number, _claim(request), request.now_ms)
    except IdentityRefusedError as error:
        raise _refused(error) from error
    shown = each(request, ((merge.one,), (merge.other,)), before)
    await rescore(request)
    return Reply(
        title=f"Merge {merge.number} is done",
        text=(
            f"{_who(request, merge.one)} and {_who(request, merge.other)} are one person's "
            "now, with one cred: not quite the sum of the two, for it flows through one person "
            f"instead of two. {request.command_line('admin identity unmerge')} with one of them "
            "undoes it at any time, and so can they themselves."
        ),
        facts=(*shown, *together(request, identities.accounts(merge.one))),
        private=True,
    )


async def reject(request: Request) -> Reply:
    """Answer `admin identity reject [number]`."""
    try:
        merge = await request.community.identities.reject(
            _number(request), _claim(request), request.now_ms
        )
    except IdentityRefusedError as error:
        raise _refused(error) from error
    return Reply(
        title=f"Merge {merge.number} is rejected",
        text=f"{_who(request, merge.one)} and {_who(request, merge.other)} stay two people.",
        private=True,
    )


async def listing(request: Request) -> Reply:
    """Answer `admin identity list`."""
    merges = await request.community.identities.merges()
    waiting = [merge for merge in merges if merge.state == "open"]
    latest = (waiting + [merge for merge in reversed(merges) if merge.state != "open"])[:_MOST]
    return Reply(
        title="Merges of accounts",
        text=f"{pluralize(len(waiting), 'merge')} to be approved, of {len(merges):,} in all.",
        tables=(
            Table(
                ("#", "Accounts", "State"),
                tuple(
                    (
                        str(merge.number),
                        f"{_who(request, merge.one)} and {_who(request, merge.other)}",
                        _state(request, merge),
                    )
                    for merge in latest
                ),
            ),
        )
        if latest
        else (),
        private=True,
    )


async def unmerge(request: Request) -> Reply:
    """Answer `admin identity unmerge [account]`."""
    if "account" not in request.arguments:
        raise UserError("Say which account.", title="Which account?")
    account = _whose(request)
    before = request.community.scoring.scores
    opted_out = people.is_opted_out(request.community, account)
    whole = request.community.identities.accounts(account)
    shown = () if opted_out else each(request, (whole,), before)
    try:
        others = await request.community.identities.unmerge(
            account, _claim(request), request.now_ms
        )
    except IdentityRefusedError as error:
        raise _refused(error) from error
    await rescore(request)
    apart = (account, *others)
    return Reply(
        title="Un-merged",
        text=(
            f"{' and '.join(_who(request, one) for one in apart)} are one person's no longer. "
            "Scores are as if they had never been merged."
        ),
        facts=(
            *shown,
            *(
                fact
                for one in (() if opted_out else apart)
                for fact in together(request, (one,), _who(request, one))
            ),
        ),
        private=True,
    )


def _whose(request: Request) -> int:
    """Return which account is meant.

    Who opted out cannot be looked up by name, but what was done to them can be undone: somebody
    else may be opted out by it.
    """
    given, names = request.arguments["account"], request.community.names
    if isinstance(given, Mention):
        exact = names.account_number(given.source, given.account)
    else:
        source, _, account = str(given).rpartition(":")
        exact = names.account_number(source or request.source, account)
    return resolve.person(request, "account").account if exact is None else exact


def _number(request: Request) -> int:
    number = request.arguments.get("number")
    if not isinstance(number, int):
        raise UserError(
            "Say which merge, by its number.",
            title="Which one?",
            try_lines=("admin identity list",),
        )
    return number


def _who(request: Request, account: int) -> str:
    """Return an account's name and platform; not that of somebody who opted out."""
    if people.is_opted_out(request.community, account):
        return "somebody who opted out"
    names = request.community.names
    return f"{names.account_name(account)} ({names.account_source(account)})"


def _state(request: Request, merge: MergeProposal) -> str:
    said = f"{merge.state}: " if merge.state != "open" else ""
    by = people.display_name(request.community, merge.proposer)
    reason = merge.reason or "no reason is kept"
    return f"{said}{reason} (proposed by {by}, {day(merge.at_ms, year=True)})"


def _claim(request: Request) -> Claim:
    return Claim(request.source, request.actor, request.actor_name)


def _refused(error: IdentityRefusedError) -> UserError:
    return UserError(str(error), title="Not done")


_NUMBER: Final = Parameter("number", NUMBER, "Which merge.", "3")

IDENTITY: Final = (
    Command(
        group="admin identity",
        name="propose",
        summary="Propose that two accounts are one person's, who can't link them any more.",
        details=(
            "For people who left; everybody else uses me link. A second maintainer must "
            "approve it, who is not the same person by another account, and neither of you can "
            "be one of the two. An account of another platform is platform:name."
        ),
        handler=propose,
        parameters=(
            Parameter("one", ACCOUNT, "One account.", "@ada"),
            Parameter("other", ACCOUNT, "The other one.", "discourse:ada"),
            Parameter("reason", TEXT, "How you know.", "said so before leaving"),
        ),
        examples=("admin identity propose @ada discourse:ada said so before leaving",),
        access=Access.ADMINS,
        private=True,
    ),
    Command(
        group="admin identity",
        name="approve",
        summary="Merge what another maintainer proposed.",
        details="It is done at once, and can be undone at any time (unmerge).",
        handler=approve,
        parameters=(_NUMBER,),
        examples=("admin identity approve 3",),
        access=Access.ADMINS,
        private=True,
    ),
    Command(
        group="admin identity",
        name="reject",
        summary="Close a proposed merge; nothing is merged.",
        details="Whoever proposed it may do so, too.",
        handler=reject,
        parameters=(_NUMBER,),
        examples=("admin identity reject 3",),
        access=Access.ADMINS,
        private=True,
    ),
    Command(
        group="admin identity",
        name="list",
        summary="Merges that wait for a second maintainer, then the latest others.",
        details="Who proposed what, when and why.",
        handler=listing,
        examples=("admin identity list",),
        access=Access.ADMINS,
        private=True,
    ),
    Command(
        group="admin identity",
        name="unmerge",
        summary="Undo what maintainers merged or an import linked.",
        details=(
            "Scores are worked out as if it had never been. What people proved by a code, only "
            "they can undo (me unlink)."
        ),
        handler=unmerge,
        parameters=(Parameter("account", ACCOUNT, "One of its accounts.", "@ada"),),
        examples=("admin identity unmerge @ada", "admin identity unmerge discourse:ada"),
        access=Access.ADMINS,
        private=True,
    ),
)

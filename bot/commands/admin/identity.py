"""`admin identity …`: maintainers merge accounts of people who can't link them themselves.

A merge takes two maintainers, neither of whom is merged by it. One is enough to undo it.
"""

from itertools import chain
from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.arguments import Mention
from bot.commands.kit.command import Access, Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.names import account_name, person_name
from bot.commands.kit.parameters import ACCOUNT, NUMBER, TEXT, Parameter
from bot.commands.kit.reply import Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import day, pluralize
from bot.commands.me.linked_cred import cred_by_account, cred_now, rescore
from bot.commands.me.privacy import acting_account
from bot.services import people
from storage.people.linking import MergeProposal

_MOST_SHOWN: Final = 20


async def propose(request: Request) -> Reply:
    """Answer `admin identity propose <one> <other> <reason>`."""
    missing = [name for name in ("one", "other", "reason") if name not in request.arguments]
    if missing:
        raise UserError(
            "Say which two accounts, and why you know that they are one person's.",
            title="Which ones, and why?",
            try_lines=('admin identity propose @ada discourse:ada "said so in #general"',),
        )
    merge = await request.community.identities.merges.propose(
        resolve.person(request, "one").account,
        resolve.person(request, "other").account,
        acting_account(request),
        str(request.arguments["reason"]),
        request.now_ms,
    )
    return Reply(
        title=f"Merge {merge.number} is proposed",
        text=(
            f"{_both_names(request, merge)} would be one person, with one cred. Reason: "
            f"{merge.reason}. A second maintainer must approve it: "
            f"{request.command_line('admin identity approve', str(merge.number))}. Until then "
            "nothing changes."
        ),
        facts=cred_by_account(
            request, ((merge.account,), (merge.other,)), request.community.scoring.scores
        ),
        private=True,
    )


async def approve(request: Request) -> Reply:
    """Answer `admin identity approve <number>`."""
    number, identities = _number(request), request.community.identities
    before = request.community.scoring.scores
    merge = await identities.merges.approve(number, acting_account(request), request.now_ms)
    facts_before = cred_by_account(request, ((merge.account,), (merge.other,)), before)
    await rescore(request)
    return Reply(
        title=f"Merge {merge.number} is done",
        text=(
            f"{_both_names(request, merge)} are one person's now, with one cred: not quite the "
            "sum of the two, for it flows through one person instead of two. "
            f"{request.command_line('admin identity unmerge')} with one of them undoes it "
            "at any time, and so can they themselves."
        ),
        facts=(*facts_before, *cred_now(request, identities.accounts(merge.account))),
        private=True,
    )


async def reject(request: Request) -> Reply:
    """Answer `admin identity reject <number>`."""
    merge = await request.community.identities.merges.reject(
        _number(request), acting_account(request), request.now_ms
    )
    return Reply(
        title=f"Merge {merge.number} is rejected",
        text=f"{_both_names(request, merge)} stay two people.",
        private=True,
    )


async def show_list(request: Request) -> Reply:
    """Answer `admin identity list`."""
    merges = await request.community.identities.merges.list_all()
    waiting = [merge for merge in merges if merge.state == "open"]
    latest = (waiting + [merge for merge in reversed(merges) if merge.state != "open"])[
        :_MOST_SHOWN
    ]
    return Reply(
        title="Merges of accounts",
        text=f"{pluralize(len(waiting), 'merge')} to be approved, of {len(merges):,} in all.",
        tables=(
            Table(
                ("#", "Accounts", "State"),
                tuple(
                    (
                        str(merge.number),
                        _both_names(request, merge),
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
    """Answer `admin identity unmerge <account>`."""
    if "account" not in request.arguments:
        raise UserError("Say which account.", title="Which account?")
    community, account = request.community, _account(request)
    before = community.scoring.scores
    opted_out = people.is_opted_out(community, account)
    together = community.identities.accounts(account)
    facts_before = () if opted_out else cred_by_account(request, (together,), before)
    others = await community.identities.merges.undo(
        account, acting_account(request), request.now_ms
    )
    await rescore(request)
    names = {number: account_name(community, number) for number in (account, *others)}
    facts_now = (
        ()
        if opted_out
        else chain.from_iterable(
            cred_now(request, (number,), name) for number, name in names.items()
        )
    )
    return Reply(
        title="Un-merged",
        text=(
            f"{' and '.join(names.values())} are one person's no longer. Scores are as if they "
            "had never been merged."
        ),
        facts=(*facts_before, *facts_now),
        private=True,
    )


def _both_names(request: Request, merge: MergeProposal) -> str:
    return " and ".join(
        account_name(request.community, account) for account in (merge.account, merge.other)
    )


def _account(request: Request) -> int:
    """Return the account that was given.

    People who opted out are not found by name, but what links them can be undone: somebody else
    may be opted out because of it.
    """
    argument, directory = request.arguments["account"], request.community.directory
    if isinstance(argument, Mention):
        exact = directory.account_number(argument.source, argument.account)
    else:
        source, _, account = str(argument).rpartition(":")
        exact = directory.account_number(source or request.source, account)
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


def _state(request: Request, merge: MergeProposal) -> str:
    state = f"{merge.state}: " if merge.state != "open" else ""
    by = person_name(request.community, merge.proposer, request.source)
    reason = merge.reason or "no reason is kept"
    return f"{state}{reason} (proposed by {by}, {day(merge.at_ms, year=True)})"


_NUMBER: Final = Parameter("number", NUMBER, "Which merge.", "3", required=True)

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
            Parameter("one", ACCOUNT, "One account.", "@ada", required=True),
            Parameter("other", ACCOUNT, "The other one.", "discourse:okonjo", required=True),
            Parameter("reason", TEXT, "How you know.", "said so before leaving", required=True),
        ),
        examples=("admin identity propose @ada discourse:okonjo said so before leaving",),
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
        handler=show_list,
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
        parameters=(
            Parameter("account", ACCOUNT, "One of its accounts.", "@ada", required=True),
        ),
        examples=("admin identity unmerge @ada", "admin identity unmerge discourse:okonjo"),
        access=Access.ADMINS,
        private=True,
    ),
)

"""`me unlink`: take one of one's accounts out again."""

from typing import Final

from bot.commands.kit.arguments import Mention
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.names import own_account_name, own_account_names
from bot.commands.kit.parameters import ACCOUNT, Parameter
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.commands.me.linked_cred import cred_facts, cred_now, rescore
from bot.commands.me.privacy import require_privacy
from bot.services import people
from storage.people.comparable import comparable


async def unlink(request: Request) -> Reply:
    """Answer `me unlink <account>`."""
    await require_privacy(request, "me unlink")
    community = request.community
    number = community.directory.account_number(request.source, request.actor)
    mine = () if number is None else community.identities.accounts(number)
    if len(mine) <= 1:
        raise UserError(
            f"Your account is linked to no other. {request.command_line('me accounts')} shows "
            "it, and what links it.",
            title="Nothing to undo",
        )
    account = _own_account(request, mine)
    before = community.scoring.scores
    others = await community.identities.unlink(account, request.now_ms)
    await rescore(request)
    name, other_names = (
        own_account_name(community, account),
        own_account_names(community, others),
    )
    return Reply(
        title="Un-linked",
        text=(
            f"{name} is a person of its own again, and "
            + (f"{other_names} stay together" if len(others) > 1 else f"so is {other_names}")
            + ". Scores are as if it had never been linked."
            + (
                " Both stay opted out, each for itself."
                if people.is_opted_out(community, account)
                else ""
            )
        ),
        facts=(
            *cred_facts(community, [("Together before", mine)], before),
            *cred_now(request, (account,), name),
            *cred_now(request, others, other_names),
        ),
        private=True,
    )


def _own_account(request: Request, mine: tuple[int, ...]) -> int:
    """Return which of one's own accounts is meant: by platform, id or name."""
    directory, given = request.community.directory, request.arguments.get("account")

    def is_meant(account: int) -> bool:
        source, id_ = directory.account_source(account), directory.account(account)
        if isinstance(given, Mention):
            return given == Mention(source, id_)
        names = (id_, *directory.account_names(account))
        texts = (source, *names, *(f"{source}:{name}" for name in names))
        text = given.removeprefix("@") if isinstance(given, str) else ""
        return comparable(text) in map(comparable, texts)

    meant = [account for account in mine if is_meant(account)]
    if len(meant) != 1:
        raise UserError(
            f"Say which of your accounts to take out: "
            f"{own_account_names(request.community, mine)}.",
            title="Which account?",
            try_lines=tuple(
                f"me unlink {directory.account_source(account)}:{directory.account(account)}"
                for account in mine
            ),
        )
    return meant[0]


UNLINK: Final = Command(
    group="me",
    name="unlink",
    summary="Take one of your accounts out again.",
    details=(
        "It is a person of its own then; your others stay together. Scores are worked out "
        "as if it had never been linked."
    ),
    handler=unlink,
    parameters=(
        Parameter(
            "account", ACCOUNT, "Which: its platform, name or id.", "discourse", required=True
        ),
    ),
    examples=("me unlink discourse", "me unlink discourse:ada"),
    private=True,
)

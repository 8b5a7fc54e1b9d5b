"""`me optout` and `me optin`: no longer taking part, and taking part again."""

from typing import Final

from bot.commands.kit.command import Command
from bot.commands.kit.names import own_account_names
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.commands.me.linked_cred import rescore
from bot.commands.me.privacy import require_privacy
from bot.services import people


async def opt_out(request: Request) -> Reply:
    """Answer `me optout`."""
    await require_privacy(request, "me optout")
    community = request.community
    number = community.directory.account_number(request.source, request.actor)
    if number is not None and people.is_opted_out(community, number):
        return Reply(
            title="You are out already",
            text=f"Nothing new of you is recorded. {_way_back(request)}",
            private=True,
        )
    await community.identities.opt_out_account(
        request.source, request.actor, request.actor_name, request.now_ms
    )
    await rescore(request)
    number = community.directory.account_number(request.source, request.actor)
    mine = () if number is None else community.identities.accounts(number)
    return Reply(
        title="You opted out",
        text=(
            f"From now on nothing that {own_account_names(community, mine)} "
            f"{'do' if len(mine) > 1 else 'does'} is recorded, and you are shown nowhere: not "
            "on the board, not in anybody's explanation, not to those who ask for you.\n\n"
            "What was recorded before stays in the file, because others' cred rests on it; "
            "your own share of the cred goes to the others until you are in again. "
            f"{request.command_line('me erase')} removes all that says it was you. "
            f"{_way_back(request)}"
        ),
        private=True,
    )


async def opt_in(request: Request) -> Reply:
    """Answer `me optin`."""
    await require_privacy(request, "me optin")
    community, directory = request.community, request.community.directory
    if await community.identities.lift_erasure(request.source, request.actor, request.now_ms):
        return Reply(
            title="Welcome back",
            text=(
                "You were erased, and that stays: nothing from before is yours again. What you "
                "do from now on is recorded, as that of somebody new."
            ),
            private=True,
        )
    number = directory.account_number(request.source, request.actor)
    if number is None or not people.is_opted_out(community, number):
        return Reply(
            title="You are in already",
            text=f"What you do here is recorded, and counts. {_privacy_line(request)}",
            private=True,
        )
    accounts = await community.identities.set_opted_out(number, None)
    await rescore(request)
    return Reply(
        title="Welcome back",
        text=(
            f"What {own_account_names(community, accounts)} "
            f"{'do' if len(accounts) > 1 else 'does'} from now on is recorded, and you are "
            "shown again, with what was recorded before you opted out. What happened in "
            "between was not recorded; history that is read again may tell some of it. "
            f"{_privacy_line(request)}"
        ),
        private=True,
    )


def _way_back(request: Request) -> str:
    return f"{request.command_line('me optin')} takes you in again at any time."


def _privacy_line(request: Request) -> str:
    return f"{request.command_line('privacy')} says what is kept."


OPT_OUT: Final = Command(
    group="me",
    name="optout",
    summary="No longer be recorded or shown.",
    details=(
        "With all accounts that are linked to yours. What was recorded before stays, without "
        "being shown, because others' cred rests on it; me erase removes who it was."
    ),
    handler=opt_out,
    examples=("me optout",),
    private=True,
)
OPT_IN: Final = Command(
    group="me",
    name="optin",
    summary="Be recorded and shown again, after me optout or me erase.",
    details=(
        "After me optout, everything is as before it. After me erase, you begin anew: what was "
        "erased stays so."
    ),
    handler=opt_in,
    examples=("me optin",),
    private=True,
)

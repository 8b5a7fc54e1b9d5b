"""`me confirm`: give the code that was shown on the other platform."""

from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.names import own_account_names
from bot.commands.kit.parameters import TEXT, Parameter
from bot.commands.kit.reply import Fact, Reply
from bot.commands.kit.request import Request
from bot.commands.me.linked_cred import cred_by_account, cred_now, rescore
from bot.commands.me.privacy import acting_account, require_privacy
from bot.commands.me.wording import EVERYWHERE, UNDOES
from bot.community.identities.codes import is_code


async def confirm(request: Request) -> Reply:
    """Answer `me confirm <code>`."""
    code = resolve.text(request, "code")
    await require_privacy(request, "me confirm", code)
    if not is_code(code):
        raise UserError(
            "Say which code: the one that I showed you on the other platform. "
            "It looks like K7QX-2MPD-9RTV.",
            title="Which code?",
            try_lines=("help me link",),
        )
    community, before = request.community, request.community.scoring.scores
    parties = await community.identities.codes.redeem(
        code, acting_account(request), request.now_ms
    )
    await rescore(request)
    joined = tuple(sorted({*parties.asker, *parties.giver}))
    return Reply(
        title="Linked",
        text=(
            f"{own_account_names(community, joined)} are one person's now: their cred is "
            f"counted together, {EVERYWHERE} {request.command_line('me unlink')} {UNDOES}"
        ),
        facts=(
            *(
                Fact(f"{fact.name} before", fact.value)
                for fact in cred_by_account(request, (parties.asker, parties.giver), before)
            ),
            *cred_now(request, joined),
        ),
        private=True,
    )


CONFIRM: Final = Command(
    group="me",
    name="confirm",
    summary="Give the code that you were shown on the other platform.",
    details=(
        "From then on the two accounts are one person's. me link with the code first shows "
        "what will happen. Never give a code that somebody else sent you."
    ),
    handler=confirm,
    parameters=(Parameter("code", TEXT, "The code.", "K7QX-2MPD-9RTV", required=True),),
    examples=("me confirm K7QX-2MPD-9RTV",),
    private=True,
)

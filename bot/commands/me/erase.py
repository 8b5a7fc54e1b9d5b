"""`me erase`: remove who one is, in two steps."""

from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.names import own_account_names
from bot.commands.kit.parameters import WORD, Parameter
from bot.commands.kit.reply import Button, Reply
from bot.commands.kit.request import Request
from bot.commands.me.privacy import require_privacy
from bot.community.identities.identities import ERASURE_MINUTES
from bot.services.people_requests import LEFT_TRACES

_CONFIRM: Final = "confirm"


async def erase(request: Request) -> Reply:
    """Answer `me erase [step]`."""
    await require_privacy(request, "me erase")
    community = request.community
    number = community.directory.account_number(request.source, request.actor)
    if number is None:
        raise UserError(
            "Nothing is kept about you here, so there is nothing to erase.", title="Nothing"
        )
    if resolve.text(request, "step").casefold() != _CONFIRM:
        return _ask(request, number)
    erasure = await community.identities.confirm_erasure(number, request.now_ms)
    community.on_news()
    return Reply(
        title="You are erased",
        text=(
            f"Nothing in my records says any more who {_these(len(erasure.accounts))} were. "
            "Others' cred is as it was. What you do from now on is not recorded either, unless "
            f"you say {request.command_line('me optin')}. What you posted is still on the "
            "platform: that is yours to delete there."
            f"{f' {LEFT_TRACES}' if erasure.leaves_traces else ''}"
        ),
        private=True,
    )


def _ask(request: Request, number: int) -> Reply:
    community = request.community
    mine = community.identities.accounts(number)
    community.identities.request_erasure(number, request.now_ms)
    line = f"me erase {_CONFIRM}"
    return Reply(
        title="Erase you?",
        text=(
            f"Of {own_account_names(community, mine)}, these go for good: ids and names, the "
            "ids of what you posted, links between your accounts, what you wrote about thanks, "
            "work and initiatives. Your cred becomes nobody's, and nobody can give it back.\n\n"
            "These stay, as numbers without names: that something was posted or reacted to, "
            "when and where, because others' cred rests on it; who has my file and sees the "
            "platform could compare the times. So that you are not written down anew, a keyed "
            "hash of each id is kept; it shows only to who has my file and guesses an id that "
            "this id was erased. Backups keep what they hold until they are deleted.\n\n"
            f"To do it: {request.command_line(line)}, within {ERASURE_MINUTES} minutes."
        ),
        buttons=(Button("Erase me", line),),
        private=True,
    )


def _these(count: int) -> str:
    return "you" if count == 1 else f"your {count} accounts"


ERASE: Final = Command(
    group="me",
    name="erase",
    summary="Remove everything that says who you are. Asks first.",
    details=(
        "With all accounts that are linked to yours. It says what goes and what stays, and "
        "waits for me erase confirm. To be left alone without that: me optout."
    ),
    handler=erase,
    parameters=(Parameter("step", WORD, "Say confirm to do it.", _CONFIRM),),
    examples=("me erase", "me erase confirm"),
    private=True,
)

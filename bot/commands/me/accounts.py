"""`me accounts`: one's accounts on all platforms, and one's cred."""

from typing import Final

from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.reply import Reply, Table
from bot.commands.kit.request import Request
from bot.commands.me.linked_cred import cred_facts
from bot.commands.me.privacy import require_privacy
from bot.commands.me.wording import UNDOES
from bot.community.communities import Community
from bot.services import people
from storage.people.linking import BY_CODE


async def show(request: Request) -> Reply:
    """Answer `me accounts`."""
    await require_privacy(request, "me accounts")
    community = request.community
    number = community.directory.account_number(request.source, request.actor)
    if number is None:
        raise UserError(
            f"I have not heard anything of you yet.{_way_to_link(request)}",
            title="No account yet",
        )
    mine = community.identities.accounts(number)
    opted_out = people.is_opted_out(community, number)
    if len(mine) > 1:
        text = (
            "All of these are you: their cred is one person's. "
            f"{request.command_line('me unlink')} with one of them {UNDOES}"
        )
    else:
        text = f"It is linked to no other.{_way_to_link(request)}"
    if opted_out:
        text += (
            " You opted out, with every account that is linked: nothing of yours is counted or "
            "shown, and nothing can be linked until you are in again."
        )
    scores = community.scoring.scores
    return Reply(
        title="Your accounts" if len(mine) > 1 else "Your account",
        text=text,
        facts=() if opted_out else cred_facts(community, [("Your cred", mine)], scores),
        tables=(
            Table(
                ("Platform", "Account", "Linked by"),
                tuple(
                    (
                        community.directory.account_source(account),
                        community.directory.account_name(account),
                        _linked_by(community, account),
                    )
                    for account in mine
                ),
            ),
        ),
        private=True,
    )


def other_platforms(request: Request) -> tuple[str, ...]:
    """Return the platforms of the community, but for the one that the asker uses."""
    platforms = request.community.identities.platforms
    return tuple(platform for platform in platforms if platform != request.source)


def _way_to_link(request: Request) -> str:
    """Return a sentence on how to link an account; "" where there is no other platform."""
    lines = [request.command_line("me link", other) for other in other_platforms(request)]
    return f" {' or '.join(lines)} links it to yours on another platform." if lines else ""


def _linked_by(community: Community, account: int) -> str:
    ways = community.identities.links(account)
    return (
        ", ".join(sorted({_way(way) for pair, way in ways.items() if account in pair})) or "–"
    )


def _way(way: str) -> str:
    """Return how a link came about, in words."""
    if way == BY_CODE:
        return "a code"
    return f"maintainers ({way})" if way.startswith("merge ") else f"an import ({way})"


ACCOUNTS: Final = Command(
    group="me",
    name="accounts",
    summary="Your accounts on all platforms, and your cred.",
    details="Only you see the answer. Which accounts are yours is shown by a code each.",
    handler=show,
    examples=("me accounts",),
    private=True,
)

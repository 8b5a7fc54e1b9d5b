"""`me visibility`: whether one is named in the weekly digest."""

from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import Choice, Parameter
from bot.commands.kit.reply import Button, Fact, Reply
from bot.commands.kit.request import Request
from bot.commands.me.privacy import require_privacy
from bot.services.digest import is_muted, is_wanted, set_muted

_CHOICES: Final = ("off", "on")


async def visibility(request: Request) -> Reply:
    """Answer `me visibility [digest]`."""
    await require_privacy(request, "me visibility")
    account = resolve.asker(request)
    wanted = resolve.text(request, "digest").casefold()
    if wanted and wanted not in _CHOICES:
        raise UserError(
            f"Named in the digest or not: “on” or “off”, not “{wanted}”.",
            title="On or off?",
            try_lines=tuple(f"me visibility digest {choice}" for choice in _CHOICES),
        )
    if wanted:
        await set_muted(
            request.community, account, muted=wanted == "off", now_ms=request.now_ms
        )
    muted = await is_muted(request.community, account)
    has_digest = is_wanted(request.community)
    return Reply(
        title="Where you are named",
        text="The weekly digest says who gained cred in a week, and who is new. "
        + ("" if has_digest else "This community has none now. ")
        + f"{request.command_line('me optout')} hides you everywhere.",
        facts=(
            Fact("Weekly digest", "you are never named" if muted else "you may be named"),
            Fact("Board, and answers to who asks", "you are named"),
        ),
        buttons=(
            Button("Name me", "me visibility digest on", enabled=muted),
            Button("Don't name me", "me visibility digest off", enabled=not muted),
        ),
        private=True,
    )


VISIBILITY: Final = Command(
    group="me",
    name="visibility",
    summary="Whether you are named in the weekly digest.",
    details=(
        "With all accounts that are linked to yours. You stay on the board, and whoever asks "
        "for you is told; me optout hides you everywhere."
    ),
    handler=visibility,
    parameters=(Parameter("digest", Choice("digest", _CHOICES), "On, or off.", "digest off"),),
    examples=("me visibility", "me visibility digest off"),
    private=True,
)

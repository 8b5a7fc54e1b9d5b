"""Keeps `me …` private.

Whoever gives a code becomes one person with whoever asked for it, so a code that was typed
where others could read it is made void.
"""

from bot.commands.kit.errors import UserError
from bot.commands.kit.request import SLASH, Request
from bot.community.identities.codes import is_code
from bot.community.identities.transactions import ActingAccount


async def require_privacy(request: Request, line: str, code: str = "") -> None:
    """Refuse a request that others can read, and make void a code that was typed in it.

    Parameters
    ----------
    request, line
        The request, and the line that calls its command, to say where it is answered.
    code
        The code that was typed; "" if none was.

    Raises
    ------
    UserError
        If the reply would not be the asker's alone.
    """
    if request.is_private:
        return
    was_shown = is_code(code)
    if was_shown:
        await request.community.identities.codes.revoke(code, request.now_ms)
    also_void = "They saw that code, too, so it is void now: ask for a new one. "
    raise UserError(
        "Your accounts are between you and me, and others read along here. "
        f"{also_void if was_shown else ''}"
        f"Use {SLASH}{line} here, whose answer only you see, or send me “{line}” in a private "
        "message.",
        title="Not in public",
    )


def acting_account(request: Request) -> ActingAccount:
    """Return the account that asks, as the platform vouches for it."""
    return ActingAccount(request.source, request.actor, request.actor_name)

"""How often one person may have everybody's cred computed anew."""

import asyncio
from typing import Final
from weakref import WeakKeyDictionary

from bot.commands.kit.errors import UserError
from bot.commands.kit.request import Request
from bot.runtime.cooldown import Cooldown, Verdict
from storage.file.database import Database

_BURST: Final = 10
_MS_PER_TOKEN: Final = 10_000
_COOLDOWNS: Final[WeakKeyDictionary[Database, Cooldown]] = WeakKeyDictionary()


def limit_computing(request: Request, times: int = 1) -> None:
    """Count computations for the asker: ten at once, then one every ten seconds.

    All accounts of a person count together.

    Raises
    ------
    UserError
        If that was too many.
    """
    community = request.community
    account = community.directory.account_number(request.source, request.actor)
    who = (
        f"{request.source}:{request.actor}"
        if account is None
        else str(community.identities.person(account))
    )
    cooldown = _COOLDOWNS.setdefault(community.database, Cooldown(_BURST, _MS_PER_TOKEN))
    # Not the time of the request, which stands still in the demo.
    now_ms = int(asyncio.get_running_loop().time() * 1000)
    verdicts = [cooldown.ask(who, now_ms) for _ in range(times)]
    if verdicts[-1] is not Verdict.ANSWER:
        raise UserError(
            "Each of these computes everybody's cred anew. Ask again in some seconds.",
            title="One moment",
        )

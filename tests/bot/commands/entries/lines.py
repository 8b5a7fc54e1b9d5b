"""Lines that tests of entries type, and what they see in replies."""

from dataclasses import replace

from bot.chat.line.parse import parse
from bot.commands.catalogue import build_registry
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.errors import attempt
from bot.commands.kit.reply import Reply
from bot.community.communities import Community
from bot.services.known_names import read_known_names
from tests.bot.commands.garden import (
    ADA,
    NOW_MS,
    request,
)

REGISTRY = build_registry()
QUIET = "900000000000006"
LOVELACES = ((71, "Grace Hopper"), (72, "Grace Hopper Jr"))
MESSAGE = "message:800000000000001"


async def say(
    community: Community, line: str, actor: str = ADA, place: str | None = None
) -> Reply:
    """Dispatch a line as somebody types it; what is seen is that place, or all if in none."""
    asked = replace(
        request(community, actor=actor),
        place=place,
        sees=lambda _, seen: place is None or seen == place,
    )
    names = await read_known_names(community, "discord", actor)
    invocation = attempt(
        lambda: parse(line, REGISTRY, "discord", NOW_MS, names),
        prefix=asked.prefix,
        activity="reading a line",
    )
    if isinstance(invocation, Reply):
        return invocation
    return await dispatch(invocation.command, replace(asked, arguments=invocation.arguments))


def cells(reply: Reply, table: int = 0) -> list[tuple[str, ...]]:
    return [tuple(str(cell) for cell in row) for row in reply.tables[table].rows]

"""Requests about accounts on two platforms."""

import re

from bot.commands.catalogue import build_registry
from bot.commands.kit.arguments import Argument
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.communities import Community
from tests.bot import forum
from tests.bot.commands.garden import ADA, NAMES, NOW_MS
from tests.bot.forum import ADA_L


async def ask(
    community: Community,
    line: str,
    *,
    source: str = "discord",
    actor: str = ADA,
    is_private: bool = True,
    is_overheard: bool = False,
    is_admin: bool = False,
    now_ms: int = NOW_MS,
    **arguments: Argument,
) -> Reply:
    command = build_registry().find(line)
    assert command is not None
    names = forum.NAMES if source == "forum" else NAMES
    return await dispatch(
        command,
        Request(
            community=community,
            source=source,
            actor=actor,
            actor_name=names.get(actor, "Somebody"),
            is_admin=is_admin,
            arguments=arguments,
            now_ms=now_ms,
            sees=lambda *_: True,
            is_private=is_private,
            is_overheard=is_overheard,
        ),
    )


async def code_for(community: Community, **more: Argument) -> str:
    reply = await ask(community, "me link", platform="forum", **more)  # type: ignore[arg-type]
    match = re.fullmatch(r"Your code: (\S+)", reply.title)
    assert match is not None, reply
    return match[1]


async def link(community: Community) -> Reply:
    code = await code_for(community)
    return await ask(community, "me confirm", source="forum", actor=ADA_L, code=code)


def facts(reply: Reply) -> dict[str, str]:
    return {fact.name: fact.value for fact in reply.facts}


async def shown_cred(community: Community, **who: str) -> str:
    return (await ask(community, "cred show", **who)).title  # type: ignore[arg-type]

"""Who may run which command: every command, by everybody, in every state of the community."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from bot.commands.catalogue import build_registry
from bot.commands.kit.command import Access
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.communities import Community
from tests.bot.commands.garden import (
    ADA,
    BEE,
    GRACE,
    NOW_MS,
    QUIET,
    communities,
    garden,
    request,
)

REGISTRY = build_registry()
KEEPER, CASHIER = "900000000000901", "900000000000902"
"""Ids of the roles of maintainers and of treasurers."""

CONTRIBUTORS: Final = {"weights propose", "weights second"}
MAINTAINERS: Final = {"weights veto", "weights set"}
ADMINS: Final = {
    "admin announce",
    "admin health",
    "admin identity approve",
    "admin identity list",
    "admin identity propose",
    "admin identity reject",
    "admin identity unmerge",
    "admin roles",
    "admin sources",
    "settings set",
    "settings show",
}
"""Everything else is for everybody. Written by hand, so that a slip in a `Command` is seen."""

ROLES: Final = {
    # who asks: the account, the roles it has, whether it manages the server
    "a stranger": ("77", frozenset[str](), False),
    "a member without cred": (QUIET, frozenset[str](), False),
    "a bot": (BEE, frozenset[str](), False),
    "a contributor": (ADA, frozenset[str](), False),
    "who opted out": (GRACE, frozenset[str](), False),
    "a maintainer": (QUIET, frozenset({KEEPER}), False),
    "a treasurer": (QUIET, frozenset({CASHIER, "1"}), False),
    "a server admin": (QUIET, frozenset[str](), True),
}
CHANGE_THE_ASKER: Final = {"me optout", "me optin", "me erase"}
"""These are for everybody; run without an argument, they would change who asks next."""
REFUSALS: Final = {
    "For contributors",
    "For maintainers",
    "For treasurers",
    "For server admins",
}


@pytest.fixture(params=[True, False], ids=["scored", "not scored"])
async def community(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        made = await garden(opened, scored=request.param)
        await made.settings.set(
            {"roles.maintainers": KEEPER, "roles.treasurers": CASHIER},
            author="operator",
            reason="",
            now_ms=NOW_MS,
        )
        await made.identities.opt_out_account("discord", GRACE, "Grace", NOW_MS)
        yield made


def may(line: str, who: str, *, is_scored: bool) -> bool:
    """Return what the tables above say."""
    if line in CONTRIBUTORS:
        return is_scored and who in {"a contributor", "a bot"}
    if line in MAINTAINERS:
        return who in {"a maintainer", "a server admin"}
    return line not in ADMINS or who == "a server admin"


def make_request(community: Community, who: str, *, is_private: bool) -> Request:
    actor, roles, is_admin = ROLES[who]
    return replace(
        request(community, actor=actor, is_admin=is_admin, is_private=is_private), roles=roles
    )


def is_refused(reply: Reply) -> bool:
    return reply.is_error and reply.title in REFUSALS


@pytest.mark.parametrize("who", ROLES)
async def test_a_command_is_answered_to_those_who_may_run_it_and_to_nobody_else(
    community: Community, who: str
) -> None:
    is_scored = community.scoring.scores is not None
    wrong = []
    for command, is_private in product(REGISTRY.commands, (True, False)):
        if command.line in CHANGE_THE_ASKER:
            continue
        reply = await dispatch(command, make_request(community, who, is_private=is_private))
        if is_refused(reply) == may(command.line, who, is_scored=is_scored):
            wrong.append((command.line, is_private, reply.title))

    assert wrong == []


def test_what_the_documents_say_of_who_may_is_what_the_commands_say() -> None:
    readme = Path(__file__).resolve().parents[3] / "bot" / "commands" / "README.md"
    rows = re.findall(
        r"^\| `([^`]+)` \| .* \| ([^|]+) \|$", readme.read_text("utf-8"), re.MULTILINE
    )
    said = {usage.split(" <")[0].split(" [")[0]: who.strip() for usage, who in rows}

    for command in REGISTRY.commands:
        who = said[command.line]
        if command.access is Access.EVERYONE:
            assert who not in {str(access) for access in Access} - {"everyone"}, command.line
        else:
            assert who == str(command.access), command.line


async def test_a_refusal_says_who_may_and_how_one_becomes_that(community: Community) -> None:
    proposing, vetoing = [
        await dispatch(command, make_request(community, "a stranger", is_private=False))
        for line in ("weights propose", "weights veto")
        if (command := REGISTRY.find(line)) is not None
    ]

    assert "me optin" in proposing.text
    assert "admin roles" in vetoing.text
    assert proposing.private
    assert vetoing.private

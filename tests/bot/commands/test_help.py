"""Help: one screen of a phone, then a group, then a command; only what the asker may run."""

import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bot.chat.console.panel import print_panel
from bot.chat.console.plain_text import plain_text
from bot.chat.discord.render import PHONE_CELLS, render
from bot.chat.text.widths import wrap
from bot.commands.catalogue import GROUPS, build_registry
from bot.commands.help import help_command
from bot.commands.kit.command import Access, Command
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.registry import Registry
from bot.commands.kit.reply import Reply
from bot.community.communities import Community
from tests.bot.commands.garden import GRACE, communities, garden, request, run

REGISTRY = build_registry()
PHONE_LINES = 18
OF_ROLES = {Access.ADMINS, Access.MAINTAINERS, Access.TREASURERS}
"""What is not for everybody with cred, as Ada of the garden."""


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


def phone_lines(reply: Reply) -> list[str]:
    """Return the lines of a reply on a phone: Discord's text, without its markup."""
    rendered = render(reply, guild_id=1)
    text = f"{rendered.title}\n{rendered.description}".replace("\\", "").replace("**", "")
    lines = [line for line in text.split("\n") if line]
    return [part for line in lines for part in wrap(line, PHONE_CELLS)]


def first_cells(reply: Reply) -> list[str]:
    return [str(row[0]) for table in reply.tables for row in table.rows]


@pytest.mark.parametrize("prefix", ["!", "/", "@credbot "])
@pytest.mark.parametrize("is_admin", [False, True])
async def test_help_fits_the_screen_of_a_phone(
    community: Community, *, prefix: str, is_admin: bool
) -> None:
    reply = await run(community, "help", prefix=prefix, is_admin=is_admin)

    assert len(phone_lines(reply)) <= PHONE_LINES
    assert len([line for line in plain_text(reply).splitlines() if line]) <= PHONE_LINES + 1
    assert max(map(len, plain_text(reply).splitlines())) <= PHONE_CELLS
    panel = io.StringIO()
    print_panel(reply, Console(file=panel, force_terminal=True, width=40))
    assert panel.getvalue().count("\n") <= PHONE_LINES + 4  # the frame, and blank lines


async def test_help_fits_it_still_with_three_more_large_groups(community: Community) -> None:
    more = [
        replace(command, group=group, name=f"do-{number}", is_group_default=False, aliases=())
        for group in ("weights", "proposals", "payouts")
        for number, command in enumerate(REGISTRY.commands[:12])
    ]
    plain = [replace(command, asked_most=(), nicknames=()) for command in more]
    about = dict.fromkeys(("weights", "proposals", "payouts"), "what is decided here")
    registry = Registry((*REGISTRY.commands, *plain), {**GROUPS, **about})

    reply = await dispatch(help_command(lambda: registry), request(community))

    assert len(phone_lines(reply)) <= PHONE_LINES
    assert {"weights", "proposals", "payouts"} <= set(first_cells(reply))


@pytest.mark.parametrize("is_admin", [False, True])
async def test_every_command_that_the_asker_may_run_is_within_two_steps(
    community: Community, *, is_admin: bool
) -> None:
    start = await run(community, "help", is_admin=is_admin)
    names = start.tables[1].rows
    pages = [
        await run(community, "help", command=str(name), is_admin=is_admin) for name, _ in names
    ]
    reached = str([start, *pages])

    for command in REGISTRY.commands:
        is_allowed = is_admin or command.access not in OF_ROLES
        line = command.group if command.is_group_default else command.line
        assert (f"!{line}" in reached) == is_allowed


@pytest.mark.parametrize("command", REGISTRY.commands, ids=lambda command: command.line)
async def test_help_shows_a_command_with_its_examples_to_whoever_may_run_it(
    community: Community, command: Command
) -> None:
    for_admins = await run(community, "help", command=command.line, is_admin=True)
    for_members = await run(community, "help", command=command.line)

    assert command.examples
    assert all(f"!{example}" in for_admins.after for example in command.examples)
    assert for_members.is_error == (command.access in OF_ROLES)
    if for_members.is_error:
        assert command.summary not in str(for_members)


def test_every_group_has_a_few_words_on_it() -> None:
    assert {command.group.split()[0] for command in REGISTRY.commands if command.group} == {
        *GROUPS
    }


async def test_help_of_a_group_lists_what_is_in_it(community: Community) -> None:
    group = await run(community, "help", command="!initiative")
    inner_group = await run(community, "help", command="Admin  Identity", is_admin=True)
    member = await run(community, "help", command="admin identity")

    assert first_cells(group) == [
        "!initiative [page]",
        "!initiative show <number>",
        "!initiative open <title> [date]",
        "!initiative add <number> <thing> [how]",
        "!initiative champion <number> [who]",
        "!initiative remove <number> [thing] [who]",
        "!initiative complete <number>",
    ]
    assert {cell[:16] for cell in first_cells(inner_group)} == {"!admin identity "}
    assert member.title == "No such command"


async def test_help_by_slash_shows_only_what_can_be_picked(community: Community) -> None:
    start = await run(community, "help", prefix="/")
    topic = await run(community, "help", prefix="/", command="cred")
    show = str(await run(community, "cred", prefix="/", actor=GRACE))

    assert "@ada" not in str(start)
    named = re.findall(r"/cred ([\w-]+)", str(topic))
    assert set(named) == {
        command.name for command in REGISTRY.commands if command.group == "cred"
    }
    assert "For example" not in str(topic)
    assert "/cred explain · /cred history · /cred board" in show


@pytest.mark.parametrize(
    ("topic", "title"),
    [
        ("board", "!cred board [page] [period]"),
        ("rank", "!cred show [person] [period]"),
        ("thanks!", "!thanks [who] [message] [reason]"),
        ("!contrib reject", "!contrib reject <number> <reason>"),
        ("@credbot cred history", "@credbot cred history [person] [weeks]"),
    ],
)
async def test_a_command_is_found_by_any_of_its_names(
    community: Community, topic: str, title: str
) -> None:
    prefix = "@credbot " if topic.startswith("@") else "!"

    assert (await run(community, "help", command=topic, prefix=prefix)).title == title


async def test_help_suggests_the_nearest_command_that_the_asker_may_run(
    community: Community,
) -> None:
    bord = await run(community, "help", command="bord")
    member, admin = [
        await run(community, "help", command="helth", is_admin=is_admin)
        for is_admin in (False, True)
    ]

    assert "help cred board" in bord.text
    assert "admin" not in member.text
    group = await run(community, "help", command="admin")
    assert group.text.endswith("This shows what there is:\n\n!help")
    assert "help admin health" in admin.text


# What is needed, and what may be left out -----------------------------------------------------

EITHER = {"thanks", "initiative remove"}
"""These need one of several things, so that each of them may be left out."""


@pytest.mark.parametrize("command", REGISTRY.commands, ids=lambda command: command.line)
async def test_what_help_marks_as_needed_is_asked_for_and_nothing_else_is(
    community: Community, command: Command
) -> None:
    needed = any(parameter.required for parameter in command.parameters)

    reply = await run(community, command.line, is_admin=True, is_private=True)

    if command.line not in EITHER and command.line != "me unlink":  # nothing to un-link
        assert reply.is_error == needed, reply.title


@pytest.mark.parametrize("command", REGISTRY.commands, ids=lambda command: command.line)
def test_what_is_needed_stands_before_what_may_be_left_out(command: Command) -> None:
    needed = [parameter.required for parameter in command.parameters]

    assert needed == sorted(needed, reverse=True)

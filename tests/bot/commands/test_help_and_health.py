"""Help lists what there is; health says what is; documents list every command."""

import re
from collections.abc import AsyncIterator
from itertools import takewhile
from pathlib import Path

import pytest

from bot.commands import catalogue
from bot.commands.kit.command import Access, Command
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Fact
from bot.community.communities import Community
from storage.log.batch import Batch, Gap
from tests.bot.commands.garden import GENERAL, GRACE, NOW_MS, communities, garden, request, run

REGISTRY = catalogue.build_registry()


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


async def test_help_lists_every_command_that_the_asker_may_run(community: Community) -> None:
    for_members = str(await run(community, "help"))
    for_admins = str(await run(community, "help", is_admin=True))

    for command in REGISTRY.commands:
        assert command.summary in for_admins
    assert "admin health" not in for_members


@pytest.mark.parametrize("command", REGISTRY.commands, ids=lambda command: command.line)
async def test_help_shows_a_command_with_its_examples(
    community: Community, command: Command
) -> None:
    reply = await run(community, "help", command=command.line)

    assert all(f"!{example}" in reply.after for example in command.examples)


async def test_help_of_a_group_lists_what_is_in_it(community: Community) -> None:
    group = await run(community, "help", command="!initiative")
    inner_group = await run(community, "help", command="Admin  Identity", is_admin=True)
    member = await run(community, "help", command="admin identity")

    assert [str(row[0]).split(" [")[0] for table in group.tables for row in table.rows] == [
        "!initiative",
        *(
            f"!initiative {name}"
            for name in ["show", "open", "add", "champion", "remove", "complete"]
        ),
    ]
    assert {str(row[0])[:16] for table in inner_group.tables for row in table.rows} == {
        "!admin identity "
    }
    assert member.title == "No such command"


async def test_help_by_slash_shows_only_what_can_be_picked(community: Community) -> None:
    everything_there_is = str(await run(community, "help", prefix="/"))
    topic = str(await run(community, "help", prefix="/", command="cred"))
    show = str(await run(community, "cred", prefix="/", actor=GRACE))

    assert "/cred show [person] [period]" in everything_there_is
    named = re.findall(r"/cred (\w+)", everything_there_is)
    assert set(named) == {
        command.name
        for command in catalogue.build_registry().commands
        if command.group == "cred"
    }
    assert "For example" not in topic
    assert "/cred explain · /cred history · /cred board" in show


async def test_help_suggests_the_nearest_command(community: Community) -> None:
    reply = await run(community, "help", command="bord")

    assert "help cred board" in reply.text


async def test_health_is_for_admins(community: Community) -> None:
    reply = await run(community, "admin health")

    assert reply.title == "For server admins"
    assert reply.private


async def test_health_says_what_is(community: Community) -> None:
    position, head = await community.log.head()
    registry = catalogue.build_registry(lambda _: (Fact("Discord", "connected"),))
    command = registry.find("admin health")
    assert command is not None

    reply = await dispatch(command, request(community, is_admin=True))

    facts = {fact.name: fact.value for fact in reply.facts}
    assert facts["Log head"] == f"#{position} {head[:12]}"
    assert facts["Not scored yet"] == "0 events"
    assert facts["Discord"] == "connected"
    assert facts["Recompute"].startswith("just now, took ")
    assert reply.text == "All well."


async def test_health_tells_of_gaps_and_of_what_is_pending(community: Community) -> None:
    gap = Gap("discord", GENERAL, NOW_MS - 1000, NOW_MS, "no permission to read it")
    await community.log.append(Batch(gaps=(gap,)))

    reply = await run(community, "admin health", is_admin=True, is_private=True)

    assert reply.text == "Look at this: 1 gap in what could be read."
    assert reply.tables[0].rows[0] == ("#general", "20 Nov", "no permission to read it")
    assert reply.after == (community.database.advice or "")


async def test_health_names_no_channel_where_everybody_reads_along(
    community: Community,
) -> None:
    hidden = Gap("discord", GENERAL, NOW_MS - 1000, None, "no permission to read it")
    offline = Gap("discord", None, NOW_MS - 1000, NOW_MS, "offline")
    await community.log.append(Batch(gaps=(hidden, offline)))

    reply = await run(community, "admin health", is_admin=True)

    assert reply.text == "Look at this: 2 gaps in what could be read."
    assert [row[0] for row in reply.tables[0].rows] == ["discord"]
    assert "general" not in str(reply)
    assert GENERAL not in str(reply)
    assert reply.after.startswith(
        "1 gap in channels that may be hidden: /admin health, which only you see, names them."
    )


def test_every_command_is_a_row_of_one_unbroken_table_in_the_readme() -> None:
    readme = Path(catalogue.__file__).with_name("README.md").read_text(encoding="utf-8")
    _, table = readme.split("|---|---|---|\n")
    rows = list(takewhile(lambda line: line.startswith("| `"), table.splitlines()))

    usages = [row.split("`")[1] for row in rows]

    assert usages == [command.usage for command in REGISTRY.commands]
    for command, row in zip(REGISTRY.commands, rows, strict=True):
        is_for_admins = row.endswith(f"| {Access.ADMINS} |")
        assert is_for_admins == (command.access is Access.ADMINS)


def test_every_handler_says_which_usage_it_answers() -> None:
    sources = Path(catalogue.__file__).parent.rglob("*.py")
    usages = [
        usage
        for source in sources
        for usage in re.findall(r'"""Answer `([^`]+)`', source.read_text(encoding="utf-8"))
    ]

    assert sorted(usages) == sorted(command.usage for command in REGISTRY.commands)


def test_nothing_is_longer_than_slash_commands_allow() -> None:
    for command in REGISTRY.commands:
        assert len(command.name) <= 32
        assert 1 <= len(command.summary) <= 100
        assert all(1 <= len(parameter.help) <= 100 for parameter in command.parameters)

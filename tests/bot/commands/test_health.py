"""Health says what is; documents list every command."""

import re
from collections.abc import AsyncIterator
from itertools import takewhile
from pathlib import Path

import pytest

from bot.commands import catalogue
from bot.commands.admin.sources import SourceState
from bot.commands.kit.command import Access
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Fact
from bot.community.communities import Community
from bot.community.gap_reasons import NO_PERMISSION
from bot.community.history_progress import Progress
from bot.community.problem import Problem
from bot.community.scoring.scoring import Health
from cred.epochs import DAY_MS
from storage.log.batch import Batch, Gap
from tests.bot.commands.garden import GENERAL, NOW_MS, communities, garden, request, run

REGISTRY = catalogue.build_registry()


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


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


async def test_health_tells_first_what_cannot_be_read_and_what_to_do(
    community: Community,
) -> None:
    gap = Gap("discord", GENERAL, NOW_MS - 1000, None, NO_PERMISSION)
    await community.log.append(Batch(gaps=(gap,)))

    reply = await run(community, "admin health", is_admin=True, is_private=True)

    assert reply.text.startswith(
        f"Look at this:\n– #general: {NO_PERMISSION}, since 20 Nov: allow the bot View Channel "
        "and Read Message History there"
    )


async def test_health_lists_eight_places_and_counts_the_others(community: Community) -> None:
    gaps = [Gap("discord", str(n), NOW_MS - 1000, None, NO_PERMISSION) for n in range(20)]
    await community.log.append(Batch(gaps=tuple(gaps)))

    reply = await run(community, "admin health", is_admin=True, is_private=True)

    lines = reply.text.splitlines()
    assert len(lines) == 10
    assert lines[-1].startswith("– 12 more places cannot be read")


async def test_health_sums_up_reconnects(community: Community) -> None:
    gaps = [
        Gap("discord", None, NOW_MS - n * DAY_MS - 24_000, NOW_MS - n * DAY_MS, "offline")
        for n in range(10)
    ]
    await community.log.append(Batch(gaps=tuple(gaps)))

    reply = await run(community, "admin health", is_admin=True)

    assert reply.text == "Nothing has to be done."
    assert reply.facts[0] == Fact(
        "Reconnects (discord)", "10, 4 min in all, last today; unknown: offline"
    )
    assert sum("Reconnects" in fact.name for fact in reply.facts) == 1


async def test_health_tells_what_is_wrong_with_sources_and_scores(
    community: Community,
) -> None:
    problem = Problem("the intent Server Members is off", "switch it on")
    state = SourceState("discord", "Garden", "listening", (problem,))
    command = catalogue.build_registry(states=lambda _: (state,)).find("admin health")
    assert command is not None
    community.scoring.health = Health(NOW_MS, 0.1, "the weights are odd.")

    reply = await dispatch(command, request(community, is_admin=True))

    first, second = reply.text.splitlines()[1:]
    assert first.startswith("– the last recompute failed: the weights are odd: ")
    assert second == "– discord Garden: the intent Server Members is off: switch it on."


async def test_health_says_nothing_of_the_version_of_sqlite(community: Community) -> None:
    reply = await run(community, "admin health", is_admin=True)

    assert "SQLite" not in str(reply)


async def test_all_is_not_well_while_history_is_read(community: Community) -> None:
    community.history.note("discord", Progress(GENERAL, "general", 66, 100))

    reply = await run(community, "admin health", is_admin=True)

    assert reply.text == (
        "Nothing has to be done.\nHistory is still being read (two thirds of #general read so "
        "far), so these figures will change."
    )


async def test_health_names_no_channel_where_everybody_reads_along(
    community: Community,
) -> None:
    hidden = Gap("discord", GENERAL, NOW_MS - 1000, None, "no permission to read it")
    offline = Gap("discord", None, NOW_MS - 1000, NOW_MS, "offline")
    await community.log.append(Batch(gaps=(hidden, offline)))

    reply = await run(community, "admin health", is_admin=True)

    assert reply.text == (
        "Look at this:\n– 1 place cannot be read: /admin health, which only you see, names "
        "what may be hidden."
    )
    assert "general" not in str(reply)
    assert GENERAL not in str(reply)


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

"""`cred board` and `cred history`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.line.parse import parse
from bot.commands.catalogue import build_registry
from bot.commands.kit.charts import WeekChart
from bot.community.communities import Communities, Community
from cred.periods import parse_period
from tests.bot.commands.cred.replies import fact, latest_scores, mention, number
from tests.bot.commands.garden import (
    GRACE,
    communities,
    garden,
    run,
)


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Communities]:
    async with communities(tmp_path) as opened:
        yield opened


@pytest.fixture
async def community(opened: Communities) -> Community:
    return await garden(opened)


async def test_the_board_is_in_order_and_its_shares_are_of_everybodys_cred(
    community: Community,
) -> None:
    scores = latest_scores(community)
    total = scores.snapshot.cred.sum()

    reply = await run(community, "cred board")

    (table,) = reply.tables
    cred = [number(str(row[2])) for row in table.rows]
    assert cred == sorted(cred, reverse=True)
    assert [row[0] for row in table.rows] == ["1", "2", "3", "4", "5"]
    assert f"{total:.1f} cred in all" in reply.text
    assert "people who opted out or were erased, 1 account with" in reply.after
    assert reply.buttons == ()


async def test_the_board_has_pages_and_says_where_the_asker_stands_on_each(
    opened: Communities,
) -> None:
    community = await garden(opened, fill=20)

    first = await run(community, "cred board", period=parse_period("8 weeks"))
    last = await run(community, "cred board", page=99, period=parse_period("8 weeks"))

    assert [button.line for button in first.buttons] == [
        "cred board 1 8 weeks",
        "cred board 1 8 weeks",
        "cred board 2 8 weeks",
    ]
    assert [button.enabled for button in first.buttons] == [False, False, True]
    assert [button.label for button in last.buttons][1] == "3 / 3"
    for button in (*first.buttons, *last.buttons):
        parse(button.line, build_registry(), "discord")
    assert len(last.tables[0].rows) == 5
    assert "You: #1 with" in last.after


async def test_history_shows_each_week_in_numbers_and_as_a_chart(
    community: Community,
) -> None:
    scores = latest_scores(community)
    index = scores.index_of(str(community.directory.account_number("discord", GRACE)))
    assert index is not None

    reply = await run(community, "cred history", person=mention(GRACE), weeks=4)

    assert isinstance(reply.chart, WeekChart)
    assert reply.chart.values == pytest.approx(scores.snapshot.cred[index, -4:].tolist())
    assert reply.chart.running
    for button in reply.buttons:
        parse(button.line, build_registry(), "discord")
    assert [row[0] for row in reply.tables[0].rows] == [
        "15 Nov 2026 *",
        "8 Nov 2026",
        "1 Nov 2026",
        "25 Oct 2026",
    ]
    assert all(f"{value:.1f}" in reply.chart.alt for value in reply.chart.values)


async def test_of_the_running_week_alone_there_is_no_average(community: Community) -> None:
    reply = await run(community, "cred history", weeks=1)

    assert reply.title == "Ada: this week"
    assert fact(reply, "A week on average") == "–"

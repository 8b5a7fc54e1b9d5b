"""Replies are of one moment, and the cred of nothing that mints is 0."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.commands.kit.charts import WeekChart
from bot.community.communities import Community
from tests.bot.commands.garden import NOW_MS, communities, garden, run


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


async def weigh(community: Community, weight: float, now_ms: int = NOW_MS) -> None:
    await community.settings.set(
        {"weights.emoji.👍": weight}, author="ada", reason="a test", now_ms=now_ms
    )
    await community.scoring.recompute(now_ms)


async def test_the_parts_sum_to_the_headline_though_a_recompute_comes_between(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await run(community, "cred show")
    to_thread = asyncio.to_thread

    async def after_a_recompute(work: Callable[[], object], *arguments: object) -> object:
        monkeypatch.setattr(asyncio, "to_thread", to_thread)
        await weigh(community, 7)
        return await to_thread(work, *arguments)

    monkeypatch.setattr(asyncio, "to_thread", after_a_recompute)
    reply = await run(community, "cred show")
    after = await run(community, "cred show")

    assert reply.title == before.title != after.title
    assert reply.as_of == before.as_of
    assert reply.tables == before.tables != after.tables


async def test_when_nothing_mints_any_more_nobody_has_cred(community: Community) -> None:
    await weigh(community, 0)

    show = await run(community, "cred show")
    board = await run(community, "cred board")
    explain = await run(community, "cred explain")
    history = await run(community, "cred history")
    health = await run(community, "admin health", is_admin=True)

    assert show.title == "Ada: 0 cred"
    assert board.text == "Nobody has cred in all time."
    assert explain.text == "Nobody has cred now: nothing that counts mints any more."
    assert isinstance(history.chart, WeekChart)
    assert set(history.chart.values) == {0.0}
    assert "nothing mints cred" in health.text


async def test_it_stays_so_after_a_restart_and_is_not_computed_over_and_over(
    community: Community,
) -> None:
    await weigh(community, 0)
    await community.scoring.load()

    assert not await community.scoring.recompute_if_due(NOW_MS)
    assert (await run(community, "cred show")).title == "Ada: 0 cred"


async def test_cred_comes_back_with_the_weights(community: Community) -> None:
    before = await run(community, "cred board")
    await weigh(community, 0)
    await weigh(community, 1)

    assert (await run(community, "cred board")).tables == before.tables

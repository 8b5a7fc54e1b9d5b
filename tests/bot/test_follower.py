"""The follower: each community's news is followed, one round at a time, none forgotten."""

import asyncio

import pytest

from bot.follower import Follower


async def test_news_that_comes_meanwhile_is_followed_next_and_once() -> None:
    rounds: list[str] = []
    go_on = asyncio.Event()

    async def follow(slug: str) -> None:
        rounds.append(slug)
        await go_on.wait()

    async with Follower(follow) as follower:
        follower.nudge("a")
        await asyncio.sleep(0)
        for _ in range(5):
            follower.nudge("a")
        go_on.set()
        await follower.settled()

    assert rounds == ["a", "a"]


async def test_communities_do_not_wait_for_each_other() -> None:
    go_on = asyncio.Event()
    done: list[str] = []

    async def follow(slug: str) -> None:
        if slug == "slow":
            await go_on.wait()
        done.append(slug)

    async with Follower(follow) as follower:
        follower.nudge("slow")
        follower.nudge("fast")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        first = list(done)
        go_on.set()
        await follower.settled()

    assert (first, done) == (["fast"], ["fast", "slow"])


async def test_stopping_waits_for_nobody() -> None:
    async def follow(slug: str) -> None:
        del slug
        await asyncio.Event().wait()

    async with asyncio.timeout(20), Follower(follow) as follower:
        follower.nudge("a")
        await asyncio.sleep(0)


async def test_a_community_is_followed_again_after_a_round_that_failed() -> None:
    rounds: list[str] = []

    async def follow(slug: str) -> None:
        rounds.append(slug)
        if len(rounds) == 1:
            raise RuntimeError("the edge of a task should have caught this")

    async with Follower(follow) as follower:
        follower.nudge("a")
        with pytest.raises(RuntimeError):
            await follower.settled()
        follower.nudge("a")
        await follower.settled()

    assert rounds == ["a", "a"]


async def test_news_that_comes_after_the_stop_is_not_followed() -> None:
    rounds: list[str] = []

    async def follow(slug: str) -> None:
        rounds.append(slug)

    async with Follower(follow) as follower:
        pass
    follower.nudge("a")
    await follower.settled()

    assert rounds == []

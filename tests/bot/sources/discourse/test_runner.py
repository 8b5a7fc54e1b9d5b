"""A runner runs by itself, reports its state, and survives every trouble."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.sources.discourse.connection import OFFLINE, ForumMismatchError, Schedule
from bot.sources.discourse.runner import DiscourseRunner
from tests.bot.sources.discourse.harness import ForumHarness, connect_forum, runner_of, running
from tests.discourse_server import DiscourseServer
from tests.discourse_server.clock import Clock


class Alarm:
    """A sleep that ends when a test says so, for waits that are at least so long."""

    def __init__(self, clock: Clock, longest_at_once: float) -> None:
        self._clock = clock
        self._longest = longest_at_once
        self._asleep: asyncio.Queue[tuple[float, asyncio.Event]] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        if seconds < self._longest:
            await self._clock.sleep(seconds)
            return
        waking = asyncio.Event()
        self._asleep.put_nowait((seconds, waking))
        await waking.wait()

    async def asleep(self) -> float:
        """Wait until the runner sleeps; return for how long, and wake it."""
        async with asyncio.timeout(10):
            seconds, waking = await self._asleep.get()
        self._clock.advance(seconds)
        waking.set()
        return seconds


@contextlib.asynccontextmanager
async def by_itself(
    server: DiscourseServer, folder: Path
) -> AsyncIterator[tuple[ForumHarness, DiscourseRunner, Alarm]]:
    """Run a runner, with a `ForumHarness` to look with and control of waits of 30 s or more."""
    alarm = Alarm(server.clock, 30)
    async with connect_forum(server, folder) as harness:
        runner = runner_of(server)
        runner.environment = replace(runner.environment, sleep=alarm.sleep)
        async with running(runner, harness.inlet):
            yield harness, runner, alarm


async def test_it_reads_at_once_and_then_every_few_minutes(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topic = forum.topic(ada)
    async with by_itself(discourse, tmp_path) as (harness, runner, alarm):
        assert await runner.wait_until_settled()
        assert len((await harness.read_state()).posts) == 2
        assert runner.state == "listening, last read just now"

        forum.post(topic, ada)
        assert await alarm.asleep() == Schedule().poll_seconds
        await alarm.asleep()

        assert len((await harness.read_state()).posts) == 3


async def test_it_sweeps_once_a_day(discourse: DiscourseServer, tmp_path: Path) -> None:
    forum = discourse.forum
    bob = forum.user("bob")
    topics = [forum.topic(bob) for _ in range(2)]
    opening = forum.posts[topics[0].posts[0]]
    async with by_itself(discourse, tmp_path) as (harness, runner, alarm):
        await runner.wait_until_settled()
        forum.like(opening, bob)
        forum.delete_topic(topics[1])  # no webhook is delivered, and no poll tells
        await alarm.asleep()
        await alarm.asleep()
        assert len((await harness.read_state()).posts) == 4

        discourse.clock.advance(days=1)
        await alarm.asleep()
        await alarm.asleep()
        state = await harness.read_state()
        assert len(state.posts) == 2
        assert len(state.likes) == 1


async def test_a_webhook_is_looked_after_before_the_next_poll(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    async with connect_forum(discourse, tmp_path) as harness:
        runner = harness.runner
        never = asyncio.Event()

        async def sleep(_seconds: float) -> None:
            await never.wait()

        runner.environment = replace(runner.environment, sleep=sleep)
        async with running(runner, harness.inlet):
            await runner.wait_until_settled()
            forum.topic(forum.user("ada"))
            await discourse.hooks.deliver(harness.session, harness.hook_url)
            async with asyncio.timeout(10):
                await runner.wait_until_settled()
            assert len((await harness.read_state()).posts) == 2
            assert runner.state == "listening, last heard just now"
            discourse.clock.advance(150)
            assert runner.state == "listening, last heard 3 min ago"

            forged = discourse.hooks.make("topic", "x", b'{"topic": {"id": 1}}')
            forged = replace(forged, secret="of somebody else")  # noqa: S106
            assert await harness.send(forged) == 403
            assert runner.state.endswith("; webhooks refused: 1")


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (502, "the forum answers 502; trying again in 30 s"),
        (520, "the forum answers 520; trying again in 30 s"),
        (403, "the forum refuses /site.json (403): check its API key; trying again in 30 s"),
        (404, "the forum has no /site.json (404); trying again in 30 s"),
        (418, "the forum answers /site.json with 418; trying again in 30 s"),
    ],
)
async def test_a_forum_in_trouble_is_asked_again_later_and_told_of(
    discourse: DiscourseServer, tmp_path: Path, status: int, says: str
) -> None:
    forum = discourse.forum
    forum.topic(forum.user("ada"))
    trouble = discourse.troubles.fail(status)
    async with by_itself(discourse, tmp_path) as (harness, runner, alarm):
        assert not await runner.wait_until_settled()
        assert runner.state == says
        assert await alarm.asleep() == 30
        assert await alarm.asleep() == 60
        assert runner.state.endswith("in 1 min"), "it waits longer each time"

        discourse.troubles.end(trouble)
        assert await alarm.asleep() == Schedule().poll_seconds
        assert runner.state.startswith("listening")
        assert len((await harness.read_state()).posts) == 2


@pytest.mark.parametrize(
    ("asked", "waited"), [("10", 30), ("900", 900), ("99999999999", 86_400)]
)
async def test_a_forum_that_asks_for_a_long_pause_is_left_alone_for_so_long(
    discourse: DiscourseServer, tmp_path: Path, asked: str, waited: int
) -> None:
    discourse.troubles.rate_limit(asked, times=4)
    async with by_itself(discourse, tmp_path) as (_, runner, alarm):
        await runner.wait_until_settled()

        assert await alarm.asleep() == waited, "a day at most: more is a mistake"


async def test_a_changed_schema_is_told_of_and_survived(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    forum.topic(forum.user("ada"))
    trouble = discourse.troubles.alter(lambda body: body.pop("topic_list"), "/latest.json")
    async with by_itself(discourse, tmp_path) as (harness, runner, alarm):
        await runner.wait_until_settled()
        assert runner.state == "the forum's answer has no topics; trying again in 30 s"

        discourse.troubles.end(trouble)
        await alarm.asleep()
        await alarm.asleep()
        assert len((await harness.read_state()).posts) == 2


async def test_while_no_topic_can_be_read_it_does_not_say_that_it_listens(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topics = [forum.topic(ada) for _ in range(4)]
    odd = discourse.troubles.alter(lambda body: body.pop("created_at", None), "/t/*.json")
    async with by_itself(discourse, tmp_path) as (_, runner, alarm):
        await runner.wait_until_settled()
        says = "none of the last 4 topics can be read: topic "
        assert runner.state.startswith(says)
        await alarm.asleep()
        assert runner.state.startswith(says)
        assert [problem.words[: len(says)] for problem in runner.states()[0].problems] == [says]

        discourse.troubles.end(odd)
        forum.post(topics[0], ada)
        await alarm.asleep()
        await alarm.asleep()
        assert runner.state.startswith("listening")


async def test_while_it_tries_again_what_failed_it_does_not_say_that_it_listens(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    forum.topic(forum.user("ada"))
    states = []
    async with by_itself(discourse, tmp_path) as (_, runner, alarm):
        await runner.wait_until_settled()
        discourse.troubles.alter(lambda _body: states.append(runner.state), "/site.json")
        await alarm.asleep()
        discourse.troubles.fail(404, "/latest.json", times=3)
        for _ in range(3):
            await alarm.asleep()

    assert states[0].startswith("listening")
    assert states[-2:] == [
        f"the forum has no /latest.json (404); trying again in {pause}"
        for pause in ("30 s", "1 min")
    ]


async def test_webhooks_of_a_forum_that_does_not_answer_wait(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    async with by_itself(discourse, tmp_path) as (harness, runner, alarm):
        await runner.wait_until_settled()
        topic = forum.topic(forum.user("ada"))
        discourse.troubles.fail(503, f"/t/{topic.id}.json", times=8)
        url = harness.hook_url
        # The runner that runs shares the queue of the one that is served.
        runner.hints = harness.runner.hints
        await discourse.hooks.deliver(harness.session, url)
        await alarm.asleep()
        assert await alarm.asleep() == 30
        assert await alarm.asleep() == 60

        await alarm.asleep()
        assert len((await harness.read_state()).posts) == 2
        assert not runner.hints


async def test_time_without_listening_is_reported(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.poll()
    discourse.clock.advance(60)
    async with connect_forum(discourse, tmp_path) as harness:
        assert await harness.gaps() == []
        await harness.poll()
    discourse.clock.advance(days=2)
    async with connect_forum(discourse, tmp_path) as harness:
        assert await harness.gaps() == [
            (None, "likes given and taken back again while nothing listened")
        ]


async def test_two_forums_are_never_mixed_in_one_community(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    async with connect_forum(discourse, tmp_path):
        pass
    discourse.url = discourse.url.replace("127.0.0.1", "localhost")

    with pytest.raises(ForumMismatchError, match=r"made at 127\.0\.0\.1:.* needs a community"):
        async with connect_forum(discourse, tmp_path):
            pass


async def test_a_forum_that_was_long_away_leaves_one_gap_and_a_short_while_none(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    discourse.forum.topic(discourse.forum.user("ada"))
    async with by_itself(discourse, tmp_path) as (harness, runner, alarm):
        await runner.wait_until_settled()
        await alarm.asleep()
        gaps, begun_ms = [], 0
        for hours in (0, 5):
            trouble = discourse.troubles.fail(502)
            await alarm.asleep()
            discourse.clock.advance(hours=hours)
            discourse.troubles.end(trouble)
            begun_ms = discourse.clock.now_ms()
            await alarm.asleep()
            await alarm.asleep()
            gaps.append(
                [recorded_gap.gap for recorded_gap in await harness.community.gaps.list()]
            )

    assert gaps[0] == []
    [gap] = gaps[1]
    assert gap.reason == OFFLINE
    assert gap.to_ms is not None
    assert gap.from_ms < begun_ms <= gap.to_ms
    assert gap.to_ms - gap.from_ms >= 5 * 3_600_000


async def test_without_a_secret_no_webhook_is_listened_for(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    runner = runner_of(discourse)
    runner = DiscourseRunner(
        replace(runner.settings, webhook_secret=None), environment=runner.environment
    )
    assert runner.routes() == ()

    async with connect_forum(discourse, tmp_path) as harness, running(runner, harness.inlet):
        await runner.wait_until_settled()
        assert runner.state == "reading every few minutes, last read just now"


async def test_it_tells_how_far_reading_has_come(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topics = [forum.topic(ada) for _ in range(3)]
    discourse.troubles.fail(500, f"/t/{topics[1].id}.json", times=1)
    states = []
    async with connect_forum(discourse, tmp_path) as harness:
        runner = harness.runner
        clock = discourse.clock

        async def sleep(seconds: float) -> None:
            states.append((runner.state, runner._activity))  # noqa: SLF001
            await clock.sleep(seconds)

        runner.environment = replace(runner.environment, sleep=sleep)
        async with runner.connect(harness.inlet) as connection:
            await runner.sweep(connection)

    assert states == [
        ("the forum answers 500; trying again in 2 s", "reading: 1 of 3 topics"),
    ]


def test_each_of_several_forums_has_a_route_of_its_own(discourse: DiscourseServer) -> None:
    alone = runner_of(discourse)
    several = DiscourseRunner(alone.settings, is_only_forum=False)

    assert [route.path for route in alone.routes()] == ["/hooks/discourse"]
    assert [route.path for route in several.routes()] == [f"/hooks/discourse/{alone.name}"]

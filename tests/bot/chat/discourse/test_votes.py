"""Proposals, votes and announcements on a forum, over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from bot.app.announcer import Announcer
from bot.app.forum_chat import DiscourseForum
from bot.chat.discourse.noticeboard import DiscourseNoticeboard
from bot.runtime.pace import Pace
from bot.services.weights.proposals import read_proposals
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.transport import ForumAccess, ForumTransport
from cred.governance.tally import VoteChoice
from storage.announcements import Announcements
from tests.bot.chat.discourse.scene import Scene
from tests.bot.commands.garden import NOW_MS
from tests.discourse_server.model import Post, Topic

DAY_MS = 86_400_000
LINE = "@credbot weights propose 👍=3 because it is worth more"


@pytest.fixture(autouse=True)
async def without_a_waiting_time(scene: Scene) -> None:
    await set_up(scene, {"votes.electors-days": 0})


async def set_up(scene: Scene, changes: dict[str, object]) -> None:
    await scene.community.settings.set(
        changes,  # type: ignore[arg-type]
        author="operator",
        reason="",
        now_ms=NOW_MS,
    )


@asynccontextmanager
async def announcing(scene: Scene) -> AsyncIterator[Announcer]:
    clock = scene.server.clock
    access = ForumAccess(scene.server.url, SecretStr(scene.server.api_key), scene.bot.username)
    calls = ForumTransport(
        access,
        scene.session,
        pace=Pace(55, 60.0, clock.sleep, clock.seconds),
        sleep=clock.sleep,
    )
    announcer = Announcer(lambda _slug: scene.community, clock.now_ms)
    board = DiscourseNoticeboard(DiscourseForum(ForumClient(calls), access))
    announcer.add_board(scene.community.slug, "discourse", board)
    yield announcer


async def choices(scene: Scene) -> list[VoteChoice]:
    course = (await read_proposals(scene.community)).get(1).course(scene.server.clock.now_ms())
    return sorted(course.ballots.choices.values())


async def test_a_proposal_is_made_in_a_topic_and_voted_on_by_private_message(
    scene: Scene,
) -> None:
    async with scene.running():
        (proposal,) = await scene.asks(scene.ada, LINE)
        message = scene.writes(scene.grace, "weights vote 1 against because it is too much")
        await scene.notify(scene.server.forum.posts[message.posts[0]])

    answer = scene.answers()[-1]
    assert "adele" in proposal.raw
    assert "reply with `@credbot weights vote 1 for`" in proposal.raw
    assert answer.topic_id == message.id
    assert "You vote against" in answer.raw
    assert await choices(scene) == [VoteChoice.AGAINST]


async def test_who_votes_in_public_is_answered_in_private_and_told_that_it_is_seen(
    scene: Scene,
) -> None:
    async with scene.running():
        await scene.asks(scene.ada, LINE)
        answers = await scene.asks(scene.grace, "@credbot weights vote 1 for")

    (private,) = [post for post in answers if scene.is_private(post)]
    assert "can be read by others" in private.raw
    assert not any("You vote for" in post.raw for post in answers if not scene.is_private(post))


async def test_a_member_of_a_group_is_a_maintainer_from_that_moment_on(scene: Scene) -> None:
    await set_up(scene, {"discourse.maintainers-groups": "keepers", "votes.veto-hours": 1})
    async with scene.running():
        await scene.asks(scene.ada, LINE)
        await scene.asks(scene.grace, "@credbot weights vote 1 for")
        scene.server.clock.advance(7 * 86_400 + 60)

        (refused,) = await scene.asks(scene.grace, "@credbot weights veto 1 because no")
        scene.grace.groups = ("keepers",)
        (vetoed,) = await scene.asks(scene.grace, "@credbot weights veto 1 because of a slip")

    assert "For maintainers" in refused.raw
    assert "vetoed" in vetoed.raw


# Announcements ------------------------------------------------------------------------------


async def announce_in(scene: Scene) -> None:
    category = scene.server.forum.category("Decisions")
    await set_up(scene, {"discourse.announcements-category": str(category.id)})


def opened_by_bot(scene: Scene) -> list[Topic]:
    return [
        topic
        for topic in scene.server.forum.topics.values()
        if not topic.is_message and first_post(scene, topic).user_id == scene.bot.id
    ]


def first_post(scene: Scene, topic: Topic) -> Post:
    return scene.server.forum.posts[topic.posts[0]]


async def test_a_proposal_is_a_topic_in_which_its_result_follows(scene: Scene) -> None:
    await announce_in(scene)
    async with scene.running(), announcing(scene) as announcer:
        (told,) = await scene.asks(scene.ada, LINE)
        await announcer.tick(scene.community.slug)
        await scene.asks(scene.grace, "@credbot weights vote 1 for")
        scene.server.clock.advance(7 * 86_400)
        await announcer.tick(scene.community.slug)

    (topic,) = opened_by_bot(scene)
    posts = [scene.server.forum.posts[post].raw for post in topic.posts]
    assert "posted in the channel for announcements" in told.raw
    assert "adele" in posts[0]
    assert "Result of proposal 1: passed" in posts[-1]
    assert scene.community.settings.get("weights.emoji.👍") == 3


async def test_a_topic_that_was_opened_and_not_recorded_is_not_opened_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stop(*_: object, **__: object) -> None:
        raise RuntimeError("the bot is stopped here")

    await announce_in(scene)
    async with scene.running(), announcing(scene) as announcer:
        await scene.asks(scene.ada, LINE)
        with monkeypatch.context() as patch:
            patch.setattr(Announcements, "mark_posted", stop)
            await announcer.tick(scene.community.slug)
        await announcer.tick(scene.community.slug)

    assert len(opened_by_bot(scene)) == 1
    assert await Announcements(scene.community.database).list_waiting() == []


@pytest.mark.parametrize(("status", "words"), [(502, "does not answer"), (403, "refuses")])
async def test_a_forum_that_fails_keeps_it_waiting_with_the_reason_until_it_is_back(
    scene: Scene, status: int, words: str
) -> None:
    announcements = Announcements(scene.community.database)
    await announce_in(scene)
    async with scene.running(), announcing(scene) as announcer:
        await scene.asks(scene.ada, LINE)
        trouble = scene.server.troubles.fail(status, "/posts.json")
        await announcer.tick(scene.community.slug)
        (waiting,) = await announcements.list_waiting()
        scene.server.troubles.end(trouble)
        scene.server.clock.advance(3_600)
        await announcer.tick(scene.community.slug)

    assert waiting.problem is not None
    assert words in waiting.problem
    assert await announcements.list_waiting() == []
    assert len(opened_by_bot(scene)) == 1

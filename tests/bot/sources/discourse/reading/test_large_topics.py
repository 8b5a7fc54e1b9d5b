"""Topics with so many posts that the forum does not list them are read page by page."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.sources.discourse.reading.hints import ignore_post
from tests.bot.sources.discourse.harness import connect_forum
from tests.discourse_server import DiscourseServer
from tests.discourse_server.model import Json, Topic

POSTS = 450


def a_large_topic(
    server: DiscourseServer, posts: int = POSTS, besides: Callable[[], None] = lambda: None
) -> Topic:
    """Start a topic that does not list its posts; `besides` is called with each answer."""
    forum = server.forum
    topic = forum.topic(forum.user("ada", trust=2))
    bob = forum.user("bob", trust=2)
    for number in range(posts - 1):
        forum.post(topic, bob, f"number {number}")

    def hide_stream(body: Json) -> None:
        stream = body["post_stream"].pop("stream")
        body["post_stream"] |= {"isMegaTopic": True, "lastId": stream[-1]}
        besides()

    server.troubles.alter(hide_stream, f"/t/{topic.id}.json")
    return topic


def pages(server: DiscourseServer, topic: Topic, since: int = 0) -> list[str]:
    """Return the pages of a topic that were asked for."""
    return [
        request.query.get("page", ["first"])[0]
        for request in server.requests[since:]
        if request.path == f"/t/{topic.id}.json"
    ]


async def test_all_pages_of_a_large_topic_are_read(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    topic = a_large_topic(discourse)
    liked = discourse.forum.posts[topic.posts[POSTS - 2]]
    discourse.forum.like(liked, discourse.forum.users[topic.user_id])

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()

        state = await harness.read_state()
        assert {f"post:{post}" for post in topic.posts} <= state.posts.keys()
        assert {post for post, _ in state.likes} == {f"post:{liked.id}"}


async def test_a_new_post_of_a_large_topic_is_read_without_its_pages(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum, topic = discourse.forum, a_large_topic(discourse)
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        await harness.deliver_webhooks()
        asked = len(discourse.requests)
        discourse.clock.advance(60)
        by_poll = forum.post(topic, forum.users[topic.user_id])
        await harness.poll()
        by_webhook = forum.post(topic, forum.users[topic.user_id])
        await harness.deliver_webhooks()

        new = {f"post:{post.id}" for post in (by_poll, by_webhook)}
        assert new <= (await harness.read_state()).posts.keys()
    assert set(pages(discourse, topic, asked)) == {"first"}


async def test_deleted_posts_of_a_large_topic_are_found_and_no_others_missed(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    def delete_early() -> None:
        """Have all later pages begin a post later than they did."""
        if len(pages(discourse, topic)) == 12:
            forum.delete(forum.posts[topic.posts[10]])

    forum, topic = discourse.forum, a_large_topic(discourse, 150, delete_early)
    deleted = forum.posts[topic.posts[70]]
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        assert len(pages(discourse, topic)) == 9
        forum.delete(deleted)
        await harness.sweep(again=True)

        state = await harness.read_state()
        gone = {f"post:{post}" for post in topic.posts} - state.posts.keys()
        assert gone == {f"post:{deleted.id}"}, "the other was still there when it was read"

        await harness.sweep(again=True)
        state = await harness.read_state()
        gone = {f"post:{post}" for post in topic.posts} - state.posts.keys()
        assert gone == {f"post:{deleted.id}", f"post:{topic.posts[10]}"}


async def test_a_large_topic_is_recorded_part_by_part(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    class PowerCutError(Exception):
        pass

    def break_off(_post: object) -> None:
        if len(pages(discourse, topic)) >= 15:
            raise PowerCutError

    topic = a_large_topic(discourse)
    async with connect_forum(discourse, tmp_path) as harness:
        harness.runner.on_post = break_off
        with pytest.raises(PowerCutError):
            await harness.sweep()
        assert 200 <= len((await harness.read_state()).posts) < POSTS

        harness.runner.on_post = ignore_post
        await harness.sweep()
        assert len((await harness.read_state()).posts) == POSTS + 1

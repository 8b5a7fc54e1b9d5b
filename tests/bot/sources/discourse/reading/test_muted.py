"""Topics that the list of all topics leaves out: of categories that are muted for us."""

from pathlib import Path
from typing import Any

from bot.sources.discourse.reading.topic_lists import UNLISTED
from tests.bot.sources.discourse.harness import connect_forum
from tests.discourse_server import DiscourseServer


async def test_the_topics_of_a_muted_category_are_read_with_their_likes(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada", trust=2), forum.user("bob", trust=2)
    outer = forum.category("Side Line")
    inner = forum.category("Far Away", parent=outer)
    outer.muted = inner.muted = True
    topics = [forum.topic(ada, category=place) for place in (None, outer, inner, inner)]
    forum.like(forum.posts[topics[2].posts[0]], bob)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        state = await harness.read_state()

        assert {f"topic:{topic.id}" for topic in topics} <= state.posts.keys()
        assert {post for post, _ in state.likes} == {f"post:{topics[2].posts[0]}"}
        assert await harness.gaps() == []


async def test_of_a_muted_category_only_what_changed_is_read_again(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    discourse.troubles.per_minute = None
    ada, bob = forum.user("ada", trust=2), forum.user("bob", trust=2)
    side = forum.category("Sideline")
    side.muted = True
    topics = [forum.topic(ada, category=side) for _ in range(40)]  # more than a page

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        assert len((await harness.read_state()).posts) == 80
        discourse.clock.advance(60)
        forum.like(forum.posts[topics[3].posts[0]], bob)
        discourse.requests.clear()
        await harness.sweep()

        read = {request.path for request in discourse.requests_for("/t/*")}
        assert read == {f"/t/{topics[3].id}.json"}
        assert len((await harness.read_state()).likes) == 1


async def test_a_new_post_in_a_muted_category_is_found_by_a_poll(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada", trust=2), forum.user("bob", trust=2)
    side = forum.category("Sideline")
    side.muted = True
    topic = forum.topic(ada, category=side)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        discourse.clock.advance(60)
        post = forum.post(topic, bob)
        await harness.poll()

        assert f"post:{post.id}" in (await harness.read_state()).posts


async def test_what_not_even_the_list_of_its_category_has_is_a_gap_until_it_is_read(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada", trust=2)
    shown, hidden = forum.topic(ada), forum.topic(ada)  # its tag is muted, say

    def mute(body: dict[str, Any]) -> None:
        topics = body["topic_list"]["topics"]
        topics[:] = [topic for topic in topics if topic["id"] != hidden.id]

    discourse.troubles.alter(mute, "*/latest.json")
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        await harness.sweep()

        assert await harness.gaps() == [(f"c{forum.general.id}", UNLISTED)]
        assert f"topic:{shown.id}" in (await harness.read_state()).posts

        discourse.clock.advance(60)
        forum.post(hidden, ada)
        await harness.poll()
        await harness.sweep()

        assert f"topic:{hidden.id}" in (await harness.read_state()).posts
        assert await harness.gaps() == []


async def test_a_category_whose_list_cannot_be_read_is_a_gap_until_it_can(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada", trust=2)
    side = forum.category("Sideline")
    side.muted = True
    open_topic, muted_topic = forum.topic(ada), forum.topic(ada, category=side)
    found = []

    async with connect_forum(discourse, tmp_path) as harness:
        for status in (404, 403, 500):
            trouble = discourse.troubles.fail(status, f"/c/sideline/{side.id}/*")
            await harness.sweep()
            discourse.troubles.end(trouble)
            found.append(await harness.gaps())
        before = (await harness.read_state()).posts.keys()
        await harness.sweep()
        after = (await harness.read_state()).posts.keys()

        assert found == [[(f"c{side.id}", UNLISTED)]] * 3
        assert f"topic:{open_topic.id}" in before
        assert after - before == {f"topic:{muted_topic.id}", f"post:{muted_topic.posts[0]}"}
        assert await harness.gaps() == []


async def test_a_category_whose_topics_are_all_listed_costs_no_request(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada", trust=2)
    forum.define_category(forum.general, ada)
    forum.topic(ada)
    forum.topic(ada, category=forum.category("Staff", private=True))

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()

        assert discourse.requests_for("/c/*") == []


async def test_a_muted_category_that_was_renamed_meanwhile_is_read(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    side = forum.category("Sideline")
    side.muted = True
    topic = forum.topic(forum.user("ada"), category=side)

    def call_otherwise(body: dict[str, Any]) -> None:
        for category in body["categories"]:
            category["slug"] = None if category["id"] == side.id else "other"

    discourse.troubles.alter(call_otherwise, "/site.json")
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()

        assert f"topic:{topic.id}" in (await harness.read_state()).posts
        assert await harness.gaps() == []

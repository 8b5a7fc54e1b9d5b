"""What forums do that changes no number: each case with the cred that is right."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bot.sources.discourse.harness import ForumHarness, connect_forum
from tests.discourse_server import DiscourseServer
from tests.discourse_server.model import Post, Topic, User


def first_of(discourse: DiscourseServer, topic: Topic) -> Post:
    return discourse.forum.posts[topic.posts[0]]


async def read_all_ways(harness: ForumHarness) -> None:
    """Read what is to be read by webhooks, by polls and by sweeps."""
    await harness.deliver_webhooks()
    await harness.poll()
    await harness.sweep()
    await harness.sweep(again=True)


async def test_a_topic_that_becomes_the_banner_and_is_one_no_more_keeps_its_cred(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada", trust=2), forum.user("bob", trust=3)
    topic = forum.topic(ada)
    forum.like(first_of(discourse, topic), bob)

    def make_banner(body: dict[str, Any]) -> None:
        body["archetype"] = "banner"
        for listed in body.get("topic_list", {}).get("topics", []):
            listed["archetype"] = "banner"

    async with connect_forum(discourse, tmp_path) as harness:
        await read_all_ways(harness)
        found = [await harness.cred_of(ada)]
        troubles = [
            discourse.troubles.alter(make_banner, path)
            for path in (f"/t/{topic.id}.json", "/latest.json")
        ]
        for words in ("made a banner", "no banner any more"):
            discourse.clock.advance(60)
            forum.post(topic, forum.system, words, kind=3)
            await read_all_ways(harness)
            found.append(await harness.cred_of(ada))
            while troubles:
                discourse.troubles.end(troubles.pop())

    assert found == pytest.approx([5.0, 5.0, 5.0])


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("thanks bob", (5.0, 0.0)),
        ('<a class="mention" href="/u/bob">@bob</a>', (10 / 3, 5 / 3)),  # a link takes a third
    ],
)
async def test_a_like_counts_alike_whether_or_not_its_giver_was_linked_to(
    discourse: DiscourseServer, tmp_path: Path, text: str, shares: tuple[float, float]
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada", trust=2), forum.user("bob", trust=3)
    forum.like(first_of(discourse, forum.topic(ada, cooked=f"<p>{text}</p>")), bob)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        found = await harness.cred_of(ada), await harness.cred_of(bob)

        assert found == pytest.approx(shares)


async def test_a_like_of_somebody_linked_to_live_counts_by_their_trust_level(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada", trust=2), forum.user("bob", trust=3)
    post = first_of(discourse, forum.topic(ada))

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        forum.edit(post, "x", cooked='<p>ask <a class="mention" href="/u/bob">@bob</a></p>')
        await harness.deliver_webhooks()
        forum.like(post, bob)
        await harness.deliver_webhooks()

        assert await harness.cred_of(ada) + await harness.cred_of(bob) == pytest.approx(5.0)


async def test_likes_that_the_forum_stops_naming_keep_their_cred(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob, cyd = (forum.user(name, trust=2) for name in ("ada", "bob", "cyd"))
    post = first_of(discourse, forum.topic(ada))
    forum.like(post, bob)
    forum.like(post, cyd)

    def hide(body: dict[str, Any]) -> None:
        for key in ("post_action_users", "user_actions"):
            if key in body:
                body[key] = [
                    row
                    for row in body[key]
                    if cyd.id not in (row.get("id"), row.get("acting_user_id"))
                ]

    async with connect_forum(discourse, tmp_path) as harness:
        await read_all_ways(harness)
        before = await harness.cred_of(ada)
        for path in ("/post_action_users.json", "/user_actions.json"):
            discourse.troubles.alter(hide, path)
        discourse.clock.advance(60)
        await read_all_ways(harness)

        assert (before, await harness.cred_of(ada)) == pytest.approx((8.0, 8.0))


async def test_a_post_that_the_community_hides_keeps_the_cred_of_whom_it_mentions(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob, cyd = (forum.user(name, trust=2) for name in ("ada", "bob", "cyd"))
    link = '<a class="mention" href="/u/cyd">@cyd</a>'
    post = first_of(discourse, forum.topic(bob, cooked=f"<p>with {link} I built it</p>"))
    forum.like(post, ada)

    def hide(body: dict[str, Any]) -> None:
        posts = [body] if "cooked" in body else body.get("post_stream", {}).get("posts", [])
        for shown in posts:
            if shown["id"] == post.id:
                shown |= {"cooked": "<p>hidden by the community</p>", "cooked_hidden": True}

    async with connect_forum(discourse, tmp_path) as harness:
        await read_all_ways(harness)
        before = await harness.cred_of(bob), await harness.cred_of(cyd)
        for path in ("/t/*", "/posts/*"):
            discourse.troubles.alter(hide, path)
        discourse.clock.advance(60)
        await read_all_ways(harness)

        assert before == pytest.approx((8 / 3, 4 / 3))
        assert (await harness.cred_of(bob), await harness.cred_of(cyd)) == pytest.approx(before)


def give(discourse: DiscourseServer, post: Post, _old: User, new: User) -> None:
    discourse.forum.give(post, new)


def merge(discourse: DiscourseServer, _post: Post, old: User, new: User) -> None:
    discourse.forum.merge(old, new)


@pytest.mark.parametrize("change", [give, merge])
async def test_the_cred_of_a_post_goes_to_whom_the_forum_names(
    discourse: DiscourseServer,
    tmp_path: Path,
    change: Callable[[DiscourseServer, Post, User, User], None],
) -> None:
    forum = discourse.forum
    ada, bob, cyd = (forum.user(name, trust=2) for name in ("ada", "bob", "cyd"))
    topic = forum.topic(cyd)
    forum.post(topic, bob)
    post = forum.post(topic, ada, "posted for bob")
    forum.like(post, cyd)

    async with connect_forum(discourse, tmp_path) as harness:
        await read_all_ways(harness)
        before = [await harness.cred_of(user) for user in (ada, bob, cyd)]
        discourse.clock.advance(60)
        change(discourse, post, ada, bob)
        await read_all_ways(harness)
        after = [await harness.cred_of(user) for user in (ada, bob, cyd)]

        assert before[0] > before[1]
        assert after[0] == 0.0
        assert after[1] == pytest.approx(before[0] + before[1])
        assert sum(after) == pytest.approx(sum(before)) == pytest.approx(4.0)

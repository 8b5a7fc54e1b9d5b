"""Who likes a post is believed as far as the forum names all that it counts."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sources.discourse.reading.like_gaps import UNNAMED
from tests.bot.sources.discourse.harness import connect_forum
from tests.discourse_server import DiscourseServer
from tests.discourse_server.model import Post, User
from tests.discourse_server.troubles import Trouble

REACTED_MS = 1_704_580_000_000
REACTED = "2024-01-06 22:26:40 UTC"
"""The same time, as the Reactions plugin writes it."""


def a_liked_post(server: DiscourseServer, *names: str) -> tuple[Post, list[User]]:
    forum = server.forum
    users = [forum.user(name, trust=2) for name in names]
    post = forum.posts[forum.topic(forum.user("ada", trust=2)).posts[0]]
    for user in users:
        forum.like(post, user)
    return post, users


def name_only(server: DiscourseServer, *users: User) -> list[Trouble]:
    """Have the lists of likes name some users only, as the Reactions plugin does."""
    numbers = {user.id for user in users}

    def change(body: dict[str, Any]) -> None:
        for key, number in (("post_action_users", "id"), ("user_actions", "acting_user_id")):
            if key in body:
                body[key] = [row for row in body[key] if row[number] in numbers]

    paths = ("/post_action_users.json", "/user_actions.json")
    return [server.troubles.alter(change, path) for path in paths]


def tell_reactions(server: DiscourseServer, post: Post, **users: list[User]) -> Trouble:
    """Have the plugin tell who reacted how."""
    reactions = [
        {
            "id": emoji,
            "count": len(named),
            "users": [{"username": user.username, "created_at": REACTED} for user in named],
        }
        for emoji, named in users.items()
    ]
    body = json.dumps({"reaction_users": reactions}).encode()
    return server.troubles.respond(
        body, f"/discourse-reactions/posts/{post.id}/reactions-users.json"
    )


async def test_a_reaction_that_counts_as_a_like_has_the_time_that_the_plugin_tells(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    post, (bob, cyd) = a_liked_post(discourse, "bob", "cyd")
    name_only(discourse, bob)
    tell_reactions(discourse, post, heart=[bob], tada=[cyd])

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()

        likes = (await harness.read_state()).likes
        assert likes.keys() == {(f"post:{post.id}", str(user.id)) for user in (bob, cyd)}
        assert likes[f"post:{post.id}", str(cyd.id)] == REACTED_MS
        assert await harness.gaps() == []


async def test_likes_that_nobody_is_named_for_are_a_gap_until_they_are_named(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    post, (bob, cyd, dan) = a_liked_post(discourse, "bob", "cyd", "dan")
    hidden = name_only(discourse, bob)
    told = tell_reactions(discourse, post, heart=[bob], tada=[cyd])

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        await harness.sweep(again=True)
        assert await harness.gaps() == [(f"t{post.topic_id}", UNNAMED)]
        assert len((await harness.read_state()).likes) == 2

    for trouble in (*hidden, told):
        discourse.troubles.end(trouble)
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep(again=True)

        likes = (await harness.read_state()).likes
        assert {liker for _, liker in likes} == {str(user.id) for user in (bob, cyd, dan)}
        assert await harness.gaps() == []


async def test_if_some_reactions_count_as_no_like_none_is_taken_for_one(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    post, (bob, cyd) = a_liked_post(discourse, "bob", "cyd")
    dan = discourse.forum.user("dan")
    name_only(discourse, bob)
    tell_reactions(discourse, post, heart=[bob], tada=[cyd], thumbsdown=[dan])

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()

        likes = (await harness.read_state()).likes
        assert likes.keys() == {(f"post:{post.id}", str(bob.id))}
        assert await harness.gaps() == [(f"t{post.topic_id}", UNNAMED)]


@pytest.mark.parametrize("by_webhook", [True, False])
async def test_likers_that_are_kept_secret_take_no_like_back_and_stop_no_sweep(
    discourse: DiscourseServer, tmp_path: Path, *, by_webhook: bool
) -> None:
    post, (bob, cyd) = a_liked_post(discourse, "bob", "cyd")
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        await harness.deliver_webhooks()
        before = await harness.read_state()
        discourse.troubles.fail(403, "/post_action_users.json")
        discourse.troubles.fail(403, "/user_actions.json")
        discourse.forum.like(post, discourse.forum.user("dan"))
        discourse.forum.unlike(post, bob)
        discourse.forum.unlike(post, cyd)
        later = discourse.forum.topic(cyd)
        if by_webhook:
            await harness.deliver_webhooks()
        else:
            await harness.sweep(again=True)

        after = await harness.read_state()
        assert after.likes == before.likes
        assert await harness.gaps() == [(f"t{post.topic_id}", UNNAMED)]
        assert f"topic:{later.id}" in after.posts


async def test_an_odd_answer_about_reactions_costs_no_topic(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    post, (bob, _) = a_liked_post(discourse, "bob", "cyd")
    name_only(discourse, bob)
    discourse.troubles.respond(
        b'{"reaction_users": [{"users": [7]}]}', "/discourse-reactions/*"
    )

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()

        state = await harness.read_state()
        assert state.likes.keys() == {(f"post:{post.id}", str(bob.id))}
        assert state.posts.keys() == {f"post:{post.id}", f"topic:{post.topic_id}"}


async def test_somebody_whose_trust_level_is_hidden_is_asked_for_once(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, shy = forum.user("ada", trust=2), forum.user("shy", trust=2)
    posts = [forum.posts[forum.topic(ada).posts[0]] for _ in range(5)]
    for post in posts:
        forum.like(post, shy)
    discourse.troubles.alter(lambda body: body["user"].pop("trust_level"), "/u/shy.json")

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        state = await harness.read_state()

    assert {post for post, _ in state.likes} == {f"post:{post.id}" for post in posts}
    assert str(shy.id) not in state.trust
    assert len(discourse.requests_for("/u/shy.json")) == 1

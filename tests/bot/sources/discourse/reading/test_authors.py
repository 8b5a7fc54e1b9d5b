"""A contribution is whose the forum says it is now: posts change hands, and accounts merge."""

from pathlib import Path

import pytest

from bot.services.people_requests import Action, PeopleRequest, answer_people
from storage.canonical_json import Json
from tests.bot.sources.discourse.harness import ForumHarness, connect_forum
from tests.discourse_server import DiscourseServer
from tests.discourse_server.model import User


async def ask(harness: ForumHarness, action: Action, user: User) -> dict[str, Json]:
    """Do what an operator may do with a person."""
    request = PeopleRequest(action, f"discourse:{user.id}")
    now_ms = harness.server.clock.now_ms()
    return await answer_people(harness.community, request, now_ms=now_ms)


@pytest.mark.parametrize("by_webhook", [True, False])
async def test_a_post_and_its_cred_are_whom_they_are_given_to(
    discourse: DiscourseServer, tmp_path: Path, *, by_webhook: bool
) -> None:
    forum = discourse.forum
    ada, bob, cyd = (forum.user(name, trust=2) for name in ("ada", "bob", "cyd"))
    topic = forum.topic(cyd)
    post = forum.post(topic, ada, "posted for bob")
    forum.like(post, cyd)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        await harness.deliver_webhooks()
        before = await harness.cred_of(ada)
        discourse.clock.advance(60)
        forum.give(post, bob)
        if by_webhook:
            await harness.deliver_webhooks()
        else:
            await harness.sweep(again=True)
        state = await harness.read_state()

        assert state.posts[f"post:{post.id}"][0] == str(bob.id)
        assert before > 0
        assert await harness.cred_of(bob) == pytest.approx(before)
        assert await harness.cred_of(ada) == 0.0


async def test_a_post_can_be_given_back_and_each_change_is_recorded_once(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada"), forum.user("bob")
    topic = forum.topic(ada)
    opening = forum.posts[topic.posts[0]]
    found = []

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        for owner in (bob, ada):
            forum.give(opening, owner)
            for _ in range(2):
                await harness.sweep(again=True)
            state = await harness.read_state()
            found.append({state.posts[f"{kind}"][0] for kind in state.posts})
        kinds = [
            (await harness.kinds(name))["authored"]
            for name in (f"topic:{topic.id}", f"post:{opening.id}")
        ]

    assert found == [{str(bob.id)}, {str(ada.id)}]
    assert kinds == [4, 4]  # each change says first that it is nobody's


async def test_what_a_merged_account_did_is_of_the_account_that_is_left(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob, old = (forum.user(name, trust=2) for name in ("ada", "bob", "bob_old"))
    topic = forum.topic(old)
    answer = forum.post(
        topic, ada, cooked='<p>ask <a class="mention" href="/u/bob_old">@bob_old</a></p>'
    )
    discourse.clock.advance(60)
    liked_ms = discourse.clock.now_ms()
    forum.like(answer, old)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        discourse.clock.advance(60)
        forum.merge(old, bob)
        await harness.sweep(again=True)
        state = await harness.read_state()

    names = {f"topic:{topic.id}", f"post:{topic.posts[0]}"}
    assert {state.posts[name][0] for name in names} == {str(bob.id)}
    assert state.likes == {(f"post:{answer.id}", str(bob.id)): liked_ms}
    assert state.mentions == {(f"post:{answer.id}", str(bob.id)): 1}


async def test_a_post_whose_account_was_deleted_stays_whose_it_was(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada"), forum.user("bob")
    post = forum.post(forum.topic(bob), ada)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        post.user_id = None
        await harness.sweep(again=True)

        assert (await harness.read_state()).posts[f"post:{post.id}"][0] == str(ada.id)


async def test_what_is_given_to_somebody_who_opted_out_is_nobody_s_until_they_opt_in(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob, cyd = (forum.user(name, trust=2) for name in ("ada", "bob", "cyd"))
    post = forum.post(forum.topic(cyd), ada)
    forum.like(post, cyd)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        before = await harness.cred_of(ada)
        await ask(harness, "optout", bob)
        forum.give(post, bob)
        for _ in range(2):
            await harness.sweep(again=True)
        kinds = await harness.kinds(f"post:{post.id}")
        out = (await harness.read_state()).posts[f"post:{post.id}"][0]

        assert (out, kinds["authored"]) == (None, 1)
        assert await harness.cred_of(ada) == 0.0

        await ask(harness, "optin", bob)
        await harness.sweep(again=True)

        assert before > 0
        assert await harness.cred_of(bob) == pytest.approx(before)


async def test_what_is_given_to_somebody_who_was_erased_is_nobody_s(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada"), forum.user("bob")
    post = forum.post(forum.topic(ada), ada)
    forum.post(forum.topic(ada), bob)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        await ask(harness, "erase", bob)
        forum.give(post, bob)
        await harness.sweep(again=True)

        assert (await harness.read_state()).posts[f"post:{post.id}"][0] is None
        assert all(row["actor"] != str(bob.id) for row in await harness.events())


async def test_erasing_whoever_got_a_post_erases_it_and_it_is_not_counted_again(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob, cyd = (forum.user(name, trust=2) for name in ("ada", "bob", "cyd"))
    post = forum.post(forum.topic(cyd), ada)
    forum.like(post, cyd)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        forum.give(post, bob)
        await harness.sweep(again=True)
        data = (await ask(harness, "export", bob))["data"]
        await ask(harness, "erase", bob)
        events = await harness.count()
        await harness.sweep(again=True)
        targets = {row["target"] for row in await harness.events()}

        assert f"post:{post.id}" in str(data)
        assert f"post:{post.id}" not in targets
        assert await harness.count() == events


async def test_erasing_whoever_gave_a_post_away_leaves_it_with_its_owner(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob, cyd = (forum.user(name, trust=2) for name in ("ada", "bob", "cyd"))
    post = forum.post(forum.topic(cyd), ada)
    forum.like(post, cyd)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        forum.give(post, bob)
        await harness.sweep(again=True)
        before = await harness.cred_of(bob)
        await ask(harness, "erase", ada)
        events = await harness.count()
        await harness.sweep(again=True)

        assert (await harness.read_state()).posts[f"post:{post.id}"][0] == str(bob.id)
        assert await harness.count() == events
        assert before > 0
        assert await harness.cred_of(bob) == pytest.approx(before)

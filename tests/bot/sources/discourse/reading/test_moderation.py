"""What staff do to topics, posts and people, and what becomes of the cred."""

from pathlib import Path

import pytest

from tests.bot.sources.discourse.harness import connect_forum
from tests.discourse_server import DiscourseServer
from tests.discourse_server.server import running_discourse


async def test_a_topic_made_a_private_message_is_gone_until_it_is_a_topic_again(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada", trust=2), forum.user("bob", trust=2)
    topic = forum.topic(ada)
    forum.like(forum.posts[topic.posts[0]], bob)
    found = []

    async with connect_forum(discourse, tmp_path) as harness:
        for category in (forum.general.id, None, forum.general.id):
            discourse.clock.advance(60)
            topic.category_id = category
            topic.bumped_ms = discourse.clock.now_ms()
            await harness.sweep()
            found.append(await harness.cred_of(ada))

    assert found == pytest.approx([4.0, 0.0, 4.0])


async def test_a_private_message_made_a_topic_counts_from_then_on(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada", trust=2), forum.user("bob", trust=2)
    message = forum.topic(ada, to=[bob])
    forum.like(forum.posts[message.posts[0]], bob)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        await harness.deliver_webhooks()
        before = await harness.read_state()
        message.category_id = forum.general.id
        await harness.sweep()

        assert before.posts == {}
        assert f"topic:{message.id}" in (await harness.read_state()).posts
        assert await harness.cred_of(ada) == pytest.approx(4.0)


async def test_names_that_two_people_swap_are_not_mixed_up(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob, cyd = (forum.user(name, trust=2) for name in ("ada", "bob", "cyd"))
    topic = forum.topic(cyd, cooked='<p><a class="mention" href="/u/ada">@ada</a></p>')
    forum.post(topic, ada)
    forum.post(topic, bob)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        await harness.deliver_webhooks()
        for user, name in ((ada, "between"), (bob, "ada"), (ada, "bob")):
            forum.rename(user, name)
        await harness.deliver_webhooks()
        later = forum.post(topic, cyd, cooked='<p><a class="mention" href="/u/ada">x</a></p>')
        await harness.poll()
        await harness.sweep(again=True)
        mentions = (await harness.read_state()).mentions

    assert mentions == {
        (f"post:{topic.posts[0]}", str(ada.id)): 1,
        (f"post:{later.id}", str(bob.id)): 1,
    }


async def test_a_deleted_post_that_is_recovered_has_its_likes_and_cred_again(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob, cyd = (forum.user(name, trust=2) for name in ("ada", "bob", "cyd"))
    post = forum.post(forum.topic(cyd), ada)
    forum.like(post, bob)
    found = []

    async with connect_forum(discourse, tmp_path) as harness:
        for change in (None, forum.delete, forum.recover):
            discourse.clock.advance(60)
            if change is not None:
                change(post)
            await harness.deliver_webhooks()
            await harness.poll()
            await harness.sweep()
            found.append((await harness.cred_of(ada), await harness.cred_of(cyd)))

    assert sum(found[0]) == pytest.approx(4.0)
    assert sum(found[1]) == pytest.approx(0.0)
    assert found[2] == pytest.approx(found[0])


async def test_a_forum_in_a_folder_is_read_like_others(tmp_path: Path) -> None:
    async with running_discourse(folder="/forum") as discourse:
        forum = discourse.forum
        ada, bob = forum.user("ada", trust=2), forum.user("bob", trust=2)
        side = forum.category("Side Line")
        side.muted = True
        topic = forum.topic(ada, category=side)
        links = (
            f'<a href="/forum/u/ada">@ada</a> <a href="{discourse.url}/t/x/{topic.id}">it</a>'
        )
        answer = forum.topic(bob, cooked=f"<p>{links}</p>")
        forum.like(forum.posts[answer.posts[0]], ada)

        async with connect_forum(discourse, tmp_path) as harness:
            await harness.sweep()
            await harness.deliver_webhooks()
            state = await harness.read_state()

        post = f"post:{answer.posts[0]}"
        assert f"topic:{topic.id}" in state.posts
        assert state.mentions == {(post, str(ada.id)): 1}
        assert (post, f"topic:{topic.id}", "refers to") in state.references
        assert state.likes.keys() == {(post, str(ada.id))}


async def test_posts_that_were_moved_give_the_cred_that_a_first_reading_gives(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob, cyd = people = [forum.user(name, trust=2) for name in ("ada", "bob", "cyd")]
    first, second = forum.topic(ada), forum.topic(bob)
    moved = forum.post(first, bob)
    deep = forum.post(first, cyd, reply_to=moved)
    left = forum.post(first, ada, reply_to=deep)
    for post, user in ((moved, ada), (deep, bob), (left, cyd)):
        forum.like(post, user)

    async with connect_forum(discourse, tmp_path / "before") as harness:
        await harness.sweep()
        unmoved = [await harness.cred_of(user) for user in people]
        discourse.clock.advance(60)
        forum.split(deep, second)
        left.number = 17  # what it replied to has another number in another topic
        await harness.sweep(again=True)
        found = [await harness.cred_of(user) for user in people]
    async with connect_forum(discourse, tmp_path / "after") as harness:
        await harness.sweep()
        afresh = [await harness.cred_of(user) for user in people]

    assert sum(found) == pytest.approx(12.0)
    assert found != pytest.approx(unmoved)
    assert found == pytest.approx(afresh)

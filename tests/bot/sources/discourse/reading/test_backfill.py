"""Reading a forum: what a sweep and a poll find, from the real client over HTTP."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sources.discourse.api.transport import (
    AccessDeniedError,
    UnavailableError,
    UnexpectedResponseError,
)
from bot.sources.discourse.reading.backfill import MAX_MALFORMED_IN_A_ROW, SWEPT
from tests.bot.sources.discourse.harness import State, connect_forum
from tests.discourse_server import DiscourseServer
from tests.discourse_server.model import Json, Post, Topic


def first_of(server: DiscourseServer, topic: Topic) -> Post:
    return server.forum.posts[topic.posts[0]]


async def test_a_sweep_reads_all_there_is(discourse: DiscourseServer, tmp_path: Path) -> None:
    forum, clock = discourse.forum, discourse.clock
    ada, bob, cyd = forum.user("ada", trust=2), forum.user("bob"), forum.user("cyd", trust=3)
    inner = forum.category("Inner", parent=forum.general)
    topic = forum.topic(ada, category=inner, tags=["seeds", "help"], text="how deep?")
    opening = first_of(discourse, topic)
    clock.advance(60)
    answer = forum.post(
        topic, bob, reply_to=opening, cooked='<p>ask <a href="/u/cyd">cyd</a></p>'
    )
    clock.advance(60)
    link = f'<p>as in <a href="{discourse.url}/t/x/{topic.id}/2">this</a></p>'
    other = forum.topic(cyd, cooked=link)
    clock.advance(60)
    liked_ms = clock.now_ms()
    forum.like(answer, ada)
    clock.advance(days=1)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        state = await harness.read_state()

    t1, t2 = f"topic:{topic.id}", f"topic:{other.id}"
    p1, p2, p3 = (f"post:{number}" for number in (opening.id, answer.id, other.posts[0]))
    assert state == State(
        posts={
            t1: (str(ada.id), topic.created_ms, "topic", 0),
            t2: (str(cyd.id), other.created_ms, "topic", 0),
            p1: (str(ada.id), opening.created_ms, "post", len("how deep?")),
            p2: (str(bob.id), answer.created_ms, "post", len("ask cyd")),
            p3: (str(cyd.id), other.created_ms, "post", len("as in this")),
        },
        where={t1: f"t{topic.id}", p1: f"t{topic.id}", p2: f"t{topic.id}"}
        | {t2: f"t{other.id}", p3: f"t{other.id}"},
        replies={p2: p1},
        likes={(p2, str(ada.id)): liked_ms},
        mentions={(p2, str(cyd.id)): 1},
        references={
            (p1, t1, "in"): 1,
            (p2, t1, "in"): 1,
            (p3, t2, "in"): 1,
            (p3, p2, "refers to"): 1,
        },
        trust={str(ada.id): "trust:2", str(bob.id): "trust:1", str(cyd.id): "trust:3"},
        places={
            discourse.url: (None, "forum"),
            f"c{forum.general.id}": (None, "category"),
            f"c{inner.id}": (f"c{forum.general.id}", "category"),
            f"t{topic.id}": (f"c{inner.id}", "help,seeds"),
            f"t{other.id}": (f"c{forum.general.id}", ""),
        },
    )


async def test_reading_twice_adds_nothing(discourse: DiscourseServer, tmp_path: Path) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada"), forum.user("bob")
    topic = forum.topic(ada)
    forum.like(first_of(discourse, topic), bob)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        before = await harness.count()
        asked = len(discourse.requests)
        await harness.sweep()
        quiet = len(discourse.requests) - asked
        await harness.sweep(again=True)
        await harness.poll()

        assert await harness.count() == before
        # Categories and the list of topics (its page, and the empty one behind it).
        assert quiet == 3


async def test_a_topic_of_many_posts_is_read_whole(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topic = forum.topic(ada)
    for number in range(2, 48):
        forum.post(topic, ada, f"post {number}")

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        state = await harness.read_state()

    assert sum(post[2] == "post" for post in state.posts.values()) == 47
    assert len(discourse.requests_for(f"/t/{topic.id}/posts.json")) == 2
    first = f"post:{topic.posts[0]}"
    assert set(state.replies.values()) == {first}
    assert len(state.replies) == 46


async def test_what_was_taken_back_or_changed_is_found(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum, clock = discourse.forum, discourse.clock
    ada, bob = forum.user("ada"), forum.user("bob")
    topic = forum.topic(ada, tags=["old"])
    opening = first_of(discourse, topic)
    answer = forum.post(topic, bob, cooked='<p><a href="/u/ada">ada</a></p>')
    extra = forum.post(topic, bob, "nonsense")
    forum.like(opening, bob)
    forum.like(answer, ada)
    elsewhere = forum.category("Elsewhere")

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        clock.advance(hours=1)
        forum.unlike(opening, bob)
        forum.delete(extra)
        forum.edit(answer, "no names any more")
        forum.move(topic, elsewhere)
        forum.tag(topic, "new", "better")
        forum.trust(bob, 3)
        await harness.sweep()
        state = await harness.read_state()

        assert state.likes.keys() == {(f"post:{answer.id}", str(ada.id))}
        assert state.deleted == {f"post:{extra.id}"}
        assert state.mentions == {}
        assert state.places[f"t{topic.id}"] == (f"c{elsewhere.id}", "better,new")
        assert state.trust[str(bob.id)] == "trust:3"
        assert state.posts[f"post:{answer.id}"][3] == len("no names any more")

        forum.recover(extra)
        forum.like(opening, bob)
        await harness.sweep()
        state = await harness.read_state()

        assert state.deleted == set()
        assert state.likes[f"post:{opening.id}", str(bob.id)] == clock.now_ms()
        assert (await harness.kinds(f"post:{opening.id}"))["reacted"] == 2


async def test_a_like_that_replaced_another_is_found_when_all_is_read_again(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob, cyd = (forum.user(name) for name in ("ada", "bob", "cyd"))
    opening = first_of(discourse, forum.topic(ada))
    forum.like(opening, bob)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        forum.unlike(opening, bob)
        forum.like(opening, cyd)
        await harness.sweep()
        assert {who for _, who in (await harness.read_state()).likes} == {str(bob.id)}

        await harness.sweep(again=True)
        assert {who for _, who in (await harness.read_state()).likes} == {str(cyd.id)}


async def test_a_deleted_topic_takes_its_posts_along_and_brings_them_back(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topic = forum.topic(ada)
    forum.post(topic, ada)
    everything = {f"topic:{topic.id}", *(f"post:{number}" for number in topic.posts)}

    for key in (True, False):
        async with connect_forum(discourse, tmp_path / str(key), key=key) as harness:
            await harness.sweep()
            forum.delete_topic(topic)
            await harness.sweep()
            assert (await harness.read_state()).deleted == everything
            asked = len(discourse.requests_for(f"/t/{topic.id}.json"))
            await harness.sweep()
            assert len(discourse.requests_for(f"/t/{topic.id}.json")) == asked, "asked once"

            forum.recover_topic(topic)
            await harness.sweep()
            assert (await harness.read_state()).deleted == set()


async def test_a_key_that_is_refused_deletes_nothing(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    forum.topic(forum.user("ada"))

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        discourse.api_key = "another"
        with pytest.raises(AccessDeniedError):
            await harness.sweep(again=True)
        assert (await harness.read_state()).deleted == set()


async def test_private_categories_are_left_out_and_reported(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    staff = forum.category("Staff", private=True)
    rooms = forum.category("Rooms", parent=staff)
    secret = forum.topic(ada, category=staff)
    inside = forum.topic(ada, category=rooms)
    message = forum.topic(ada, to=[forum.system])
    shown = forum.topic(ada)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        forum.post(secret, ada)
        await harness.poll()
        asked = {request.path for request in discourse.requests}
        assert not any(f"/t/{topic.id}.json" in asked for topic in (secret, inside, message))
        await harness.deliver_webhooks()
        state = await harness.read_state()

        assert [name for name in state.posts if name.startswith("topic")] == [
            f"topic:{shown.id}"
        ]
        shown_places = {discourse.url, f"c{forum.general.id}", f"t{shown.id}"}
        assert set(state.places) == shown_places
        assert await harness.gaps() == [
            (f"c{staff.id}", "the category is private"),
            (f"c{rooms.id}", "the category is private"),
        ]
        staff.read_restricted = False
        await harness.sweep()
        assert await harness.gaps() == []
        assert len((await harness.read_state()).posts) == 7


async def test_a_topic_that_becomes_private_is_withdrawn_and_comes_back(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    staff = forum.category("Staff", private=True)
    topic = forum.topic(forum.user("ada"))

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        forum.move(topic, staff)
        await harness.sweep()
        assert (await harness.read_state()).posts == {}

        forum.move(topic, forum.general)
        await harness.sweep()
        assert len((await harness.read_state()).posts) == 2


async def test_without_a_key_what_everybody_may_read_is_read(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada"), forum.user("bob")
    forum.topic(ada, category=forum.category("Staff", private=True))
    opening = first_of(discourse, forum.topic(ada))
    forum.like(opening, bob)

    async with connect_forum(discourse, tmp_path, key=False) as harness:
        await harness.sweep()
        state = await harness.read_state()

    assert len(state.posts) == 2
    assert len(state.likes) == 1
    assert {request.user for request in discourse.requests} == {None}


async def test_users_are_known_by_their_number_whatever_they_are_called(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob, deleted_post = forum.user("ada"), forum.user("bob"), forum.user("gone")
    topic = forum.topic(ada)
    answer = forum.post(topic, bob)
    theirs = forum.post(topic, deleted_post)
    forum.like(answer, ada)
    forum.like(answer, deleted_post)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        forum.anonymise(ada)
        forum.delete_user(deleted_post)
        forum.rename(bob, "robert")
        forum.like(theirs, bob)
        await harness.sweep(again=True)
        state = await harness.read_state()
        accounts = await harness.inlet.accounts()

    assert {who for _, who in state.likes} == {str(ada.id)}
    assert state.deleted == {f"post:{theirs.id}"}
    assert state.posts[f"topic:{topic.id}"][0] == str(ada.id)
    assert accounts[str(ada.id)].name == ada.username
    assert ada.username.startswith("anon")
    assert accounts[str(bob.id)].name == "robert"


async def test_somebody_who_only_likes_has_a_trust_level_and_may_hide_when(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum, clock = discourse.forum, discourse.clock
    ada, bob = forum.user("ada"), forum.user("bob", trust=2)
    shy = forum.user("shy", hides_profile=True)
    opening = first_of(discourse, forum.topic(ada))
    clock.advance(60)
    forum.like(opening, bob)
    forum.like(opening, shy)
    clock.advance(60)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        rows = [row for row in await harness.events() if row["kind"] == "reacted"]
        state = await harness.read_state()

    assert state.trust == {str(ada.id): "trust:1", str(bob.id): "trust:2"}
    known = {row["actor"]: (row["at_ms"], row["estimated"]) for row in rows}
    assert known[str(bob.id)] == (opening.created_ms + 60_000, False)
    assert known[str(shy.id)] == (opening.created_ms, True)


async def test_a_first_reading_asks_people_for_their_likes_rather_than_posts(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum, clock = discourse.forum, discourse.clock
    ada, bob = forum.user("ada"), forum.user("bob")
    posts = []
    for _ in range(50):
        posts.append(first_of(discourse, forum.topic(ada)))
        clock.advance(60)
        forum.like(posts[-1], bob)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        state = await harness.read_state()

    assert len(state.likes) == 50
    assert sorted(state.likes.values()) == [post.created_ms + 60_000 for post in posts]
    assert len(discourse.requests_for("/post_action_users.json")) == 1
    assert len(discourse.requests_for("/user_actions.json")) == 3


async def test_a_post_moved_to_another_topic_is_in_that_one(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    first, second = forum.topic(ada), forum.topic(ada)
    moved = forum.post(first, ada)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        forum.split(moved, second)
        await harness.sweep()
        state = await harness.read_state()
        name = f"post:{moved.id}"

        assert name in state.posts
        assert {key for key in state.references if key[0] == name} == {
            (name, f"topic:{second.id}", "in")
        }

        forum.delete_topic(first)
        await harness.sweep()
        assert name in (await harness.read_state()).posts

        forum.delete(moved)
        await harness.sweep()
        assert name not in (await harness.read_state()).posts

        forum.recover(moved)
    async with connect_forum(discourse, tmp_path) as harness:  # it is remembered
        forum.delete_topic(second)
        await harness.sweep()
        assert (await harness.read_state()).posts == {}


async def test_a_poll_reads_what_is_new_and_no_more(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum, clock = discourse.forum, discourse.clock
    ada = forum.user("ada")
    topics = [forum.topic(ada) for _ in range(40)]

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        clock.advance(hours=1)
        forum.post(topics[3], ada)
        new = forum.topic(ada)
        asked = len(discourse.requests)
        await harness.poll()
        paths = [request.path for request in discourse.requests[asked:]]

        assert paths == [
            "/site.json",
            "/posts.json",
            "/latest.json",
            f"/t/{new.id}.json",
            f"/t/{topics[3].id}.json",
        ]
        assert len((await harness.read_state()).posts) == 83


@pytest.mark.parametrize("is_pinned", [True, False])
async def test_a_poll_goes_back_to_the_first_topic_that_did_not_change(
    discourse: DiscourseServer, tmp_path: Path, *, is_pinned: bool
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topics = [forum.topic(ada) for _ in range(80)]
    topics[0].pinned = is_pinned  # it is first on the first page, and did not change

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        discourse.clock.advance(hours=1)
        for topic in topics[5:75]:
            forum.edit(forum.posts[topic.posts[0]], "the last post, so it bumps")
        await harness.poll()
        state = await harness.read_state()

    edited = [
        post for post in state.posts.values() if post[3] == len("the last post, so it bumps")
    ]
    assert len(edited) == 70
    assert [
        request.query["page"] for request in discourse.requests_for("/latest.json")[-3:]
    ] == [
        *(["0"], ["1"], ["2"]),
    ]


async def test_a_poll_reads_only_the_new_posts_of_a_large_topic(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topic = forum.topic(ada)
    for _ in range(250):
        forum.post(topic, ada)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        new = forum.post(topic, ada)
        asked = len(discourse.requests_for(f"/t/{topic.id}/posts.json"))
        await harness.poll()

        assert f"post:{new.id}" in (await harness.read_state()).posts
        assert len(discourse.requests_for(f"/t/{topic.id}/posts.json")) == asked + 1


async def test_what_is_deleted_is_linked_to_and_answered_by_nobody(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topic = forum.topic(ada)
    deleted_post = forum.post(topic, ada)
    back = forum.post(topic, ada)
    forum.take_back(back)
    answer = forum.post(topic, ada, reply_to=deleted_post)
    other = forum.post(topic, ada, reply_to=back)
    link = f'<p><a href="/t/x/{topic.id}/{deleted_post.number}">this</a></p>'
    linking = forum.topic(ada, cooked=link)
    forum.delete(deleted_post)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        state = await harness.read_state()

    assert not {f"post:{answer.id}", f"post:{other.id}"} & state.replies.keys()
    assert (
        f"post:{linking.posts[0]}",
        f"post:{deleted_post.id}",
        "refers to",
    ) not in state.references


async def test_topics_that_define_categories_are_read_though_no_list_has_them(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topic = forum.define_category(forum.general, ada)
    opening = first_of(discourse, topic)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        assert len((await harness.read_state()).posts) == 2
        forum.like(opening, ada)
        await harness.sweep()
        assert len((await harness.read_state()).likes) == 1


async def test_new_posts_are_found_behind_many_that_cannot_be_seen(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topic = forum.topic(ada)
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        discourse.troubles.alter(
            lambda body: body["topic_list"]["topics"].clear(), "/latest.json"
        )
        new = forum.post(topic, ada)
        for _ in range(120):
            forum.topic(ada, to=[])
        last = forum.post(topic, ada)
        await harness.poll()
        state = await harness.read_state()

    assert {f"post:{new.id}", f"post:{last.id}"} <= state.posts.keys()


@pytest.mark.parametrize(
    "pattern",
    ["/user_actions.json", "/u/*.json", "/posts/by_number/*", "/post_action_users.json"],
)
async def test_odd_answers_about_likes_people_and_links_hold_up_nothing(
    discourse: DiscourseServer, tmp_path: Path, pattern: str
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada"), forum.user("bob")
    opening = first_of(discourse, forum.topic(ada))
    forum.like(opening, bob)
    link = f'<p><a href="/u/ghost">x</a><a href="/t/x/{opening.topic_id}/9">y</a></p>'
    forum.topic(ada, cooked=link)
    forum.topic(ada)
    odd = b"""{"user_actions": [{"action_type": 1}], "user": {"id": "x"}, "id": null,
        "post_action_users": [{"id": []}]}"""
    discourse.troubles.respond(odd, pattern)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        posts = (await harness.read_state()).posts

    assert len(posts) == (4 if pattern == "/post_action_users.json" else 6)


async def test_a_sweep_that_is_broken_off_goes_on_where_it_was(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topics = [forum.topic(ada) for _ in range(6)]
    discourse.troubles.fail(503, f"/t/{topics[4].id}.json", times=4)

    async with connect_forum(discourse, tmp_path) as harness:
        with pytest.raises(UnavailableError, match="answers 503"):
            await harness.sweep()
        assert len((await harness.read_state()).posts) == 8
    asked = len(discourse.requests)
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        read = [
            request.path
            for request in discourse.requests[asked:]
            if request.path.startswith("/t/")
        ]

        assert len((await harness.read_state()).posts) == 12
        assert read == [f"/t/{topic.id}.json" for topic in topics[4:]]


async def test_the_forums_limit_is_kept_and_waited_for(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    for _ in range(150):
        forum.topic(ada)
    discourse.troubles.rate_limit("17")

    async with connect_forum(discourse, tmp_path) as harness:
        started = discourse.clock.seconds()
        await harness.sweep()
        took = discourse.clock.seconds() - started

    assert discourse.troubles.rate_limited == 0
    assert 17 in discourse.clock.slept
    assert took >= 120 + 17, "55 a minute"


def rename_ids(answer: Json) -> None:
    for post in answer["post_stream"]["posts"]:
        post["identifier"] = post.pop("id")


async def test_topics_of_another_schema_are_an_error_and_record_nothing(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    for _ in range(25):
        forum.topic(ada)
    trouble = discourse.troubles.alter(rename_ids, "/t/*.json")

    async with connect_forum(discourse, tmp_path) as harness:
        for _ in range(2):
            with pytest.raises(UnexpectedResponseError, match="id of a post"):
                await harness.sweep()
        assert (await harness.read_state()).posts == {}

        discourse.troubles.end(trouble)
        await harness.sweep()
        assert len((await harness.read_state()).posts) == 50


@pytest.mark.parametrize("trouble", ["odd", "failing"])
@pytest.mark.parametrize("first", [0, 2, 5])
async def test_topics_that_are_odd_side_by_side_block_no_sweep(
    discourse: DiscourseServer, tmp_path: Path, first: int, trouble: str
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topics = [forum.topic(ada) for _ in range(8)]
    for topic in topics[first : first + 3]:
        if trouble == "odd":
            discourse.troubles.alter(rename_ids, f"/t/{topic.id}*")
        else:
            discourse.troubles.fail(500, f"/t/{topic.id}.json")

    async with connect_forum(discourse, tmp_path) as harness:
        for _ in range(2):
            await harness.sweep()
            await harness.poll()

        assert len((await harness.read_state()).posts) == 10
        assert SWEPT in await harness.inlet.cursors()


async def test_however_many_odd_topics_there_are_the_next_sweep_gets_further(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topics = [forum.topic(ada) for _ in range(MAX_MALFORMED_IN_A_ROW + 3)]
    for topic in topics[:-1]:
        discourse.troubles.alter(rename_ids, f"/t/{topic.id}*")

    async with connect_forum(discourse, tmp_path) as harness:
        with pytest.raises(UnexpectedResponseError, match="id of a post"):
            await harness.sweep()
        await harness.sweep()

        assert f"topic:{topics[-1].id}" in (await harness.read_state()).posts
        assert SWEPT in await harness.inlet.cursors()


async def test_a_list_of_which_the_only_entry_is_odd_stops_no_sweep(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    for _ in range(31):
        forum.topic(ada)

    def spoil(body: Json) -> None:
        if len(body["topic_list"]["topics"]) == 1:
            body["topic_list"]["topics"][0]["id"] = None

    discourse.troubles.alter(spoil, "/latest.json")

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()

        assert len((await harness.read_state()).posts) == 60


async def test_a_topic_at_which_the_forum_always_fails_holds_up_no_webhook(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    first, second = forum.topic(ada), forum.topic(ada)
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        await harness.deliver_webhooks()
        failing = discourse.troubles.fail(500, f"/t/{first.id}.json")
        edited, post = forum.posts[first.posts[0]], forum.post(second, ada)
        forum.edit(edited, "a longer text than before")
        await harness.deliver_webhooks()
        assert f"post:{post.id}" in (await harness.read_state()).posts

        discourse.troubles.end(failing)
        await harness.sweep()
        state = await harness.read_state()

    assert state.posts[f"post:{edited.id}"][3] == len("a longer text than before")


async def test_one_odd_topic_keeps_no_other_from_being_read(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topics = [forum.topic(ada) for _ in range(3)]
    trouble = discourse.troubles.alter(rename_ids, f"/t/{topics[0].id}*")

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        await harness.poll()
        assert len((await harness.read_state()).posts) == 4

        discourse.troubles.end(trouble)
        await harness.poll()
        assert len((await harness.read_state()).posts) == 6


async def test_one_odd_post_keeps_no_other_from_being_read(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topic = forum.topic(ada)
    forum.post(topic, ada)

    def spoil(answer: Json) -> None:
        answer["post_stream"]["posts"][1]["created_at"] = "yesterday"

    discourse.troubles.alter(spoil, "/t/*.json")

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()

        assert len((await harness.read_state()).posts) == 2
        assert harness.connection.reader.validator.malformed == 1


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'{"topic_list": 3}', b'{"a": NaN}', b"<html>", b"[" * 9999]
)
async def test_nonsense_is_an_error_of_the_forum(
    discourse: DiscourseServer, tmp_path: Path, body: bytes
) -> None:
    discourse.troubles.respond(body)

    async with connect_forum(discourse, tmp_path) as harness:
        with pytest.raises(UnexpectedResponseError):
            await harness.sweep()
        assert await harness.count() == 1  # which forum it is


async def test_only_the_first_reading_of_a_forum_is_said_to_be_under_way(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    for number in range(4):
        forum.topic(forum.user(f"member{number}"))
    shares: list[float] = []

    async with connect_forum(discourse, tmp_path) as harness:
        history, read_topic = harness.community.history, harness.connection.reader.read_topic

        async def reading(*arguments: Any, **options: Any) -> None:
            shares.extend(progress.share for _, progress in history.open_places())
            await read_topic(*arguments, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(harness.connection.reader), "read_topic", staticmethod(reading))
            await harness.sweep()
            first = list(shares)
            await harness.sweep(again=True)

        assert first == [0.0, 0.25, 0.5, 0.75]
        assert shares == first
        assert not history.open_places()


@pytest.mark.parametrize("archetype", ["banner", "poll", "a plugin's own"])
async def test_an_archetype_that_is_not_private_deletes_nothing(
    discourse: DiscourseServer, tmp_path: Path, archetype: str
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada", trust=2), forum.user("bob", trust=2)
    topic = forum.topic(ada)
    forum.like(first_of(discourse, topic), bob)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        before = await harness.read_state()
        discourse.troubles.alter(
            lambda body: body.update(archetype=archetype), f"/t/{topic.id}.json"
        )
        discourse.clock.advance(60)
        forum.post(topic, forum.system, "made a banner", kind=3)
        await harness.poll()
        await harness.sweep(again=True)
        after = await harness.read_state()

    assert not after.deleted
    assert (after.posts, after.likes) == (before.posts, before.likes)


async def test_a_post_whose_text_is_hidden_keeps_its_mentions_and_links(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada", trust=2), forum.user("bob", trust=2)
    topic = forum.topic(ada, cooked='<p>ask <a class="mention" href="/u/bob">@bob</a></p>')

    def hide(body: Json) -> None:
        for post in body["post_stream"]["posts"]:
            post.update(cooked="<p>This post was flagged.</p>", cooked_hidden=True, version=2)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        before = await harness.read_state()
        discourse.troubles.alter(hide, f"/t/{topic.id}.json")
        await harness.sweep(again=True)
        after = await harness.read_state()

    assert before.mentions
    assert str(bob.id) in str(before.mentions)
    assert after.mentions == before.mentions


@pytest.mark.parametrize("is_linked", [True, False])
async def test_somebody_first_met_through_a_link_has_a_trust_level_when_they_like(
    discourse: DiscourseServer, tmp_path: Path, *, is_linked: bool
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada", trust=2), forum.user("bob", trust=3)
    link = '<a class="mention" href="/u/bob">@bob</a>' if is_linked else "bob"
    topic = forum.topic(ada, cooked=f"<p>ask {link}</p>")
    forum.like(first_of(discourse, topic), bob)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        state = await harness.read_state()

    asked = [request for request in discourse.requests if request.path == "/u/bob.json"]
    assert state.trust[str(bob.id)] == "trust:3"
    assert len(asked) == 1


def name_all_but(user: int) -> Any:
    """Return a change of answers about likes: a user is not named, though counted."""

    def change(body: Json) -> None:
        for key in ("post_action_users", "user_actions"):
            if key in body:
                body[key] = [
                    row
                    for row in body[key]
                    if user not in (row.get("id"), row.get("acting_user_id"))
                ]

    return change


async def test_fewer_likers_named_than_counted_take_no_like_back(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob, cyd = (forum.user(name, trust=2) for name in ("ada", "bob", "cyd"))
    opening = first_of(discourse, forum.topic(ada))
    forum.like(opening, bob)
    forum.like(opening, cyd)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        before = await harness.read_state()
        for path in ("/post_action_users.json", "/user_actions.json"):
            discourse.troubles.alter(name_all_but(cyd.id), path)
        discourse.clock.advance(60)
        await harness.sweep(again=True)
        after = await harness.read_state()

    assert len(before.likes) == 2
    assert after.likes == before.likes


async def test_whom_only_the_reactions_plugin_names_is_read_from_it(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob, cyd = (forum.user(name, trust=2) for name in ("ada", "bob", "cyd"))
    opening = first_of(discourse, forum.topic(ada))
    forum.like(opening, bob)
    forum.like(opening, cyd)
    for path in ("/post_action_users.json", "/user_actions.json"):
        discourse.troubles.alter(name_all_but(cyd.id), path)
    users = [{"username": name, "name": ""} for name in ("bob", "cyd")]
    reactions = [{"id": "heart", "count": 1, "users": users[:1]}]
    reactions += [{"id": "tada", "count": 1, "users": users[1:]}]
    discourse.troubles.respond(
        json.dumps({"reaction_users": reactions}).encode(),
        f"/discourse-reactions/posts/{opening.id}/reactions-users.json",
    )

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        state = await harness.read_state()

    assert {user for _, user in state.likes} == {str(bob.id), str(cyd.id)}
    assert state.trust[str(cyd.id)] == "trust:2"

"""A category is public only if the forum said so, however it tells of its categories."""

from pathlib import Path
from typing import Any

import pytest

from bot.sources.discourse.reading.categories import PRIVATE
from storage.place_tree import PlaceStep
from tests.bot.sources.discourse.harness import ForumHarness, connect_forum
from tests.discourse_server import DiscourseServer


def list_only(*numbers: int) -> Any:
    """Return a change of `/site.json`: only some categories are listed."""

    def change(body: dict[str, Any]) -> None:
        body["categories"] = [c for c in body["categories"] if c["id"] in numbers]

    return change


async def topics(harness: ForumHarness) -> set[str]:
    state = await harness.read_state()
    return {name for name in state.posts if name.startswith("topic")}


async def test_categories_that_are_no_longer_listed_stay_as_private_as_they_were(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada", trust=2)
    staff = forum.category("Staff", private=True)
    inner = forum.category("Inner", parent=staff)
    shown, secret = forum.topic(ada), forum.topic(ada, category=staff)
    forum.topic(ada, category=inner)

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        before = sorted(await harness.gaps())
        discourse.troubles.alter(list_only(forum.general.id), "/site.json")
        discourse.clock.advance(60)
        forum.post(secret, ada, "more")
        forum.topic(ada, category=inner)
        await harness.deliver_webhooks()
        await harness.poll()
        await harness.sweep()

        assert await topics(harness) == {f"topic:{shown.id}"}
        assert sorted(await harness.gaps()) == before
        assert {reason for _, reason in before} == {PRIVATE}


async def test_a_category_that_was_never_listed_is_asked_about(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada", trust=2)
    lobby = forum.category("Lobby")
    staff = forum.category("Staff", private=True)
    inner = forum.category("Inner", parent=staff, private=True)
    open_topic = forum.topic(ada, category=lobby)
    forum.topic(ada, category=staff)
    forum.topic(ada, category=inner)
    discourse.troubles.alter(list_only(forum.general.id), "/site.json")

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()

        assert await topics(harness) == {f"topic:{open_topic.id}"}
        assert {place for place, reason in await harness.gaps() if reason == PRIVATE} == {
            f"c{staff.id}",
            f"c{inner.id}",
        }


async def test_a_listed_category_of_which_nothing_is_said_is_private(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    discourse.forum.topic(discourse.forum.user("ada"))

    def forget(body: dict[str, Any]) -> None:
        for category in body["categories"]:
            del category["read_restricted"]

    trouble = discourse.troubles.alter(forget, "/site.json")

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        assert await topics(harness) == set()

        discourse.troubles.end(trouble)
        await harness.sweep()
        assert len(await topics(harness)) == 1
        assert await harness.gaps() == []


async def test_without_a_list_in_the_site_the_list_of_categories_is_read(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    lobby = forum.category("Lobby")
    shown = [forum.topic(ada, category=forum.category("Inner", parent=lobby))]
    shown.append(forum.topic(ada))
    forum.topic(ada, category=forum.category("Staff", private=True))
    discourse.troubles.alter(lambda body: body.pop("categories"), "/site.json")

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()

        assert await topics(harness) == {f"topic:{topic.id}" for topic in shown}


@pytest.mark.parametrize("account", [None, "7"])
async def test_a_topic_may_be_seen_if_its_category_is_public_as_the_forum_said_last(
    discourse: DiscourseServer, tmp_path: Path, account: str | None
) -> None:
    forum = discourse.forum
    staff = forum.category("Staff", private=True)
    forum.topic(forum.user("ada"))

    async with connect_forum(discourse, tmp_path) as harness:

        def sees(*ids: str) -> bool:
            steps = [PlaceStep(id_, "") for id_ in ids]
            return harness.runner.may_see("", steps, account)

        await harness.sweep()

        assert sees("t1", f"c{forum.general.id}")
        assert not sees("t1", f"c{staff.id}")
        assert not sees("t1", "c999")
        assert not sees("t1")
        assert not sees("t1", "cx")


async def test_categories_that_no_list_has_are_known_again_after_a_restart(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, lobby = forum.user("ada"), forum.category("Lobby")
    staff = forum.category("Staff", private=True)
    forum.topic(ada, category=lobby)
    secrets = [forum.topic(ada, category=staff) for _ in range(3)]
    discourse.troubles.alter(list_only(forum.general.id), "/site.json")
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()

    async with connect_forum(discourse, tmp_path) as harness:
        await harness.poll()

        assert harness.runner.may_see("", [PlaceStep(f"c{lobby.id}", "")], None)
        assert not harness.runner.may_see("", [PlaceStep(f"c{staff.id}", "")], None)
    asked = {request.path for request in discourse.requests}
    assert asked.isdisjoint(f"/t/{topic.id}.json" for topic in secrets), "one look is enough"


@pytest.mark.parametrize("by_webhook", [True, False])
async def test_a_category_that_no_list_has_is_asked_about_again(
    discourse: DiscourseServer, tmp_path: Path, *, by_webhook: bool
) -> None:
    forum = discourse.forum
    lobby = forum.category("Lobby")
    topic = forum.topic(forum.user("ada"), category=lobby)
    discourse.troubles.alter(list_only(forum.general.id), "/site.json")
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        assert await topics(harness) == {f"topic:{topic.id}"}

        lobby.read_restricted = True
        if by_webhook:
            body = b'{"category": {"id": %d}}' % lobby.id
            await harness.send(discourse.hooks.make("category", "category_updated", body))
            await harness.runner.read_hints(harness.connection)
        else:
            discourse.clock.advance(hours=1)
            await harness.poll()

        assert not harness.runner.may_see("", [PlaceStep(f"c{lobby.id}", "")], None)
        await harness.sweep()
        assert await topics(harness) == set()


async def test_an_odd_answer_about_a_category_costs_that_category(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, lobby = forum.user("ada"), forum.category("Lobby")
    shown = forum.topic(ada)
    for _ in range(4):
        forum.topic(ada, category=lobby)
    discourse.troubles.alter(list_only(forum.general.id), "/site.json")
    odd = discourse.troubles.respond(b'{"category": "Lobby"}', f"/c/{lobby.id}/show.json")
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        assert await topics(harness) == {f"topic:{shown.id}"}
        assert [place for place, _ in await harness.gaps()] == [f"c{lobby.id}"]

        discourse.troubles.end(odd)
        discourse.clock.advance(hours=1)
        await harness.sweep()
        assert len(await topics(harness)) == 5
        assert await harness.gaps() == []

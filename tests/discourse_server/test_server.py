"""The stand-in responds as Discourse does, and keeps to Discourse's contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.discourse_server import contract
from tests.discourse_server.routes import OPERATIONS, SAME_AS
from tests.discourse_server.server import ContractBrokenError, running_discourse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.discourse_server.server import DiscourseServer

NOT_IN_THE_CONTRACT = {
    ("GET", "/c/{path:.+}/l/latest.json"),
    ("GET", "/discourse-reactions/posts/{id}/reactions-users.json"),
    ("GET", "/post_action_users.json"),
    ("GET", "/posts/by_number/{topic}/{number}.json"),
}


@pytest.fixture
async def session(discourse: DiscourseServer) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Api-Key": discourse.api_key, "Api-Username": "system"}
    async with aiohttp.ClientSession(headers=headers) as opened:
        yield opened


async def get(session: aiohttp.ClientSession, url: str, **query: Any) -> tuple[int, Any]:
    async with session.get(url, params=query, allow_redirects=False) as answer:
        return answer.status, await answer.json()


def test_every_operation_is_in_the_contract_but_four() -> None:
    known = {
        (method.upper(), path)
        for path, methods in contract.SPEC["paths"].items()
        for method in methods
    }

    assert OPERATIONS.keys() - known == NOT_IN_THE_CONTRACT
    assert SAME_AS.keys() <= {path for _, path in NOT_IN_THE_CONTRACT}


def test_the_contract_is_a_part_of_the_whole_one() -> None:
    whole = Path(__file__).parents[2] / ".." / "shared" / "contracts" / "discourse-openapi.json"
    if not whole.exists():
        pytest.skip("only where the whole contract is")
    every = json.loads(whole.read_bytes())["paths"]

    for path, methods in contract.SPEC["paths"].items():
        for method in methods:
            assert every[path][method]["operationId"] == methods[method]["operationId"]


@pytest.mark.parametrize("path", ["/site.json", "/t/{id}.json", "/posts.json", "/latest.json"])
def test_a_departure_from_the_contract_is_noticed(path: str) -> None:
    schema = contract.response_schema("GET", path)
    assert schema is not None
    good = contract.fill(schema)

    assert contract.violations("GET", path, good) == []
    assert contract.violations("GET", path, []) != []
    typed = {
        name: field["type"] for name, field in schema["properties"].items() if "type" in field
    }
    assert typed
    for name, kind in typed.items():
        wrong = "5" if "integer" in kind else 5
        assert contract.violations("GET", path, {**good, name: wrong}) != []


async def test_a_server_that_broke_the_contract_fails_its_test() -> None:
    with pytest.raises(ContractBrokenError, match="no such operation"):
        async with running_discourse() as server, aiohttp.ClientSession() as session:
            await get(session, f"{server.url}/admin/everything.json")


async def test_all_that_can_be_asked_is_answered_by_the_contract(
    discourse: DiscourseServer, session: aiohttp.ClientSession
) -> None:
    forum, url = discourse.forum, discourse.url
    ada, bob = forum.user("ada"), forum.user("bob")
    topic = forum.topic(ada, tags=["a"], external_id="e1")
    answer = forum.post(topic, bob, reply_to=forum.posts[topic.posts[0]])
    forum.like(answer, ada)
    forum.delete_user(bob)
    forum.topic(ada, to=[forum.system])

    for path in (
        "/site.json",
        "/latest.json",
        "/posts.json",
        f"/t/{topic.id}.json",
        f"/t/{topic.id}/posts.json?post_ids[]={answer.id}",
        f"/posts/{answer.id}.json",
        f"/posts/by_number/{topic.id}/2.json",
        f"/post_action_users.json?id={answer.id}&post_action_type_id=2",
        "/user_actions.json?username=ada&filter=1&offset=0",
        "/u/ada.json",
    ):
        assert (await get(session, url + path))[0] == 200, path
    assert (await get(session, f"{url}/t/external_id/e1.json"))[0] == 301
    assert discourse.violations == []


async def test_keys_are_checked_and_hide_or_show(
    discourse: DiscourseServer, session: aiohttp.ClientSession
) -> None:
    forum, url = discourse.forum, discourse.url
    ada = forum.user("ada")
    secret = forum.topic(ada, category=forum.category("Staff", private=True))
    message = forum.topic(ada, to=[])
    deleted = forum.topic(ada)
    forum.delete_topic(deleted)
    hidden = [(secret, 403), (message, 403), (deleted, 404)]

    async with aiohttp.ClientSession() as stranger:
        for topic, status in hidden:
            assert (await get(stranger, f"{url}/t/{topic.id}.json"))[0] == status
        assert (await get(stranger, f"{url}/site.json"))[1]["categories"][0]["id"] == 101
        discourse.login_required = True
        assert (await get(stranger, f"{url}/site.json"))[0] == 403
    for topic, _ in hidden:
        assert (await get(session, f"{url}/t/{topic.id}.json"))[0] == 200
    discourse.api_key = "another"
    assert (await get(session, f"{url}/site.json"))[0] == 403


async def test_the_limit_is_per_minute_and_says_how_long_to_wait(
    discourse: DiscourseServer, session: aiohttp.ClientSession
) -> None:
    url = f"{discourse.url}/posts.json"
    for _ in range(60):
        assert (await get(session, url))[0] == 200
    discourse.clock.advance(45)

    async with session.get(url) as answer:
        assert answer.status == 429
        wait = int(answer.headers["Retry-After"])
    assert wait == 16
    discourse.clock.advance(wait)
    assert (await get(session, url))[0] == 200


async def test_what_hooks_tell_is_what_discourse_tells(discourse: DiscourseServer) -> None:
    forum, hooks = discourse.forum, discourse.hooks
    ada, bob = forum.user("ada"), forum.user("bob")
    topic = forum.topic(ada)
    opening = forum.posts[topic.posts[0]]
    answer = forum.post(topic, bob)
    forum.like(opening, bob)
    forum.unlike(opening, bob)
    forum.trust(bob, 4)
    forum.delete(answer)
    forum.delete(opening)

    assert [delivery.event for delivery in hooks.pending] == [
        *("user_created", "user_created", "post_created", "topic_created", "post_created"),
        *("post_liked", "post_destroyed", "topic_destroyed"),
    ]
    again = hooks.repeat(hooks.pending[0])
    assert again.id != hooks.pending[0].id
    first, second = hooks.pending[0].headers(), again.headers()
    assert first.pop("X-Discourse-Event-Id") != second.pop("X-Discourse-Event-Id")
    assert first == second

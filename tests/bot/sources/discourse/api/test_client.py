"""Requests to a forum: their pace, retries, and the error of each trouble."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.runtime.clock import Sleep
from bot.runtime.pace import Pace
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.transport import (
    LARGEST_RESPONSE,
    RETRIES,
    AccessDeniedError,
    ForumAccess,
    ForumTransport,
    NotFoundError,
    UnavailableError,
    UnexpectedResponseError,
)
from bot.web.server import Handler, serve
from tests.discourse_server import DiscourseServer
from tests.discourse_server.clock import Clock


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def client_of(
    server: DiscourseServer, session: aiohttp.ClientSession, *, user: str = "system"
) -> ForumClient:
    access = ForumAccess(server.url, SecretStr(server.api_key), user)
    clock = server.clock
    return ForumClient(
        ForumTransport(
            access, session, pace=Pace(55, 60.0, clock.sleep, clock.seconds), sleep=clock.sleep
        )
    )


async def test_requests_are_paced_below_the_forums_limit(
    discourse: DiscourseServer, session: aiohttp.ClientSession
) -> None:
    client = client_of(discourse, session)

    for _ in range(120):
        await client.posts_before(None)

    assert discourse.troubles.rate_limited == 0
    assert round(discourse.clock.seconds()) >= 120


async def test_a_forum_that_allows_less_is_waited_for_as_it_asks(
    discourse: DiscourseServer, session: aiohttp.ClientSession
) -> None:
    discourse.troubles.per_minute = 10
    client = client_of(discourse, session)

    for _ in range(25):
        await client.posts_before(None)

    assert discourse.troubles.rate_limited == 2
    assert [round(pause) for pause in discourse.clock.slept] == [60, 60]


@pytest.mark.parametrize("said", ["", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "nan", "-5"])
async def test_an_odd_retry_after_is_survived(
    discourse: DiscourseServer, session: aiohttp.ClientSession, said: str
) -> None:
    discourse.troubles.rate_limit(said)

    assert await client_of(discourse, session).posts_before(None) == []
    assert 0 < discourse.clock.slept[0] <= 2


async def test_a_forum_that_asks_for_too_much_patience_is_left_for_later(
    discourse: DiscourseServer, session: aiohttp.ClientSession
) -> None:
    discourse.troubles.rate_limit("86400")

    with pytest.raises(UnavailableError, match="slow down"):
        await client_of(discourse, session).posts_before(None)
    assert discourse.clock.slept == []


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
async def test_an_unwell_forum_is_asked_some_times(
    discourse: DiscourseServer, session: aiohttp.ClientSession, status: int
) -> None:
    client = client_of(discourse, session)
    words: list[str] = []
    client.transport.on_trouble = words.append
    discourse.troubles.fail(status, times=2)

    assert await client.posts_before(None) == []
    assert words == [
        f"the forum answers {status}; trying again in 2 s",
        f"the forum answers {status}; trying again in 4 s",
        "",
    ]

    discourse.troubles.fail(status)
    with pytest.raises(UnavailableError, match=f"answers {status}"):
        await client.posts_before(None)
    assert len(discourse.requests) == 3 + RETRIES.attempts


async def test_a_forum_that_is_not_there_is_unwell(session: aiohttp.ClientSession) -> None:
    clock = Clock()
    calls = ForumTransport(ForumAccess("http://127.0.0.1:1"), session, sleep=clock.sleep)

    with pytest.raises(UnavailableError, match="cannot be reached"):
        await calls.get("/site.json")
    assert clock.slept == [2, 4, 8]


@asynccontextmanager
async def answering(
    session: aiohttp.ClientSession,
    handler: Handler,
    *,
    timeout_seconds: float = 30,
    sleep: Sleep | None = None,
) -> AsyncIterator[ForumTransport]:
    """Serve a handler as "/site.json"; yield a transport that asks it."""
    async with serve("127.0.0.1", 0, [web.get("/site.json", handler)]) as url:
        clock = Clock()
        yield ForumTransport(
            ForumAccess(url),
            session,
            sleep=sleep or clock.sleep,
            timeout_seconds=timeout_seconds,
        )


async def test_a_forum_that_is_too_slow_is_unwell(session: aiohttp.ClientSession) -> None:
    never = asyncio.Event()

    async def stall(_request: web.Request) -> web.Response:
        await never.wait()
        return web.Response()

    async with answering(session, stall, timeout_seconds=0.02) as calls:
        with pytest.raises(UnavailableError, match="does not answer in time"):
            await calls.get("/site.json")
        never.set()


async def test_an_answer_that_is_too_long_is_not_read(session: aiohttp.ClientSession) -> None:
    sent = 0

    async def flood(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(LARGEST_RESPONSE // 2**18):
            await answer.write(b" " * 2**19)
            sent += 2**19
        return answer

    async with answering(session, flood) as calls:
        with pytest.raises(UnexpectedResponseError, match="longer than 16 MB"):
            await calls.get("/site.json")
    assert sent < 2 * LARGEST_RESPONSE


async def test_the_key_goes_nowhere_else(
    discourse: DiscourseServer, session: aiohttp.ClientSession
) -> None:
    requests: list[str] = []

    async def hear(request: web.Request) -> web.Response:
        requests.append(str(request.headers))
        return web.json_response({})

    async with serve("127.0.0.1", 0, [web.get("/site.json", hear)]) as elsewhere:
        discourse.troubles.redirect(f"{elsewhere}/site.json")
        with pytest.raises(UnexpectedResponseError, match=f"has moved to {elsewhere}"):
            await client_of(discourse, session).categories()
    assert requests == []


@pytest.mark.parametrize("location", ["", "http://[odd", "/elsewhere", "//"])
async def test_a_redirect_to_nowhere_is_an_error_of_the_forum(
    discourse: DiscourseServer, session: aiohttp.ClientSession, location: str
) -> None:
    discourse.troubles.redirect(location)

    with pytest.raises(UnexpectedResponseError, match="has moved: set its address"):
        await client_of(discourse, session).categories()


async def test_a_category_is_found_by_another_path_than_its_own(
    discourse: DiscourseServer, session: aiohttp.ClientSession
) -> None:
    forum = discourse.forum
    outer = forum.category("Outer")
    inner = forum.category("Inner", parent=outer)
    topic = forum.topic(forum.user("ada"), category=inner)

    listed = await client_of(discourse, session).category_topics(["old", str(inner.id)], 0)

    assert [entry["id"] for entry in listed] == [topic.id]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AccessDeniedError),
        (403, AccessDeniedError),
        (404, NotFoundError),
        (410, NotFoundError),
    ],
)
async def test_refusals_are_told_apart(
    discourse: DiscourseServer,
    session: aiohttp.ClientSession,
    status: int,
    error: type[Exception],
) -> None:
    discourse.troubles.fail(status)

    with pytest.raises(error, match=str(status)):
        await client_of(discourse, session).post(5)
    assert len(discourse.requests) == 1


async def test_topics_posts_and_messages_are_written(
    discourse: DiscourseServer, session: aiohttp.ClientSession
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    client = client_of(discourse, session)

    begun = await client.write("words", title="A payout is open", external_id="payout-2024-01")
    topic = begun["topic_id"]
    answer = await client.write("more", topic=topic, reply_to=1)
    message = await client.write("for you", title="A private answer", to=["ada"])

    assert await client.topic_by_external_id("payout-2024-01") == topic
    assert forum.posts[answer["id"]].reply_to == 1
    assert forum.topics[message["topic_id"]].allowed == {-1, ada.id}
    with pytest.raises(NotFoundError):
        await client.topic_by_external_id("payout-2024-02")
    with pytest.raises(AccessDeniedError, match="422"):
        await client.write("again", title="A payout is open", external_id="payout-2024-01")


async def test_what_may_have_been_written_is_not_written_again(
    discourse: DiscourseServer, session: aiohttp.ClientSession
) -> None:
    client = client_of(discourse, session)
    discourse.troubles.fail(502)
    with pytest.raises(UnavailableError):
        await client.write("words", title="A title of a topic")
    assert len(discourse.requests_for("/posts.json", "POST")) == 1


async def test_what_was_surely_not_written_is_regular_later(
    discourse: DiscourseServer, session: aiohttp.ClientSession
) -> None:
    discourse.troubles.rate_limit("5")

    await client_of(discourse, session).write("words", title="A title of a topic")

    assert len(discourse.forum.posts) == 1


async def test_names_of_all_sorts_are_asked_for(
    discourse: DiscourseServer, session: aiohttp.ClientSession
) -> None:
    for name in ("Zoë", "a.b-c_d", "名前"):
        discourse.forum.user(name)
        assert (await client_of(discourse, session).user(name))["username"] == name
    with pytest.raises(NotFoundError):
        await client_of(discourse, session).user("../site")


@pytest.mark.parametrize(
    ("header", "body", "waited"),
    [
        (None, {"extras": {"wait_seconds": 52, "time_left": "52 seconds"}}, 52.0),
        ("7", {"extras": {"wait_seconds": 52}}, 52.0),
        ("60", {"extras": {"wait_seconds": 52}}, 60.0),
        ("60", {"extras": {"wait_seconds": None}}, 60.0),
        ("60", ["extras"], 60.0),
        (None, {"extras": {"wait_seconds": "52"}}, 52.0),
        (None, {"extras": {"time_left": "about 2 minutes"}}, 120.0),
        (None, {"errors": ["Please wait 3 minutes before trying again."]}, 180.0),
        (None, "Slow down.\nPlease retry again in 15 seconds.\nError code: ip_10_secs.", 15.0),
    ],
)
@pytest.mark.parametrize("status", [429, 503, 422])
async def test_a_waiting_time_is_obeyed_wherever_it_is_given(
    session: aiohttp.ClientSession,
    header: str | None,
    body: object,
    waited: float,
    status: int,
) -> None:
    pauses: list[float] = []
    answers = [status, 200]

    async def answer(_request: web.Request) -> web.Response:
        headers = {} if header is None else {"Retry-After": header}
        return web.json_response(body, status=answers.pop(0), headers=headers)

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async with answering(session, answer, sleep=sleep) as calls:
        await calls.get("/site.json")

    assert max(pauses) >= waited
    assert sum(pauses) < waited + 10


async def test_what_slow_mode_refuses_is_written_after_the_time_that_it_asks_for(
    session: aiohttp.ClientSession,
) -> None:
    refusal = {"errors": ["This topic is in slow mode. Please wait 2 minutes."]}
    answers = [web.json_response(refusal, status=422), web.json_response({"id": 5})]
    clock = Clock()

    async def answer(_request: web.Request) -> web.Response:
        return answers.pop(0)

    async with serve("127.0.0.1", 0, [web.post("/posts.json", answer)]) as url:
        transport = ForumTransport(ForumAccess(url), session, sleep=clock.sleep)
        written = await transport.post("/posts.json", {"raw": "hello"})

    assert written == {"id": 5}
    assert max(clock.slept) == 120.0


async def test_a_forum_that_requires_a_login_says_that_a_key_is_needed(
    session: aiohttp.ClientSession,
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"error_type": "not_logged_in"}, status=403)

    async with answering(session, answer) as calls:
        with pytest.raises(AccessDeniedError, match=r"only to its users .* CRED_DISCOURSE_API"):
            await calls.get("/site.json")

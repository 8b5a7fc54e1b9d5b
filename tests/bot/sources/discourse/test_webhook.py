"""Webhooks over HTTP: what they point at is read; what is not authentic changes nothing."""

import asyncio
import hashlib
import hmac
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sources.discourse.api.transport import AccessDeniedError, UnavailableError
from bot.sources.discourse.parse import Hint
from bot.sources.discourse.reading.hints import HintQueue
from bot.sources.discourse.webhook import LARGEST_BODY, REPEAT_SECONDS, SIGNATURE
from tests.bot.sources.discourse.harness import ForumHarness, connect_forum
from tests.discourse_server import DiscourseServer
from tests.discourse_server.hooks import Delivery
from tests.discourse_server.model import Post, Topic

MUTATIONS = 10_000
REPLAYS = 1_000


def first_of(server: DiscourseServer, topic: Topic) -> Post:
    return server.forum.posts[topic.posts[0]]


def a_month_of_hooks(server: DiscourseServer) -> list[Delivery]:
    """Have some of everything happen; return its webhooks."""
    forum, clock = server.forum, server.clock
    ada, bob = forum.user("ada"), forum.user("bob")
    topic = forum.topic(ada)
    answer = forum.post(topic, bob)
    forum.like(answer, ada)
    forum.edit(answer, "better words")
    forum.tag(topic, "tagged")
    extra = forum.post(topic, ada)
    forum.delete(extra)
    forum.rename(bob, "robert")
    clock.advance(days=1)
    return list(server.hooks.pending)


async def test_what_happens_is_told_at_once(discourse: DiscourseServer, tmp_path: Path) -> None:
    forum, clock = discourse.forum, discourse.clock
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        ada, bob = forum.user("ada", trust=3), forum.user("bob")
        topic = forum.topic(ada)
        answer = forum.post(topic, bob)
        clock.advance(60)
        forum.like(answer, ada)
        liked_ms = clock.now_ms()
        clock.advance(60)

        assert set(await harness.deliver_webhooks()) == {200}

        state = await harness.read_state()
        assert len(state.posts) == 3
        assert state.likes == {(f"post:{answer.id}", str(ada.id)): liked_ms}
        assert state.trust == {str(ada.id): "trust:3", str(bob.id): "trust:1"}

        forum.edit(answer, "fewer")
        forum.tag(topic, "told")
        extra = forum.post(topic, ada)
        await harness.deliver_webhooks()
        forum.delete(extra)
        await harness.deliver_webhooks()
        state = await harness.read_state()
        assert state.posts[f"post:{answer.id}"][3] == len("fewer")
        assert state.places[f"t{topic.id}"][1] == "told"
        assert state.deleted == {f"post:{extra.id}"}

        forum.recover(extra)
        await harness.deliver_webhooks()
        assert (await harness.read_state()).deleted == set()

        forum.delete_topic(topic)
        await harness.deliver_webhooks()
        assert (await harness.read_state()).posts == {}

        forum.recover_topic(topic)
        await harness.deliver_webhooks()
        assert len((await harness.read_state()).posts) == 4


async def test_a_post_taken_back_by_its_author_is_out_at_once(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    async with connect_forum(discourse, tmp_path) as harness:
        ada = forum.user("ada")
        answer = forum.post(forum.topic(ada), ada)
        await harness.deliver_webhooks()
        forum.take_back(answer)
        await harness.deliver_webhooks()
        assert (await harness.read_state()).deleted == {f"post:{answer.id}"}

        forum.recover(answer)
        await harness.deliver_webhooks()
        assert (await harness.read_state()).deleted == set()


async def test_webhooks_cost_few_requests(discourse: DiscourseServer, tmp_path: Path) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada"), forum.user("bob")
    topic = forum.topic(ada)
    for _ in range(100):
        forum.post(topic, bob)
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        discourse.hooks.pending.clear()
        asked = len(discourse.requests)
        new = forum.post(topic, ada)
        await harness.deliver_webhooks()
        forum.like(new, bob)
        await harness.deliver_webhooks()
        paths = [request.path for request in discourse.requests[asked:]]

    assert paths == [
        f"/t/{topic.id}.json",
        f"/t/{topic.id}/posts.json",
        f"/posts/{new.id}.json",
        "/post_action_users.json",
        "/user_actions.json",
    ]


async def test_a_webhook_in_the_midst_of_a_sweep_does_not_make_it_begin_anew(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada, bob = forum.user("ada"), forum.user("bob")
    for _ in range(5):
        forum.like(first_of(discourse, forum.topic(ada)), bob)
    async with connect_forum(discourse, tmp_path) as harness:
        harness.runner.hints.add(Hint(users=frozenset({"ada"})))
        await harness.sweep()

        assert len((await harness.read_state()).likes) == 5
        assert not harness.runner.hints
    assert len(discourse.requests_for("/post_action_users.json")) == 1


async def test_order_and_age_of_webhooks_do_not_matter(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    deliveries = a_month_of_hooks(discourse)
    discourse.hooks.pending.clear()

    states = []
    for seed in range(3):
        shuffled = deliveries * 2
        random.Random(seed).shuffle(shuffled)
        async with connect_forum(discourse, tmp_path / str(seed)) as harness:
            for delivery in shuffled:
                assert await harness.send(discourse.hooks.repeat(delivery)) == 200
                await harness.runner.read_hints(harness.connection)
            states.append(await harness.read_state())

    assert states[0] == states[1] == states[2]
    assert len(states[0].posts) == 3


# ── what is forged ────────────────────────────────────────────────────────────────────────────


def flip_a_bit(body: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(body))
    return body[:place] + bytes([body[place] ^ 1 << chance.randrange(8)]) + body[place + 1 :]


def exchange_a_byte(body: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(body))
    other = bytes([(body[place] + chance.randrange(1, 256)) % 256])
    return body[:place] + other + body[place + 1 :]


def cut(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body))]


def longer(body: bytes, chance: random.Random) -> bytes:
    return body + chance.choice([b" ", b"\n", b"}", b"\0", b'{"post": 1}'])


def another(_body: bytes, chance: random.Random) -> bytes:
    return json.dumps({"topic": {"id": chance.randrange(10**6)}}).encode()


def renumber(body: bytes, chance: random.Random) -> bytes:
    return body.replace(b'"id": ', b'"id": %d' % chance.randrange(1, 10), 1)


def one_digit(signature: str, _body: bytes, chance: random.Random) -> str:
    at = chance.randrange(7, len(signature))
    digit = chance.choice([c for c in "0123456789abcdef" if c != signature[at]])
    return signature[:at] + digit + signature[at + 1 :]


def shorter(signature: str, _body: bytes, chance: random.Random) -> str:
    return signature[: chance.randrange(7, len(signature))]


def none_at_all(_signature: str, _body: bytes, chance: random.Random) -> str:
    return chance.choice(["sha256=", "sha256", "=", "x", "sha256=" + "g" * 64])


def weaker(_signature: str, body: bytes, _chance: random.Random) -> str:
    key = b"a secret of the hooks"
    return "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest()


def of_another_secret(_signature: str, body: bytes, chance: random.Random) -> str:
    return "sha256=" + hmac.new(chance.randbytes(16), body, hashlib.sha256).hexdigest()


def in_capitals(signature: str, _body: bytes, _chance: random.Random) -> str:
    return signature.upper()


BODIES = (flip_a_bit, exchange_a_byte, cut, longer, another, renumber)
SIGNATURES = (one_digit, shorter, none_at_all, weaker, of_another_secret, in_capitals)


def mutations(deliveries: list[Delivery], count: int) -> Iterator[tuple[bytes, str]]:
    """Yield (body, signature) of requests that the forum never made."""
    chance = random.Random(20_260_719)
    for number in range(count):
        delivery = deliveries[number // 12 % len(deliveries)]
        body, signature = delivery.body, delivery.headers()[SIGNATURE]
        half, sort = divmod(number % 12, 6)
        if half:
            yield body, SIGNATURES[sort](signature, body, chance)
        else:
            yield BODIES[sort](body, chance), signature


@pytest.mark.parametrize("count", [MUTATIONS], ids=[f"{MUTATIONS}-mutations-0-accepted"])
async def test_a_forged_webhook_changes_nothing(
    discourse: DiscourseServer, tmp_path: Path, count: int
) -> None:
    deliveries = a_month_of_hooks(discourse)
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        events, asked = await harness.count(), len(discourse.requests)
        webhooks = harness.runner.webhooks
        assert webhooks is not None

        statuses: Counter[int] = Counter()
        seats = asyncio.Semaphore(8)

        async def send(body: bytes, signature: str) -> None:
            headers = {"Content-Type": "application/json", SIGNATURE: signature}
            async with (
                seats,
                harness.session.post(harness.hook_url, data=body, headers=headers) as answer,
            ):
                statuses[answer.status] += 1

        async with asyncio.TaskGroup() as group:
            for body, signature in mutations(deliveries, count):
                group.create_task(send(body, signature))
        await harness.runner.read_hints(harness.connection)

        assert statuses == {403: count}
        assert webhooks.accepted == 0
        assert webhooks.rejected.total() == count
        assert len(webhooks.hints) == 0
        assert await harness.count() == events
        assert len(discourse.requests) == asked


@pytest.mark.parametrize("count", [REPLAYS], ids=[f"{REPLAYS}-replays-0-effects"])
async def test_a_replayed_webhook_changes_nothing(
    discourse: DiscourseServer, tmp_path: Path, count: int
) -> None:
    deliveries = a_month_of_hooks(discourse)
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.deliver_webhooks()
        await harness.sweep()
        events, asked = await harness.count(), len(discourse.requests)
        webhooks = harness.runner.webhooks
        assert webhooks is not None
        before = webhooks.accepted

        for number in range(count):
            delivery = deliveries[number % len(deliveries)]
            if number % 100 == 0:  # later, when they are looked after anew
                discourse.clock.advance(REPEAT_SECONDS)
            assert await harness.send(discourse.hooks.repeat(delivery)) == 200
            await harness.runner.read_hints(harness.connection)

        assert await harness.count() == events
        assert webhooks.accepted - before == count
        looked_after = count - webhooks.repeated
        assert len(discourse.requests) - asked <= 2 * looked_after
        assert webhooks.repeated >= count / 2


async def test_headers_that_are_not_signed_are_not_believed(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    async with connect_forum(discourse, tmp_path) as harness:
        topic = forum.topic(forum.user("ada"))
        await harness.deliver_webhooks()
        forum.tag(topic, "told")
        (delivery,) = discourse.hooks.pending
        lies = delivery.headers() | {
            "X-Discourse-Event": "topic_destroyed",
            "X-Discourse-Event-Type": "user",
            "X-Discourse-Instance": "https://elsewhere.example",
        }
        async with harness.session.post(
            harness.hook_url, data=delivery.body, headers=lies
        ) as answer:
            assert answer.status == 200
        await harness.runner.read_hints(harness.connection)

        state = await harness.read_state()
        assert state.deleted == set()
        assert state.places[f"t{topic.id}"][1] == "told"


async def test_a_body_made_up_with_the_secret_changes_nothing_that_is_not_so(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    ada = forum.user("ada")
    topic = forum.topic(ada)
    opening = first_of(discourse, topic)
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        events = await harness.count()
        when = "2024-01-07T00:00:00.000Z"
        made_up = [
            {
                "post": {
                    "id": opening.id,
                    "topic_id": topic.id,
                    "post_number": 1,
                    "created_at": when,
                    "deleted_at": when,
                    "user_id": 5,
                    "trust_level": 4,
                }
            },
            {"topic": {"id": topic.id, "created_at": when, "deleted_at": when}},
            {"like": {"post": {"id": opening.id}, "user": {"id": 77, "username": "eve"}}},
            {"user": {"id": ada.id, "username": "ada", "trust_level": 4}},
            {"user": {"id": 99, "username": "../../admin", "trust_level": 4}},
            {"topic": {"id": 999_999, "created_at": when}},
        ]
        for body in made_up:
            delivery = discourse.hooks.make("any", "any", json.dumps(body).encode())
            assert await harness.send(delivery) == 200
        await harness.runner.read_hints(harness.connection)

        assert await harness.count() == events


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"7",
        b"[]",
        b"{}",
        b"{",
        b"\xff\xfe",
        b'{"post": NaN}',
        b'{"post": {"id": Infinity}}',
        b'{"post": {"id": 1e999}}',
        b'{"post": {"id": -1, "topic_id": 1}}',
        b'{"like": {"post": {"id": 5}}}',
        b'{"like": []}',
        b'{"user": {"id": 1}}',
        b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:24]),
)
async def test_a_signed_body_that_makes_no_sense_is_refused_and_counted(
    discourse: DiscourseServer, tmp_path: Path, body: bytes
) -> None:
    async with connect_forum(discourse, tmp_path) as harness:
        webhooks = harness.runner.webhooks
        assert webhooks is not None
        assert await harness.send(discourse.hooks.make("post", "x", body)) == 400
        assert webhooks.rejected == {"odd body": 1}
        assert await harness.send(discourse.hooks.ping()) == 200


def rejections(harness: ForumHarness) -> dict[str, int]:
    webhooks = harness.runner.webhooks
    assert webhooks is not None
    return dict(webhooks.rejected)


async def raw(harness: ForumHarness, head: str, body: bytes = b"") -> bytes:
    """Send a request by hand and return all that is answered until the connection closes."""
    port = int(harness.hook_url.split(":")[2].split("/")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST /hooks/discourse HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode() + body)
    await writer.drain()
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def test_a_body_that_is_too_large_is_not_read(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    async with connect_forum(discourse, tmp_path) as harness:
        signed = f"{SIGNATURE}: sha256={'0' * 64}\r\n"
        await raw(harness, f"{signed}Content-Length: {LARGEST_BODY + 1}\r\n")
        assert rejections(harness) == {"too large": 1}


async def test_a_body_that_grows_too_large_is_not_kept(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    async with connect_forum(discourse, tmp_path) as harness:
        webhooks = harness.runner.webhooks
        assert webhooks is not None
        webhooks.largest_body = 1000
        signed = f"{SIGNATURE}: sha256={'0' * 64}\r\nTransfer-Encoding: chunked\r\n"
        await raw(harness, signed, b"400\r\n" + b"x" * 0x400 + b"\r\n")
        assert rejections(harness) == {"too large": 1}


async def test_without_a_signature_the_body_is_not_waited_for(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    async with connect_forum(discourse, tmp_path) as harness:
        await raw(harness, "Content-Length: 100\r\n", b"{")
        assert rejections(harness) == {"not signed once": 1}


async def test_two_signatures_are_none(discourse: DiscourseServer, tmp_path: Path) -> None:
    async with connect_forum(discourse, tmp_path) as harness:
        ping = discourse.hooks.ping()
        right = ping.headers()[SIGNATURE]
        both = f"{SIGNATURE}: {right}\r\n{SIGNATURE}: sha256={'0' * 64}\r\n"
        await raw(harness, f"{both}Content-Length: {len(ping.body)}\r\n", ping.body)
        assert rejections(harness) == {"not signed once": 1}


async def test_a_topic_that_was_only_heard_of_is_known_to_be_gone(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum, hooks = discourse.forum, discourse.hooks
    async with connect_forum(discourse, tmp_path) as harness:
        topic = forum.topic(forum.user("ada"))
        await harness.deliver_webhooks()
        hooks.enabled = False
        forum.delete_topic(topic)
        await harness.sweep()

        assert (await harness.read_state()).posts == {}


async def test_a_webhook_read_with_a_refused_key_deletes_nothing(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    topic = forum.topic(forum.user("ada"))
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        forum.tag(topic, "told")
        discourse.api_key = "another"
        with pytest.raises(AccessDeniedError):
            await harness.deliver_webhooks()
        assert (await harness.read_state()).deleted == set()
        assert len(harness.runner.hints) > 0, "it is looked at later"


async def test_stalled_bodies_are_closed(discourse: DiscourseServer, tmp_path: Path) -> None:
    async with connect_forum(discourse, tmp_path) as harness:
        webhooks = harness.runner.webhooks
        assert webhooks is not None
        webhooks.read_seconds = 0.05
        signed = f"{SIGNATURE}: sha256={'0' * 64}\r\nContent-Length: 100\r\n"

        await asyncio.gather(*(raw(harness, signed, b'{"post"') for _ in range(100)))

        assert webhooks.rejected == {"too slow": 100}
        assert await harness.send(discourse.hooks.ping()) == 200


# ── the queue ─────────────────────────────────────────────────────────────────────────────────


def test_what_is_told_twice_waits_once() -> None:
    hints = HintQueue()

    hints.add(Hint(topics=frozenset({1}), posts=frozenset({5})))
    hints.add(Hint(topics=frozenset({1}), posts=frozenset({6})))
    hints.add(Hint(posts=frozenset({5}), likes=frozenset({("ada", 5)})))

    assert hints.next() == (("topic", 1), frozenset({5, 6}))
    assert hints.next() == (("like", 5), frozenset({5}))
    assert hints.next() is None


def test_what_could_not_be_looked_at_is_the_next_to_be() -> None:
    hints = HintQueue()
    hints.add(Hint(topics=frozenset({1}), posts=frozenset({5})))
    hints.add(Hint(topics=frozenset({2}), posts=frozenset({6})))
    hint = hints.next()
    assert hint is not None

    hints.add(Hint(topics=frozenset({1}), posts=frozenset({7})))
    hints.put_back(*hint)

    assert hints.next() == (("topic", 1), frozenset({5, 7}))
    assert hints.next() == (("topic", 2), frozenset({6}))


async def test_what_does_not_fit_into_the_queue_is_found_by_a_sweep(
    discourse: DiscourseServer, tmp_path: Path
) -> None:
    forum = discourse.forum
    async with connect_forum(discourse, tmp_path) as harness:
        await harness.sweep()
        harness.runner.hints.capacity = 3
        ada = forum.user("ada")
        for _ in range(10):
            forum.topic(ada)
        await discourse.hooks.deliver(harness.session, harness.hook_url)
        await harness.runner.read_hints(harness.connection)
        assert len((await harness.read_state()).posts) < 20
        assert harness.runner.hints.overflowed

        trouble = discourse.troubles.fail(503)
        with pytest.raises(UnavailableError):
            await harness.runner._do_due(harness.connection)  # noqa: SLF001
        assert harness.runner.hints.overflowed, "all of it is still to be found"
        discourse.troubles.end(trouble)
        await harness.runner._do_due(harness.connection)  # noqa: SLF001 - one step of `run`
        assert len((await harness.read_state()).posts) == 20
        assert not harness.runner.hints.overflowed

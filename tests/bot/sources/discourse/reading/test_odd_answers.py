"""Whatever a forum answers, reading ends in a DiscourseError or in events, and recovers."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from bot.sources.discourse.api.transport import DiscourseError
from tests.bot.sources.discourse.harness import connect_forum
from tests.discourse_server import DiscourseServer
from tests.discourse_server.model import Json

ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 1.5, 2**70, "", "x", "\ud800", "9" * 400, "2024-13-45T99:00:00Z"),
    *([], {}, [[]], {"id": {}}, ["a", 1], "<b>" * 50, "/t/x/1", [{"name": 5}]),
)
ROUNDS = 600


def spoil(answer: Json, chance: random.Random) -> None:
    """Replace or remove some values of a response."""
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        steps = node.items() if isinstance(node, dict) else enumerate(node)
        for step, value in list(steps):
            places.append((node, step))
            if isinstance(value, dict | list):
                walk(value)

    walk(answer)
    for node, step in chance.sample(places, min(len(places), chance.randrange(1, 4))):
        if isinstance(node, dict) and chance.random() < 0.3:
            node.pop(step, None)
        elif isinstance(node, dict) or step < len(node):
            node[step] = json.loads(json.dumps(chance.choice(ODD)))


@pytest.mark.parametrize("rounds", [ROUNDS], ids=[f"{ROUNDS}-spoilt-readings"])
async def test_odd_answers_never_end_a_runner_and_are_read_again(
    discourse: DiscourseServer, tmp_path: Path, rounds: int
) -> None:
    discourse.troubles.per_minute = None
    forum = discourse.forum
    ada, bob = forum.user("ada", trust=2), forum.user("bob")
    topic = forum.topic(ada, tags=["seeds"])
    answer = forum.post(topic, bob, cooked='<p><a href="/u/ada">a</a><a href="/t/x/1/1">b</a>')
    forum.like(answer, ada)
    other = forum.topic(bob, cooked=f'<p><a href="/t/x/{topic.id}/2">this</a></p>')
    chance = random.Random(15)

    async with connect_forum(discourse, tmp_path / "well") as harness:
        await harness.sweep()
        well = await harness.read_state()
    refused = 0
    async with connect_forum(discourse, tmp_path / "odd") as harness:
        trouble = discourse.troubles.alter(
            lambda answer: spoil(answer, chance) if chance.random() < 0.3 else None
        )
        for number in range(rounds):
            step = (harness.sweep, harness.poll, harness.deliver_webhooks)[number % 3]
            forum.edit(forum.posts[other.posts[0]], "so that there is something to read")
            try:
                await step()
            except DiscourseError:
                refused += 1
        discourse.troubles.end(trouble)
        forum.edit(
            forum.posts[other.posts[0]],
            "this",
            cooked=f'<p><a href="/t/x/{topic.id}/2">this</a></p>',
        )
        await harness.sweep(again=True)
        healed = await harness.read_state()

    assert 10 < refused < rounds - 10
    names = {f"post:{number}" for number in (*topic.posts, *other.posts)}
    names |= {f"topic:{each.id}" for each in (topic, other)}
    assert names <= healed.posts.keys()
    assert well.likes.keys() <= healed.likes.keys()
    assert {key: healed.references.get(key) for key in well.references} == well.references
    assert healed.trust.items() >= well.trust.items()

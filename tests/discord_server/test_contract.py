"""Whatever violates the contract is caught, in either direction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.discord_server import contract, people
from tests.discord_server.allowances import ALLOWANCES
from tests.discord_server.client import Listener, running
from tests.discord_server.server import ContractBrokenError, DiscordServer, running_discord

if TYPE_CHECKING:
    from tests.discord_server.model import Guild, Json


async def call(
    server: DiscordServer,
    method: str,
    path: str,
    **options: Any,
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bot {server.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, server.rest_base + path, **options) as answer,
    ):
        text = await answer.text()
        return answer.status, json.loads(text) if text else None


@pytest.fixture
def broken_user(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = people.own_user
    monkeypatch.setattr(people, "own_user", lambda user: honest(user) | {"id": user.id})


@pytest.mark.usefixtures("broken_user")
async def test_an_answer_with_a_broken_field_fails_the_test() -> None:
    with pytest.raises(ContractBrokenError, match=r"response GET /users/@me.*id"):
        async with running_discord() as server:
            assert (await call(server, "GET", "/users/@me"))[0] == 200


async def test_an_answer_with_an_unknown_field_is_caught(
    discord_server: DiscordServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = people.own_user
    monkeypatch.setattr(people, "own_user", lambda user: honest(user) | {"karma": 3})

    await call(discord_server, "GET", "/users/@me")

    assert "karma" in discord_server.violations.pop().why
    assert discord_server.violations == []


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"content": "x" * 2001}, ("content",)),
        ({"content": 5}, ("content",)),
        ({"embeds": [{"title": "x" * 257}]}, ("embeds", "0", "title")),
        ({"embeds": [{}] * 11}, ("embeds",)),
        ({"message_reference": {"message_id": "abc"}}, ("message_reference", "message_id")),
        ({"allowed_mentions": {"users": [1, 1]}}, ("allowed_mentions", "users")),
    ],
)
async def test_a_request_with_a_broken_field_is_refused_and_recorded(
    discord_server: DiscordServer, body: Json, where: tuple[str, ...]
) -> None:
    world = discord_server.world
    channel = world.channel(world.guild("Garden"), "general")

    status, answer = await call(
        discord_server, "POST", f"/channels/{channel.id}/messages", json=body
    )

    assert (status, answer["code"]) == (400, 50035)
    violation = discord_server.violations.pop()
    assert (violation.side, violation.path) == ("request", where)
    assert discord_server.violations == []
    assert channel.messages == {}


async def test_a_broken_query_is_refused_and_recorded(discord_server: DiscordServer) -> None:
    world = discord_server.world
    channel = world.channel(world.guild("Garden"), "general")
    path = f"/channels/{channel.id}/messages"

    for query in ({"limit": "101"}, {"after": "x"}, {"since": "1"}):
        status, _ = await call(discord_server, "GET", path, params=query)
        assert status == 400
        discord_server.violations.pop()
    assert discord_server.violations == []


async def test_a_route_discord_does_not_have_is_recorded(discord_server: DiscordServer) -> None:
    assert (await call(discord_server, "GET", "/guilds/1/karma"))[0] == 404
    assert discord_server.violations.pop().side == "stand-in"


async def test_limits_the_file_does_not_state_are_kept(discord_server: DiscordServer) -> None:
    world = discord_server.world
    channel = world.channel(world.guild("Garden"), "general")
    long = {"description": "x" * 3001}
    button = {"type": 2, "style": 1, "label": "a", "custom_id": "same"}
    bodies = (
        {"embeds": [long, long]},
        {"components": [{"type": 1, "components": [button, button]}]},
        {"content": ""},
    )

    for body in bodies:
        path = f"/channels/{channel.id}/messages"
        assert (await call(discord_server, "POST", path, json=body))[0] == 400


async def test_a_gateway_event_with_a_broken_field_is_caught(
    server: DiscordServer, guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = server.world
    ada, channel = world.member(guild, "ada"), world.channel(guild, "general")
    message = world.post(channel, ada, "hello")
    honest = people.reaction_emoji
    monkeypatch.setattr(
        people, "reaction_emoji", lambda emoji: honest(emoji) | {"colour": "red"}
    )

    async with running(Listener(), server):
        world.react(message, ada, "👍")

    violation = server.violations.pop()
    assert (violation.side, violation.subject) == ("gateway", "MESSAGE_REACTION_ADD")


def test_every_allowance_is_needed() -> None:
    """An allowance that changes nothing would hide that Discord's file has caught up."""
    for allowance in ALLOWANCES:
        schemas = json.loads(json.dumps(contract.SPEC["components"]["schemas"]))
        allowance.change(schemas)
        assert schemas != contract.SPEC["components"]["schemas"], allowance.reason

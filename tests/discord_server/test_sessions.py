"""Gateway sessions of the real client: login, refusals, resume, compression, shards."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import discord
import pytest

from tests.discord_server.client import EVERYTHING, Listener, running

if TYPE_CHECKING:
    from tests.discord_server.model import Guild
    from tests.discord_server.server import DiscordServer


async def test_a_client_logs_in_and_knows_the_guild(
    server: DiscordServer, guild: Guild
) -> None:
    ada = server.world.member(guild, "ada")
    channel = server.world.channel(guild, "general", topic="all")
    client = Listener()

    async with running(client, server):
        await client.hear("ready")
        known = await client.hear("guild_available")
        assert known.name == "Common Garden"
        assert [text_channel.id for text_channel in known.text_channels] == [channel.id]
        assert known.get_member(ada.id) is not None  # from the chunks it asked for
        assert client.application_id == server.world.application.id


async def test_a_switched_off_intent_is_refused_with_4014(
    server: DiscordServer, guild: Guild
) -> None:
    del guild
    server.world.application.message_content_intent = False

    async with Listener() as client, asyncio.timeout(10):
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await client.start(server.token)
    assert server.gateway.counts["closed 4014"] == 1


@pytest.mark.usefixtures("server")
async def test_a_wrong_token_is_refused() -> None:
    async with Listener() as client:
        with pytest.raises(discord.LoginFailure):
            await client.start("wrong")


@pytest.mark.parametrize("cut", ["close", "abort", "reconnect", "invalid but resumable"])
async def test_a_resume_replays_what_was_missed(
    server: DiscordServer, guild: Guild, cut: str
) -> None:
    world, client = server.world, Listener()
    ada, channel = world.member(guild, "ada"), world.channel(guild, "general")

    async with running(client, server):
        world.post(channel, ada, "before")
        await server.idle()
        if cut == "close":
            await server.gateway.disconnect(4000)
        elif cut == "abort":
            await server.gateway.abort()
        elif cut == "reconnect":
            server.gateway.reconnect()
        else:
            server.gateway.invalidate(resumable=True)
        world.post(channel, ada, "meanwhile")
        await client.hear("resumed")
        world.post(channel, ada, "after")
        heard = [(await client.hear("message")).content for _ in range(3)]
        assert heard == ["before", "meanwhile", "after"]
        assert server.gateway.counts["identify"] == 1
        assert server.gateway.paths[-1].startswith("/resume/")


async def test_what_happens_in_an_expired_session_is_lost_and_ready_comes_again(
    server: DiscordServer, guild: Guild
) -> None:
    world, client = server.world, Listener()
    ada, channel = world.member(guild, "ada"), world.channel(guild, "general")

    async with running(client, server):
        await client.hear("ready")
        async with server.gateway.offline(forget=True):
            world.post(channel, ada, "lost")
        await client.hear("ready")
        world.post(channel, ada, "after")
        assert (await client.hear("message")).content == "after"
        assert server.gateway.counts["refused"] == 1
        assert server.gateway.counts["identify"] == 2


async def test_an_invalidated_session_is_begun_anew(
    server: DiscordServer, guild: Guild
) -> None:
    del guild
    client = Listener()

    async with running(client, server):
        await client.hear("ready")
        server.gateway.invalidate()
        await client.hear("ready")
        assert server.gateway.counts["identify"] == 2


async def test_compression_is_what_the_client_asks_for(
    server: DiscordServer, guild: Guild
) -> None:
    del guild
    async with running(Listener(), server):
        (connection,) = server.gateway.connected
        assert "compress=" in server.gateway.paths[0]
        assert 0 < connection.compressed_bytes < connection.plain_bytes


async def test_the_client_answers_a_requested_heartbeat(
    server: DiscordServer, guild: Guild
) -> None:
    del guild
    async with running(Listener(), server):
        (connection,) = server.gateway.connected
        before = server.gateway.counts["heartbeat"]
        await connection.heartbeat()
        assert server.gateway.counts["heartbeat"] == before + 1


async def test_idle_returns_after_the_client_has_read_everything(
    server: DiscordServer, guild: Guild
) -> None:
    world, client = server.world, Listener()
    ada, channel = world.member(guild, "ada"), world.channel(guild, "general")

    async with running(client, server):
        for number in range(200):
            world.post(channel, ada, str(number))
        await server.idle()
        assert client.order.count("message") == 200


async def test_members_can_be_asked_for_over_the_gateway(
    server: DiscordServer, guild: Guild
) -> None:
    ada = server.world.member(guild, "ada")
    client = Listener(EVERYTHING, chunk_guilds_at_startup=False)

    async with running(client, server):
        known = client.get_guild(guild.id)
        assert known is not None
        assert [query_member.id for query_member in await known.query_members("ad")] == [ada.id]


async def test_a_sharded_client_hears_each_guild_once(server: DiscordServer) -> None:
    world = server.world
    server.interactions.shards = 2
    guilds = [world.guild(str(number)) for number in range(4)]

    class Sharded(discord.AutoShardedClient):
        async def before_identify_hook(
            self, shard_id: int | None, *, initial: bool = False
        ) -> None:
            """Do not wait before identifying."""

    client = Sharded(intents=EVERYTHING, guild_ready_timeout=0.02)
    async with running(client, server):
        assert {guild.id for guild in client.guilds} == {guild.id for guild in guilds}
        assert len(server.gateway.sessions) == 2
        sent = server.gateway.counts["sent GUILD_CREATE"]
        assert sent == 4


async def test_an_odd_payload_can_be_sent(server: DiscordServer, guild: Guild) -> None:
    del guild
    client = Listener()

    async with running(client, server):
        await client.hear("guild_available")
        server.gateway.inject("KARMA_CREATE", {"karma": 3})
        await server.idle()
        heard = client.heard["socket_event_type"]
        assert "KARMA_CREATE" in [heard.get_nowait() for _ in range(heard.qsize())]

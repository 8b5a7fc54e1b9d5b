"""Fixtures of the stand-in's own tests: a server that discord.py is pointed at, and a guild."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.discord_server.client import Listener, running
from tests.discord_server.fixtures import discord_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.discord_server.model import Channel, Guild, User
    from tests.discord_server.server import DiscordServer

__all__ = ["discord_server"]


@pytest.fixture
def server(discord_server: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> DiscordServer:
    # the bot has settings for both addresses; a bare client has these two class attributes
    monkeypatch.setattr(Route, "BASE", discord_server.rest_base)
    gateway = yarl.URL(discord_server.gateway_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    return discord_server


@pytest.fixture
def guild(server: DiscordServer) -> Guild:
    return server.world.guild("Common Garden")


@pytest.fixture
def ada(server: DiscordServer, guild: Guild) -> User:
    return server.world.member(guild, "ada")


@pytest.fixture
def general(server: DiscordServer, guild: Guild) -> Channel:
    return server.world.channel(guild, "general")


@pytest.fixture
async def client(server: DiscordServer, general: Channel) -> AsyncIterator[Listener]:
    del general  # there before the client comes, so that it knows it
    client = Listener()
    async with running(client, server):
        await client.hear("ready")
        yield client

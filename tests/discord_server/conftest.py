"""Fixtures for the stand-in's own tests: a server and real clients pointed at it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.discord_server.fixtures import discord_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.discord_server.server import DiscordServer

__all__ = ["discord_server"]

EVERYTHING = discord.Intents.all()
EVERYTHING.presences = False


class Listener(discord.Client):
    """A real client that keeps what it hears, by event, in queues."""

    def __init__(self, intents: discord.Intents = EVERYTHING, **options: Any) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.02, **options)
        self.heard: dict[str, asyncio.Queue[Any]] = {}
        self.order: list[str] = []

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        self.order.append(event)
        self.heard.setdefault(event, asyncio.Queue()).put_nowait(args[0] if args else None)
        super().dispatch(event, *args, **kwargs)

    async def before_identify_hook(
        self, shard_id: int | None, *, initial: bool = False
    ) -> None:
        """Identify again at once; discord.py would wait 5 s."""

    async def hear(self, event: str) -> Any:
        """Return the next such event."""
        async with asyncio.timeout(10):
            return await self.heard.setdefault(event, asyncio.Queue()).get()


@pytest.fixture
def point_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    def point(server: DiscordServer) -> None:
        monkeypatch.setattr(Route, "BASE", server.rest_base)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))

    return point


@contextlib.asynccontextmanager
async def running(client: discord.Client, server: DiscordServer) -> AsyncIterator[None]:
    """Run a client until the block ends; its own failure is the block's."""
    async with client:
        task = asyncio.create_task(client.start(server.token))
        try:
            await server.connected()
            await client.wait_until_ready()
            yield
        finally:
            await client.close()
            with contextlib.suppress(asyncio.CancelledError):
                await task


@pytest.fixture
async def server(discord_server: DiscordServer, point_at: Any) -> DiscordServer:
    point_at(discord_server)
    return discord_server


@pytest.fixture
def guild(server: DiscordServer) -> Any:
    return server.world.guild("Common Garden")

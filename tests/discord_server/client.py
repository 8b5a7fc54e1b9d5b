"""A real client, for tests of the stand-in itself and wherever a second one is needed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import discord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.discord_server.model import Channel
    from tests.discord_server.server import DiscordServer

EVERYTHING = discord.Intents.all()
EVERYTHING.presences = False


class Listener(discord.Client):
    """A client that keeps the events it gets in queues, by name."""

    def __init__(self, intents: discord.Intents = EVERYTHING, **options: Any) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.02, **options)
        self.heard: dict[str, asyncio.Queue[Any]] = {}
        self.order: list[str] = []

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        self.order.append(event)
        self.heard.setdefault(event, asyncio.Queue()).put_nowait(args[0] if args else None)
        super().dispatch(event, *args, **kwargs)

    async def before_identify_hook(
        self,
        shard_id: int | None,
        *,
        initial: bool = False,
    ) -> None:
        """Do not wait; discord.py would wait 5 s before it identifies again."""

    async def hear(self, event: str) -> Any:
        """Return the next event of a name."""
        async with asyncio.timeout(10):
            return await self.heard.setdefault(event, asyncio.Queue()).get()


@contextlib.asynccontextmanager
async def running(client: discord.Client, server: DiscordServer) -> AsyncIterator[None]:
    """Run a client until the block ends, which begins when the client is ready."""
    async with client:
        task = asyncio.create_task(client.start(server.token))
        try:
            await server.wait_until_connected()
            await client.wait_until_ready()
            yield
        finally:
            await client.close()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def text(client: discord.Client, channel: Channel) -> discord.TextChannel:
    """Return the client's object for a text channel."""
    found = client.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    return found

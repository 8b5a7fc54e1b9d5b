"""The real bot's Discord half: discord.py against the in-process Discord, into a real file."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.community.communities import Communities, Community, community_slug
from bot.community.graph_source import GraphSource
from bot.community.history_progress import Progress
from bot.runtime.discord_client import DiscordClient, make_client
from bot.runtime.pace import Pace
from bot.services.ingest import CommunityInlet
from bot.sources.discord import SOURCE
from bot.sources.discord.runner import DiscordRunner
from bot.sources.port import BotRefusedError
from cred.facts.activity import Activity
from cred.facts.folding import fold
from tests.discord_server import DiscordServer
from tests.discord_server.model import Guild, Message, User


async def at_once(_seconds: float) -> None:
    """Return at once; takes the place of a sleep."""
    await asyncio.sleep(0)


@dataclass
class LivingBot:
    server: DiscordServer
    client: DiscordClient
    runner: DiscordRunner
    communities: Communities
    progress: list[Progress] = field(default_factory=list)

    async def wait_until_settled(self) -> None:
        """Return when everything that happened so far is recorded."""
        await self.server.wait_until_connected()
        await self.server.idle()
        async with asyncio.timeout(10):
            await self.runner.wait_until_settled()

    async def community(self, guild: Guild) -> Community:
        community = self.communities.get_open(f"discord-{guild.id}")
        assert community is not None
        await community.directory.refresh()
        return community

    async def activity(self, guild: Guild) -> Activity:
        await self.wait_until_settled()
        community = await self.community(guild)
        return fold(await community.log.columns())

    async def events(self, guild: Guild) -> list[dict[str, Any]]:
        await self.wait_until_settled()
        community = await self.community(guild)
        return [row async for row in community.log.export()]

    async def kinds(self, guild: Guild, message: Message) -> Counter[str]:
        """Return how many events of each kind there are about a message."""
        rows = await self.events(guild)
        return Counter(row["kind"] for row in rows if row["target"] == str(message.id))

    async def posts(self, guild: Guild) -> set[str]:
        activity = await self.activity(guild)
        names = (await self.community(guild)).directory
        return {names.contribution(number) for number in activity.posts.target.tolist()}

    async def reactions(self, guild: Guild) -> set[tuple[str, str, str]]:
        """Return the current reactions as (message, account, emoji)."""
        table = (await self.activity(guild)).reactions
        names = (await self.community(guild)).directory
        return {
            (names.contribution(target), names.account(actor), names.text(text))
            for target, actor, text in zip(
                table.target.tolist(), table.actor.tolist(), table.text.tolist(), strict=True
            )
        }

    async def members(self, guild: Guild) -> dict[str, str]:
        """Return the members' roles by account."""
        table = (await self.activity(guild)).members
        names = (await self.community(guild)).directory
        return {
            names.account(account): "" if roles < 1 else names.text(roles)
            for account, roles, here in zip(
                table.account.tolist(),
                table.roles.tolist(),
                table.present.tolist(),
                strict=True,
            )
            if here
        }

    async def gaps(self, guild: Guild) -> list[tuple[str | None, str]]:
        await self.wait_until_settled()
        gaps = await (await self.community(guild)).gaps.list()
        return [(recorded_gap.gap.place, recorded_gap.gap.reason) for recorded_gap in gaps]


def reaction(message: Message, user: User, emoji: str) -> tuple[str, str, str]:
    return (str(message.id), str(user.id), emoji)


@dataclass
class ServerInlets:
    """Ways into the communities of servers, as the app gives them to the runner."""

    communities: Communities
    on_progress: Callable[[Progress], None]

    async def own(self) -> CommunityInlet:
        raise NotImplementedError

    async def of_server(self, server: str, name: str) -> CommunityInlet:
        slug = community_slug(SOURCE.name, server)
        community = await self.communities.get_or_create(slug, name, SOURCE.name, server)
        return CommunityInlet(community, SOURCE.name, lambda _slug: None, self.on_progress)


@contextlib.asynccontextmanager
async def living(
    server: DiscordServer,
    data_dir: Path,
    *,
    members: bool = True,
    message_content: bool = True,
    read: bool = True,
    sources: Sequence[GraphSource] = (SOURCE,),
) -> AsyncIterator[LivingBot]:
    """Run the bot until the block ends; doing so again with the same folder is a restart.

    With `read`, the block begins when history is read, otherwise when the bot is connected.
    """
    client = make_client(
        api_url=server.rest_base,
        gateway_url=server.gateway_url,
        members=members,
        message_content=message_content,
        guild_ready_timeout=0.02,
    )

    async def identify_at_once(*_: object, **__: object) -> None:
        """discord.py would wait 5 s after an invalid session."""

    client.before_identify_hook = identify_at_once  # type: ignore[method-assign]
    with ThreadPoolExecutor(1) as worker:
        async with Communities(data_dir, sources, worker) as communities:
            progress: list[Progress] = []
            runner = DiscordRunner(
                client,
                server.token,
                now_ms=lambda: server.clock.now_ms,
                sleep=at_once,
                pace=lambda sleep: Pace(1000, 5.0, sleep),
            )
            inlets = ServerInlets(communities, progress.append)
            running = asyncio.create_task(runner.run(inlets))
            bot = LivingBot(server, client, runner, communities, progress)
            try:
                await server.wait_until_connected()
                await client.wait_until_ready()
                if read:
                    await bot.wait_until_settled()
                yield bot
            finally:
                await client.close()
                with pytest.raises(BotRefusedError, match="was closed"):
                    await running

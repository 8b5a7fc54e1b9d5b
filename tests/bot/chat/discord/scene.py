"""A server of the in-process Discord, with people, a community and clients of the bot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.chat.discord import DiscordChat
from bot.commands.catalogue import build_registry
from bot.community.communities import Communities, Community
from bot.runtime.discord_client import DiscordClient, make_client
from tests.bot.commands.garden import NOW_MS
from tests.discord_server import DiscordServer
from tests.discord_server.client import running
from tests.discord_server.model import Channel, Guild, Json, Message, User

MANAGE_GUILD = 1 << 5


@dataclass
class Scene:
    """A server with people, a community that knows them, and clients of the bot."""

    server: DiscordServer
    opened: Communities
    community: Community
    guild: Guild
    general: Channel
    ada: User
    grace: User
    now_ms: list[int] = field(default_factory=lambda: [NOW_MS])

    @asynccontextmanager
    async def bot(self, *, message_content: bool = True) -> AsyncIterator[DiscordClient]:
        """Run a client of its own; leaving the block is the bot's end."""
        client = make_client(
            message_content=message_content,
            api_url=self.server.rest_base,
            gateway_url=self.server.gateway_url,
            guild_ready_timeout=0.02,
        )

        async def community_of(_: object) -> Community:
            return self.community

        chat = DiscordChat(
            client, build_registry(), community_of, now_ms=lambda: self.now_ms[0]
        )
        chat.attach()
        async with running(client, self.server):
            yield client

    async def has_slash_commands(self) -> None:
        await self.server.until(
            lambda: bool(self.server.interactions.commands), "slash commands"
        )

    async def ask(self, user: User, text: str) -> Message:
        """Post a message and return the bot's reply to it."""
        posted = self.server.world.post(self.general, user, text)
        reply = await self.server.next_message(self.general)
        assert reply.replies_to is posted
        return reply


def embed_text(message: Message) -> str:
    (embed,) = message.embeds
    return f"{embed['title']}\n{embed['description']}"


def buttons_by_label(message: Message) -> dict[str, Json]:
    return {
        button["label"]: button for row in message.components for button in row["components"]
    }

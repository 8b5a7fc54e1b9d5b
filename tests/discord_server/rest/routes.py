"""Routes: what a handler gets and returns, and how it is found.

A route is declared with a path of Discord's OpenAPI file, so that none can be declared which
Discord does not have.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.discord_server import contract
from tests.discord_server.model import Channel, Guild, Json, Message, Thread, User
from tests.discord_server.permissions import Permission, allows

if TYPE_CHECKING:
    from tests.discord_server.interactions import Interactions
    from tests.discord_server.objects import Viewer
    from tests.discord_server.world import World


@dataclass(frozen=True)
class Answer:
    """A status and, unless it is empty, the JSON body."""

    status: int = 204
    body: Any = None


class RefusalError(Exception):
    """An answer of 4xx with Discord's own error code."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def missing_access() -> RefusalError:
    return RefusalError(403, 50001, "Missing Access")


def missing_permissions() -> RefusalError:
    return RefusalError(403, 50013, "Missing Permissions")


def unknown(resource: str, code: int) -> RefusalError:
    return RefusalError(404, code, f"Unknown {resource}")


@dataclass(eq=False)
class Call:
    """One request that was read and found valid."""

    world: World
    interactions: Interactions
    viewer: Viewer
    params: dict[str, str]
    query: Json
    body: Any = None
    files: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    """Multipart files by their number: name and content."""

    @property
    def bot(self) -> User:
        return self.world.bot

    def id(self, name: str) -> int:
        return int(self.params[name])

    def guild(self) -> Guild:
        guild = self.world.guilds.get(self.id("guild_id"))
        if guild is None or self.bot.id not in guild.members:
            raise unknown("Guild", 10004)
        return guild

    def channel(self, *wanted: Permission) -> Channel:
        """Return the channel in the path; refuse if it cannot be viewed or is not permitted."""
        channel = self.world.channels.get(self.id("channel_id"))
        if channel is None:
            raise unknown("Channel", 10003)
        self.need(channel, *wanted)
        return channel

    def need(self, channel: Channel, *wanted: Permission) -> None:
        if channel.guild is not None and self.bot.id not in channel.guild.members:
            raise missing_access()
        if not allows(channel, self.bot, Permission.VIEW_CHANNEL):
            raise missing_access()
        if not all(allows(channel, self.bot, permission) for permission in wanted):
            raise missing_permissions()

    def thread(self) -> Thread:
        channel = self.channel()
        if not isinstance(channel, Thread):
            raise unknown("Channel", 10003)
        return channel

    def message(self, channel: Channel) -> Message:
        message = channel.messages.get(self.id("message_id"))
        if message is None:
            raise unknown("Message", 10008)
        return message


Handler = Callable[[Call], Answer | Awaitable[Answer]]


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    pattern: re.Pattern[str]
    handler: Handler
    operation: Json
    anonymous: bool
    """Whether it needs no bot token: interactions' routes carry theirs in the path."""

    @property
    def major(self) -> tuple[str, ...]:
        """Return the path parameters that have rate limits of their own."""
        return ("channel_id", "guild_id", "webhook_id", "webhook_token")


ROUTES: list[Route] = []


def route(
    method: str, template: str, *, anonymous: bool = False
) -> Callable[[Handler], Handler]:
    """Declare the handler of one of Discord's operations."""
    found = contract.operation(method, template)
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template) + r"\Z")

    def declare(handler: Handler) -> Handler:
        ROUTES.append(Route(method, template, pattern, handler, found, anonymous))
        # what is fixed in a path wins over a parameter at the same place
        ROUTES.sort(key=lambda route: route.template.replace("{", "\U0010ffff"))
        return handler

    return declare


def match(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Find the route of a raw (still encoded) path, and its decoded parameters."""
    for route in ROUTES:
        if route.method == method and (found := route.pattern.match(path)):
            return route, {name: unquote(text) for name, text in found.groupdict().items()}
    return None

"""What reading Discord's history depends on: client, clock, pace, and the way into the log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from discord.http import HTTPClient

from bot.runtime.clock import Sleep
from bot.runtime.discord_client import DiscordClient
from bot.runtime.pace import Pace
from bot.sources.discord.calls import call_discord
from bot.sources.discord.recorder import Recorder
from bot.sources.port import Inlet, Progress


@dataclass(frozen=True, slots=True)
class Environment:
    """What all servers share."""

    client: DiscordClient
    now_ms: Callable[[], int]
    sleep: Sleep
    pace: Callable[[Sleep], Pace]
    """Makes the pace at which one channel's history is read."""
    shared_pace: Pace
    """The pace of all servers' reading together."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What reading one server depends on."""

    environment: Environment
    recorder: Recorder
    inlet: Inlet
    nicknames: Mapping[str, str]
    """Of members, by account."""
    report: Callable[[Progress], None] = lambda _progress: None

    @property
    def http(self) -> HTTPClient:
        """Discord's REST API."""
        return self.environment.client.http

    def now_ms(self) -> int:
        """Return the current time in milliseconds since 1970, UTC."""
        return self.environment.now_ms()

    async def ask(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - Discord's JSON
        """Return what Discord answers, as `call_discord` does, when it is our turn."""

        async def in_turn() -> Any:  # noqa: ANN401
            await self.environment.shared_pace.wait_turn()
            return await call()

        return await call_discord(in_turn, self.environment.sleep)

"""Listens to the shared Discord client and keeps every server's events and sweeps going."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from bot.runtime.discord_client import DiscordClient
from bot.sources.discord.calls import Pace
from bot.sources.discord.gateway import EVENTS
from bot.sources.discord.history import Progress
from bot.sources.discord.parse import ODD, Json
from bot.sources.discord.recorder import Sleep
from bot.sources.discord.server import SIGHT, Server, Surroundings
from bot.sources.inlet import Inlets

_log = logging.getLogger(__name__)

_ALIVE_SECONDS = 300.0
_FLUSH_SECONDS = 5.0
_CALLS_A_SECOND = 30
"""Of all reading together. Discord allows 50 of the whole bot, and blocks the address after
10,000 refusals in 10 minutes; the rest is left for answers."""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class DiscordListener:
    """Records what happens on all servers of a client.

    Make it before the client connects, and `run` it beside the client.

    Parameters
    ----------
    client
        The shared client.
    inlets
        Finds each server's community.
    now_ms, sleep, pace
        The clock, waiting, and how fast one channel's history may be read; for tests.
    progress
        Told how far the reading of each place has come.

    Attributes
    ----------
    odd_payloads
        Payloads that were not as documented and that nothing was recorded of, and parts of a
        payload (channels, threads, members) left out for that.
    """

    def __init__(  # noqa: PLR0913 - the last four have defaults
        self,
        client: DiscordClient,
        inlets: Inlets,
        *,
        now_ms: Callable[[], int] = _now_ms,
        sleep: Sleep = asyncio.sleep,
        pace: Callable[[Sleep], Pace] = lambda sleep: Pace(sleep=sleep),
        progress: Callable[[Progress], None] = lambda _progress: None,
    ) -> None:
        self.odd_payloads = 0
        shared = Pace(_CALLS_A_SECOND, 1.0, sleep)
        self._around = Surroundings(client, inlets, now_ms, sleep, pace, progress, shared)
        self._servers: dict[str, Server] = {}
        self._group: asyncio.TaskGroup | None = None
        self._is_connected = False
        client.on_payload.append(self._hear)
        client.add_listener(self._on_disconnect, "on_disconnect")

    @property
    def servers(self) -> Mapping[str, Server]:
        """The servers heard of so far, by id."""
        return self._servers

    async def run(self) -> None:
        """Record until cancelled; what was heard until then is recorded before it ends."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            for server in self._servers.values():
                group.create_task(server.run())
            try:
                while True:
                    await asyncio.sleep(_ALIVE_SECONDS)
                    for server in self._servers.values() if self._is_connected else ():
                        server.listening()
            finally:
                self._group = None
                await self._flushed()

    def reconsider(self, server_id: str) -> None:
        """Have read what a server's community wants by now; call after its settings change."""
        if (server := self._servers.get(server_id)) is not None:
            server.reconsider()

    async def settled(self) -> None:
        """Return when everything heard is recorded and no server is being swept."""
        for server in list(self._servers.values()):
            await server.settled()

    async def _flushed(self) -> None:
        try:
            async with asyncio.timeout(_FLUSH_SECONDS):
                for server in self._servers.values():
                    await server.recorder.settled()
        except TimeoutError:
            _log.warning("stopped with events unrecorded; the next start reads them again")

    async def _on_disconnect(self) -> None:
        self._is_connected = False

    def _hear(self, name: str, data: Json) -> None:
        """Take in a payload; called in the order they come."""
        if name in {"READY", "RESUMED"}:
            self._connected(resumed=name == "RESUMED")
            return
        is_the_server = name in {"GUILD_CREATE", "GUILD_DELETE", "GUILD_UPDATE"}
        server_id = data.get("id" if is_the_server else "guild_id")
        if server_id is None:
            return  # a direct message
        if name == "GUILD_DELETE":
            if (gone := self._servers.get(str(server_id))) is not None:
                gone.went()
            return
        if name in EVENTS:
            server = self._server(
                str(server_id), data.get("name") if name == "GUILD_CREATE" else None
            )
            self._taken_in(server, name, data)
            if name == "GUILD_CREATE" and not data.get("unavailable"):
                server.came()
            if _shows_old_threads(name, data):
                server.saw_more()
        if name in {"CHANNEL_DELETE", "THREAD_DELETE"} and str(server_id) in self._servers:
            self._servers[str(server_id)].lost(str(data.get("id")))
        if name in SIGHT and self._concerns_us(name, data):
            place = data.get("id") if name.startswith("CHANNEL") else None
            # When discord.py has read it, too.
            asyncio.get_running_loop().call_soon(self._look, str(server_id), place)

    def _connected(self, *, resumed: bool) -> None:
        self._is_connected = True
        for server in self._servers.values():
            server.connected(resumed=resumed)
            if resumed:
                server.sweep()

    def _look(self, server_id: str, place: str | None) -> None:
        if (server := self._servers.get(server_id)) is not None:
            server.look(place)

    def _concerns_us(self, name: str, data: Json) -> bool:
        """Tell whether it may be about the bot: other members and their roles change often."""
        if name not in {"GUILD_MEMBER_UPDATE", "GUILD_ROLE_UPDATE"}:
            return True
        guild = self._around.client.get_guild(int(data["guild_id"]))
        if guild is None:
            return False
        if name == "GUILD_MEMBER_UPDATE":
            return int(data["user"]["id"]) == guild.me.id
        role = int(data["role"]["id"])
        return role == guild.id or guild.me.get_role(role) is not None  # everybody's, or ours

    def _taken_in(self, server: Server, name: str, data: Json) -> None:
        try:
            self.odd_payloads += server.hear(name, data)
        except ODD as error:
            self.odd_payloads += 1
            ids = {key: data.get(key) for key in ("id", "guild_id", "channel_id", "message_id")}
            _log.warning("odd %s, nothing recorded (%s): %s", name, ids, type(error).__name__)

    def _server(self, server_id: str, name: str | None) -> Server:
        server = self._servers.get(server_id)
        if server is None:
            server = Server(server_id, name or "", self._around)
            self._servers[server_id] = server
            if self._group is not None:
                self._group.create_task(server.run())
        elif name is not None:
            server.name = name
        return server


def _shows_old_threads(name: str, data: Json) -> bool:
    """Tell whether threads came into sight that were there before: shown, or invited to."""
    return name == "THREAD_LIST_SYNC" or (
        name == "THREAD_CREATE" and not data.get("newly_created")
    )

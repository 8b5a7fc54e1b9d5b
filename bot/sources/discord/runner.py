"""The runner of Discord: one client, connected as one bot, which serves many servers.

It hands each gateway payload to the `Server` that it concerns; a server decides what to do
about it. The chat uses the same client.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import discord

from bot.commands.kit.wording import pluralize
from bot.community.problem import Problem
from bot.runtime.clock import Sleep, now_ms
from bot.runtime.discord_client import DiscordClient, run_client
from bot.runtime.pace import Pace
from bot.sources.discord.gateway import EVENTS
from bot.sources.discord.parse import Json
from bot.sources.discord.reading.dependencies import ServerEnvironment
from bot.sources.discord.server import Server
from bot.sources.discord.visibility import may_see
from bot.sources.port import BotRefusedError, Inlets, Runner, State
from storage.place_tree import PlaceStep

_log = logging.getLogger(__name__)

_ALIVE_SECONDS: Final = 300.0
"""How often each server notes that it is still listened to."""
_HOPEFUL_ATTEMPTS: Final = 3
"""After so many that failed in a row, nobody waits for the connection to come about."""
_FLUSH_SECONDS: Final = 5.0
"""How long the end waits for what was heard to be recorded."""
_CALLS_A_SECOND: Final = 30
"""Of all reading together. Discord allows 50 of the whole bot, and blocks the address after
10,000 refusals in 10 minutes; the rest is left for answers."""


def _intent_problem(intent: str, variable: str) -> Problem:
    return Problem(
        f"the intent {intent} is off",
        "the operator can switch it on in the developer portal (Bot → Privileged Gateway "
        f"Intents) and with {variable}=yes",
    )


class DiscordRunner(Runner):
    """Records what happens on all servers of a client.

    Make it before the client connects.

    Parameters
    ----------
    client
        The client that the runner connects; others may listen to it as well.
    token
        The bot's token.
    now_ms, sleep, pace
        The clock, waiting, and how fast one channel's history may be read; for tests.

    Attributes
    ----------
    client
        As above.
    servers
        The servers heard of so far, by id.
    """

    has_servers = True

    def __init__(
        self,
        client: DiscordClient,
        token: str,
        *,
        now_ms: Callable[[], int] = now_ms,
        sleep: Sleep = asyncio.sleep,
        pace: Callable[[Sleep], Pace] = lambda sleep: Pace(5, 5.0, sleep),
    ) -> None:
        self.client = client
        self.servers: dict[str, Server] = {}
        self._token = token
        shared_pace = Pace(_CALLS_A_SECOND, 1.0, sleep)
        self._environment = ServerEnvironment(client, now_ms, sleep, pace, shared_pace)
        self._inlets: Inlets | None = None
        self._group: asyncio.TaskGroup | None = None
        self._is_connected = False
        self._has_connected = asyncio.Event()
        self._trouble = ""
        self._has_given_up_hope = asyncio.Event()
        client.on_payload.append(self._receive)
        client.add_listener(self._on_disconnect, "on_disconnect")

    @property
    def name(self) -> str:
        """Whom the bot is connected to."""
        return "Discord"

    @property
    def malformed_payloads(self) -> int:
        """Payloads that were not as documented and that nothing was recorded of.

        Parts of a payload (channels, threads, members) that were left out count as well.
        """
        return sum(server.malformed_payloads for server in self.servers.values())

    def states(self) -> Sequence[State]:
        """Return the state of each server heard of so far."""
        is_connected = self.client.is_ready() and not self.client.is_closed()
        return [
            State(
                server.name or server.id,
                server.state if is_connected else "not connected; trying again",
                server.id,
                self._problems(server, is_connected=is_connected),
            )
            for server in self.servers.values()
        ]

    def _problems(self, server: Server, *, is_connected: bool) -> tuple[Problem, ...]:
        """Return what somebody can put right; places without permission are gaps."""
        intents = self.client.intents
        problems = []
        if not is_connected:
            problems.append(Problem("not connected", "wait; if it lasts, ask the operator"))
        if is_connected and server.sweeps.left_out:
            problems.append(
                Problem(
                    "some of the history could not be read",
                    "it is tried again every five minutes; the operator's log says what failed",
                )
            )
        if not intents.message_content:
            problems.append(_intent_problem("Message Content", "CRED_DISCORD_MESSAGE_CONTENT"))
        if not intents.members:
            problems.append(_intent_problem("Server Members", "CRED_DISCORD_MEMBERS"))
        return tuple(problems)

    def names(self, server: str) -> Mapping[str, Mapping[str, str]]:
        """Return the names of a server's roles and custom emoji, by id."""
        guild = self.client.get_guild(int(server)) if server.isdigit() else None
        if guild is None:
            return {}
        return {
            "role": {str(role.id): role.name for role in guild.roles if not role.is_default()},
            "emoji": {str(emoji.id): emoji.name for emoji in guild.emojis},
        }

    def health(self, server: str) -> Mapping[str, str]:
        """Return facts about the connection, and what a server's log refused."""
        client = self.client
        guild = client.get_guild(int(server)) if server.isdigit() else None
        is_connected = guild is not None and client.is_ready()
        lag = f", {client.latency * 1000:.0f} ms away" if is_connected else ""
        facts = {
            "Discord": f"connected{lag}" if is_connected else "not connected",
            "Message content": "on" if client.intents.message_content else "off",
            "Server members": "on" if client.intents.members else "off",
            "Odd payloads": f"{client.malformed_payloads + self.malformed_payloads:,}",
        }
        if server in self.servers and (refused := self.servers[server].recorder.refused):
            facts["Not recorded"] = pluralize(refused, "event")
        return facts

    def may_see(
        self,
        server: str,
        path: Sequence[PlaceStep],
        account: str | None,
        here: Sequence[PlaceStep] = (),
    ) -> bool:
        """Tell whether somebody may see a channel or thread now; see `visibility.may_see`."""
        guild = self.client.get_guild(int(server)) if server.isdecimal() else None
        if guild is None or guild.unavailable:
            return False
        return may_see(guild, path, account, here)

    def settings_changed(self, server: str) -> None:
        """Read what a server's community wants to be read from now on."""
        if server in self.servers:
            self.servers[server].settings_changed()

    @property
    def trouble(self) -> str:
        """Why Discord is not reached, as one sentence; "" while it is."""
        return self._trouble

    def _note_failure(self, failures: int, reason: str) -> None:
        self._trouble = f"{reason[:1].upper()}{reason[1:].rstrip('.')}"
        if failures >= _HOPEFUL_ATTEMPTS:
            self._has_given_up_hope.set()

    async def _wait_until_ready(self) -> None:
        await self._has_connected.wait()
        await self.client.wait_until_ready()

    async def wait_until_settled(self) -> bool:
        """Return once Discord named its servers and all was read; False if some was not.

        False as well if Discord cannot be reached; whoever does not wait here goes on trying.
        """
        ready = asyncio.ensure_future(self._wait_until_ready())
        hopeless = asyncio.ensure_future(self._has_given_up_hope.wait())
        try:
            await asyncio.wait((ready, hopeless), return_when=asyncio.FIRST_COMPLETED)
            if not ready.done():
                return False
            ready.result()
        finally:
            for waiting in (ready, hopeless):
                waiting.cancel()
            await asyncio.gather(ready, hopeless, return_exceptions=True)
        for server in list(self.servers.values()):
            await server.wait_until_settled()
        return not any(server.sweeps.left_out for server in self.servers.values())

    async def run(self, inlets: Inlets) -> None:
        """Connect and record until cancelled.

        Raises
        ------
        BotRefusedError
            If Discord refuses the token, an intent, or the bot; or if the client was closed,
            which never connects again.
        """
        recording = asyncio.create_task(self.record(inlets))
        try:
            await run_client(
                self.client,
                self._token,
                sleep=self._environment.sleep,
                on_failure=self._note_failure,
            )
        except discord.LoginFailure as error:
            raise BotRefusedError(
                "Discord refuses the token: copy it again from the developer portal "
                "(Bot → Reset Token) into CRED_DISCORD_TOKEN."
            ) from error
        except discord.PrivilegedIntentsRequired as error:
            raise BotRefusedError(
                "Discord refuses an intent: switch on “Server Members” and “Message Content” "
                "in the developer portal (Bot → Privileged Gateway Intents), or set "
                "CRED_DISCORD_MEMBERS=no and CRED_DISCORD_MESSAGE_CONTENT=no."
            ) from error
        except (discord.HTTPException, discord.ConnectionClosed) as error:
            raise BotRefusedError(f"Discord will not have this bot: {error}.") from error
        else:
            raise BotRefusedError("The Discord client was closed.")
        finally:
            recording.cancel()
            await asyncio.gather(recording, return_exceptions=True)

    async def record(self, inlets: Inlets) -> None:
        """Record until cancelled; what was heard until then is recorded before it ends."""
        self._inlets = inlets
        async with asyncio.TaskGroup() as group:
            self._group = group
            for server in self.servers.values():
                group.create_task(server.run(inlets))
            try:
                while True:
                    await asyncio.sleep(_ALIVE_SECONDS)
                    for server in self.servers.values() if self._is_connected else ():
                        server.note_alive()
            finally:
                self._group = None
                await self._flush()

    async def _flush(self) -> None:
        try:
            async with asyncio.timeout(_FLUSH_SECONDS):
                for server in self.servers.values():
                    await server.recorder.wait_until_settled()
        except TimeoutError:
            _log.warning("stopped with events unrecorded; the next start reads them again")

    async def _on_disconnect(self) -> None:
        self._is_connected = False

    def _receive(self, name: str, data: Json) -> None:
        """Hand a payload to its server; payloads come in the order that they were sent."""
        if name in {"READY", "RESUMED"}:
            self._is_connected = True
            self._trouble = ""
            self._has_given_up_hope.clear()
            self._has_connected.set()
            for server in self.servers.values():
                server.receive(name, data)
            return
        is_the_server = name in {"GUILD_CREATE", "GUILD_DELETE", "GUILD_UPDATE"}
        server_id = data.get("id" if is_the_server else "guild_id")
        if server_id is None:
            return  # a direct message
        if str(server_id) not in self.servers and name in EVENTS:
            self._add(Server(str(server_id), self._environment))
        if str(server_id) in self.servers:
            self.servers[str(server_id)].receive(name, data)

    def _add(self, server: Server) -> None:
        self.servers[server.id] = server
        if self._group is not None and self._inlets is not None:
            self._group.create_task(server.run(self._inlets))

"""The Discord client, which the source and the chat share.

There is one per process; both register with it (`add_listener`, `on_payload`). It can be
pointed at any server that speaks Discord's API.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import aiohttp
import discord
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.runtime.clock import Sleep
from bot.runtime.log_redaction import redact_discord_logs
from bot.runtime.retry import Backoff

_log = logging.getLogger(__name__)

PayloadListener = Callable[[str, Mapping[str, Any]], None]
"""Receives a gateway event's name and its payload as Discord sent it; must not change it."""

_DISCORD_API: Final = Route.BASE
_DISCORD_GATEWAY: Final = DiscordWebSocket.DEFAULT_GATEWAY

_STABLE_SECONDS: Final = 300.0
"""After a connection that lasted so long, pauses begin with the shortest again."""
_LOGIN_SECONDS: Final = 60.0
"""How long logging in may take: who takes a connection and says nothing is not Discord."""


class DiscordClient(commands.Bot):
    """discord.py's bot, which also passes on plain payloads and survives malformed ones.

    Attributes
    ----------
    on_payload
        Called in order, before discord.py reads the payload.
    malformed_payloads
        How many payloads made discord.py or a listener fail.
    """

    def __init__(self, *, prefix: str, intents: discord.Intents, **options: Any) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned_or(prefix),
            help_command=None,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            # Or discord.py keeps the last 1,000 messages, with their text.
            max_messages=None,
            **options,
        )
        self.on_payload: list[PayloadListener] = []
        self.malformed_payloads = 0
        parsers = self._connection.parsers
        for event, parser in list(parsers.items()):
            parsers[event] = self._guard(event, parser)

    def _guard(self, event: str, parser: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return a parser that calls the listeners first, and that never raises.

        An exception in a parser would end `connect`, so a single malformed payload would do
        (seen with discord.py 2.7).
        """

        def parse(data: Any) -> None:
            for step in (
                *(lambda d, receive=receive: receive(event, d) for receive in self.on_payload),
                parser,
            ):
                try:
                    step(data)
                except Exception as error:  # noqa: BLE001 - counted and named, never fatal
                    self.malformed_payloads += 1
                    _log.warning(
                        "malformed %s (%s): %r", event, _ids(data), type(error).__name__
                    )

        return parse


def make_client(
    *,
    prefix: str = "!",
    message_content: bool = True,
    members: bool = True,
    api_url: str | None = None,
    gateway_url: str | None = None,
    **options: Any,
) -> DiscordClient:
    """Return a client, not yet connected.

    Parameters
    ----------
    prefix
        What a command in a message begins with, besides a mention of the bot.
    message_content, members
        Privileged intents to ask for; they must be switched on in the developer portal.
    api_url, gateway_url
        REST base ("https://…/api/v10") and gateway ("wss://…") of a compatible server; None:
        Discord's own. discord.py keeps both per process, so the last client made decides.
    options
        Passed on to discord.py.
    """
    Route.BASE = _DISCORD_API if api_url is None else api_url.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = (
        _DISCORD_GATEWAY if gateway_url is None else yarl.URL(gateway_url)
    )
    redact_discord_logs()
    # That the bot cannot join voice channels is no news.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    intents = discord.Intents.default()
    intents.message_content = message_content
    intents.members = members
    intents.typing = False
    return DiscordClient(prefix=prefix, intents=intents, **options)


async def run_client(
    client: DiscordClient,
    token: str,
    *,
    sleep: Sleep = asyncio.sleep,
    first_pause_seconds: float = 1.0,
    on_failure: Callable[[int, str], None] = lambda _failures, _reason: None,
) -> None:
    """Keep a client connected until it is closed.

    Parameters
    ----------
    client, token
        The client, and its bot's token.
    sleep, first_pause_seconds
        How it waits between attempts, and how long after the first.
    on_failure
        Called with how many attempts in a row failed, and why the last did.

    Raises
    ------
    discord.LoginFailure
        The token is wrong.
    discord.PrivilegedIntentsRequired
        An intent is not switched on in the developer portal.
    discord.ConnectionClosed
        Discord will not have this client (4004, 4010 to 4013); trying again would not help.
    """
    async with client:
        for step in (lambda: _login(client, token), client.connect):
            await _keep_trying(step, client, sleep, first_pause_seconds, on_failure)


async def _login(client: DiscordClient, token: str) -> None:
    """Log in with a new session; discord.py would leave that of a failed attempt unclosed."""
    await client.http.close()
    client.http.connector = discord.utils.MISSING  # closed with its session
    try:
        async with asyncio.timeout(_LOGIN_SECONDS):
            await client.login(token)
    except TimeoutError as error:
        raise TimeoutError(f"no answer within {_LOGIN_SECONDS:g} s") from error


async def _keep_trying(
    step: Callable[[], Awaitable[None]],
    client: DiscordClient,
    sleep: Sleep,
    first_pause: float,
    on_failure: Callable[[int, str], None],
) -> None:
    """Run a step until it succeeds; after a temporary failure, again after a growing pause."""
    backoff, failures = Backoff(first_pause, 60.0), 0
    clock = asyncio.get_running_loop().time
    while True:
        begun = clock()
        try:
            await step()
        except (
            discord.LoginFailure,
            discord.PrivilegedIntentsRequired,
            discord.ConnectionClosed,
        ):
            raise
        except discord.HTTPException as error:
            if error.status < 500 and error.status != 429:
                raise
            reason = f"Discord answered {error.status}"
            _log.warning("%s", reason)
        except Exception as error:  # noqa: BLE001 - also a bug of discord.py: start afresh
            reason = _explain_failure(error)
        else:
            return
        if client.is_closed():
            return
        await _drop_connection(client)
        if clock() - begun > _STABLE_SECONDS:
            failures = 0
        failures += 1
        on_failure(failures, reason)
        pause = backoff.pause(failures)
        _log.info("connecting to Discord again in %.0f s", pause)
        await sleep(pause)


def _explain_failure(error: Exception) -> str:
    """Log why there is no connection, and return it in words."""
    # Where the first connection to the gateway fails, discord.py fails while it handles that.
    for cause in (error, error.__context__):
        if isinstance(cause, OSError | aiohttp.ClientError | TimeoutError):
            reason = f"Discord is not reached: {str(cause) or type(cause).__name__}"
            _log.warning("%s", reason)
            return reason
    _log.error("the connection to Discord failed", exc_info=error)
    return f"the connection to Discord failed: {type(error).__name__}"


async def _drop_connection(client: DiscordClient) -> None:
    """Close what is left of a connection, so that the next one identifies again."""
    socket: DiscordWebSocket | None = getattr(client, "ws", None)
    if socket is not None and socket.open:
        await socket.close(code=1000)


def _ids(data: object) -> str:
    """Return the ids at a payload's top level: enough to find it, and nothing personal."""
    if not isinstance(data, Mapping):
        return type(data).__name__
    return ", ".join(
        f"{key} {data[key]}"
        for key in ("id", "guild_id", "channel_id", "message_id")
        if isinstance(data.get(key), str | int)
    )

"""What reading Discord's history depends on: client, clock, pace, and the way into the log.

REST calls are retried while Discord is busy or unavailable. discord.py (2.7) itself waits for
the rate limits that it foresees and retries 500, 502, 504 and 524, but raises at once on 503,
and on a 429 without a `Via` header (as a proxy in between sends). Both are retried here, and so
are broken connections.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import discord
from discord.http import HTTPClient

from bot.runtime.clock import Sleep
from bot.runtime.discord_client import DiscordClient
from bot.runtime.pace import Pace
from bot.runtime.retry import (
    Backoff,
    RetryPolicy,
    Transient,
    call_with_retries,
    retry_after_seconds,
)
from bot.sources.discord.reading.reactors import UnansweredQueries
from bot.sources.discord.recorder import Recorder
from bot.sources.port import Inlet

_log = logging.getLogger(__name__)

RETRIES: Final = RetryPolicy(8, Backoff(2.0, 60.0))

_TOO_MANY_REQUESTS: Final = 429
_SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class ServerEnvironment:
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

    environment: ServerEnvironment
    recorder: Recorder
    inlet: Inlet
    nicknames: Mapping[str, str]
    """Of members, by account."""
    unanswered: UnansweredQueries = field(default_factory=UnansweredQueries)
    """Kept from one sweep to the next."""

    @property
    def http(self) -> HTTPClient:
        """Discord's REST API."""
        return self.environment.client.http

    def now_ms(self) -> int:
        """Return the current time in milliseconds since 1970, UTC."""
        return self.environment.now_ms()

    async def ask(self, call: Callable[[], Any]) -> Any:
        """Return what a REST call returns, made when its turn comes and retried if need be.

        Raises
        ------
        discord.HTTPException
            What Discord answered, if that was a refusal or the last attempt failed.
        OSError, aiohttp.ClientError, TimeoutError
            If the last attempt did not reach it.
        """

        async def in_turn() -> Any:
            await self.environment.shared_pace.wait_turn()
            return await call()

        return await call_with_retries(
            in_turn,
            RETRIES,
            classify=_transient,
            before_pause=_log.warning,
            sleep=self.environment.sleep,
        )


def _transient(error: Exception) -> Transient | None:
    if isinstance(error, discord.HTTPException):
        if error.status == _TOO_MANY_REQUESTS:
            headers = getattr(error.response, "headers", {})
            asked_seconds = retry_after_seconds(headers.get("Retry-After"), headers.get("Date"))
            return Transient("Discord asks us to slow down", asked_seconds)
        is_unavailable = error.status >= _SERVER_ERROR
        return Transient(f"Discord answers {error.status}") if is_unavailable else None
    if isinstance(error, OSError | aiohttp.ClientError | TimeoutError):
        return Transient(f"Discord cannot be reached ({error!r:.200})")
    return None

"""REST calls that are made again while Discord is unavailable.

discord.py (2.7) waits for the rate limits that it foresees and retries 500, 502, 504 and 524,
but raises at once on 503, and on a 429 without a `Via` header (as a proxy in between sends).
Both are retried here, and so are broken connections.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import aiohttp
import discord

from bot.runtime.clock import Sleep
from bot.runtime.retry import (
    Backoff,
    RetryPolicy,
    Transient,
    call_with_retries,
    retry_after_seconds,
)

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

RETRIES: Final = RetryPolicy(8, Backoff(2.0, 60.0))

_TOO_MANY_REQUESTS: Final = 429
_SERVER_ERROR: Final = 500


async def call_discord(call: Callable[[], Awaitable[_T]], sleep: Sleep = asyncio.sleep) -> _T:
    """Return what a REST call returns, retrying it while Discord is busy or unavailable.

    Raises
    ------
    discord.HTTPException
        What Discord answered, if that was a refusal or the last attempt failed.
    OSError, aiohttp.ClientError, TimeoutError
        If the last attempt did not reach it.
    """
    return await call_with_retries(
        call, RETRIES, classify=_transient, before_pause=_log.warning, sleep=sleep
    )


def _transient(error: Exception) -> Transient | None:
    if isinstance(error, discord.HTTPException):
        if error.status == _TOO_MANY_REQUESTS:
            headers = getattr(error.response, "headers", {})
            asked_seconds = retry_after_seconds(headers.get("Retry-After"))
            return Transient("Discord asks us to slow down", asked_seconds)
        is_unavailable = error.status >= _SERVER_ERROR
        return Transient(f"Discord answers {error.status}") if is_unavailable else None
    if isinstance(error, OSError | aiohttp.ClientError | TimeoutError):
        return Transient(f"Discord cannot be reached ({error!r:.200})")
    return None

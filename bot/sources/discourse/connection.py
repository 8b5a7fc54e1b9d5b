"""One forum and one community, connected: everything that a run of the runner works with."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Final

import aiohttp

from bot.runtime.clock import Sleep, now_ms
from bot.runtime.retry import Backoff
from bot.sources.discourse import parse
from bot.sources.discourse.api.transport import CALLS_PER_MINUTE
from bot.sources.discourse.forums import ForumSettings
from bot.sources.discourse.reading.backfill import SWEPT, Backfill
from bot.sources.discourse.reading.forum_reader import ForumReader
from bot.sources.discourse.reading.private_messages import PrivateMessages
from bot.sources.discourse.subjects import NAME
from bot.sources.port import CannotRunError, Inlet
from cred.facts.events import Provenance
from storage.log.batch import Batch, Gap

OFFLINE: Final = "likes given and taken back again while nothing listened"
"""Reason of a gap: the forum keeps no trace of these."""
FORUM: Final = "forum"
"""Cursor: the forum that the community's contributions come from."""
ALIVE: Final = "alive"
"""Cursor: milliseconds UTC until which we are known to have been listening."""


class ForumMismatchError(CannotRunError):
    """The community already has the contributions of another forum; the message names it."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often a forum is asked."""

    poll_seconds: float = 300.0
    sweep_seconds: float = 24 * 3600.0
    reread_seconds: float = 7 * 24 * 3600.0
    """A topic that was not read for this long is read again, even if it seems unchanged."""
    backoff: Backoff = field(default=Backoff(30.0, 1800.0))
    """Pauses while the forum is unavailable."""
    calls_per_minute: int = CALLS_PER_MINUTE


@dataclass(frozen=True, slots=True)
class ForumEnvironment:
    """Time and network, which tests replace."""

    sleep: Sleep = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    now_ms: Callable[[], int] = now_ms
    session: Callable[[], AbstractAsyncContextManager[aiohttp.ClientSession]] = (
        aiohttp.ClientSession
    )
    timeout_seconds: float = 30.0


@dataclass(slots=True)
class ForumConnection:
    """What a run of the runner works with, and how far it has come."""

    settings: ForumSettings
    environment: ForumEnvironment
    inlet: Inlet
    reader: ForumReader
    messages: PrivateMessages = field(init=False)
    backfill: Backfill = field(init=False)
    swept_ms: int = 0
    """When the last sweep ended that left nothing out; 0: never."""
    polled_at: float | None = None
    """On the clock; None: not since the connection was made."""
    failures: int = 0
    """Times in a row that the forum was unavailable."""

    def __post_init__(self) -> None:
        self.messages = PrivateMessages(self.reader.client, self.settings.access.api_user)
        self.backfill = Backfill(self.reader)

    async def load(self, poll_seconds: float) -> None:
        """Start from what the log knows, and record a gap if nothing listened for a while.

        Raises
        ------
        ForumMismatchError
            If the community has the contributions of another forum: forums number their users
            and posts alike.
        """
        cursors = await self.inlet.cursors()
        await self._require_same_forum(cursors.get(FORUM))
        await self.reader.load()
        self.swept_ms = int(cursors.get(SWEPT, "0"))
        await self.record_gap(poll_seconds)

    async def _require_same_forum(self, recorded: str | None) -> None:
        name = self.settings.name
        if recorded is None:
            observation = parse.Observation(Provenance.BACKFILL, self.environment.now_ms())
            batch = parse.forum_batch(self.settings.access.url, observation)
            await self.inlet.record(replace(batch, cursors={(NAME, FORUM): name}))
        elif recorded != name:
            raise ForumMismatchError(
                f"this community has what was made at {recorded}; {name} needs a "
                "community of its own"
            )

    async def record_gap(self, poll_seconds: float) -> None:
        """Record the gap since the forum was last read, if it is longer than two polls."""
        now_ms = self.environment.now_ms()
        alive = (await self.inlet.cursors()).get(ALIVE)
        if alive is not None and int(alive) + poll_seconds * 2000 < now_ms:
            gap = Gap(NAME, None, int(alive), now_ms, OFFLINE)
            await self.inlet.record(Batch(gaps=(gap,), cursors={(NAME, ALIVE): str(now_ms)}))

    async def record_alive(self) -> None:
        """Record that the forum was read just now."""
        alive = {(NAME, ALIVE): str(self.environment.now_ms())}
        await self.inlet.record(Batch(cursors=alive))

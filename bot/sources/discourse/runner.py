"""One forum's life: webhooks say where to look, polls find what is new, sweeps the rest.

    webhook ──► hints ──┐
    every few minutes: poll ─┼──► one task reads, and records the difference
    every day: sweep ───┘

One task does all the reading, so what it records is never older than what it recorded before.
Between two topics of a poll or sweep it looks where webhooks pointed. A forum that is unwell
is asked again after a pause that grows; until then nothing else happens here, and nowhere else
does anybody notice.
"""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import aiohttp
from aiohttp import web

from bot.sources.discourse import parse
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.transport import (
    PER_MINUTE,
    DiscourseError,
    ForumTransport,
    Pace,
    Sleep,
)
from bot.sources.discourse.forums import ForumSettings
from bot.sources.discourse.reading.backfill import SWEPT, Backfill, SweepProgress
from bot.sources.discourse.reading.hints import HintQueue, Look, OnPost, ignore_post
from bot.sources.discourse.reading.likes import LikeReader
from bot.sources.discourse.reading.private_messages import PrivateMessages
from bot.sources.discourse.reading.forum_reader import ForumReader
from bot.sources.discourse.subjects import NAME
from bot.sources.discourse.webhook import WebhookReceiver
from bot.sources.port import CannotRunError, Inlet, Inlets, Runner, State
from cred.facts.events import Provenance
from storage.log.batch import Batch, Gap

_log = logging.getLogger(__name__)

OFFLINE: Final = "likes given and taken back again while nothing listened"
"""Reason of a gap: nothing tells of these."""
FORUM: Final = "forum"
"""Cursor: which forum the community's contributions are of."""
ALIVE: Final = "alive"
"""Cursor: milliseconds UTC until which we are known to have been listening."""


class ForumMismatchError(CannotRunError):
    """The community has the contributions of another forum; says which."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often a forum is asked."""

    poll_seconds: float = 300.0
    sweep_seconds: float = 24 * 3600.0
    again_seconds: float = 7 * 24 * 3600.0
    """A topic that was not read for so long is read again, though nothing seems changed."""
    first_pause_seconds: float = 30.0
    longest_pause_seconds: float = 1800.0
    per_minute: int = PER_MINUTE


@dataclass(frozen=True, slots=True)
class Environment:
    """What a runner needs of the world; tests bring their own time."""

    sleep: Sleep = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    session: Callable[[], AbstractAsyncContextManager[aiohttp.ClientSession]] = (
        aiohttp.ClientSession
    )
    timeout_seconds: float = 30.0


@dataclass(slots=True)
class ForumConnection:
    """What there is while it runs."""

    inlet: Inlet
    reader: ForumReader
    backfill: Backfill
    messages: PrivateMessages
    swept_ms: int = 0
    """When the last whole sweep ended; 0: never."""
    polled_at: float | None = None
    """On the clock; None: not since it began."""
    failures: int = 0
    well: bool = True


@dataclass(slots=True)
class DiscourseRunner(Runner):
    """Keeps one forum's contributions coming; see `bot.sources.port.Runner`."""

    settings: ForumSettings
    rhythm: Schedule = field(default_factory=Schedule)
    around: Environment = field(default_factory=Environment)
    alone: bool = True
    """It is the only forum, so its route needs no name."""
    hints: HintQueue = field(default_factory=HintQueue)
    on_post: OnPost = ignore_post
    """Told of posts that are new or were edited, of private messages as well; may be set at any
    time. Webhooks' are told as they come, before anybody looked."""
    hook: WebhookReceiver | None = field(init=False)
    pace: Pace = field(init=False)
    """Of all that is asked of the forum with its key."""
    _words: str = "not asked yet"
    _trouble: str = ""
    _read_ms: int | None = None
    _odd: int = 0
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _well: bool = False

    def __post_init__(self) -> None:
        secret = self.settings.webhook_secret
        now_ms = self.around.now_ms
        self.hook = None
        if secret is not None:
            self.hook = WebhookReceiver(secret, self.hints, now_ms, on_post=self._told_of)
        self.pace = Pace(self.rhythm.per_minute, self.around.sleep, self.around.clock)

    @property
    def name(self) -> str:
        """The forum's host, with its port or folder if it has one: "forum.example.org"."""
        return self.settings.name

    @property
    def community(self) -> str | None:
        """Slug of its community, where the settings say so."""
        return self.settings.community

    @property
    def state(self) -> str:
        """How it is, in words."""
        if self._trouble:
            return self._trouble
        if self._words:
            return self._words
        how = "listening" if self.hook is not None else "reading every few minutes"
        heard = None if self.hook is None else self.hook.heard_ms
        if heard is not None:
            how += f", last heard {self._ago(heard)}"
        elif self._read_ms is not None:
            how += f", last read {self._ago(self._read_ms)}"
        refused = 0 if self.hook is None else self.hook.refused.total()
        if refused:
            how += f"; webhooks refused: {refused:,}"
        return how if self._odd == 0 else f"{how}; left out as odd: {self._odd:,}"

    def states(self) -> Sequence[State]:
        """Return the state of the forum."""
        return [State(self.name, self.state)]

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the route for its webhooks; none without a secret to prove them."""
        if self.hook is None:
            return ()
        path = "/hooks/discourse" if self.alone else f"/hooks/discourse/{self.name}"
        return (web.post(path, self.hook.handle),)

    async def wait_until_settled(self) -> bool:
        """Return once all there was to read is recorded; False if some could not be read."""
        await self._idle.wait()
        return self._well

    async def run(self, inlets: Inlets) -> None:
        """Listen and read until cancelled."""
        self._words, self._trouble = "connecting", ""
        self._idle.clear()
        async with self.living(await inlets.own()) as life:
            while True:
                pause = await self._once(life)
                if not self.hints:
                    self._idle.set()
                await self._wait(pause, for_hints=life.well)

    @asynccontextmanager
    async def living(self, inlet: Inlet) -> AsyncIterator[ForumConnection]:
        """Connect; nothing is asked yet."""
        around = self.around
        async with around.session() as session:
            calls = ForumTransport(
                self.settings.access,
                session,
                pace=self.pace,
                sleep=around.sleep,
                timeout_seconds=around.timeout_seconds,
            )
            calls.on_trouble = self._told
            reader = ForumReader(
                ForumClient(calls), inlet, self.settings.access.url, around.now_ms
            )
            reader.on_post = self._told_of
            if self.settings.access.api_key is not None:
                reader.bot = self.settings.access.api_user
            messages = PrivateMessages(reader.client, self.settings.access.api_user)
            life = ForumConnection(inlet, reader, Backfill(reader), messages)
            life.backfill = Backfill(
                reader, between=lambda: self.look(life), progress=self._progressed
            )
            cursors = await inlet.cursors()
            await self._same_forum(inlet, cursors.get(FORUM))
            await reader.load()
            life.swept_ms = int(cursors.get(SWEPT, "0"))
            await self._offline(inlet, cursors.get(ALIVE))
            yield life

    # ── one step ──────────────────────────────────────────────────────────────────────────────

    async def _once(self, life: ForumConnection) -> float:
        """Do what is due; return for how long nothing is."""
        try:
            await self._due(life)
        except DiscourseError as error:
            life.well = self._well = False
            pause = min(
                self.rhythm.first_pause_seconds * 2.0**life.failures,
                self.rhythm.longest_pause_seconds,
            )
            life.failures += 1
            self._trouble = f"{_sentence(error)}; trying again in {_seconds(pause)}"
            _log.warning("%s: %s", self.name, self._trouble)
            return pause
        life.failures, life.well, self._well = 0, True, True
        self._odd = life.reader.odd
        self._words = self._trouble = ""
        self._read_ms = self.around.now_ms()
        since = self.around.clock() - (life.polled_at or 0.0)
        return max(self.rhythm.poll_seconds - since, 1.0)

    async def _due(self, life: ForumConnection) -> None:
        now_ms, now = self.around.now_ms(), self.around.clock()
        sweeps = now_ms - life.swept_ms >= self.rhythm.sweep_seconds * 1000
        polls = life.polled_at is None or now - life.polled_at >= self.rhythm.poll_seconds
        if sweeps or self.hints.overflowed:
            await self.sweep(life)
        if polls:
            await self.poll(life)
        await self.look(life)

    async def poll(self, life: ForumConnection) -> None:
        """Read what is new."""
        await life.backfill.poll()
        if self.on_post is not ignore_post:
            await life.messages.read(self.on_post, self.around.now_ms())
        if life.failures:
            await self._offline(life.inlet, (await life.inlet.cursors()).get(ALIVE))
        life.polled_at = self.around.clock()
        alive = {(NAME, ALIVE): str(self.around.now_ms())}
        await life.inlet.record(Batch(cursors=alive))

    async def sweep(self, life: ForumConnection) -> None:
        """Read all that changed anywhere, and again what was not read for long."""
        self.hints.overflowed = False
        _log.info("%s: looking through all topics", self.name)
        again_ms = self.around.now_ms() - round(self.rhythm.again_seconds * 1000)
        try:
            await life.backfill.sweep(again_before_ms=max(again_ms, 0))
        except DiscourseError:
            self.hints.overflowed = True  # all of it is still to be found
            raise
        life.swept_ms = self.around.now_ms()
        _log.info("%s: all there was to read is read", self.name)

    async def look(self, life: ForumConnection) -> None:
        """Look where webhooks pointed."""
        reader = life.reader
        before = reader.likes
        try:
            while (told := self.hints.next()) is not None:
                reader.likes = LikeReader(reader.client, reader.people)
                await self._tried(reader, *told)
        finally:
            reader.likes = before

    async def _tried(self, reader: ForumReader, look: Look, posts: frozenset[int]) -> None:
        """Look at one thing; where the forum is unwell, it waits for the next time."""
        try:
            await self._look(reader, look, posts)
        except MalformedPayloadError as error:
            reader.odd += 1
            _log.warning("%s: %s", self.name, error)
        except DiscourseError:
            self.hints.put_back(look, posts)
            raise

    @staticmethod
    async def _look(reader: ForumReader, look: Look, posts: frozenset[int]) -> None:
        sort, what = look
        if sort == "topic":
            await reader.read_topic(int(what), Provenance.LIVE, wanted=posts)
        elif sort == "like":
            await reader.read_likes(int(what), Provenance.LIVE)
        elif sort == "user":
            await reader.read_user(str(what), Provenance.LIVE)
        else:
            await reader.read_categories(Provenance.LIVE)

    async def _wait(self, seconds: float, *, for_hints: bool) -> None:
        """Wait until it is time, or (`for_hints`) something is told."""
        tasks: list[asyncio.Future[object]] = [
            asyncio.ensure_future(self.around.sleep(seconds))
        ]
        if for_hints:
            tasks.append(asyncio.ensure_future(self.hints.arrived.wait()))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self.hints:
            self._idle.clear()

    # ── words ─────────────────────────────────────────────────────────────────────────────────

    async def _same_forum(self, inlet: Inlet, before: str | None) -> None:
        """See that the community's users and posts are those of this forum.

        Raises
        ------
        OtherForumError
            If they are another's, which numbers them alike.
        """
        if before is None:
            now_ms = self.around.now_ms()
            told = parse.forum_batch(
                self.settings.access.url, parse.Context(Provenance.BACKFILL, now_ms)
            )
            await inlet.record(replace(told, cursors={(NAME, FORUM): self.name}))
        elif before != self.name:
            raise ForumMismatchError(
                f"this community has what was made at {before}; {self.name} needs a "
                "community of its own"
            )

    async def _offline(self, inlet: Inlet, alive: str | None) -> None:
        """Report that nothing was read since the last process was, or the forum was away."""
        now_ms = self.around.now_ms()
        if alive is not None and int(alive) + self.rhythm.poll_seconds * 2000 < now_ms:
            gap = Gap(NAME, None, int(alive), now_ms, OFFLINE)
            await inlet.record(Batch(gaps=(gap,), cursors={(NAME, ALIVE): str(now_ms)}))

    def _told_of(self, post: Mapping[str, Any]) -> None:
        self.on_post(post)

    def _told(self, words: str) -> None:
        self._trouble = words

    def _progressed(self, progress: SweepProgress) -> None:
        if progress.topics:
            self._words = f"reading: {progress.read:,} of {progress.topics:,} topics"

    def _ago(self, at_ms: int) -> str:
        seconds = max(self.around.now_ms() - at_ms, 0) / 1000
        return "just now" if seconds < 60 else f"{_seconds(seconds)} ago"  # noqa: PLR2004


def _sentence(error: DiscourseError) -> str:
    return str(error).rstrip(".")


def _seconds(seconds: float) -> str:
    """Return a time in words.

    >>> _seconds(30), _seconds(90), _seconds(7200), _seconds(200_000)
    ('30 s', '2 min', '2 h', '2 days')
    """
    minute, hour, day = 60, 3600, 86_400
    if seconds < minute:
        return f"{seconds:.0f} s"
    if seconds < hour:
        return f"{math.ceil(seconds / minute)} min"
    if seconds < 2 * day:
        return f"{seconds / hour:.0f} h"
    return f"{seconds / day:.0f} days"

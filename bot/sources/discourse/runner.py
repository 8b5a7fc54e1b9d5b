"""The runner of one forum: webhooks say where to look, polls find what is new, sweeps the rest.

    webhook ──► hints ───────┐
    every few minutes: poll ─┼──► one task reads, and records the difference
    every day: sweep ────────┘

One task does all the reading, so what it records is never older than what it recorded before.
Between two topics of a poll or sweep it reads what webhooks pointed at. While a forum is
unavailable, it is asked again after pauses that grow; nothing else notices.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.community.problem import Problem
from bot.runtime.pace import Pace
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.transport import (
    DiscourseError,
    ForumFailureError,
    ForumTransport,
    UnavailableError,
)
from bot.sources.discourse.connection import ForumConnection, ForumEnvironment, Schedule
from bot.sources.discourse.forums import ForumSettings
from bot.sources.discourse.reading.backfill import Backfill, SweepProgress
from bot.sources.discourse.reading.categories import Categories
from bot.sources.discourse.reading.forum_reader import ForumReader
from bot.sources.discourse.reading.hints import HintQueue, OnPost, ReadTarget, ignore_post
from bot.sources.discourse.reading.likes import LikeReader
from bot.sources.discourse.reading.topic_lists import SUSPECT
from bot.sources.discourse.webhook import WebhookReceiver
from bot.sources.port import Inlet, Inlets, Runner, State
from cred.facts.events import Provenance
from storage.place_tree import PlaceStep

_log = logging.getLogger(__name__)

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(slots=True)
class DiscourseRunner(Runner):
    """Records the contributions to one forum; see `bot.sources.port.Runner`."""

    settings: ForumSettings
    schedule: Schedule = field(default_factory=Schedule)
    environment: ForumEnvironment = field(default_factory=ForumEnvironment)
    is_only_forum: bool = True
    """The process reads no other forum, so the path of the webhooks names none."""
    hints: HintQueue = field(default_factory=HintQueue)
    on_post: OnPost = ignore_post
    """Called with posts that are new or were edited, private messages included. It may be set
    at any time. Posts of webhooks are passed on as they arrive, before they are verified."""
    webhooks: WebhookReceiver | None = field(init=False)
    pace: Pace = field(init=False)
    """Shared by everything that uses the forum's key."""
    _activity: str = "not asked yet"
    """What it is doing; "": listening."""
    _trouble: str = ""
    """Why a request is not answered just now."""
    _failure: str = ""
    """Why the last reading failed; the next good one clears it."""
    _odd: str = ""
    """What it reads in vain."""
    _read_ms: int | None = None
    _malformed: int = 0
    _settled: asyncio.Event = field(default_factory=asyncio.Event)
    _is_available: bool = False
    _categories: Categories | None = None
    """As they were last read in this process."""

    def __post_init__(self) -> None:
        secret, environment = self.settings.webhook_secret, self.environment
        self.webhooks = None
        if secret is not None:
            self.webhooks = WebhookReceiver(
                secret, self.hints, environment.now_ms, on_post=self._pass_on
            )
        self.pace = Pace(
            self.schedule.calls_per_minute, 60.0, environment.sleep, environment.clock
        )

    @property
    def name(self) -> str:
        """The forum's host, with its port or path if it has one: "forum.example.org"."""
        return self.settings.name

    @property
    def community(self) -> str | None:
        """Slug of its community, where the settings name one."""
        return self.settings.community

    @property
    def state(self) -> str:
        """Its state in words."""
        if words := self._trouble or self._failure or self._activity or self._odd:
            return words
        words = "reading every few minutes"
        received_ms, rejected = None, 0
        if self.webhooks is not None:
            words = "listening"
            received_ms = self.webhooks.received_ms
            rejected = self.webhooks.rejected.total()
        if received_ms is not None:
            words += f", last heard {self._ago(received_ms)}"
        elif self._read_ms is not None:
            words += f", last read {self._ago(self._read_ms)}"
        if rejected:
            words += f"; webhooks refused: {rejected:,}"
        if self._malformed:
            words += f"; left out as odd: {self._malformed:,}"
        return words

    @property
    def trouble(self) -> str:
        """Why the forum is not read, as one sentence; "" while it is."""
        reason, _, _ = (self._trouble or self._failure).partition("; trying again")
        return f"{self.name}: {reason}" if reason else ""

    def may_see(
        self,
        server: str,
        path: Sequence[PlaceStep],
        account: str | None,
        here: Sequence[PlaceStep] = (),
    ) -> bool:
        """Tell whether the category of a topic is public, as the forum last said.

        What a single user may see is not known, so neither account nor `here` matters.
        """
        del server, account, here
        categories = (step.id[1:] for step in path if step.id.startswith("c"))
        number = next((int(digits) for digits in categories if digits.isdecimal()), None)
        return (
            number is not None
            and self._categories is not None
            and self._categories.is_public(number)
        )

    def states(self) -> Sequence[State]:
        """Return the state of the forum."""
        remedy = "if it lasts, ask whoever runs the forum or the bot"
        trouble = self._trouble or self._failure or self._odd
        problems = (Problem(trouble, remedy),) if trouble else ()
        return [State(self.name, self.state, problems=problems)]

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the route for its webhooks; none without a secret that verifies them."""
        if self.webhooks is None:
            return ()
        path = "/hooks/discourse" if self.is_only_forum else f"/hooks/discourse/{self.name}"
        return (web.post(path, self.webhooks.handle),)

    async def wait_until_settled(self) -> bool:
        """Return once all there was to read is recorded; False if some could not be read."""
        await self._settled.wait()
        return self._is_available

    async def run(self, inlets: Inlets) -> None:
        """Listen and read until cancelled."""
        self._activity, self._trouble, self._failure = "connecting", "", ""
        self._settled.clear()
        async with self.connect(await inlets.own()) as connection:
            while True:
                pause = await self._run_once(connection)
                if not self.hints:
                    self._settled.set()
                await self._wait(pause, for_hints=self._is_available)

    @asynccontextmanager
    async def connect(self, inlet: Inlet) -> AsyncIterator[ForumConnection]:
        """Connect a community to the forum; the forum is not asked anything yet.

        Raises
        ------
        ForumMismatchError
            If the community has the contributions of another forum.
        """
        access, environment = self.settings.access, self.environment
        async with environment.session() as session:
            transport = ForumTransport(
                access,
                session,
                pace=self.pace,
                sleep=environment.sleep,
                timeout_seconds=environment.timeout_seconds,
            )
            transport.on_trouble = self._set_trouble
            reader = ForumReader(ForumClient(transport), inlet, access.url, environment.now_ms)
            self._categories = reader.categories
            reader.on_post = self._pass_on
            if access.api_key is not None:
                reader.bot = access.api_user
            connection = ForumConnection(self.settings, environment, inlet, reader)
            connection.backfill = Backfill(
                reader,
                between=lambda: self.read_hints(connection),
                progress=self._set_progress,
            )
            await connection.load(self.schedule.poll_seconds)
            yield connection

    # ── one round ─────────────────────────────────────────────────────────────────────────────

    async def _run_once(self, connection: ForumConnection) -> float:
        """Do what is due; return the seconds until something is due again."""
        try:
            await self._do_due(connection)
        except DiscourseError as error:
            self._is_available = False
            connection.failures += 1
            pause = self.schedule.backoff.pause(connection.failures)
            if isinstance(error, UnavailableError):
                pause = max(pause, min(error.asked_seconds, _DAY))
            self._trouble = ""
            self._failure = f"{str(error).rstrip('.')}; trying again in {_duration(pause)}"
            _log.warning("%s: %s", self.name, self._failure)
            return pause
        connection.failures, self._is_available = 0, True
        self._malformed = connection.reader.validator.malformed
        self._activity = self._trouble = self._failure = ""
        odd = connection.backfill.odd
        self._odd = (
            f"none of the last {len(odd):,} topics can be read: {[*odd.values()][-1]}"
            if len(odd) >= SUSPECT
            else ""
        )
        self._read_ms = self.environment.now_ms()
        since_poll = self.environment.clock() - (connection.polled_at or 0.0)
        return max(self.schedule.poll_seconds - since_poll, 1.0)

    async def _do_due(self, connection: ForumConnection) -> None:
        schedule = self.schedule
        unswept_ms = self.environment.now_ms() - connection.swept_ms
        polled_at = connection.polled_at
        poll_is_due = (
            polled_at is None or self.environment.clock() - polled_at >= schedule.poll_seconds
        )
        if unswept_ms >= schedule.sweep_seconds * 1000 or self.hints.overflowed:
            await self.sweep(connection)
        if poll_is_due:
            await self.poll(connection)
        await self.read_hints(connection)

    async def poll(self, connection: ForumConnection) -> None:
        """Read what is new."""
        await connection.backfill.poll()
        if self.on_post is not ignore_post:
            await connection.messages.read(self.on_post, self.environment.now_ms())
        if connection.failures:
            await connection.record_gap(self.schedule.poll_seconds)
        connection.polled_at = self.environment.clock()
        await connection.record_alive()

    async def sweep(self, connection: ForumConnection) -> None:
        """Read everything that changed, and again what was not read for long."""
        self.hints.overflowed = False
        _log.info("%s: looking through all topics", self.name)
        before_ms = self.environment.now_ms() - round(self.schedule.reread_seconds * 1000)
        try:
            await connection.backfill.sweep(reread_before_ms=max(before_ms, 0))
        except DiscourseError:
            self.hints.overflowed = True  # what did not fit has still to be found
            raise
        connection.swept_ms = self.environment.now_ms()
        _log.info("%s: all there was to read is read", self.name)

    async def read_hints(self, connection: ForumConnection) -> None:
        """Read what webhooks pointed at."""
        reader = connection.reader
        likes = reader.likes
        try:
            while (hint := self.hints.next()) is not None:
                reader.likes = LikeReader(reader.client, reader.users)
                await self._read_hint(reader, *hint)
        finally:
            reader.likes = likes

    async def _read_hint(
        self, reader: ForumReader, target: ReadTarget, posts: frozenset[int]
    ) -> None:
        """Read one thing; while the forum is unavailable, it stays in the queue."""
        kind, key = target
        try:
            if kind == "topic":
                await reader.read_topic(int(key), Provenance.LIVE, wanted=posts)
            elif kind == "like":
                await reader.read_likes(int(key), Provenance.LIVE)
            elif kind == "user":
                await reader.read_user(str(key), Provenance.LIVE)
            else:
                await reader.read_categories(Provenance.LIVE, ask_all=True)
        except (MalformedPayloadError, ForumFailureError) as error:
            if kind == "topic":
                await reader.leave_out(int(key), error)
            else:
                reader.validator.leave_out(kind, error)
        except DiscourseError:
            self.hints.put_back(target, posts)
            raise

    async def _wait(self, seconds: float, *, for_hints: bool) -> None:
        """Wait some seconds, or (`for_hints`) until there is a hint."""
        tasks: list[asyncio.Future[object]] = [
            asyncio.ensure_future(self.environment.sleep(seconds))
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
            self._settled.clear()

    # ── reports ───────────────────────────────────────────────────────────────────────────────

    def _pass_on(self, post: Mapping[str, Any]) -> None:
        self.on_post(post)

    def _set_trouble(self, words: str) -> None:
        self._trouble = words

    def _set_progress(self, progress: SweepProgress) -> None:
        if progress.topics:
            self._activity = f"reading: {progress.read:,} of {progress.topics:,} topics"

    def _ago(self, at_ms: int) -> str:
        seconds = max(self.environment.now_ms() - at_ms, 0) / 1000
        return "just now" if seconds < _MINUTE else f"{_duration(seconds)} ago"


def _duration(seconds: float) -> str:
    """Return a duration in words.

    >>> _duration(30), _duration(90), _duration(7200), _duration(200_000)
    ('30 s', '2 min', '2 h', '2 days')
    """
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{math.ceil(seconds / _MINUTE)} min"
    if seconds < 2 * _DAY:
        return f"{seconds / _HOUR:.0f} h"
    return f"{seconds / _DAY:.0f} days"

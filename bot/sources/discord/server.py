"""One server: hears its events, keeps them in line, and sweeps after every connection."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import discord

from bot.sources.discord import gateway
from bot.sources.discord.backfill import Backfill
from bot.sources.discord.calls import Pace
from bot.sources.discord.gateway import Heard
from bot.sources.discord.history import Progress, Tools
from bot.sources.discord.parse import Context, Json
from bot.sources.discord.recorder import ALIVE, Recorder, Sleep
from bot.sources.discord.settings import NSFW
from bot.sources.inlet import Inlet, Inlets
from cred import events
from cred.events import How, Kind
from storage.batch import Batch
from storage.errors import ClosedError

_log = logging.getLogger(__name__)

_DEEPEST: Final = 4
RETRY_SECONDS: Final = 300.0
"""How long after a sweep that met trouble the next one is made."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What servers share."""

    client: discord.Client
    inlets: Inlets
    now_ms: Callable[[], int]
    sleep: Sleep
    pace: Callable[[Sleep], Pace]
    progress: Callable[[Progress], None]


class Server:
    """One server. Exists from the first payload that names it."""

    def __init__(self, server_id: str, name: str, around: Surroundings) -> None:
        self.id = server_id
        self.name = name
        self._around = around
        self.recorder = Recorder(self._takes, around.sleep)
        self._inlet: Inlet | None = None
        self._places: dict[str, tuple[str | None, bool]] = {}
        self._told: set[str] = set()
        self._alive_ms: int | None = None
        self._offline_ms: int | None = None
        self._wanted = asyncio.Event()
        self._again = False
        self._quiet = asyncio.Event()

    def hear(self, name: str, data: Json) -> None:
        """Take a gateway event in.

        Raises
        ------
        Exception
            Where it is not as documented; nothing of it is recorded then.
        """
        now_ms = self._around.now_ms()
        heard = gateway.heard(name, data, Context(How.LIVE, now_ms))
        if heard is None:
            return
        for event in heard.batch.events:
            if event.kind is Kind.PLACE_CHANGED and event.place is not None:
                self._places[event.place] = (event.object, bool(event.value & events.NSFW))
        self.recorder.put(heard, now_ms)
        self._alive_ms = now_ms

    def listening(self) -> None:
        """Take note that we are connected, though nothing may happen."""
        now_ms = self._around.now_ms()
        self._alive_ms = now_ms
        self.recorder.put(Heard(Batch()), now_ms)

    def connected(self, *, resumed: bool) -> None:
        """Begin a new connection; if it was not resumed, events may have been missed."""
        self.recorder.generation += 1
        if not resumed and self._offline_ms is None:
            self._offline_ms = self._alive_ms

    def sweep(self, *, again: bool) -> None:
        """Have what was missed read, soon; `again`: and the last days once more."""
        self._again |= again
        self._quiet.clear()
        self._wanted.set()

    async def settled(self) -> None:
        """Return when no sweep is due or under way, and everything heard is recorded."""
        await self._quiet.wait()
        await self.recorder.settled()

    async def run(self) -> None:
        """Record and sweep until cancelled; what goes wrong is logged and begun again."""
        while True:
            try:
                await self._run()
            except Exception as error:
                if isinstance(error, ExceptionGroup) and error.subgroup(ClosedError):
                    _log.info("server %s: the log is closed", self.id)
                    return
                _log.error("server %s: begun again", self.id, exc_info=error)
                # Until Python 3.13 a task group that is cancelled while a task in it fails
                # raises the failure alone, and the cancellation would be lost.
                current = asyncio.current_task()
                if current is not None and current.cancelling():
                    raise asyncio.CancelledError from error
                if not self._quiet.is_set():
                    self._wanted.set()  # the sweep that was under way
            await self._around.sleep(1.0)

    async def _run(self) -> None:
        inlet = await self._around.inlets.of_server(self.id, self.name)
        if self._inlet is None:
            # Before anything is recorded: until when did the process before this one listen?
            alive = (await inlet.cursors()).get(ALIVE)
            if alive is not None and self._offline_ms is None:
                self._offline_ms = int(alive)
        self._inlet = inlet
        async with asyncio.TaskGroup() as group:
            group.create_task(self.recorder.run(inlet))
            group.create_task(self._sweeps(inlet))

    async def _sweeps(self, inlet: Inlet) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            again, offline_ms = self._again, self._offline_ms
            sweeping = asyncio.create_task(self._sweep(inlet, again, offline_ms))
            interrupted = asyncio.create_task(self._wanted.wait())
            try:
                await asyncio.wait((sweeping, interrupted), return_when=asyncio.FIRST_COMPLETED)
                if not sweeping.done():
                    continue  # a new connection: begin anew, from the cursors
                complete = self._outcome(sweeping)
            finally:
                for task in (sweeping, interrupted):
                    task.cancel()
                await asyncio.gather(sweeping, interrupted, return_exceptions=True)
            if self._wanted.is_set():
                continue
            if complete:
                self._again, self._offline_ms = False, None
            else:
                asyncio.get_running_loop().call_later(RETRY_SECONDS, self._wanted.set)
            self._quiet.set()

    def _outcome(self, sweeping: asyncio.Task[bool]) -> bool:
        """Return whether a sweep that ended left nothing out; log why it failed."""
        error = sweeping.exception()
        if error is None:
            return sweeping.result()
        if not self._around.client.is_closed():
            _log.error("server %s: sweep failed", self.id, exc_info=error)
        return False

    async def _sweep(self, inlet: Inlet, again: bool, offline_ms: int | None) -> bool:  # noqa: FBT001
        around = self._around
        guild = around.client.get_guild(int(self.id))
        if guild is None:
            return True  # the bot is in it no more
        members = around.client.intents.members
        tools = Tools(
            around.client.http,
            self.recorder,
            inlet,
            around.now_ms,
            around.sleep,
            {str(member.id): member.nick for member in guild.members if member.nick},
            around.progress,
            around.pace,
        )
        backfill = Backfill(guild, tools, reads_members=members, told=self._told)
        return await backfill.sweep(again=again, offline_ms=offline_ms)

    def _takes(self, place: str) -> bool:
        """Tell whether a place's messages are wanted: not if it is in an NSFW channel."""
        if self._inlet is None or self._inlet.setting(NSFW):
            return True
        step: str | None = place
        for _ in range(_DEEPEST):
            if step is None:
                break
            step, nsfw = self._places.get(step, (None, False))
            if nsfw:
                return False
        return True

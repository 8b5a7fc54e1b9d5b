"""One server: hears its events, keeps them in line, and sweeps after every connection."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import discord

from bot.sources.discord import gateway
from bot.sources.discord.backfill import Backfill
from bot.sources.discord.calls import Pace
from bot.sources.discord.gateway import Heard
from bot.sources.discord.history import Progress, Tools
from bot.sources.discord.parse import Context, Json
from bot.sources.discord.places import Nicknames, channels
from bot.sources.discord.recorder import ALIVE, Recorder, Sleep
from bot.sources.discord.settings import NSFW, REACTION_DAYS, READING
from bot.sources.inlet import Inlet, Inlets
from cred.facts import events
from cred.facts.events import How, Kind
from storage.errors import ClosedError
from storage.log.batch import Batch

_log = logging.getLogger(__name__)

_DEEPEST: Final = 4
RETRY_SECONDS: Final = 300.0
"""How long after a sweep that met trouble the next one is made."""
_LONGEST_PAUSE_SECONDS: Final = 60.0
"""Between attempts to open a community's file."""

SIGHT: Final = frozenset(
    {
        "CHANNEL_CREATE",
        "CHANNEL_UPDATE",
        "GUILD_MEMBER_UPDATE",
        "GUILD_ROLE_DELETE",
        "GUILD_ROLE_UPDATE",
        "GUILD_UPDATE",
    }
)
"""Gateway events that may change which channels the bot can read."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What servers share."""

    client: discord.Client
    inlets: Inlets
    now_ms: Callable[[], int]
    sleep: Sleep
    pace: Callable[[Sleep], Pace]
    progress: Callable[[Progress], None]
    shared: Pace
    """How fast all servers' reading may be together."""


class Server:
    """One server. Exists from the first payload that names it."""

    def __init__(self, server_id: str, name: str, around: Surroundings) -> None:
        self.id = server_id
        self.name = name
        self._around = around
        self.recorder = Recorder(self._takes, around.sleep, on_room=self._caught_breath)
        self._inlet: Inlet | None = None
        self._places: dict[str, tuple[str | None, bool]] = {}
        self._told: set[str] = set()
        self._choices: Mapping[str, object] = {}
        self._sight: dict[str, bool] = {}
        self._alive_ms: int | None = None
        self._offline_ms: int | None = None
        self._is_here = True
        self._wanted = asyncio.Event()
        self._overtaken = asyncio.Event()
        self._again = False
        self._quiet = asyncio.Event()
        self._retry: asyncio.TimerHandle | None = None
        self.left_out = False
        """Whether the last sweep met trouble and left something out; it is made again."""

    def hear(self, name: str, data: Json) -> int:
        """Take a gateway event in; return how many parts of it were odd and left out.

        Raises
        ------
        Exception
            Where it is not as documented; nothing of it is recorded then.
        """
        now_ms = self._around.now_ms()
        heard = gateway.heard(name, data, Context(How.LIVE, now_ms))
        if heard is None:
            return 0
        for event in heard.batch.events:
            if event.kind is Kind.PLACE_CHANGED and event.place is not None:
                self._places[event.place] = (event.object, bool(event.value & events.NSFW))
        if not self.recorder.put(heard, now_ms):
            self._missed_from(now_ms)
        self._alive_ms = now_ms
        return heard.odd

    def listening(self) -> None:
        """Take note that we are connected, though nothing may happen."""
        if not self._is_here:
            return
        now_ms = self._around.now_ms()
        self._alive_ms = now_ms
        self.recorder.put(Heard(Batch()), now_ms)

    def connected(self, *, resumed: bool) -> None:
        """Begin a new connection; if it was not resumed, events may have been missed."""
        self.recorder.generation += 1
        if not resumed:
            self._is_here = False  # until Discord sends it whole
            self._missed_from(self._alive_ms)

    def came(self) -> None:
        """Take note that Discord sent the server whole; what was missed is read."""
        self._is_here = True
        self._sight = {}
        self._again = True
        self._overtaken.set()
        self.sweep()

    def went(self) -> None:
        """Take note that nothing is heard of the server: an outage, or the bot was put out."""
        self.recorder.generation += 1
        self._is_here = False
        self._missed_from(self._around.now_ms())

    def look(self, place: str | None) -> None:
        """See whether other channels (or the one given) can be read than before.

        Of one that could not, messages are missing that no cursor must pass; of one that can
        again, they are to be read. Both are a sweep's work.
        """
        guild = self._guild()
        if guild is None or self._inlet is None or not self._is_here:
            return
        seen = self._in_sight(guild, self._inlet, place)
        changed = {
            one: now for one, now in seen.items() if self._sight.get(one, now) is not now
        }
        self._sight |= seen
        if changed:
            self._again |= any(changed.values())
            self.recorder.generation += 1
            self.sweep()

    def saw_more(self) -> None:
        """Have places read that came into sight."""
        self.recorder.generation += 1
        self.sweep()

    def lost(self, place: str) -> None:
        """Take note that a channel or thread was deleted; if it was a gap, it is none now."""
        if place in self._told:
            self.sweep()

    def reconsider(self) -> None:
        """See whether the community changed what of it is to be read, and have that read.

        A sweep under way began with the settings of before, so it is broken off.
        """
        if self._inlet is None:
            return
        before, self._choices = self._choices, self._chosen(self._inlet)
        if self._choices == before:
            return
        self._again |= self._choices[REACTION_DAYS] != before.get(REACTION_DAYS)
        self.look(None)  # NSFW channels come into sight, or go out of it
        self._overtaken.set()
        self.sweep()

    @staticmethod
    def _chosen(inlet: Inlet) -> Mapping[str, object]:
        return {key: inlet.setting(key) for key in READING}

    def _caught_breath(self) -> None:
        """Have read what the recorder had to turn away."""
        self._again = True
        self.sweep()

    def sweep(self) -> None:
        """Have what was missed read, soon; a sweep under way is finished before."""
        self._quiet.clear()
        self._wanted.set()

    @property
    def state(self) -> str:
        """How it is, in words."""
        if not self._is_here:
            return "Discord says nothing of the server now"
        if not self._quiet.is_set():
            return "reading what was missed"
        return (
            "listening; something could not be read, tried again soon"
            if (self.left_out)
            else "listening"
        )

    async def settled(self) -> None:
        """Return when no sweep is due or under way, and everything heard is recorded."""
        await self._quiet.wait()
        await self.recorder.settled()

    async def run(self) -> None:
        """Record and sweep until cancelled; what goes wrong is logged and begun again."""
        pause = 1.0
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
            await self._around.sleep(pause)
            pause = 1.0 if self._inlet is not None else min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _run(self) -> None:
        inlet = await self._around.inlets.of_server(self.id, self.name)
        if self._inlet is None:
            # Before anything is recorded: until when did the process before this one listen?
            alive = (await inlet.cursors()).get(ALIVE)
            self._missed_from(None if alive is None else int(alive))
        self._inlet = inlet
        self._choices = self._chosen(inlet)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.recorder.run(inlet))
            group.create_task(self._sweeps(inlet))

    def _missed_from(self, at_ms: int | None) -> None:
        """Take note of when events were first missed; earlier moments count."""
        if at_ms is not None:
            self._offline_ms = min(at_ms, self._offline_ms or at_ms)

    async def _sweeps(self, inlet: Inlet) -> None:
        """Sweep whenever that is wanted; a sweep under way gives way to a new connection."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            self._overtaken.clear()
            if self._retry is not None:
                self._retry.cancel()
            again, self._again = self._again, False
            offline_ms, self._offline_ms = self._offline_ms, None
            sweeping = asyncio.create_task(self._sweep(inlet, again, offline_ms))
            overtaken = asyncio.create_task(self._overtaken.wait())
            outcome: bool | None = None
            try:
                await asyncio.wait((sweeping, overtaken), return_when=asyncio.FIRST_COMPLETED)
                if sweeping.done():
                    outcome = self._outcome(sweeping)
            finally:
                if not outcome:  # all of it is still to be done, from the cursors
                    self._again |= again
                    self._missed_from(offline_ms)
                for task in (sweeping, overtaken):
                    task.cancel()
                await asyncio.gather(sweeping, overtaken, return_exceptions=True)
            if self._wanted.is_set():
                continue
            if outcome is not None:
                self.left_out = not outcome
            if outcome is False:
                loop = asyncio.get_running_loop()
                self._retry = loop.call_later(RETRY_SECONDS, self._wanted.set)
            self._quiet.set()

    def _outcome(self, sweeping: asyncio.Task[bool | None]) -> bool | None:
        """Return what a sweep that ended returned; where it failed, log why."""
        error = sweeping.exception()
        if error is None:
            return sweeping.result()
        if not self._around.client.is_closed():
            _log.error("server %s: sweep failed", self.id, exc_info=error)
        return False

    async def _sweep(
        self,
        inlet: Inlet,
        again: bool,  # noqa: FBT001
        offline_ms: int | None,
    ) -> bool | None:
        """Return whether nothing was left out; None if there is no server to sweep now."""
        around = self._around
        guild = self._guild()
        if guild is None or guild.unavailable:
            return None  # if it comes back, Discord says so
        self._sight |= self._in_sight(guild, inlet, None)
        members = around.client.intents.members
        tools = Tools(
            around.client.http,
            self.recorder,
            inlet,
            around.now_ms,
            around.sleep,
            Nicknames(guild),
            around.progress,
            around.pace,
            around.shared,
        )
        backfill = Backfill(guild, tools, reads_members=members, told=self._told)
        return await backfill.sweep(again=again, offline_ms=offline_ms)

    def _guild(self) -> discord.Guild | None:
        return self._around.client.get_guild(int(self.id))

    @staticmethod
    def _in_sight(guild: discord.Guild, inlet: Inlet, place: str | None) -> dict[str, bool]:
        """Return of each channel (or the one given) whether its messages are to be read."""
        takes_nsfw = bool(inlet.setting(NSFW))
        return {
            channel.spot.place: channel.readable and (takes_nsfw or not channel.nsfw)
            for channel in channels(guild, place)
        }

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

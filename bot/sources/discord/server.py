"""One server: decides what each payload means for it, and sweeps when something was missed.

A `Server` is a state machine. Its inputs are gateway payloads (`receive`), a change of settings
and the passing of time; its outputs are what goes to the `Recorder` and the sweeps it makes.
"""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Final

import discord

from bot.commands.kit.wording import pluralize
from bot.sources.discord import gateway
from bot.sources.discord.gateway import ParsedPayload
from bot.sources.discord.parse import MALFORMED, Json, Observation
from bot.sources.discord.reading.backfill import Backfill
from bot.sources.discord.reading.choice import PlaceChoice
from bot.sources.discord.reading.dependencies import Dependencies, ServerEnvironment
from bot.sources.discord.reading.places import Nicknames, channels
from bot.sources.discord.reading.reactors import UnansweredQueries
from bot.sources.discord.reading.sweeps import Sweeps
from bot.sources.discord.recorder import ALIVE, Recorder
from bot.sources.discord.settings import REACTION_DAYS, READING
from bot.sources.port import Inlet, Inlets
from cred.facts import events
from cred.facts.events import Kind, Provenance
from storage.errors import ClosedError
from storage.log.batch import Batch

_log = logging.getLogger(__name__)

_DEEPEST: Final = 4
_LONGEST_PAUSE_SECONDS: Final = 60.0
"""Between attempts to open a community's file."""

_MAY_CHANGE_SIGHT: Final = frozenset(
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


class Server:
    """One server. Exists from the first payload that names it.

    Attributes
    ----------
    id, name
        As Discord has them; the name is "" until it is known.
    recorder
        Its way into the log.
    sweeps
        Its sweeps, which read what was missed.
    malformed_payloads
        Payloads, or parts of them, that were not as documented and are not recorded.
    """

    def __init__(self, server_id: str, environment: ServerEnvironment) -> None:
        self.id = server_id
        self.name = ""
        self.malformed_payloads = 0
        self.sweeps = Sweeps()
        self.recorder = Recorder(
            self._is_wanted,
            environment.sleep,
            on_room=lambda: self.sweeps.request(again=True),
        )
        self._environment = environment
        self._inlet: Inlet | None = None
        self._places: dict[str, tuple[str | None, bool]] = {}
        """By channel or thread: what it is in, and whether it is marked as NSFW."""
        self._unanswered = UnansweredQueries()
        self._reported: set[str] = set()
        """Places that were reported as not readable."""
        self._choices: Mapping[str, object] = {}
        """The community's settings that decide what is read."""
        self._sight: dict[str, bool] = {}
        """By channel: whether its messages are to be read."""
        self._alive_ms: int | None = None
        """When the server was last known to be listened to."""
        self._is_here = True
        """Whether Discord sends what happens on the server."""

    # ── payloads ──────────────────────────────────────────────────────────────────────────────

    def receive(self, name: str, data: Json) -> None:
        """Take in a gateway payload; call in the order in which they come."""
        if name in {"READY", "RESUMED"}:
            self._begin_connection(resumed=name == "RESUMED")
            return
        if name == "GUILD_DELETE":
            self._end_presence()
            return
        if name == "GUILD_CREATE":
            self.name = data.get("name") or self.name
        self._record(name, data)
        if name == "GUILD_CREATE" and not data.get("unavailable"):
            self._begin_presence()
        if _shows_old_threads(name, data):
            self.recorder.generation += 1
            self.sweeps.request()
        if (
            name in {"CHANNEL_DELETE", "THREAD_DELETE"}
            and str(data.get("id")) in self._reported
        ):
            self.sweeps.request()  # it was a gap, and is none any more
        if name in _MAY_CHANGE_SIGHT and self._concerns_the_bot(name, data):
            place = data.get("id") if name.startswith("CHANNEL") else None
            # Once discord.py has read the payload, too.
            asyncio.get_running_loop().call_soon(self._look, place)

    def _record(self, name: str, data: Json) -> None:
        """Record what a payload says; nothing of one that is not as documented."""
        now_ms = self._environment.now_ms()
        try:
            payload = gateway.parse_payload(name, data, Observation(Provenance.LIVE, now_ms))
        except MALFORMED as error:
            self.malformed_payloads += 1
            ids = {key: data.get(key) for key in ("id", "guild_id", "channel_id", "message_id")}
            _log.warning(
                "malformed %s, nothing recorded (%s): %s", name, ids, type(error).__name__
            )
            return
        if payload is None:
            return
        for event in payload.batch.events:
            if event.kind is Kind.PLACE_CHANGED and event.place is not None:
                self._places[event.place] = (event.object, bool(event.value & events.NSFW))
        if not self.recorder.put(payload, now_ms):
            self.sweeps.note_missed_from(now_ms)
        self._alive_ms = now_ms
        self.malformed_payloads += payload.malformed_parts

    def _begin_connection(self, *, resumed: bool) -> None:
        """Begin a new connection; if it was not resumed, events may have been missed."""
        self.recorder.generation += 1
        if resumed:
            self.sweeps.request()
        else:
            self._is_here = False  # until a complete GUILD_CREATE
            self.sweeps.note_missed_from(self._alive_ms)

    def _begin_presence(self) -> None:
        """Request a sweep after a complete GUILD_CREATE."""
        self._is_here = True
        self._sight = {}
        self.sweeps.request(again=True, interrupt=True)

    def _end_presence(self) -> None:
        """Note that no events come: the server has an outage, or the bot was removed."""
        self.recorder.generation += 1
        self._is_here = False
        self.sweeps.note_missed_from(self._environment.now_ms())

    def _concerns_the_bot(self, name: str, data: Json) -> bool:
        """Tell whether it may be about the bot; other members and roles change often."""
        if name not in {"GUILD_MEMBER_UPDATE", "GUILD_ROLE_UPDATE"}:
            return True
        guild = self._guild()
        if guild is None:
            return False
        if name == "GUILD_MEMBER_UPDATE":
            return int(data["user"]["id"]) == guild.me.id
        role = int(data["role"]["id"])
        return role == guild.id or guild.me.get_role(role) is not None  # everybody's, or ours

    def _look(self, place: str | None = None) -> None:
        """Check whether other channels can be read than before, or the given one can.

        Messages are missing from one that could not be read, and no cursor may pass them; one
        that can be read again is to be read. Both are a sweep's work.
        """
        guild = self._guild()
        if guild is None or self._inlet is None or not self._is_here:
            return
        seen = self._in_sight(guild, self._inlet, place)
        changed = {
            channel: now
            for channel, now in seen.items()
            if self._sight.get(channel, now) is not now
        }
        self._sight |= seen
        if changed:
            self.recorder.generation += 1
            self.sweeps.request(again=any(changed.values()))

    # ── settings and time ─────────────────────────────────────────────────────────────────────

    def settings_changed(self) -> None:
        """Sweep if the community changed what is to be read.

        A sweep under way began with the previous settings, so it is interrupted.
        """
        if self._inlet is None:
            return
        before, self._choices = self._choices, self._read_choices(self._inlet)
        if self._choices == before:
            return
        self._look()  # channels come into sight, or go out of it
        again = self._choices[REACTION_DAYS] != before.get(REACTION_DAYS)
        self.sweeps.request(again=again, interrupt=True)

    @staticmethod
    def _read_choices(inlet: Inlet) -> Mapping[str, object]:
        return {key: inlet.setting(key) for key in READING}

    def note_alive(self) -> None:
        """Record that the server is listened to, though nothing may happen there."""
        if not self._is_here:
            return
        self._alive_ms = self._environment.now_ms()
        self.recorder.put(ParsedPayload(Batch()), self._alive_ms)

    @property
    def state(self) -> str:
        """The state of listening and reading, in words."""
        if not self._is_here:
            return "Discord says nothing of the server now"
        if not self.sweeps.is_quiet:
            words = "reading what was missed"
        elif self.sweeps.left_out:
            words = "listening; something could not be read, tried again soon"
        else:
            words = "listening"
        return words + self._words_on_left_out()

    def _words_on_left_out(self) -> str:
        guild = self._guild()
        if guild is None or self._inlet is None:
            return ""
        choice = PlaceChoice.read(self._inlet.setting)
        count = sum(choice.leaves_out(channel.path) for channel in channels(guild))
        return f"; {pluralize(count, 'channel')} left out as chosen" if count else ""

    async def wait_until_settled(self) -> None:
        """Return when no sweep is due or under way, and everything heard is recorded."""
        await self.sweeps.wait_until_quiet()
        await self.recorder.wait_until_settled()

    # ── running ───────────────────────────────────────────────────────────────────────────────

    async def run(self, inlets: Inlets) -> None:
        """Record and sweep until cancelled; whatever fails is logged and started again."""
        pause = 1.0
        while True:
            try:
                await self._run(inlets)
            except Exception as error:
                if isinstance(error, ExceptionGroup) and error.subgroup(ClosedError):
                    _log.info("server %s: the log is closed", self.id)
                    return
                _log.error("server %s: starting again", self.id, exc_info=error)
                # Until Python 3.13 a task group that is cancelled while a task in it fails
                # raises the failure alone, and the cancellation would be lost.
                current = asyncio.current_task()
                if current is not None and current.cancelling():
                    raise asyncio.CancelledError from error
                self.sweeps.resume()
            await self._environment.sleep(pause)
            pause = 1.0 if self._inlet is not None else min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _run(self, inlets: Inlets) -> None:
        inlet = await inlets.of_server(self.id, self.name)
        if self._inlet is None:
            # Before anything is recorded: until when did the process before this one listen?
            alive = (await inlet.cursors()).get(ALIVE)
            self.sweeps.note_missed_from(None if alive is None else int(alive))
        self._inlet = inlet
        self._choices = self._read_choices(inlet)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.recorder.run(inlet))
            group.create_task(self.sweeps.run(partial(self._sweep, inlet)))

    async def _sweep(
        self,
        inlet: Inlet,
        *,
        again: bool,
        offline_ms: int | None,
    ) -> bool | None:
        """Sweep once; see `reading.sweeps.Sweep`."""
        guild = self._guild()
        if guild is None or guild.unavailable:
            return None  # if it comes back, Discord says so
        try:
            self._sight |= self._in_sight(guild, inlet)
            dependencies = Dependencies(
                self._environment,
                self.recorder,
                inlet,
                Nicknames(guild),
                self._unanswered,
            )
            reads_members = self._environment.client.intents.members
            backfill = Backfill(
                guild, dependencies, reads_members=reads_members, reported=self._reported
            )
            return await backfill.sweep(again=again, offline_ms=offline_ms)
        except Exception as error:  # noqa: BLE001 - the edge of the sweep, which is made again
            if not self._environment.client.is_closed():
                _log.error("server %s: sweep failed", self.id, exc_info=error)
            return False

    def _guild(self) -> discord.Guild | None:
        return self._environment.client.get_guild(int(self.id))

    @staticmethod
    def _in_sight(
        guild: discord.Guild, inlet: Inlet, place: str | None = None
    ) -> dict[str, bool]:
        """Return of each channel (or the one given) whether its messages are to be read."""
        choice = PlaceChoice.read(inlet.setting)
        return {
            channel.place.id: channel.readable and choice.takes(channel.path, nsfw=channel.nsfw)
            for channel in channels(guild, place)
        }

    def _is_wanted(self, place: str) -> bool:
        """Tell whether a place's messages are wanted, as the community chose."""
        if self._inlet is None:
            return True
        path, is_nsfw = [place], False
        for _ in range(_DEEPEST):
            parent, nsfw = self._places.get(path[-1], (None, False))
            is_nsfw |= nsfw
            if parent is None:
                break
            path.append(parent)
        return PlaceChoice.read(self._inlet.setting).takes(path, nsfw=is_nsfw)


def _shows_old_threads(name: str, data: Json) -> bool:
    """Tell whether older threads came into sight: shown, or the bot was added to them."""
    return name == "THREAD_LIST_SYNC" or (
        name == "THREAD_CREATE" and not data.get("newly_created")
    )

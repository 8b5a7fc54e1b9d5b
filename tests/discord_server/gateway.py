"""Discord's gateway, version 10, over one websocket route.

Opcodes and close codes are those of the "Gateway" and "Opcodes and Status Codes" pages of
Discord's documentation. Sessions outlive connections: what happens while the client is away is
kept and replayed when it resumes.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from tests.discord_server import contract, dispatch, people
from tests.discord_server.compression import compressor
from tests.discord_server.contract import Violation
from tests.discord_server.dispatch import Announcement, Intent
from tests.discord_server.objects import Viewer
from tests.discord_server.sessions import Connection, Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.discord_server.model import Guild, Json
    from tests.discord_server.world import World

HEARTBEAT, IDENTIFY, RESUME, RECONNECT, MEMBERS, INVALID, HELLO = 1, 2, 6, 7, 8, 9, 10
NOT_ALLOWED_INTENT, WRONG_TOKEN, NOT_IDENTIFIED, UNKNOWN_OP = 4014, 4004, 4003, 4001
CHUNK = 1000


class Host(Protocol):
    """What the gateway needs of its server."""

    world: World
    violations: list[Violation]
    validating: bool

    @property
    def base(self) -> str: ...


class Gateway:
    """Connections, sessions, and the faults that a test can cause."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.heartbeat_interval_ms = 41_250
        self.counts: Counter[str] = Counter()
        """identify, resume, resumed, refused, replayed, heartbeat, "sent MESSAGE_CREATE"…"""
        self.paths: list[str] = []
        """Path and query of every connection made, oldest first."""
        self._numbers = itertools.count(1)
        self._open = asyncio.Event()
        self._open.set()
        self._changed = asyncio.Condition()
        host.world.listeners.append(self.announce)

    # ── what tests use ────────────────────────────────────────────────────────────────────────

    @property
    def connected(self) -> list[Connection]:
        """Connections with a session, oldest first."""
        return [
            session.connection
            for session in self.sessions.values()
            if session.connection is not None
        ]

    async def wait_until(self, holds: Callable[[], bool]) -> None:
        """Return when a condition holds, which is checked after each change of the gateway."""
        async with self._changed:
            await self._changed.wait_for(holds)

    async def disconnect(self, code: int = 4000) -> None:
        """Close every connection with this code (most codes let the client resume)."""
        closed = list(self.connections)
        for connection in closed:
            connection.put_close(code)
        await self.wait_until(lambda: not self.connections.intersection(closed))

    async def abort(self) -> None:
        """Cut every connection without a close frame."""
        cut = list(self.connections)
        for connection in cut:
            connection.abort()
        await self.wait_until(lambda: not self.connections.intersection(cut))

    def reconnect(self) -> None:
        """Ask every client to reconnect and resume (op 7)."""
        for connection in self.connected:
            connection.put_op(RECONNECT)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Tell every client that its session is invalid (op 9)."""
        for connection in self.connected:
            session = connection.session
            if session is not None and not resumable:
                self._forget(session)
            connection.put_op(INVALID, resumable)

    def forget_sessions(self) -> None:
        """Let every session expire: the next RESUME is refused and the client must identify."""
        for session in list(self.sessions.values()):
            self._forget(session)

    def inject(self, name: str, payload: Json) -> None:
        """Send every session a payload as it is, unchecked: an odd one, or one not modelled."""
        for session in self.sessions.values():
            self.send(session, name, payload)

    @contextlib.asynccontextmanager
    async def offline(self, *, code: int = 4000, forget: bool = False) -> AsyncIterator[None]:
        """Keep clients offline in the block: they can connect, but get no HELLO in it.

        With `forget`, the sessions expire meanwhile, so nothing that happens in it is sent.
        """
        self._open.clear()
        try:
            await self.disconnect(code)
            if forget:
                self.forget_sessions()
            yield
        finally:
            self._open.set()

    async def stop(self) -> None:
        """Close every connection."""
        self._open.set()
        await self.disconnect(1001)

    # ── events ────────────────────────────────────────────────────────────────────────────────

    def announce(self, event: Announcement) -> None:
        """Send an event to every session that may get it."""
        bot = self.host.world.bot
        if event.guild is not None and bot.id not in event.guild.members:
            return
        if not event.visible_to(bot):
            return
        written: dict[bool, Json] = {}
        for session in self.sessions.values():
            if event.intent and not session.intents & event.intent:
                continue
            if not session.hears_guild(event.guild.id if event.guild else 0):
                continue
            reads = session.viewer.reads_content or not event.by_content
            if reads not in written:
                written[reads] = self.check_payload(event.name, event.payload(session.viewer))
            self.send(session, event.name, written[reads])

    def send(self, session: Session, name: str, payload: Json) -> None:
        self.counts[f"sent {name}"] += 1
        session.send(name, payload)

    def check_payload(self, name: str, payload: Json) -> Json:
        """Check a payload against its schema; violations are recorded, yet it is sent."""
        if self.host.validating:
            for fault in contract.RESPONSES.faults(
                payload, contract.reference_to(f"Gateway.{name}")
            )[:1]:
                self.host.violations.append(
                    Violation("gateway", name, fault.message, contract.path_of(fault))
                )
        return payload

    # ── the protocol ──────────────────────────────────────────────────────────────────────────

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket from HELLO to its close."""
        self.paths.append(request.path_qs)
        compress = compressor(request.query.get("compress"))
        socket = web.WebSocketResponse(autoping=False, max_msg_size=0, timeout=2)
        await socket.prepare(request)
        connection = Connection(request, socket, compress)
        self.connections.add(connection)
        writer = asyncio.create_task(connection.write())
        try:
            await self._open.wait()
            hello = self.check_payload(
                "HELLO", {"heartbeat_interval": self.heartbeat_interval_ms}
            )
            connection.put_op(HELLO, hello)
            code = await connection.read(lambda frame: self._receive(connection, frame))
            if code in {1000, 1001} and connection.session is not None:
                self._forget(connection.session)  # a client that closes ends its session
        finally:
            if not connection.closing:  # else it ends by itself, once it is closed
                writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
            self.connections.discard(connection)
            if connection.session is not None and connection.session.connection is connection:
                connection.session.connection = None
            connection.release_waiters()
            await self._notify()
        return socket

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _refuse(self, connection: Connection, code: int) -> None:
        self.counts[f"closed {code}"] += 1
        connection.put_close(code)

    def _receive(self, connection: Connection, frame: Json) -> None:
        op, data = frame.get("op"), frame.get("d")
        if op == HEARTBEAT:
            self.counts["heartbeat"] += 1
            connection.beaten()
        elif op == IDENTIFY and isinstance(data, dict):
            self._identify(connection, data)
        elif op == RESUME and isinstance(data, dict):
            self._resume(connection, data)
        elif connection.session is None:
            self._refuse(connection, NOT_IDENTIFIED)
        elif op == MEMBERS and isinstance(data, dict):
            self._send_members(connection.session, data)
        elif op not in {3, 4}:  # presence and voice updates change nothing
            self._refuse(connection, UNKNOWN_OP)

    def _identify(self, connection: Connection, data: Json) -> None:
        self.counts["identify"] += 1
        world, application = self.host.world, self.host.world.application
        intents = int(data["intents"])
        forbidden = (
            (Intent.MEMBERS, application.members_intent),
            (Intent.CONTENT, application.message_content_intent),
            (Intent.PRESENCES, application.presences_intent),
        )
        if data["token"] != application.token:
            return self._refuse(connection, WRONG_TOKEN)
        if any(intents & intent and not switched_on for intent, switched_on in forbidden):
            return self._refuse(connection, NOT_ALLOWED_INTENT)
        shard = (int(data["shard"][0]), int(data["shard"][1])) if "shard" in data else None
        viewer = Viewer(world.bot, bool(intents & Intent.CONTENT), f"{self.host.base}/cdn")
        session = Session(f"session-{next(self._numbers)}", intents, shard, viewer)
        self.sessions[session.id] = session
        self._attach(session, connection)
        guilds = [guild for guild in self._guilds() if session.hears_guild(guild.id)]
        ready = {
            "v": 10,
            "user": people.own_user(world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": f"ws{self.host.base.removeprefix('http')}/resume/",
            "application": {
                "id": str(application.id),
                "flags": people.application_flags(application),
            },
        }
        if shard is not None:
            ready["shard"] = list(shard)
        self.send(session, "READY", self.check_payload("READY", ready))
        if intents & Intent.GUILDS:
            for guild in guilds:
                created = dispatch.guild_created(guild, world.bot, joined_now=False)
                payload = self.check_payload("GUILD_CREATE", created.payload(viewer))
                self.send(session, "GUILD_CREATE", payload)
        return None

    def _guilds(self) -> list[Guild]:
        world = self.host.world
        return [guild for guild in world.guilds.values() if world.bot.id in guild.members]

    def _attach(self, session: Session, connection: Connection) -> None:
        session.connection, connection.session = connection, session
        self._notifying = asyncio.create_task(self._notify())  # kept, so it is not collected

    def _resume(self, connection: Connection, data: Json) -> None:
        self.counts["resume"] += 1
        session = self.sessions.get(str(data["session_id"]))
        after = data["seq"]
        if session is None or not isinstance(after, int) or after > session.sequence:
            self.counts["refused"] += 1
            connection.put_op(INVALID, False)  # noqa: FBT003  the payload of op 9 is this bare flag
            return
        self._attach(session, connection)
        self.counts["replayed"] += session.replay(after)
        self.counts["resumed"] += 1
        self.send(session, "RESUMED", self.check_payload("RESUMED", {"_trace": []}))

    def _forget(self, session: Session) -> None:
        self.sessions.pop(session.id, None)
        if session.connection is not None:
            session.connection.session = None
            session.connection = None

    def _send_members(self, session: Session, data: Json) -> None:
        guild = self.host.world.guilds[int(data["guild_id"])]
        found = list(guild.members.values())
        not_found: list[str] = []
        if wanted := data.get("user_ids"):
            ids = [int(id_) for id_ in (wanted if isinstance(wanted, list) else [wanted])]
            found = [guild.members[id_] for id_ in ids if id_ in guild.members]
            not_found = [str(id_) for id_ in ids if id_ not in guild.members]
        elif query := str(data.get("query", "")).lower():
            found = [member for member in found if member.user.name.lower().startswith(query)]
        if limit := int(data.get("limit", 0)):
            found = found[:limit]
        count = max(1, -(-len(found) // CHUNK))
        for index in range(count):
            part = found[index * CHUNK : (index + 1) * CHUNK]
            body: Json = {
                "guild_id": str(guild.id),
                "members": [people.member(member) for member in part],
                "chunk_index": index,
                "chunk_count": count,
            }
            if not_found:
                body["not_found"] = not_found
            if "nonce" in data:
                body["nonce"] = data["nonce"]
            self.send(
                session, "GUILD_MEMBERS_CHUNK", self.check_payload("GUILD_MEMBERS_CHUNK", body)
            )

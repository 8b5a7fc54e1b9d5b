"""A gateway session (what the client may resume) and a connection (one websocket of it)."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.discord_server.compression import Compress
    from tests.discord_server.model import Json
    from tests.discord_server.objects import Viewer

BUFFERED = 100_000
"""Events a session keeps for a resume."""


@dataclass(eq=False)
class Session:
    """A session since IDENTIFY: intents, shard, number of the last event, and kept events."""

    id: str
    intents: int
    shard: tuple[int, int] | None
    viewer: Viewer
    sequence: int = 0
    kept: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=BUFFERED))
    connection: Connection | None = None

    def hears_guild(self, guild_id: int) -> bool:
        number, count = self.shard or (0, 1)
        return (guild_id >> 22) % count == number

    def send(self, name: str, payload: Json) -> None:
        """Number an event, keep it for a resume, and send it if the client is connected."""
        self.sequence += 1
        frame = {"op": 0, "t": name, "s": self.sequence, "d": payload}
        data = json.dumps(frame, separators=(",", ":")).encode()
        self.kept.append((self.sequence, data))
        if self.connection is not None:
            self.connection.put(data)

    def replay(self, after: int) -> int:
        """Send the kept events after a sequence number again; return how many there were."""
        missed = [data for number, data in self.kept if number > after]
        if self.connection is not None:
            for data in missed:
                self.connection.put(data)
        return len(missed)


class Connection:
    """One websocket: frames leave in the order in which they were put, compressed as asked."""

    def __init__(
        self, request: web.Request, socket: web.WebSocketResponse, compress: Compress | None
    ) -> None:
        self.request = request
        self.socket = socket
        self.session: Session | None = None
        self.closing = False
        """Whether the stand-in is closing it, rather than the client."""
        self.compressed_bytes = 0
        self.plain_bytes = 0
        self._compress = compress
        self._outbox: asyncio.Queue[bytes | Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._pongs: dict[bytes, asyncio.Future[None]] = {}
        self._beats: list[asyncio.Future[None]] = []
        self._tokens = itertools.count()

    def put(self, data: bytes) -> None:
        self._outbox.put_nowait(data)

    def put_op(self, op: int, payload: object = None) -> None:
        frame = {"op": op, "t": None, "s": None, "d": payload}
        self.put(json.dumps(frame, separators=(",", ":")).encode())

    async def write(self) -> None:
        """Send what is put, until cancelled or the client is gone."""
        while not self.socket.closed:
            item = await self._outbox.get()
            try:
                if isinstance(item, bytes):
                    await self._send(item)
                else:
                    await item()
            except ConnectionError:
                return  # the client is gone: the reader notices, the session keeps its events

    async def _send(self, data: bytes) -> None:
        self.plain_bytes += len(data)
        if self._compress is None:
            await self.socket.send_str(data.decode())
            return
        compressed = self._compress(data)
        self.compressed_bytes += len(compressed)
        await self.socket.send_bytes(compressed)

    async def read(self, receive: Callable[[Json], None]) -> int | None:
        """Pass each frame to `receive`; return the close code if the client closed."""
        async for message in self.socket:
            if message.type is WSMsgType.TEXT:
                receive(json.loads(message.data))
            elif message.type is WSMsgType.PING:
                await self.socket.pong(message.data)
            elif message.type is WSMsgType.PONG:
                waiting = self._pongs.pop(bytes(message.data), None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(None)
        return None if self.closing else self.socket.close_code

    async def barrier(self) -> None:
        """Return when the client has read everything put before, or is gone.

        A websocket ping: the client's library answers it between two messages, in order, and it
        does not count against discord.py's limit of its own frames.
        """
        token = str(next(self._tokens)).encode()
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pongs[token] = answered

        async def ping() -> None:
            await self.socket.ping(token)

        self._outbox.put_nowait(ping)
        await answered

    async def heartbeat(self) -> None:
        """Ask the client for a heartbeat (op 1); return when it comes."""
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._beats.append(answered)
        self.put_op(1)
        await answered

    def beaten(self) -> None:
        self.put_op(11)
        for waiting in self._beats:
            if not waiting.done():
                waiting.set_result(None)
        self._beats.clear()

    def put_close(self, code: int) -> None:
        """Close with a code, once everything put before is sent."""

        async def close() -> None:
            self.closing = True
            await self.socket.close(code=code)

        self._outbox.put_nowait(close)

    def abort(self) -> None:
        """Drop the connection without a close frame, as a network does."""
        if self.request.transport is not None:
            self.request.transport.abort()

    def release_waiters(self) -> None:
        """Release whoever waits for an answer that can no longer come."""
        for waiting in (*self._pongs.values(), *self._beats):
            if not waiting.done():
                waiting.set_result(None)
        self._pongs.clear()
        self._beats.clear()

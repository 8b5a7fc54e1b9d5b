"""The stand-in as a whole: one aiohttp application, and what tests can wait for."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.discord_server.gateway import Gateway
from tests.discord_server.interactions import Interaction, Interactions, Reply
from tests.discord_server.limits import Limits
from tests.discord_server.objects import Viewer
from tests.discord_server.rest.entry import PREFIX, Request, Rest
from tests.discord_server.snowflakes import START_MS, Clock
from tests.discord_server.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.discord_server.contract import Violation
    from tests.discord_server.model import Channel, Message, User

PATIENCE_SECONDS = 10.0
"""How long a test waits for the bot before it fails; never a measure of anything."""


class ContractBrokenError(AssertionError):
    """Something in a test violated Discord's contract."""


class DiscordServer:
    """Discord on 127.0.0.1: a `world` to act in, faults to order, conditions to wait for."""

    def __init__(self, *, start_ms: int = START_MS) -> None:
        self.world = World(Clock(start_ms))
        self.violations: list[Violation] = []
        self.validating = True
        self.requests: list[Request] = []
        self.limits = Limits()
        self.interactions = Interactions(self.world)
        self.gateway = Gateway(self)
        self.base = ""
        self._changed = asyncio.Condition()
        self._unread: deque[Message] = deque()
        self.world.on_bot_message.append(self._bot_spoke)

    @property
    def clock(self) -> Clock:
        return self.world.clock

    @property
    def token(self) -> str:
        return self.world.application.token

    @property
    def rest_base(self) -> str:
        return self.base + PREFIX

    @property
    def gateway_url(self) -> str:
        return f"ws{self.base.removeprefix('http')}/gateway/"

    # ── running ───────────────────────────────────────────────────────────────────────────────

    async def start(self) -> web.AppRunner:
        application = web.Application(client_max_size=64 << 20)
        rest = Rest(self)
        application.router.add_get("/gateway/", self.gateway.serve)
        application.router.add_get("/resume/", self.gateway.serve)
        application.router.add_get("/cdn/attachments/{channel}/{id}/{name}", self._file)
        application.router.add_route("*", PREFIX + "/{path:.*}", rest.serve)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=5)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.base = f"http://{host}:{port}"
        self.interactions.cdn_viewer = Viewer(
            self.world.bot, reads_content=True, cdn=f"{self.base}/cdn"
        )
        return runner

    async def _file(self, request: web.Request) -> web.Response:
        found = self.world.files.get(int(request.match_info["id"]))
        return web.Response(status=404) if found is None else web.Response(body=found.data)

    # ── waiting ───────────────────────────────────────────────────────────────────────────────

    async def notify_waiters(self) -> None:
        """Wake whoever waits for a request or a message."""
        async with self._changed:
            self._changed.notify_all()

    async def until(
        self, holds: Callable[[], bool], subject: str = "what was waited for"
    ) -> None:
        """Return when a condition holds; checked after each request, for 10 s at most."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
                await self._changed.wait_for(holds)
        except TimeoutError:
            log = "\n  ".join(str(request) for request in self.requests[-20:])
            violations = "\n  ".join(str(violation) for violation in self.violations)
            problem = f"{subject} did not happen; requests:\n  {log}\n{violations}"
            raise AssertionError(problem) from None

    async def wait_until_connected(self, sessions: int = 1) -> None:
        """Return when so many sessions are identified and connected."""
        await self._wait_for(
            self.gateway.wait_until(lambda: len(self.gateway.connected) >= sessions),
            "connecting",
        )

    async def idle(self) -> None:
        """Return when clients have read every event sent and no request is under way.

        The client has then *dispatched* the events: its handlers have begun, not necessarily
        ended. Wait for their effects with `next_message`, `next_request` or `until`.
        """
        sent = -1
        while sent != self.gateway.counts.total():
            sent = self.gateway.counts.total()
            for connection in self.gateway.connected:
                await self._wait_for(connection.barrier(), "the client reading its events")
            await self.until(
                lambda: all(request.status for request in self.requests), "answers"
            )

    def _bot_spoke(self, message: Message) -> None:
        if message.interaction_metadata is None:
            self._unread.append(message)

    async def next_message(self, channel: Channel | None = None) -> Message:
        """Return the next message that the bot posts (anywhere unless given), each only once.

        Answers to interactions are not among them: `slash` and `press` return those.
        """

        def find() -> Message | None:
            return next((m for m in self._unread if channel in {None, m.channel}), None)

        await self.until(lambda: find() is not None, "the bot's message")
        message = find()
        assert message is not None
        self._unread.remove(message)
        return message

    async def next_request(self, method: str, pattern: str) -> Request:
        """Return the oldest matching request once it is answered, each only once.

        `requests.clear()` starts again.
        """

        def find() -> Request | None:
            matching = self.requests_matching(method, pattern)
            return next(
                (request for request in matching if request.status and not request.given), None
            )

        await self.until(lambda: find() is not None, f"{method} {pattern}")
        request = find()
        assert request is not None
        request.given = True
        return request

    def requests_matching(self, method: str, pattern: str) -> list[Request]:
        """Return all matching requests so far."""
        return [
            request
            for request in self.requests
            if method in {"*", request.method} and fnmatchcase(request.path, pattern)
        ]

    async def _wait_for(self, waiting: Any, subject: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await waiting
        except TimeoutError:
            raise AssertionError(f"{subject} did not happen") from None

    # ── members using the bot ─────────────────────────────────────────────────────────────────

    async def slash(self, user: User, channel: Channel, words: str, **options: Any) -> Reply:
        """Run a slash command ("cred show"); return the answer, after any "thinking…"."""
        return await self._wait_for_answer(
            self.interactions.slash(user, channel, words, options)
        )

    async def autocomplete(
        self,
        user: User,
        channel: Channel,
        words: str,
        focused: str,
        **options: Any,
    ) -> Reply:
        """Type into an option of a command; return what the bot offers (`choices`)."""
        return await self._wait_for_answer(
            self.interactions.slash(user, channel, words, options, focused)
        )

    async def context_menu(
        self, user: User, channel: Channel, name: str, target: User | Message
    ) -> Reply:
        return await self._wait_for_answer(
            self.interactions.context_menu(user, channel, name, target)
        )

    async def press(self, user: User, message: Message, custom_id: str) -> Reply:
        """Press a button; return the answer, whose `message` may be the updated one."""
        return await self._wait_for_answer(
            self.interactions.component(user, message, custom_id, None)
        )

    async def select(self, user: User, message: Message, custom_id: str, *values: str) -> Reply:
        return await self._wait_for_answer(
            self.interactions.component(user, message, custom_id, list(values))
        )

    async def submit_modal(self, reply: Reply, **values: str) -> Reply:
        """Fill in the form in a reply; return the bot's answer to it."""
        return await self._wait_for_answer(self.interactions.submit(reply, values))

    async def _wait_for_answer(self, interaction: Interaction) -> Reply:
        await self._wait_for(interaction.settled.wait(), f"an answer to {interaction.name!r}")
        return Reply(interaction)


@contextlib.asynccontextmanager
async def running_discord(*, start_ms: int = START_MS) -> AsyncIterator[DiscordServer]:
    """Run a stand-in for the time of the block; leaving it fails if the contract was broken."""
    server = DiscordServer(start_ms=start_ms)
    runner = await server.start()
    try:
        yield server
    finally:
        server.limits.clear()
        await server.gateway.stop()
        await runner.cleanup()
    if server.violations:
        raise ContractBrokenError("\n".join(str(violation) for violation in server.violations))

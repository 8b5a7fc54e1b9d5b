"""The stand-in as a whole: an aiohttp application with a forum."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.discourse_server import contract, routes
from tests.discourse_server.clock import Clock
from tests.discourse_server.forum import Forum
from tests.discourse_server.hooks import Webhooks
from tests.discourse_server.troubles import Troubles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.discourse_server.model import User


class ContractBrokenError(AssertionError):
    """A response departed from Discourse's contract."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: dict[str, list[str]]
    user: str | None
    """Api-Username, if there was a key."""
    status: int


class DiscourseServer:
    """Discourse on 127.0.0.1, with a `forum`, its webhooks (`hooks`), and `troubles`.

    Parameters
    ----------
    folder
        Where it is installed: "/forum", or "" for the root of the host.
    """

    def __init__(self, clock: Clock | None = None, folder: str = "") -> None:
        self.folder = folder
        self.clock = clock or Clock()
        self.forum = Forum(self.clock)
        self.troubles = Troubles(self.clock)
        self.hooks = Webhooks(self.forum, "a secret of the hooks")
        self.api_key = "0123456789abcdef" * 4
        self.login_required = False
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.validating = True
        self.url = ""

    async def start(self) -> web.AppRunner:
        application = web.Application()
        for (method, path), operation in routes.OPERATIONS.items():
            application.router.add_route(
                method, self.folder + path, self._handler(path, operation)
            )
        application.router.add_route("*", "/{rest:.*}", self._unknown)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}{self.folder}"
        return runner

    def requests_for(self, pattern: str = "*", method: str = "*") -> list[Request]:
        """Return the requests whose paths match a pattern, in order."""
        return [
            request
            for request in self.requests
            if fnmatchcase(request.path, pattern) and fnmatchcase(request.method, method)
        ]

    def check_contract(self) -> None:
        """Fail if any response departed from the contract."""
        if self.violations:
            raise ContractBrokenError("\n".join(self.violations[:20]))

    def _handler(self, path: str, operation: Callable[..., Any]) -> Any:
        async def handle(request: web.Request) -> web.Response:
            answer = await self._answer(request, path, operation)
            query = {name: request.query.getall(name) for name in request.query}
            user = request.headers.get("Api-Username") if "Api-Key" in request.headers else None
            self.requests.append(
                Request(request.method, request.path, query, user, answer.status)
            )
            return answer

        return handle

    async def _answer(
        self, request: web.Request, path: str, operation: Callable[..., Any]
    ) -> web.Response:
        trouble = self.troubles.next_trouble(request.headers.get("Api-Key", ""), request.path)
        if isinstance(trouble, web.Response):
            return trouble
        try:
            viewer = self._viewer(request)
            query = {name: request.query.getall(name) for name in request.query}
            body = routes.parse_body(await request.text())
            call = routes.Call(self.forum, viewer, query, body)
            body_sent = operation(call, *request.match_info.values())
        except routes.HttpError as error:
            headers = {"Location": self.url + error.location} if error.location else {}
            return web.json_response(error.body, status=error.status, headers=headers)
        if self.validating:
            judged = routes.SAME_AS.get(path, path)
            self.violations += contract.violations(request.method, judged, body_sent)
        if trouble is not None and trouble.change is not None:
            trouble.change(body_sent)
        if trouble is not None and trouble.is_lost:
            return web.Response(status=504, text="no answer in time")
        return web.json_response(body_sent)

    def _viewer(self, request: web.Request) -> User | None:
        key = request.headers.get("Api-Key")
        if key is None:
            if self.login_required:
                raise routes.HttpError(403, "not_logged_in")
            return None
        user = self.forum.find_user(request.headers.get("Api-Username", ""))
        if key != self.api_key or user is None:
            raise routes.HttpError(403, "invalid_access")
        return user

    async def _unknown(self, request: web.Request) -> web.Response:
        self.violations.append(f"{request.method} {request.path}: no such operation here")
        return web.json_response({"errors": ["not_found"]}, status=404)


@contextlib.asynccontextmanager
async def running_discourse(
    clock: Clock | None = None, folder: str = ""
) -> AsyncIterator[DiscourseServer]:
    """Run a forum until the block ends; fail if a response broke the contract."""
    server = DiscourseServer(clock, folder)
    runner = await server.start()
    try:
        yield server
    finally:
        await runner.cleanup()
    server.check_contract()

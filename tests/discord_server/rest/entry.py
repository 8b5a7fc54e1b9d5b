"""Where every request passes: log, orders, limits, contract, handler, contract again."""

from __future__ import annotations

import asyncio
import inspect
import json
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from aiohttp import BodyPartReader, web

from tests.discord_server import contract
from tests.discord_server.contract import Violation
from tests.discord_server.objects import Viewer
from tests.discord_server.rest import (  # noqa: F401  importing them declares their routes
    channels,
    commands,
    guilds,
    messages,
    reactions,
    responses,
    self_,
    threads,
)
from tests.discord_server.rest.routes import Answer, Call, RefusalError, Route, match

if TYPE_CHECKING:
    from tests.discord_server.interactions import Interactions
    from tests.discord_server.limits import Limits
    from tests.discord_server.model import Json
    from tests.discord_server.world import World

PREFIX = "/api/v10"


@dataclass(eq=False)
class Request:
    """One request, and the status of its answer (0 until there is one)."""

    method: str
    path: str
    template: str = ""
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    files: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    status: int = 0
    given: bool = False
    """Whether a test has been given it by `next_request`."""

    def __str__(self) -> str:
        return f"{self.method} {self.path} → {self.status or 'waiting'}"


class Host(Protocol):
    """What the REST API needs of its server."""

    world: World
    limits: Limits
    interactions: Interactions
    violations: list[Violation]
    validating: bool
    requests: list[Request]

    @property
    def base(self) -> str: ...

    async def notify_waiters(self) -> None: ...


class Rest:
    """Handles everything below /api/v10."""

    def __init__(self, host: Host) -> None:
        self.host = host

    async def serve(self, http: web.Request) -> web.Response:
        """Answer a request, and log it."""
        path = http.rel_url.raw_path.removeprefix(PREFIX)
        record = Request(http.method, path, query=dict(http.query))
        record.body, record.files, complaint = await _read_body(http)
        self.host.requests.append(record)
        await self.host.notify_waiters()
        try:
            answer, headers = await self._answer(http, record, complaint)
        except Exception:  # noqa: BLE001  a mistake in the stand-in must fail the test, not hide
            self._violate("stand-in", str(record), traceback.format_exc())
            answer, headers = Answer(500, {"message": "stand-in broke", "code": 0}), {}
        record.status = answer.status
        await self.host.notify_waiters()
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        headers["Content-Type"] = (
            "application/json"  # exactly so, or discord.py does not decode
        )
        return web.Response(
            status=answer.status, body=json.dumps(answer.body).encode(), headers=headers
        )

    async def _answer(
        self, http: web.Request, record: Request, complaint: str | None
    ) -> tuple[Answer, dict[str, str]]:
        limits = self.host.limits
        await limits.pass_holds(record.method, record.path)
        if order := limits.take_order(record.method, record.path):
            return Answer(order.status, order.body), dict(order.headers)
        found = match(record.method, record.path)
        if found is None:
            self._violate(
                "stand-in", str(record), "Discord has no such route, or it is not built"
            )
            return Answer(404, {"message": "404: Not Found", "code": 0}), {}
        route, params = found
        record.template = route.template
        major = "+".join(params[name] for name in route.major if name in params)
        now = asyncio.get_running_loop().time()
        passed, headers = limits.take(record.method, route.template, record.path, major, now)
        if not passed:
            wait = float(headers["X-RateLimit-Reset-After"])
            headers |= {"Via": "1.1 google", "Retry-After": str(wait)}
            limited = {"message": "You are being rate limited.", "retry_after": wait}
            return self._check_answer(
                route, record, Answer(429, limited | {"global": False})
            ), headers
        token = self.host.world.application.token
        if not route.anonymous and http.headers.get("Authorization") != f"Bot {token}":
            return Answer(401, {"message": "401: Unauthorized", "code": 0}), headers
        return await self._handle_route(route, params, record, complaint), headers

    async def _handle_route(
        self, route: Route, params: dict[str, str], record: Request, complaint: str | None
    ) -> Answer:
        query, complaints = contract.read_query(route.operation, record.query)
        complaints += [complaint] if complaint else []
        errors = self._request_faults(route, record)
        for why in complaints:
            self._violate("request", str(record), why)
        if complaints or errors:
            refused = {"code": 50035, "message": "Invalid Form Body"}
            return Answer(400, refused | ({"errors": errors} if errors else {}))
        application = self.host.world.application
        viewer = Viewer(
            self.host.world.bot, application.message_content_intent, f"{self.host.base}/cdn"
        )
        call = Call(
            self.host.world,
            self.host.interactions,
            viewer,
            params,
            query,
            record.body,
            record.files,
        )
        try:
            outcome = route.handler(call)
            answer = await outcome if inspect.isawaitable(outcome) else outcome
        except RefusalError as refusal:
            body = {"message": refusal.message, "code": refusal.code}
            answer = Answer(refusal.status, body)
        return self._check_answer(route, record, answer)

    def _request_faults(self, route: Route, record: Request) -> Json:
        """Record what is wrong with a body; return it as Discord's nested `errors`."""
        schema = contract.request_schema(route.operation)
        if schema is None or not self.host.validating:
            return {}
        faults = contract.REQUESTS.faults(record.body, schema)
        errors: Json = {}
        for fault in faults[:1]:
            path = contract.path_of(fault)
            self._violate("request", str(record), fault.message, path)
            node = errors
            for step in path:
                node = node.setdefault(step, {})
            node["_errors"] = [{"code": 0, "message": fault.message[:200]}]
        return errors

    def _check_answer(self, route: Route, record: Request, answer: Answer) -> Answer:
        """Check an answer against the contract; violations are recorded, yet it is sent."""
        if not self.host.validating or answer.status >= 500:
            return answer
        try:
            schema = contract.response_schema(route.operation, answer.status)
        except KeyError:
            why = f"status {answer.status} is not declared"
            self._violate("response", str(record), why)
            return answer
        if schema is None:
            if answer.body is not None:
                why = f"status {answer.status} has no body"
                self._violate("response", str(record), why)
            return answer
        for fault in contract.RESPONSES.faults(answer.body, schema)[:1]:
            self._violate("response", str(record), fault.message, contract.path_of(fault))
        return answer

    def _violate(self, side: str, subject: str, why: str, path: tuple[str, ...] = ()) -> None:
        self.host.violations.append(Violation(side, subject, why, path))


async def _read_body(
    http: web.Request,
) -> tuple[Any, dict[int, tuple[str, bytes]], str | None]:
    """Read JSON, or the `payload_json` and files of a form; also return what is wrong."""
    files: dict[int, tuple[str, bytes]] = {}
    if http.content_type != "multipart/form-data":
        text = await http.read()
        if not text:
            return None, files, None
        if http.content_type != "application/json":
            return None, files, f"content type {http.content_type}"
        return json.loads(text), files, None
    body: Any = None
    async for part in await http.multipart():
        if not isinstance(part, BodyPartReader):
            return None, files, "a form within a form"
        name = part.name or ""
        if name == "payload_json":
            body = json.loads(await part.text())
        elif name.startswith("files[") and name.endswith("]"):
            files[int(name[6:-1])] = (part.filename or "unknown", bytes(await part.read()))
        else:
            return None, files, f"unexpected part {name}"
    return body, files, None

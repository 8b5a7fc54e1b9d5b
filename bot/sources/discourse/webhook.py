"""The route that a forum's webhooks are sent to. What is not authentic is never parsed.

The signature covers the body alone: it has no time, it leaves out the headers that name the
event, and a delivery made again has a new id. So nothing of a body is believed. It says what to
read again, and what is then read through the API is what is recorded: a body that is old,
repeated, out of order or made up with a stolen secret changes nothing.

In order: the length is limited, a signature must be there, the body must arrive in time, the
HMAC of its bytes is compared in constant time, and only then is it parsed.
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from pydantic import SecretStr

from bot.sources.discourse import parse
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.reading.hints import HintQueue, OnPost, ignore_post

_log = logging.getLogger(__name__)

LARGEST_BODY: Final = 2 * 2**20
READ_SECONDS: Final = 10.0
REPEAT_SECONDS: Final = 600.0
MAX_REPEATS: Final = 4
"""The same bytes are acted on so often within that time, and then ignored. Not only once,
because a post that was deleted and restored has the same body as when it was made."""

SIGNATURE: Final = "X-Discourse-Event-Signature"
_SIGNATURE: Final = re.compile(r"sha256=([0-9a-f]{64})")
_MAX_REMEMBERED: Final = 2_000


class _RejectedError(Exception):
    def __init__(self, status: int, reason: str, *, close: bool = False) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.close = close


@dataclass(slots=True)
class WebhookReceiver:
    """Receives one forum's webhooks.

    Attributes
    ----------
    received_ms
        When the last authentic one arrived; None: none has.
    accepted, repeated
        How many were authentic, and how many of those were ignored as repeated.
    rejected
        How many were not authentic, by reason.
    on_post
        Called with the posts in authentic ones, before they are read through the API.
    """

    secret: SecretStr
    hints: HintQueue
    now_ms: Callable[[], int]
    largest_body: int = LARGEST_BODY
    read_seconds: float = READ_SECONDS
    received_ms: int | None = None
    accepted: int = 0
    repeated: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    on_post: OnPost = ignore_post
    _recent: OrderedDict[bytes, tuple[int, int]] = field(default_factory=OrderedDict)
    """Hash of a body → when it first arrived, and how often since."""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a webhook: with 200 if it is authentic, whatever it says."""
        try:
            body = await self._authentic_body(request)
            self._accept(body)
        except _RejectedError as rejection:
            self.rejected[rejection.reason] += 1
            times = self.rejected[rejection.reason]
            if times & (times - 1) == 0:  # 1, 2, 4, …: the log cannot be filled from outside
                _log.info("webhook refused: %s (%d so far)", rejection.reason, times)
            response = web.Response(status=rejection.status, text=f"{rejection.reason}\n")
            if rejection.close:
                await _send_and_close(response, request)
            return response
        return web.Response(text="ok\n")

    async def _authentic_body(self, request: web.Request) -> bytes:
        """Return the body of a request if the forum signed it."""
        if request.content_length is not None and request.content_length > self.largest_body:
            raise _RejectedError(413, "too large", close=True)
        signatures = request.headers.getall(SIGNATURE, [])
        if len(signatures) != 1:
            raise _RejectedError(403, "not signed once", close=True)
        signature = _SIGNATURE.fullmatch(signatures[0])
        if signature is None:
            raise _RejectedError(403, "odd signature", close=True)
        body = await self._read(request)
        key = self.secret.get_secret_value().encode()
        expected = hmac.new(key, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, signature[1]):
            raise _RejectedError(403, "wrong signature")
        return body

    async def _read(self, request: web.Request) -> bytes:
        parts, length = [], 0
        try:
            async with asyncio.timeout(self.read_seconds):
                async for part in request.content.iter_any():
                    length += len(part)
                    if length > self.largest_body:
                        raise _RejectedError(413, "too large", close=True)
                    parts.append(part)
        except TimeoutError:
            raise _RejectedError(408, "too slow", close=True) from None
        except (OSError, web.RequestPayloadError):
            raise _RejectedError(400, "broken off", close=True) from None
        return b"".join(parts)

    def _accept(self, body: bytes) -> None:
        """Queue what an authentic body says to read again."""
        try:
            payload = json.loads(body, parse_constant=_reject_constant)
            hint = parse.parse_hint(payload)
        except (MalformedPayloadError, ValueError, RecursionError):
            raise _RejectedError(400, "odd body") from None
        self.accepted += 1
        self.received_ms = self.now_ms()
        if hint.posts and isinstance(post := payload.get("post"), Mapping):
            self.on_post(post)
        if self._is_repeated(body):
            self.repeated += 1
        elif not self.hints.add(hint):
            _log.warning("too many webhooks wait; a sweep will find what they point at")

    def _is_repeated(self, body: bytes) -> bool:
        """Count a body; tell whether the same one arrived too often a short time ago."""
        now_ms, digest = self.now_ms(), hashlib.sha256(body).digest()
        first_ms, times = self._recent.get(digest, (now_ms, 0))
        if now_ms - first_ms >= REPEAT_SECONDS * 1000:
            first_ms, times = now_ms, 0
        self._recent[digest] = first_ms, times + 1
        self._recent.move_to_end(digest)
        if len(self._recent) > _MAX_REMEMBERED:
            self._recent.popitem(last=False)
        return times >= MAX_REPEATS


async def _send_and_close(response: web.Response, request: web.Request) -> None:
    """Send a response and close, without waiting for the rest of the body to arrive."""
    response.force_close()
    with contextlib.suppress(OSError):
        await response.prepare(request)
        await response.write_eof()
    if request.transport is not None:
        request.transport.close()  # once what was written has been sent


def _reject_constant(constant: str) -> float:
    raise ValueError(constant)

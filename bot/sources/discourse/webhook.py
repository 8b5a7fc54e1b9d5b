"""The route that a forum's webhooks are sent to: what is not proven is never parsed.

The signature is over the body alone: it has no time, the headers that name the event are not
covered, and a delivery made again has a new id. So nothing of a body is believed. It says
where to look again, and what is found there, through the API, is what is recorded: a body
that is old, repeated, out of order or made up with a stolen secret changes nothing.

In order: the length is limited, a signature must be there, the body is read within a time,
the HMAC of the raw bytes is compared in constant time, and only then it is parsed.
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
REPEATED_SECONDS: Final = 600.0
REPEATED_TIMES: Final = 4
"""The same bytes are looked after so often within that time, and then no more. More than once,
because a post that was deleted and restored is told in the same words as when it was made."""

SIGNATURE: Final = "X-Discourse-Event-Signature"
_SIGNATURE: Final = re.compile(r"sha256=([0-9a-f]{64})")
_MOST_REMEMBERED: Final = 2_000


class _RejectedError(Exception):
    def __init__(self, status: int, reason: str, *, close: bool = False) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.close = close


@dataclass(slots=True)
class WebhookReceiver:
    """Takes one forum's webhooks.

    Attributes
    ----------
    heard_ms
        When the last one that was proven came; None: none did.
    accepted, repeated
        How many were proven, and how many of them had been told too often just before.
    refused
        How many were not, by reason.
    on_post
        Told of the posts in those that were proven, before anybody looks.
    """

    secret: SecretStr
    hints: HintQueue
    now_ms: Callable[[], int]
    largest_body: int = LARGEST_BODY
    read_seconds: float = READ_SECONDS
    heard_ms: int | None = None
    accepted: int = 0
    repeated: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    on_post: OnPost = ignore_post
    _recent: OrderedDict[bytes, tuple[int, int]] = field(default_factory=OrderedDict)
    """Hash of a body → when it was first told, and how often since."""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a webhook: 200 where it is proven, whatever it says."""
        try:
            body = await self._proven(request)
            self._take(body)
        except _RejectedError as refused:
            self.refused[refused.reason] += 1
            times = self.refused[refused.reason]
            if times & (times - 1) == 0:  # 1, 2, 4, …: nobody can fill the log from outside
                _log.info("webhook refused: %s (%d so far)", refused.reason, times)
            answer = web.Response(status=refused.status, text=f"{refused.reason}\n")
            if refused.close:
                await _closed_with(answer, request)
            return answer
        return web.Response(text="ok\n")

    async def _proven(self, request: web.Request) -> bytes:
        """Return the body of a request that the forum signed."""
        if request.content_length is not None and request.content_length > self.largest_body:
            raise _RejectedError(413, "too large", close=True)
        said = request.headers.getall(SIGNATURE, [])
        if len(said) != 1:
            raise _RejectedError(403, "not signed once", close=True)
        signature = _SIGNATURE.fullmatch(said[0])
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

    def _take(self, body: bytes) -> None:
        """Note where a proven body says to look."""
        try:
            told = json.loads(body, parse_constant=_refuse)
            hint = parse.parse_hint(told)
        except (MalformedPayloadError, ValueError, RecursionError):
            raise _RejectedError(400, "odd body") from None
        self.accepted += 1
        self.heard_ms = self.now_ms()
        if hint.posts and isinstance(post := told.get("post"), Mapping):
            self.on_post(post)
        if self._is_repeated(body):
            self.repeated += 1
        elif not self.hints.add(hint):
            _log.warning("too many webhooks wait; a sweep will find what they told")

    def _is_repeated(self, body: bytes) -> bool:
        """Tell whether the same was told too often a short time ago."""
        now, digest = self.now_ms(), hashlib.sha256(body).digest()
        since, times = self._recent.get(digest, (now, 0))
        if now - since >= REPEATED_SECONDS * 1000:
            since, times = now, 0
        self._recent[digest] = since, times + 1
        self._recent.move_to_end(digest)
        if len(self._recent) > _MOST_REMEMBERED:
            self._recent.popitem(last=False)
        return times >= REPEATED_TIMES


async def _closed_with(answer: web.Response, request: web.Request) -> None:
    """Answer and close: the rest of the body, which may never come, is not waited for."""
    answer.force_close()
    with contextlib.suppress(OSError):
        await answer.prepare(request)
        await answer.write_eof()
    if request.transport is not None:
        request.transport.close()  # once what was written is sent


def _refuse(constant: str) -> float:
    raise ValueError(constant)

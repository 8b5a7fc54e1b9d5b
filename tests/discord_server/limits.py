"""Rate limits, and the faults that a test orders: 429s, 5xx, refusals, delayed answers."""

from __future__ import annotations

import asyncio
import fnmatch
import hashlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.discord_server.model import Json


@dataclass(eq=False)
class Bucket:
    """A window of `per_seconds` in which `limit` requests are let through."""

    limit: int
    per_seconds: float
    remaining: int = 0
    resets_at: float = 0.0

    def take(self, now: float) -> bool:
        if now >= self.resets_at:
            self.remaining, self.resets_at = self.limit, now + self.per_seconds
        if self.remaining == 0:
            return False
        self.remaining -= 1
        return True


@dataclass(eq=False)
class Order:
    """What the next `times` requests that match get instead of their answer."""

    method: str
    pattern: str
    status: int
    body: Json
    times: int
    headers: dict[str, str] = field(default_factory=dict)

    def takes(self, method: str, path: str) -> bool:
        return self.times > 0 and _matches(self.method, self.pattern, method, path)


@dataclass(eq=False)
class Hold:
    """Matching requests wait here, after `reached`, until `release` is called."""

    method: str
    pattern: str
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        self._released.set()

    async def wait(self) -> None:
        self.reached.set()
        await self._released.wait()


def _matches(wanted: str, pattern: str, method: str, path: str) -> bool:
    return wanted in {"*", method} and fnmatch.fnmatchcase(path, pattern)


class Limits:
    """The limits in force and the orders given, for the REST side.

    Patterns are `fnmatch` patterns of the path below /api/v10: "/channels/*/messages".
    """

    def __init__(self) -> None:
        self.default = (1000, 1.0)
        """Requests and seconds of a bucket for which nothing else is set."""
        self._set: list[tuple[str, str, int, float]] = []
        self._buckets: dict[str, Bucket] = {}
        self._orders: list[Order] = []
        self._holds: list[Hold] = []

    # ── what tests use ────────────────────────────────────────────────────────────────────────

    def set(self, method: str, pattern: str, *, limit: int, per_seconds: float) -> None:
        """Limit matching requests to a pace; headers say so, and more of them get 429."""
        self._set.append((method, pattern, limit, per_seconds))

    def rate_limit(
        self,
        method: str,
        pattern: str,
        *,
        times: int = 1,
        retry_after: float = 0.01,
        whole_bot: bool = False,
        via: bool = True,
    ) -> Order:
        """Answer 429; without `via`, as Cloudflare does, discord.py raises it at once."""
        body: Json = {
            "message": "You are being rate limited.",
            "retry_after": retry_after,
            "global": whole_bot,
        }
        order = Order(method, pattern, 429, body, times)
        order.headers["Retry-After"] = str(retry_after)
        if via:
            order.headers["Via"] = "1.1 google"
            order.headers["X-RateLimit-Scope"] = "global" if whole_bot else "user"
            if whole_bot:
                order.headers["X-RateLimit-Global"] = "true"
        self._orders.append(order)
        return order

    def fail(
        self,
        method: str,
        pattern: str,
        status: int,
        *,
        times: int = 1,
        code: int = 0,
        message: str = "ordered by the test",
    ) -> Order:
        """Answer with this status and error code (500, 503, 403 with 50001, …)."""
        order = Order(method, pattern, status, {"message": message, "code": code}, times)
        self._orders.append(order)
        return order

    def hold(self, method: str, pattern: str) -> Hold:
        """Hold matching requests back until the returned hold is released: a slow answer."""
        hold = Hold(method, pattern)
        self._holds.append(hold)
        return hold

    def clear(self) -> None:
        """Cancel all orders and limits, and release what is held."""
        for hold in self._holds:
            hold.release()
        self._orders.clear()
        self._holds.clear()
        self._set.clear()

    # ── what the REST side uses ───────────────────────────────────────────────────────────────

    async def pass_holds(self, method: str, path: str) -> None:
        for hold in self._holds:
            if _matches(hold.method, hold.pattern, method, path):
                await hold.wait()

    def take_order(self, method: str, path: str) -> Order | None:
        for order in self._orders:
            if order.takes(method, path):
                order.times -= 1
                return order
        return None

    def take(
        self, method: str, template: str, path: str, major: str, now: float
    ) -> tuple[bool, dict[str, str]]:
        """Count a request; tell whether it may pass, and the headers that go with it."""
        limit, seconds = self.default
        for wanted, pattern, its_limit, its_seconds in self._set:
            if _matches(wanted, pattern, method, path):
                limit, seconds = its_limit, its_seconds
        name = hashlib.sha256(f"{method} {template}".encode()).hexdigest()[:32]
        bucket = self._buckets.setdefault(f"{name}:{major}", Bucket(limit, seconds))
        bucket.limit, bucket.per_seconds = limit, seconds
        passed = bucket.take(now)
        after = bucket.resets_at - now
        return passed, {
            "X-RateLimit-Limit": str(bucket.limit),
            "X-RateLimit-Remaining": str(bucket.remaining),
            "X-RateLimit-Reset": f"{time.time() + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Bucket": name,
        }

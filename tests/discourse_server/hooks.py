"""Webhooks: those that wait, and sending them over HTTP.

The signature covers the body alone, and a repeated delivery has a new event id. Nothing is sent
before a test says so, so tests decide what is lost, late, doubled or forged.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.discourse_server import objects

if TYPE_CHECKING:
    import aiohttp

    from tests.discourse_server.forum import Forum
    from tests.discourse_server.model import Post, Topic, User


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request that Discourse would make."""

    id: int
    type: str
    event: str
    body: bytes
    secret: str

    def headers(self) -> dict[str, str]:
        digest = hmac.new(self.secret.encode(), self.body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "User-Agent": "Discourse",
            "X-Discourse-Instance": "https://forum.example.org",
            "X-Discourse-Event-Id": str(self.id),
            "X-Discourse-Event-Type": self.type,
            "X-Discourse-Event": self.event,
            "X-Discourse-Event-Signature": f"sha256={digest}",
        }


class Webhooks:
    """The forum's webhooks. `pending` are those that were not sent yet."""

    def __init__(self, forum: Forum, secret: str) -> None:
        self.secret = secret
        self.pending: list[Delivery] = []
        self.sent: list[Delivery] = []
        self.enabled = True
        self._forum = forum
        self._next = 0
        forum.on_event.append(self._queue)

    def make(self, kind: str, event: str, body: bytes) -> Delivery:
        self._next += 1
        return Delivery(self._next, kind, event, body, self.secret)

    def ping(self) -> Delivery:
        return self.make("ping", "ping", json.dumps({"ping": "OK"}).encode())

    def repeat(self, delivery: Delivery) -> Delivery:
        """Return a delivery made again: as Discourse's retries have, with a new id."""
        self._next += 1
        return replace(delivery, id=self._next)

    async def send(self, session: aiohttp.ClientSession, url: str, delivery: Delivery) -> int:
        """Send a delivery; return the status of the response."""
        async with session.post(url, data=delivery.body, headers=delivery.headers()) as answer:
            await answer.read()
            return answer.status

    async def deliver(self, session: aiohttp.ClientSession, url: str) -> list[int]:
        """Send what is pending, in order; return the statuses of the responses."""
        pending, self.pending = self.pending, []
        self.sent += pending
        return [await self.send(session, url, delivery) for delivery in pending]

    def _queue(
        self, kind: str, event: str, record: Post | Topic | User, user: User | None
    ) -> None:
        if self.enabled:
            body = json.dumps(objects.webhook_body(self._forum, kind, record, user)).encode()
            self.pending.append(self.make(kind, event, body))

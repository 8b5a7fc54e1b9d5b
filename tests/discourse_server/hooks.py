"""Webhooks: what waits to be told, and telling it over HTTP.

The signature is over the body alone; a delivery made again has a new event id. Nothing is
sent before a test says so, so that a test decides what is lost, late, doubled or forged.
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
    """One request that Discourse would make."""

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


class Hooks:
    """The forum's webhooks. `pending` is what was not sent yet."""

    def __init__(self, forum: Forum, secret: str) -> None:
        self.secret = secret
        self.pending: list[Delivery] = []
        self.sent: list[Delivery] = []
        self.switched_on = True
        self._forum = forum
        self._next = 0
        forum.on_event.append(self._heard)

    def make(self, kind: str, event: str, body: bytes) -> Delivery:
        self._next += 1
        return Delivery(self._next, kind, event, body, self.secret)

    def ping(self) -> Delivery:
        return self.make("ping", "ping", json.dumps({"ping": "OK"}).encode())

    def again(self, delivery: Delivery) -> Delivery:
        """Return the same told again: as with Discourse's retries, under a new id."""
        self._next += 1
        return replace(delivery, id=self._next)

    async def send(self, session: aiohttp.ClientSession, url: str, delivery: Delivery) -> int:
        """Return the status that was answered."""
        async with session.post(url, data=delivery.body, headers=delivery.headers()) as answer:
            await answer.read()
            return answer.status

    async def deliver(self, session: aiohttp.ClientSession, url: str) -> list[int]:
        """Send what is pending, in order; return what was answered."""
        pending, self.pending = self.pending, []
        self.sent += pending
        return [await self.send(session, url, delivery) for delivery in pending]

    def _heard(
        self, kind: str, event: str, about: Post | Topic | User, who: User | None
    ) -> None:
        if self.switched_on:
            body = json.dumps(objects.told(self._forum, kind, about, who)).encode()
            self.pending.append(self.make(kind, event, body))

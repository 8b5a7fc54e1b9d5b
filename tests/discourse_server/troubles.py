"""Troubles that tests ask for: rate limits, outages, malformed responses."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.discourse_server.clock import Clock
    from tests.discourse_server.model import Json


@dataclass(slots=True)
class Trouble:
    pattern: str
    times: int
    """How often it still happens; -1: until it ends."""
    answer: Callable[[], web.Response] | None = None
    change: Callable[[Json], object] | None = None
    is_lost: bool = False
    """The request has its effect, but its response is lost."""


class Troubles:
    """What goes wrong, and how many requests are allowed."""

    def __init__(self, clock: Clock) -> None:
        self.per_minute: int | None = 60
        """Requests of one key a minute; None: any number."""
        self.rate_limited = 0
        """Requests answered 429."""
        self._clock = clock
        self._times: dict[str, deque[float]] = {}
        self._current: list[Trouble] = []

    def fail(self, status: int, pattern: str = "*", *, times: int = -1) -> Trouble:
        """Answer with a status and, like a proxy, a page of HTML."""

        def answer() -> web.Response:
            page = f"<html><body>{status}</body></html>"
            return web.Response(status=status, text=page, content_type="text/html")

        return self._add(Trouble(pattern, times, answer))

    def rate_limit(self, retry_after: str, pattern: str = "*", *, times: int = 1) -> Trouble:
        """Answer 429 with a Retry-After."""

        def answer() -> web.Response:
            return web.json_response(
                {"errors": ["slow down"], "error_type": "rate_limit"},
                status=429,
                headers={"Retry-After": retry_after},
            )

        return self._add(Trouble(pattern, times, answer))

    def respond(self, body: bytes, pattern: str = "*", *, times: int = -1) -> Trouble:
        """Answer 200 with a given body."""

        def answer() -> web.Response:
            return web.Response(body=body, content_type="application/json")

        return self._add(Trouble(pattern, times, answer))

    def redirect(self, location: str, pattern: str = "*") -> Trouble:
        """Answer 301 with another address."""
        return self._add(
            Trouble(
                pattern, -1, lambda: web.Response(status=301, headers={"Location": location})
            )
        )

    def alter(self, change: Callable[[Json], object], pattern: str = "*") -> Trouble:
        """Change the right response, as another version of the schema would."""
        return self._add(Trouble(pattern, -1, change=change))

    def lose(self, pattern: str = "*", *, times: int = 1) -> Trouble:
        """Do what is asked, and answer 504, as a proxy does that lost the response."""
        return self._add(Trouble(pattern, times, is_lost=True))

    def end(self, trouble: Trouble) -> None:
        self._current.remove(trouble)

    def next_trouble(self, key: str, path: str) -> Trouble | web.Response | None:
        """Return the response to send instead, or a trouble that changes the response."""
        for trouble in self._current:
            if trouble.times and fnmatchcase(path, trouble.pattern):
                trouble.times -= trouble.times > 0
                return trouble if trouble.answer is None else trouble.answer()
        return self._rate_limit(key)

    def _rate_limit(self, key: str) -> web.Response | None:
        if self.per_minute is None:
            return None
        now, times = self._clock.seconds(), self._times.setdefault(key, deque())
        while times and times[0] <= now - 60:
            times.popleft()
        if len(times) < self.per_minute:
            times.append(now)
            return None
        self.rate_limited += 1
        wait = max(1, round(times[0] + 60 - now + 0.5))
        return web.json_response(
            {"errors": ["slow down"], "error_type": "rate_limit"},
            status=429,
            headers={"Retry-After": str(wait)},
        )

    def _add(self, trouble: Trouble) -> Trouble:
        self._current.append(trouble)
        return trouble

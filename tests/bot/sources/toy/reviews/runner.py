"""Reads the list of changes, and reads it again whenever its hook is called."""

import asyncio
from collections.abc import Sequence

import aiohttp
from aiohttp import web
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.runtime.clock import now_ms
from bot.sources.port import Inlets, Runner, State
from bot.sources.reviews import parse
from storage.log.batch import Account, Batch


class ReviewsSettings(BaseSettings):
    """The process's settings for it."""

    model_config = SettingsConfigDict(env_prefix="CRED_REVIEWS_")

    url: str = ""
    """Address of the list of changes."""


class ReviewsRunner(Runner):
    """Reads one such place."""

    def __init__(self, url: str) -> None:
        self._state = "not asked yet"
        self._url = url
        self._read = asyncio.Event()
        self._news = asyncio.Event()

    @property
    def name(self) -> str:
        """The address."""
        return self._url.removeprefix("http://")

    def states(self) -> Sequence[State]:
        """Return how many changes it listed."""
        return [State(self.name, self._state)]

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the hook; whatever its request says, the list is read again."""
        return (web.post("/hooks/reviews", self._on_hook),)

    async def _on_hook(self, _request: web.Request) -> web.Response:
        self._read.clear()
        self._news.set()
        return web.Response()

    async def wait_until_settled(self) -> bool:
        """Return once the list was read."""
        await self._read.wait()
        return True

    async def run(self, inlets: Inlets) -> None:
        """Read the list whenever there is news, until cancelled."""
        inlet = await inlets.own()
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            while True:
                self._news.clear()
                async with session.get(self._url) as answer:
                    changes = await answer.json()
                payload = {"seen_ms": now_ms(), "changes": changes}
                events = tuple(parse.events(payload))
                people = {event.actor for event in events if event.actor}
                accounts = tuple(Account("reviews", person, name=person) for person in people)
                await inlet.record(Batch(events=events, accounts=accounts))
                self._state = f"listening; {len(changes)} changes"
                self._read.set()
                await self._news.wait()

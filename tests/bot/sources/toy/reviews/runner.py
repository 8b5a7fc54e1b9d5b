"""Asks for the list of changes, and again whenever its hook is told that there are new ones."""

import asyncio
import time
from collections.abc import Sequence

import aiohttp
from aiohttp import web
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.sources.port import Inlets, Runner, State
from bot.sources.reviews import parse
from storage.log.batch import Account, Batch


class ReviewsSettings(BaseSettings):
    """What the process says of it."""

    model_config = SettingsConfigDict(env_prefix="CRED_REVIEWS_")

    url: str = ""
    """Where the changes are listed."""


class ReviewsRunner(Runner):
    """One such place."""

    def __init__(self, url: str) -> None:
        self._state = "not asked yet"
        self._url = url
        self._read = asyncio.Event()
        self._news = asyncio.Event()

    @property
    def name(self) -> str:
        """Its address."""
        return self._url.removeprefix("http://")

    def states(self) -> Sequence[State]:
        """Return how often it answered."""
        return [State(self.name, self._state)]

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the hook: whatever it is told, the list is asked for again."""
        return (web.post("/hooks/reviews", self._told),)

    async def _told(self, _request: web.Request) -> web.Response:
        self._read.clear()
        self._news.set()
        return web.Response()

    async def wait_until_settled(self) -> bool:
        """Return once it was asked."""
        await self._read.wait()
        return True

    async def run(self, inlets: Inlets) -> None:
        """Ask whenever there is news, until cancelled."""
        inlet = await inlets.own()
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            while True:
                self._news.clear()
                async with session.get(self._url) as answer:
                    changes = await answer.json()
                told = {"seen_ms": time.time_ns() // 1_000_000, "changes": changes}
                events = tuple(parse.events(told))
                people = {event.actor for event in events if event.actor}
                accounts = tuple(Account("reviews", one, name=one) for one in people)
                await inlet.record(Batch(events=events, accounts=accounts))
                self._state = f"listening; {len(changes)} changes"
                self._read.set()
                await self._news.wait()

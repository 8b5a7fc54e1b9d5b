"""Asks for the list of changes, again and again."""

import asyncio
import time
from collections.abc import Sequence

import aiohttp
from aiohttp import web
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.sources.inlet import Inlet
from bot.sources.reviews import parse
from storage.batch import Account, Batch


class Settings(BaseSettings):
    """What the process says of it."""

    model_config = SettingsConfigDict(env_prefix="CRED_REVIEWS_")

    url: str = ""
    """Where the changes are listed."""


class ReviewsRunner:
    """One such place."""

    community: str | None = None

    def __init__(self, url: str) -> None:
        self.name = url.removeprefix("http://")
        self.state = "not asked yet"
        self._url = url
        self._read = asyncio.Event()

    def routes(self) -> Sequence[web.RouteDef]:
        """Return none: it is asked, and does not tell."""
        return ()

    async def settled(self) -> bool:
        """Return once it was asked."""
        await self._read.wait()
        return True

    async def run(self, inlet: Inlet) -> None:
        """Ask every minute until cancelled."""
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            while True:
                async with session.get(self._url) as answer:
                    changes = await answer.json()
                told = {"seen_ms": time.time_ns() // 1_000_000, "changes": changes}
                events = tuple(parse.events(told))
                people = {event.actor for event in events if event.actor}
                accounts = tuple(Account("reviews", one, name=one) for one in people)
                await inlet.record(Batch(events=events, accounts=accounts))
                self.state = f"listening; {len(changes)} changes"
                self._read.set()
                await asyncio.sleep(60)

"""Finds the community of every source's runners, and keeps them going.

A runner's settings may name its community. Where they don't, it belongs to the only one there
is; with a Discord server still to be heard of, it waits for that. Without Discord it gets a
community of its own.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.commands.admin.sources import SourceState
from bot.community.communities import Communities, Community, slug_of
from bot.runtime.supervisor import Run, Supervisor, Watched
from bot.services.ingest import CommunityInlet
from bot.settings import Settings
from bot.sources import Source
from bot.sources.runner import CannotRunError, Runner
from bot.web.server import serving

_log = logging.getLogger(__name__)

Beside: TypeAlias = Callable[[Runner, Community], AbstractAsyncContextManager[None]]


def _nothing(_runner: Runner, _community: Community) -> AbstractAsyncContextManager[None]:
    return nullcontext()


class NoCommunityError(CannotRunError):
    """It is not clear which community a runner belongs to; says what to set."""


@dataclass(slots=True)
class _Kept:
    """A runner, and what became of it."""

    source: str
    runner: Runner
    slug: str | None = None
    """Of its community, once that is known."""
    watched: Watched | None = field(default=None)
    failed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it failed for the first time."""

    @property
    def state(self) -> str:
        if self.slug is None:
            running = "waiting for a community to belong to"
        else:
            running = self.runner.state
        return running if self.watched is None else self.watched.state(running)


class Runners:
    """All runners of a process.

    Parameters
    ----------
    settings
        Where the web server listens.
    communities
        Where they record.
    sources
        By name; asked for their runners now.
    on_news
        Told the slug of a community with new events.
    beside
        Entered with each runner and its community before it runs, and left after (the chat).

    Raises
    ------
    SettingsError
        If a source's settings cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        communities: Communities,
        sources: Mapping[str, Source],
        on_news: Callable[[str], None],
        beside: Beside = _nothing,
    ) -> None:
        self._settings = settings
        self._beside = beside
        self._communities = communities
        self._on_news = on_news
        self._kept = [
            _Kept(name, runner)
            for name, source in sources.items()
            for runner in source.runners()
        ]
        self._changed = asyncio.Event()
        self.address: str | None = None
        """Of the web server, while it serves."""

    def __len__(self) -> int:
        return len(self._kept)

    @asynccontextmanager
    async def running(self, *, discord: bool) -> AsyncIterator[None]:
        """Keep all of them going until the block is left.

        Parameters
        ----------
        discord
            Whether Discord is connected to, which may bring the community they belong to.

        Raises
        ------
        CannotServeError
            If the web server's address is taken.
        """
        async with AsyncExitStack() as exits:
            port = self._settings.web_port
            if port is not None:
                routes = [route for kept in self._kept for route in kept.runner.routes()]
                self.address = await exits.enter_async_context(
                    serving(self._settings.web_host, port, routes)
                )
                _log.info("listening on %s", self.address)
            supervisor = await exits.enter_async_context(Supervisor())
            for kept in self._kept:
                kept.watched = supervisor.watch(
                    f"{kept.source} {kept.runner.name}",
                    self._run(kept, discord=discord),
                    plain=(CannotRunError,),
                )
            yield

    def community_opened(self) -> None:
        """Say that there may be a community more."""
        self._changed.set()

    async def settled(self) -> bool:
        """Return once all have read everything there was; False if some of it could not be.

        What failed is begun again for as long as it takes; nobody waits for that here.
        """
        return all(await asyncio.gather(*map(_settled, self._kept)))

    def slugs(self) -> frozenset[str]:
        """Return the communities that they belong to, as far as that is known."""
        return frozenset(kept.slug for kept in self._kept if kept.slug is not None)

    def states(self, slug: str | None = None) -> Sequence[SourceState]:
        """Return how those of a community are, and those that still have none; or all."""
        return [
            SourceState(kept.source, kept.runner.name, kept.state)
            for kept in self._kept
            if slug is None or kept.slug in {slug, None}
        ]

    def _run(self, one: _Kept, *, discord: bool) -> Run:
        async def run() -> None:
            try:
                community = await self._community_of(one, discord=discord)
                one.slug = community.slug
                async with self._beside(one.runner, community):
                    await one.runner.run(CommunityInlet(community, one.source, self._on_news))
            except Exception:
                one.failed.set()
                raise

        return run

    async def _community_of(self, one: _Kept, *, discord: bool) -> Community:
        if one.runner.community is not None:
            return await self._founded(one, one.runner.community)
        while True:
            self._changed.clear()
            slugs = await asyncio.to_thread(self._communities.slugs)
            own = _own_slug(one)
            if own in slugs or (not slugs and not discord):
                return await self._founded(one, own)
            if len(slugs) == 1:
                return await self._communities.existing(slugs[0])
            if slugs:
                raise NoCommunityError(
                    f"there are {len(slugs)} communities, so the settings of {one.source} must "
                    f"say which one {one.runner.name} belongs to: {', '.join(slugs)}"
                )
            await self._changed.wait()

    async def _founded(self, one: _Kept, slug: str) -> Community:
        if slug in await asyncio.to_thread(self._communities.slugs):
            return await self._communities.existing(slug)
        return await self._communities.founded(
            slug, one.runner.name, one.source, one.runner.name
        )


async def _settled(one: _Kept) -> bool:
    """Return once a runner has read everything, or failed; whether it read everything."""
    settled = asyncio.ensure_future(one.runner.settled())
    failed = asyncio.ensure_future(one.failed.wait())
    try:
        await asyncio.wait({settled, failed}, return_when=asyncio.FIRST_COMPLETED)
        return settled.done() and settled.result()
    finally:
        settled.cancel()
        failed.cancel()
        await asyncio.gather(settled, failed, return_exceptions=True)


def _own_slug(one: _Kept) -> str:
    """Return the slug of a community that is this runner's alone.

    >>> from types import SimpleNamespace
    >>> _own_slug(_Kept("discourse", SimpleNamespace(name="forum.Example.org")))
    'discourse-forum-example-org'
    """
    tidy = re.sub(r"[^a-z0-9]+", "-", one.runner.name.lower()).strip("-")
    return slug_of(one.source, tidy)[:63]

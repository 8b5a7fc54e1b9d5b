"""Runs every source's runners, gives them their communities, and reports their state.

A runner that listens to servers gets a community for each. Any other belongs to one community:
the one that its settings name, or else the only one there is. Where there is none yet, it waits
if some runner listens to servers, and gets a community of its own otherwise.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from bot.commands.admin.sources import SourceState
from bot.community.communities import Communities, Community, community_slug
from bot.community.history_progress import Progress
from bot.community.problem import Problem
from bot.runtime.supervisor import SupervisedTask, Supervisor
from bot.services.ingest import CommunityInlet
from bot.settings import Settings
from bot.sources.port import (
    BotRefusedError,
    CannotRunError,
    Inlets,
    Runner,
    Source,
    State,
)
from bot.web.server import serve
from storage.place_tree import PlaceStep

_log = logging.getLogger(__name__)

Companion: TypeAlias = Callable[[Runner, Community], AbstractAsyncContextManager[None]]
"""What runs beside a runner and its community, such as the chat of a forum."""


class NoCommunityError(CannotRunError):
    """It is not clear which community a runner belongs to; the message says what to set."""


@dataclass(slots=True)
class _Connection:
    """A runner and its state."""

    source: str
    runner: Runner
    slug: str | None = None
    """The community that it belongs to, once that is known; None if it has servers."""
    slugs: set[str] = field(default_factory=set)
    """All communities that it serves so far."""
    task: SupervisedTask | None = None
    is_separation_told: bool = False
    has_failed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it fails for the first time."""

    def slug_of(self, state: State) -> str | None:
        if state.server is None:
            return self.slug
        return community_slug(self.source, state.server)

    def words(self, state: State) -> str:
        words = state.words
        if self.slug_of(state) is None:
            words = "waiting for a community to belong to"
        return words if self.task is None else self.task.state(words)

    def problems(self, state: State) -> tuple[Problem, ...]:
        if self.task is None or not self.task.problem:
            return state.problems
        return (Problem(self.task.state(""), "the operator's log says more"), *state.problems)


def separation(name: str, own: str, servers: Sequence[str]) -> str:
    """Return what to tell of a forum that has a community beside that of a server."""
    return (
        f"{name} has a community of its own, {own}, because it was there before "
        f"{' and '.join(servers)}: people and cred are counted apart. To make it one, set "
        f"CRED_DISCOURSE_COMMUNITY={servers[0]} (or `community` in CRED_DISCOURSE_FILE) and "
        f"start the bot again: the forum is read anew into {servers[0]}. Settings and what "
        f"was entered by hand stay in {own}, whose file can then be put away."
    )


class Runners:
    """All runners of a process.

    Parameters
    ----------
    settings
        The process's settings: those of the runners, and where the web server listens.
    communities
        Where events are recorded.
    sources
        By name; asked for their runners now.
    on_news
        Called with the slug of a community that has new events.
    companion
        Entered once a runner knows its one community, and left when the runner stops.
    progress
        Called with how far reading the history of a place has come.

    Attributes
    ----------
    address
        Of the web server while it serves.

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
        *,
        companion: Companion = lambda _runner, _community: nullcontext(),
        progress: Callable[[Progress], None] = lambda _progress: None,
    ) -> None:
        self.address: str | None = None
        self._settings = settings
        self._communities = communities
        self._on_news = on_news
        self._companion = companion
        self._progress = progress
        self._connections = [
            _Connection(name, runner)
            for name, source in sources.items()
            for runner in source.runners(settings)
        ]
        self._sources_without_runner = sources.keys() - {
            connection.source for connection in self._connections
        }
        self._community_opened = asyncio.Event()
        self._refused: asyncio.Queue[BotRefusedError] = asyncio.Queue()

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[Runner]:
        """Return the runners."""
        return (connection.runner for connection in self._connections)

    async def run(self) -> None:
        """Serve the runners' routes and keep them running until cancelled.

        Raises
        ------
        BotRefusedError
            If a platform refuses the bot.
        CannotServeError
            If the web server's address is taken.
        """
        async with self._serving_routes(), Supervisor() as supervisor:
            for connection in self._connections:
                connection.task = supervisor.supervise(
                    f"{connection.source} {connection.runner.name}",
                    partial(self._run, connection),
                    operator_errors=(CannotRunError,),
                )
            raise await self._refused.get()

    @asynccontextmanager
    async def _serving_routes(self) -> AsyncIterator[None]:
        port = self._settings.web_port
        if port is None:
            yield
            return
        routes = [route for runner in self for route in runner.routes()]
        async with serve(self._settings.web_host, port, routes) as self.address:
            _log.info("listening on %s", self.address)
            yield

    async def _run(self, connection: _Connection) -> None:
        try:
            async with AsyncExitStack() as exits:
                await connection.runner.run(self._inlets(connection, exits))
        except BotRefusedError as error:
            connection.has_failed.set()
            self._refused.put_nowait(error)
            await asyncio.Event().wait()  # the process ends
        except Exception:
            connection.has_failed.set()
            raise

    def _inlets(self, connection: _Connection, exits: AsyncExitStack) -> Inlets:
        return _ConnectionInlets(
            connection,
            exits,
            self._communities,
            self._on_news,
            partial(self._find_community, connection),
            self._companion,
            self._progress,
            partial(self._tell_of_separation, connection),
        )

    async def _find_community(self, connection: _Connection) -> Community:
        """Return the one community that a runner belongs to, waiting until there is one."""
        runner = connection.runner
        if runner.community is not None:
            return await self._get_or_create(connection, runner.community)
        others_bring_communities = any(other.has_servers for other in self)
        while True:
            self._community_opened.clear()
            slugs = await asyncio.to_thread(self._communities.slugs)
            own = own_slug(connection.source, connection.runner.name)
            if own in slugs or (not slugs and not others_bring_communities):
                return await self._get_or_create(connection, own)
            if len(slugs) == 1:
                return await self._communities.get_existing(slugs[0])
            if slugs:
                raise NoCommunityError(
                    f"there are {len(slugs)} communities, so the settings of "
                    f"{connection.source} must say which one {runner.name} belongs to: "
                    f"{', '.join(slugs)}"
                )
            await self._community_opened.wait()

    async def _get_or_create(self, connection: _Connection, slug: str) -> Community:
        """Open a community, or create it."""
        if slug in await asyncio.to_thread(self._communities.slugs):
            return await self._communities.get_existing(slug)
        name = connection.runner.name
        return await self._communities.get_or_create(slug, name, connection.source, name)

    def community_opened(self) -> None:
        """Take note that there may be one more community."""
        self._community_opened.set()
        for connection in self._connections:
            self._tell_of_separation(connection)

    def _tell_of_separation(self, connection: _Connection) -> None:
        """Log, once, that a runner has a community of its own beside that of a server."""
        own = own_slug(connection.source, connection.runner.name)
        servers = [slug for slug in self._communities.slugs() if slug != own]
        if connection.slug == own and servers and not connection.is_separation_told:
            connection.is_separation_told = True
            _log.warning("%s", separation(connection.runner.name, own, servers))

    def settings_changed(self, slug: str) -> None:
        """Take note that the settings of a community changed."""
        for connection in self._connections:
            connection.runner.settings_changed(_server_in(slug, connection.source))

    def names(self, slug: str) -> Mapping[str, Mapping[str, str]]:
        """Return the names that a community's server has now, by id, of each sort."""
        names: dict[str, Mapping[str, str]] = {}
        for connection in self._connections:
            names |= connection.runner.names(_server_in(slug, connection.source))
        return names

    def may_see(
        self,
        slug: str,
        source: str,
        path: Sequence[PlaceStep],
        account: str | None,
        here: Sequence[PlaceStep],
    ) -> bool:
        """Tell whether somebody may see a place of a community now; see `Runner.may_see`."""
        server = _server_in(slug, source)
        return any(
            connection.runner.may_see(server, path, account, here)
            for connection in self._connections
            if connection.source == source and (server or slug in connection.slugs)
        )

    async def wait_until_settled(self) -> bool:
        """Return once all have read everything there was; False if some of it could not be.

        What failed is tried again for as long as it takes; nobody waits for that here.
        """
        of_servers = [found for found in self._connections if found.runner.has_servers]
        others = [found for found in self._connections if not found.runner.has_servers]
        is_complete = all(await asyncio.gather(*map(_wait_until_settled, of_servers)))
        has_servers = is_complete and any(found.runner.states() for found in of_servers)
        if (
            of_servers
            and not has_servers
            and not await asyncio.to_thread(self._communities.slugs)
        ):
            # No server brings the community that these wait for.
            waiting = [found for found in others if found.runner.community is None]
            is_complete &= not waiting
            others = [found for found in others if found not in waiting]
        return is_complete & all(await asyncio.gather(*map(_wait_until_settled, others)))

    def troubles(self) -> Sequence[str]:
        """Return why some do not reach their platforms, a sentence for each that does not."""
        return [runner.trouble for runner in self if runner.trouble]

    def slugs(self) -> frozenset[str]:
        """Return the communities that they serve, as far as those are known."""
        return frozenset(slug for connection in self._connections for slug in connection.slugs)

    def states(self, slug: str | None = None) -> Sequence[SourceState]:
        """Return the states of all, or of those that serve a community or have none yet."""
        return [
            SourceState(
                connection.source,
                state.name,
                connection.words(state),
                connection.problems(state),
            )
            for connection in self._connections
            for state in connection.runner.states()
            if slug is None or connection.slug_of(state) in {slug, None}
        ]

    def health(self, slug: str) -> Mapping[str, str]:
        """Return what the runners know of a community and of themselves, by name."""
        facts = {
            source.capitalize(): "not connected"
            for source in self._sources_without_runner
            if _server_in(slug, source)
        }
        for connection in self._connections:
            facts |= connection.runner.health(_server_in(slug, connection.source))
        return facts


@dataclass(frozen=True, slots=True)
class _ConnectionInlets:
    """The `bot.sources.port.Inlets` of one run of a runner."""

    connection: _Connection
    exits: AsyncExitStack
    """Left when the run ends."""
    communities: Communities
    on_news: Callable[[str], None]
    find_community: Callable[[], Awaitable[Community]]
    companion: Companion
    on_progress: Callable[[Progress], None]
    found: Callable[[], None]
    """Called once it is known which community a runner belongs to."""

    async def own(self) -> CommunityInlet:
        community = await self.find_community()
        self.connection.slug = community.slug
        self.found()
        await self.exits.enter_async_context(self.companion(self.connection.runner, community))
        return self._inlet(community)

    async def of_server(self, server: str, name: str) -> CommunityInlet:
        source = self.connection.source
        slug = community_slug(source, server)
        return self._inlet(await self.communities.get_or_create(slug, name, source, server))

    def _inlet(self, community: Community) -> CommunityInlet:
        self.connection.slugs.add(community.slug)
        return CommunityInlet(community, self.connection.source, self.on_news, self.on_progress)


async def _wait_until_settled(connection: _Connection) -> bool:
    """Return once a runner has read everything, or failed; whether it read everything."""
    settled = asyncio.ensure_future(connection.runner.wait_until_settled())
    failed = asyncio.ensure_future(connection.has_failed.wait())
    try:
        await asyncio.wait({settled, failed}, return_when=asyncio.FIRST_COMPLETED)
        return settled.done() and settled.result()
    finally:
        settled.cancel()
        failed.cancel()
        await asyncio.gather(settled, failed, return_exceptions=True)


def _server_in(slug: str, source: str) -> str:
    """Return the platform's id of a community's server; "" if it is another platform's.

    >>> _server_in("discord-42", "discord"), _server_in("discourse-a-b", "discord")
    ('42', '')
    """
    prefix = community_slug(source, "")
    return slug.removeprefix(prefix) if slug.startswith(prefix) else ""


def own_slug(source: str, name: str) -> str:
    """Return the slug of a community that is a runner's alone.

    >>> own_slug("discourse", "forum.Example.org")
    'discourse-forum-example-org'
    """
    tidy = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return community_slug(source, tidy)[:63]

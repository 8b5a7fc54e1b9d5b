"""Communities: each is one SQLite file in the data folder, opened when it is first needed.

A community is created when the bot first sees its server: its file is made, every setting has
its default, and commands answer. The file is named by the community's slug.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bot.community.errors import UnknownCommunityError
from bot.community.files import CommunityFiles, is_slug
from bot.community.graph_source import GraphSource
from bot.community.history_progress import HistoryProgress
from bot.community.identities.identities import Identities
from bot.community.scoring.scoring import Scoring
from bot.community.settings.catalogue import Catalogue
from bot.community.settings.community_settings import CommunitySettings, Heard
from bot.community.visibility import Visibility
from cred.graph.weights import Field
from storage.archives import Archives
from storage.file.database import Database
from storage.log.batch import Batch, Place
from storage.log.cursors import Cursors
from storage.log.event_log import EventLog
from storage.log.gaps import Gaps
from storage.people.directory import CachedDirectory
from storage.scores import ScoreLog
from storage.settings import SettingsLog


def _ignore_news() -> None:
    """Do nothing about new events."""


@dataclass(slots=True)
class Community:
    """One community and its parts; all of it is in its one file."""

    slug: str
    """The file's name without ".db": "discord-<guild id>"."""
    name: str
    database: Database
    log: EventLog
    directory: CachedDirectory
    identities: Identities
    settings: CommunitySettings
    scoring: Scoring
    """Its `scores` are the latest; None before the first."""
    cursors: Cursors
    gaps: Gaps
    history: HistoryProgress
    """How far its history is read, while that is going on."""
    visibility: Visibility
    """Who may see which of its places."""
    on_news: Callable[[], None] = _ignore_news
    """To be called after something other than a source wrote to the log, so that scores
    follow."""


def community_slug(source: str, server: int | str) -> str:
    """Return the slug of the community of a platform's server: ("discord", guild id)."""
    return f"{source}-{server}"


def _do_nothing(_community: Community) -> AbstractAsyncContextManager[None]:
    return nullcontext()


class Communities:
    """All communities of this process; those opened stay open until the block is left.

    Parameters
    ----------
    data_dir
        Folder of their files; made together with the first community.
    sources
        Sources whose events count.
    worker
        Where their scores are computed.
    on_open
        Entered with each community once it is open, and left before it is closed: to watch it
        for due recomputes, and to answer the command line.
    """

    def __init__(
        self,
        data_dir: Path,
        sources: Sequence[GraphSource],
        worker: Executor,
        on_open: Callable[[Community], AbstractAsyncContextManager[None]] = _do_nothing,
    ) -> None:
        self._data_dir = data_dir
        self._files = CommunityFiles(data_dir)
        self._sources = tuple(sources)
        self._catalogue = Catalogue(sources)
        self._worker = worker
        self._on_open = on_open
        self._open: dict[str, Community] = {}
        self._opening = asyncio.Lock()
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open nothing yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every community, the last opened first."""
        await self._exits.aclose()

    def slugs(self) -> Sequence[str]:
        """Return the slugs of all communities that have a file, open or not, sorted."""
        return self._files.slugs(self._open)

    def get_open(self, slug: str) -> Community | None:
        """Return a community that is open; None if it is not."""
        return self._open.get(slug)

    async def get_existing(self, slug: str) -> Community:
        """Return a community that has a file, opened now if it is not open.

        Raises
        ------
        UnknownCommunityError
            If it has no file; the message names those that have one.
        StorageError
            If its file cannot be used.
        """
        if slug not in self._open:
            await asyncio.to_thread(self._files.require, slug)
        return await self._open_file(slug, name=None)

    async def get_or_create(self, slug: str, name: str, source: str, server: str) -> Community:
        """Return a community, created now if it does not exist.

        Parameters
        ----------
        slug
            Its slug.
        name
            The server's name, as people know it; "": not known yet, which keeps the one of
            before.
        source, server
            The server's platform and its id there: "discord" and the guild's id.
        """
        known = self._open.get(slug)
        if known is not None and name in {"", known.name}:
            return known
        community = await self._open_file(slug, name or None)
        if name:
            await community.log.append(Batch(places=(Place(source, server, name, "server"),)))
            community.name = name
        return community

    async def _open_file(self, slug: str, name: str | None) -> Community:
        if not is_slug(slug):
            raise UnknownCommunityError(
                f'"{slug[:80]}" is no name for a community: small letters, digits and dashes.'
            )
        async with self._opening:
            if slug in self._open:
                return self._open[slug]
            async with AsyncExitStack() as exits:
                community = await self._build(slug, name, exits)
                await exits.enter_async_context(self._on_open(community))
                self._exits.push_async_exit(exits.pop_all())
            self._open[slug] = community
        return community

    async def _build(self, slug: str, name: str | None, exits: AsyncExitStack) -> Community:
        await asyncio.to_thread(self._data_dir.mkdir, parents=True, exist_ok=True)
        path = self._data_dir / f"{slug}.db"
        database = await exits.enter_async_context(Database.open(path))
        log = await exits.enter_async_context(EventLog(database))
        directory = CachedDirectory(database)
        await directory.refresh()
        identities = Identities(database, directory, _platforms(self._sources))
        await identities.refresh()
        archives = Archives(database)
        settings = CommunitySettings(
            SettingsLog(database), self._catalogue, Heard(log, directory, archives)
        )
        await settings.load()
        scoring = Scoring(
            log=log,
            directory=directory,
            identities=identities,
            settings=settings,
            score_log=ScoreLog(database),
            archives=archives,
            sources=self._sources,
            worker=self._worker,
        )
        await scoring.load()
        return Community(
            slug=slug,
            name=name or directory.server_name() or slug,
            database=database,
            log=log,
            directory=directory,
            identities=identities,
            settings=settings,
            scoring=scoring,
            cursors=Cursors(database),
            gaps=Gaps(database),
            history=HistoryProgress(),
            visibility=Visibility(database),
        )


def _platforms(sources: Sequence[GraphSource]) -> list[str]:
    """Return the sources that have accounts of people: they declare a kind of node for them."""
    account_fields = {Field.ACCOUNT, Field.ACCOUNT_KIND, Field.HOME}
    return [
        source.name
        for source in sources
        if any(
            Field.ACCOUNT in kind.fields and set(kind.fields) <= account_fields
            for kind in source.declaration.nodes
        )
    ]

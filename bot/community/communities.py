"""Communities: each one SQLite file in the data folder, opened when first heard of.

A community comes into being when the bot first sees its server: the file is made, everything
has its default, and commands answer. The file's name is the community's slug.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bot.community.errors import UnknownCommunityError
from bot.community.graph_source import GraphSource
from bot.community.identities.identities import Identities
from bot.community.scoring.scoring import Scoring
from bot.community.settings.catalogue import Catalogue
from bot.community.settings.community_settings import CommunitySettings
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

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def _nobody() -> None:
    """Stand in for whoever wants to hear of news."""


@dataclass(slots=True)
class Community:
    """One community and its parts; everything of it is in its one file."""

    slug: str
    """"discord-<guild id>": the file's name without ".db"."""
    name: str
    database: Database
    log: EventLog
    directory: CachedDirectory
    identities: Identities
    settings: CommunitySettings
    scoring: Scoring
    """`scoring.standing` is the latest `Standing`, or None before the first."""
    cursors: Cursors
    gaps: Gaps
    on_news: Callable[[], None] = _nobody
    """To be called after something was put into the log by other than a source: scores
    follow."""


def community_slug(source: str, server: int | str) -> str:
    """Return the slug of the community of a platform's server ("discord", guild id)."""
    return f"{source}-{server}"


def _nothing(_community: Community) -> AbstractAsyncContextManager[None]:
    return nullcontext()


class Communities:
    """All communities of this process, open until the block is left.

    Parameters
    ----------
    data_dir
        Folder of their files; made when the first community is.
    sources
        Sources whose events count.
    worker
        Where their numbers are crunched.
    on_open
        Entered with each community once it is open, and left before it is closed (the
        scheduler starts watching; the command line is listened to).
    """

    def __init__(
        self,
        data_dir: Path,
        sources: Sequence[GraphSource],
        worker: Executor,
        on_open: Callable[[Community], AbstractAsyncContextManager[None]] = _nothing,
    ) -> None:
        self._data_dir = data_dir
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
        """Return the communities that have a file, open or not, sorted."""
        if not self._data_dir.is_dir():
            return []
        found = (path.stem for path in self._data_dir.glob("*.db"))
        return sorted(slug for slug in found if _SLUG.fullmatch(slug))

    def get_open(self, slug: str) -> Community | None:
        """Return a community if it is open already."""
        return self._open.get(slug)

    async def get_existing(self, slug: str) -> Community:
        """Return a community that has a file.

        Raises
        ------
        UnknownCommunityError
            If it has none.
        StorageError
            If its file cannot be used.
        """
        known = await asyncio.to_thread(self.slugs)
        if slug not in known:
            there_are = ", ".join(known) or "none yet"
            raise UnknownCommunityError(
                f'there is no community "{slug[:80]}" in {self._data_dir} '
                f"(there are: {there_are})."
            )
        return await self._opened(slug, name=None)

    async def get_or_create(self, slug: str, name: str, source: str, server: str) -> Community:
        """Return a community, made now if it is not there yet.

        Parameters
        ----------
        slug
            Its file's name without ".db".
        name
            The server's name, as people know it; "" where Discord has not said it yet, which
            leaves the one known before.
        source, server
            Which platform's server it is: "discord" and the guild's id.
        """
        known = self._open.get(slug)
        if known is not None and name in {"", known.name}:
            return known
        community = await self._opened(slug, name or None)
        if name:
            await community.log.append(Batch(places=(Place(source, server, name, "server"),)))
            community.name = name
        return community

    async def _opened(self, slug: str, name: str | None) -> Community:
        if not _SLUG.fullmatch(slug):
            raise UnknownCommunityError(
                f'"{slug[:80]}" is no name for a community: small letters, digits and dashes.'
            )
        async with self._opening:
            if slug in self._open:
                return self._open[slug]
            async with AsyncExitStack() as exits:
                community = await self._parts(slug, name, exits)
                await exits.enter_async_context(self._on_open(community))
                self._exits.push_async_exit(exits.pop_all())
            self._open[slug] = community
        return community

    async def _parts(self, slug: str, name: str | None, exits: AsyncExitStack) -> Community:
        await asyncio.to_thread(self._data_dir.mkdir, parents=True, exist_ok=True)
        path = self._data_dir / f"{slug}.db"
        database = await exits.enter_async_context(Database.open(path))
        log = await exits.enter_async_context(EventLog(database))
        directory = CachedDirectory(database)
        await directory.refresh()
        identities = Identities(database, directory, _platforms(self._sources))
        await identities.refresh()
        settings = CommunitySettings(SettingsLog(database), self._catalogue)
        await settings.load()
        scoring = Scoring(
            log=log,
            directory=directory,
            identities=identities,
            settings=settings,
            score_log=ScoreLog(database),
            archives=Archives(database),
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
        )


def _platforms(sources: Sequence[GraphSource]) -> list[str]:
    """Return the sources that have accounts of people: those with a kind of node for them."""
    person = {Field.ACCOUNT, Field.ACCOUNT_KIND, Field.HOME}
    return [
        source.name
        for source in sources
        if any(
            Field.ACCOUNT in kind.fields and set(kind.fields) <= person
            for kind in source.declaration.nodes
        )
    ]

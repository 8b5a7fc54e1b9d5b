"""Ingest: recording what a source hears in its community's log, so that scores follow."""

from collections.abc import Callable, Collection, Mapping, Sequence

from bot.community.communities import Community
from bot.community.history_progress import Progress
from storage.canonical_json import Json
from storage.log.batch import Appended, Batch
from storage.log.current_state import CurrentAccount, CurrentContribution, CurrentState
from storage.log.gaps import RecordedGap


class CommunityInlet:
    """One community as one of its sources sees it; see `bot.sources.port.Inlet`.

    Parameters
    ----------
    community
        The community.
    source
        Name of the source.
    on_news
        Called with the community's slug after new events are on disk.
    on_progress
        Called with how far reading the history of a place has come.
    """

    def __init__(
        self,
        community: Community,
        source: str,
        on_news: Callable[[str], None],
        on_progress: Callable[[Progress], None] = lambda _progress: None,
    ) -> None:
        self._community = community
        self._source = source
        self._on_news = on_news
        self._on_progress = on_progress
        self._current = CurrentState(community.database, source)

    async def record(self, batch: Batch) -> Appended:
        """Record a batch; returns only after it is on disk."""
        appended = await self._community.log.append(batch)
        if appended.new:
            self._on_news(self._community.slug)
        return appended

    async def cursors(self) -> Mapping[str, str]:
        """Return the positions of the source's cursors by name."""
        return await self._community.cursors.all(self._source)

    async def contributions(self, ids: Sequence[str]) -> Mapping[str, CurrentContribution]:
        """Return the current state of contributions by id, without those never recorded."""
        return await self._current.contributions(ids)

    async def posts(self, place: str, from_ms: int) -> Collection[str]:
        """Return the posts in a place, dated from `from_ms` on, that were not deleted."""
        return await self._current.posts(place, from_ms)

    async def accounts(self) -> Mapping[str, CurrentAccount]:
        """Return the current state of the source's accounts by id."""
        return await self._current.accounts()

    async def members(self) -> Collection[str]:
        """Return the accounts that are members now."""
        return await self._current.members()

    async def open_gaps(self) -> Sequence[RecordedGap]:
        """Return the source's gaps that are not filled yet."""
        return [
            recorded_gap
            for recorded_gap in await self._community.gaps.list()
            if recorded_gap.gap.source == self._source
        ]

    def setting(self, key: str) -> Json:
        """Return a setting of the community."""
        return self._community.settings.get(key)

    def begin_reading(self) -> None:
        """Take note that all that is to be read is reported anew."""
        self._community.history.begin(self._source)

    def report(self, progress: Progress) -> None:
        """Take note of how far reading the history of a place has come."""
        self._community.history.note(self._source, progress)
        self._on_progress(progress)

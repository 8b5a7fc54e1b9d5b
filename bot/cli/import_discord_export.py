"""`import discord-export`: history from files that DiscordChatExporter wrote."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bot.cli.opening import communities
from bot.cli.output import print_json, progress, say
from bot.cli.status import WRONG, StoppedError
from bot.community.communities import Communities, Community, community_slug
from bot.importers.discord_export.importer import Importer, files_in
from bot.importers.discord_export.log_state import Known
from bot.importers.discord_export.summary import Summary
from bot.runtime.clock import now_ms
from bot.services.ingest import CommunityInlet
from bot.settings import read_settings
from bot.sources.discord.declaration import NAME
from storage.log import columns
from storage.log.batch import Appended, Batch

_EVENTS_AT_ONCE: Final = 65_536


@dataclass(frozen=True, slots=True)
class _Target:
    """A community as the importer needs it."""

    slug: str
    known: Known
    cursors: Mapping[str, str]
    history_start_ms: int | None
    inlet: CommunityInlet

    async def record(self, batch: Batch) -> Appended:
        """Keep a batch; return once it is on disk."""
        return await self.inlet.record(batch)


async def import_exports(paths: Sequence[Path], *, as_json: bool) -> int:
    """Import files and folders; return the exit status.

    Raises
    ------
    ExportError
        If a path leads nowhere.
    StoppedError
        If it was told to stop.
    """
    files = files_in(paths)
    async with communities(read_settings().data_dir) as opened:
        finder = _Finder(opened)
        importer = Importer(finder.target, now_ms=now_ms())
        with progress(of_bytes=True) as bar:
            task = bar.add_task("importing", total=sum(file.stat().st_size for file in files))
            try:
                summary = await importer.run(files, lambda read: bar.advance(task, read))
            except asyncio.CancelledError:
                bar.stop()
                _tell(importer.summary, as_json=False)
                raise StoppedError(
                    "Stopped. What is counted above is kept; run the same command to go on."
                ) from None
            except Exception:
                bar.stop()
                if importer.summary.files:
                    _tell(importer.summary, as_json=False)
                    say("What is counted above is kept; run the same command to go on.")
                raise
    _tell(summary, as_json=as_json)
    return WRONG if summary.problems else 0


class _Finder:
    """Finds communities, each prepared once."""

    def __init__(self, opened: Communities) -> None:
        self._opened = opened
        self._found: dict[str, _Target] = {}

    async def target(self, guild: str, name: str) -> _Target:
        """Return the community of a guild."""
        if guild not in self._found:
            community = await self._opened.get_or_create(
                community_slug(NAME, guild), name, NAME, guild
            )
            self._found[guild] = _Target(
                community.slug,
                await _known(community),
                await community.cursors.all(NAME),
                community.settings.history_start_ms,
                CommunityInlet(community, NAME, on_news=lambda _slug: None),
            )
        return self._found[guild]


async def _known(community: Community) -> Known:
    """Return what a log knows, read in pieces: a long log at once takes too much memory."""
    known, length = Known(), await community.log.length()
    for after in range(0, length, _EVENTS_AT_ONCE):
        upto = min(after + _EVENTS_AT_ONCE, length)
        piece = await columns.read(community.database, after, upto)
        await asyncio.to_thread(known.learn, piece, community.names)
    return known


def _tell(summary: Summary, *, as_json: bool) -> None:
    for problem in summary.problems:
        say(problem)
    if as_json:
        print_json({**asdict(summary), "communities": sorted(summary.communities)})
        return
    if summary.problems and not summary.files + summary.done_before:
        return  # every file was refused: there is nothing to count
    for line in summary.lines():
        say(line)
    for slug in sorted(summary.communities):
        say(f"They are in the community {slug}.")

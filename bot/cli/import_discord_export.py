"""`credbot import discord-export`: imports files that DiscordChatExporter wrote."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bot.cli.open_communities import open_communities
from bot.cli.output import print_json, progress_bar, say
from bot.cli.process_settings import read_process_settings
from bot.cli.status import WRONG, StoppedError
from bot.community.communities import Communities, Community, community_slug
from bot.importers.discord_export.importer import Importer, count_attachments, files_in
from bot.importers.discord_export.known import KnownMessage
from bot.importers.discord_export.log_state import LogState
from bot.importers.discord_export.summary import Summary
from bot.runtime.clock import now_ms
from bot.services.ingest import CommunityInlet
from bot.sources.discord.declaration import NAME
from bot.sources.discord.settings import EXCLUDED, id_set
from storage.log import columns
from storage.log.batch import Appended, Batch
from storage.log.current_state import CurrentState

_EVENTS_AT_ONCE: Final = 65_536


@dataclass(frozen=True, slots=True)
class _Target:
    """What the importer needs of a community."""

    slug: str
    log_state: LogState
    cursors: Mapping[str, str]
    history_start_ms: int | None
    excluded: frozenset[str]
    inlet: CommunityInlet
    current: CurrentState

    async def known_messages(self, ids: Sequence[str]) -> Mapping[str, KnownMessage]:
        """Return what the log has of messages, without those that it does not have."""
        statements = await self.current.statements(ids)
        found = await self.current.contribution_events(ids)
        return {
            id_: KnownMessage(events, statements.get(id_, ())) for id_, events in found.items()
        }

    async def record(self, batch: Batch) -> Appended:
        """Record a batch; return once it is on disk."""
        return await self.inlet.record(batch)


async def import_exports(paths: Sequence[Path], *, as_json: bool) -> int:
    """Import files and folders; return the exit status.

    Raises
    ------
    ExportError
        If a path does not exist.
    StoppedError
        If it is interrupted.
    """
    files = files_in(paths)
    async with open_communities(read_process_settings().data_dir) as communities:
        target_communities = _Communities(communities)
        importer = Importer(target_communities.target, now_ms=now_ms())
        importer.summary.attachments = count_attachments(paths)
        with progress_bar(of_bytes=True) as bar:
            task = bar.add_task("importing", total=sum(file.stat().st_size for file in files))
            try:
                summary = await importer.run(files, lambda read: bar.advance(task, read))
            except asyncio.CancelledError:
                bar.stop()
                _print_summary(importer.summary, as_json=False)
                raise StoppedError(
                    "Stopped. What is counted above is kept; run the same command to go on."
                ) from None
            except Exception:
                bar.stop()
                if importer.summary.files:
                    _print_summary(importer.summary, as_json=False)
                    say("What is counted above is kept; run the same command to go on.")
                raise
    _print_summary(summary, as_json=as_json)
    return WRONG if summary.problems else 0


class _Communities:
    """Prepares the community of each guild, once."""

    def __init__(self, communities: Communities) -> None:
        self._communities = communities
        self._targets: dict[str, _Target] = {}

    async def target(self, guild: str, name: str) -> _Target:
        """Return the community of a guild, created if there is none yet."""
        if guild not in self._targets:
            community = await self._communities.get_or_create(
                community_slug(NAME, guild), name, NAME, guild
            )
            self._targets[guild] = _Target(
                community.slug,
                await _read_log_state(community),
                await community.cursors.all(NAME),
                community.settings.in_force.history_start_ms,
                id_set(community.settings.get(EXCLUDED)),
                CommunityInlet(community, NAME, on_news=lambda _slug: None),
                CurrentState(community.database, NAME),
            )
        return self._targets[guild]


async def _read_log_state(community: Community) -> LogState:
    """Read a log in pieces, because a long log at once would take too much memory."""
    log_state, length = LogState(), await community.log.length()
    for after in range(0, length, _EVENTS_AT_ONCE):
        upto = min(after + _EVENTS_AT_ONCE, length)
        piece = await columns.read(community.database, after, upto)
        await asyncio.to_thread(log_state.add, piece, community.directory)
    imported = await CurrentState(community.database, NAME).imported_places()
    for place, told_ms in imported.items():
        log_state.places[place] = log_state.places[place]._replace(told_ms=told_ms)
    return log_state


def _print_summary(summary: Summary, *, as_json: bool) -> None:
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

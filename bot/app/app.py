"""The only place that wires: builds every part in one block, and closes in reverse.

    async with running_app(settings) as app:
        await app.run()

What `run` does: every source's runners connect, record what happens, and read what was missed,
each kept running on its own; the chats answer commands; the scheduler has scores recomputed in
a worker thread.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import discord

from bot.app.announcer import Announcer
from bot.app.control_socket import listen, socket_path
from bot.app.forum_chat import run_forum_chat
from bot.app.runners import Runners
from bot.app.single_run import hold_alone
from bot.chat.discord.chat import DiscordChat
from bot.chat.discord.noticeboard import DiscordNoticeboard
from bot.commands.admin.sources import SourceState
from bot.commands.catalogue import build_registry
from bot.commands.kit.registry import Registry
from bot.commands.kit.reply import Fact
from bot.community.communities import Communities, Community, community_slug
from bot.community.history_progress import Progress
from bot.runtime.clock import now_ms
from bot.runtime.scheduler import Scheduler
from bot.settings import Settings
from bot.sources import discover
from bot.sources.discord.declaration import NAME as DISCORD
from bot.sources.discord.runner import DiscordRunner
from bot.sources.port import CannotRunError, Runner, Source
from bot.web.server import CannotServeError
from cred.errors import CredError
from storage.errors import LockedError, StorageError
from storage.file.database import sqlite_advice

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class App:
    """The parts of a running bot."""

    settings: Settings
    communities: Communities
    scheduler: Scheduler
    runners: Runners

    async def run(self) -> None:
        """Open the existing communities, and run every runner until cancelled.

        Raises
        ------
        CannotRunError
            If there is neither a token nor another platform to listen to, or Discord refuses
            the token or an intent, or the web server's address is taken.
        LockedError
            If another credbot works with the file of a community: an import, or a bot whose
            data folder has a link to it.
        """
        if not len(self.runners):
            raise CannotRunError(
                "There is no Discord token: set CRED_DISCORD_TOKEN in .env (see README, "
                "“Connect it to your server”), or try `credbot demo`, which needs none."
            )
        for slug in await asyncio.to_thread(self.communities.slugs):
            try:
                await self.communities.get_existing(slug)
            except LockedError:
                raise
            except StorageError as error:
                # One community's file must not keep the others from being served.
                _log.error("community %s cannot be opened: %s", slug, error)
        advice = sqlite_advice(sqlite3.sqlite_version_info)
        if advice is not None:
            _log.info("%s", advice)
        if self.settings.token() is None:
            _log.warning("there is no Discord token: only other platforms are heard")
        try:
            await self.runners.run()
        except CannotServeError as error:
            raise CannotRunError(str(error)) from error

    def health(self, community: Community) -> Sequence[Fact]:
        """Return what the process knows of a community beyond its file."""
        facts = self.runners.health(community.slug)
        return [Fact(name, value) for name, value in facts.items()]

    def sources(self, community: Community) -> Sequence[SourceState]:
        """Return the state of each source of a community."""
        return self.runners.states(community.slug)


@asynccontextmanager
async def running_app(
    settings: Settings,
    *,
    sources: Mapping[str, Source] | None = None,
    progress: Callable[[Progress], None] = lambda _progress: None,
) -> AsyncIterator[App]:
    """Build every part; close them in reverse when the block is left.

    Parameters
    ----------
    settings
        The process's settings.
    sources
        By name; None: those that `discover` finds.
    progress
        Called with how far reading the history of a place has come.

    Raises
    ------
    SettingsError
        If the token's file cannot be read, or a source's settings cannot be used.
    AlreadyRunningError, LockedError
        If another bot runs with the same token or on the same data folder.
    UnreachableError
        If the data folder cannot be used.
    """
    async with AsyncExitStack() as exits:
        exits.enter_context(hold_alone(settings))
        worker = exits.enter_context(ThreadPoolExecutor(1, "scoring"))
        communities: Communities
        runners: Runners
        announcer: Announcer

        async def recompute(slug: str) -> bool:
            return await _recompute(communities, slug)

        async def tick(slug: str) -> None:
            await announcer.tick(slug)

        scheduler = Scheduler(
            recompute,
            every_minutes=settings.recompute_minutes,
            delay_seconds=settings.recompute_debounce_seconds,
            tick=tick,
        )

        @asynccontextmanager
        async def serve_community(community: Community) -> AsyncIterator[None]:
            slug = community.slug

            def on_news() -> None:
                scheduler.nudge(slug)
                scheduler.hurry(slug)

            community.on_news = on_news
            community.settings.platform_names = lambda: runners.names(slug)
            community.visibility.may_see = partial(runners.may_see, slug)
            path = socket_path(settings.data_dir, slug)

            def on_change() -> None:
                on_news()
                runners.settings_changed(slug)

            async with listen(path, community, now_ms=now_ms, on_change=on_change):
                scheduler.watch(slug)
                runners.community_opened()
                yield

        sources = discover() if sources is None else sources
        communities = await exits.enter_async_context(
            Communities(
                settings.data_dir, list(sources.values()), worker, on_open=serve_community
            )
        )
        announcer = Announcer(communities.get_open, now_ms)

        def companion(
            runner: Runner, community: Community
        ) -> AbstractAsyncContextManager[None]:
            return run_forum_chat(runner, community, commands, announcer)

        runners = Runners(
            settings,
            communities,
            sources,
            scheduler.nudge,
            companion=companion,
            progress=progress,
        )
        await exits.enter_async_context(scheduler)
        app = App(settings, communities, scheduler, runners)
        commands = build_registry(app.health, app.sources, announcer.check)
        for runner in runners:
            if isinstance(runner, DiscordRunner):
                _answer_on_discord(
                    runner, communities, commands, announcer, settings.command_prefix
                )
        yield app


async def _recompute(communities: Communities, slug: str) -> bool:
    """Recompute a community if that is due; return whether it was.

    The first scores in a process are logged at INFO, later ones at DEBUG.

    The edge of a task: nothing is raised from here.
    """
    community = communities.get_open(slug)
    if community is None:
        return False
    before = community.scoring.scores
    is_first = before is None or before.awaits_ranking  # loaded, not computed
    was_due = True
    try:
        was_due = await community.scoring.recompute_if_due(now_ms())
    except (CredError, StorageError) as error:
        _log.error("community %s is not scored: %s", slug, error)
    except Exception:  # noqa: BLE001 - the task ends here, the community is tried again
        _log.exception("community %s is not scored", slug)
    else:
        scores, health = community.scoring.scores, community.scoring.health
        if was_due and scores is not None and health is not None:
            _log.log(
                logging.INFO if is_first else logging.DEBUG,
                "community %s scored up to event %d in %.2f s",
                slug,
                scores.events,
                health.seconds,
            )
    return was_due


def _answer_on_discord(
    runner: DiscordRunner,
    communities: Communities,
    commands: Registry,
    announcer: Announcer,
    prefix: str,
) -> None:
    """Make the bot answer and announce on all servers of a Discord client once it connects."""

    async def community_of(guild: discord.Guild) -> Community:
        community = await communities.get_or_create(
            community_slug(DISCORD, guild.id), guild.name, DISCORD, str(guild.id)
        )
        if not announcer.has_board(community.slug, DISCORD):
            board = DiscordNoticeboard(runner.client, guild.id, chat.shared_view)
            announcer.add_board(community.slug, DISCORD, board)
        return community

    chat = DiscordChat(runner.client, commands, community_of, prefix=prefix)
    chat.attach()

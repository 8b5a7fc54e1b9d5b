"""The only place that wires: builds every part in one block, and closes in reverse.

    async with running_app(settings) as app:
        await app.run()

What `run` does: the Discord client connects; the source hears its events and reads what was
missed; other sources' runners do the same for their platforms, each kept going by itself; the
chat answers commands; the scheduler has scores recomputed in a worker thread.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import discord

from bot.app.control_socket import listening, socket_of
from bot.app.forum_chat import answering
from bot.app.runners import Runners
from bot.chat.discord.chat import DiscordChat
from bot.commands.admin.sources import SourceState
from bot.commands.all import registry
from bot.commands.kit.model import Fact
from bot.commands.kit.wording import counted
from bot.community.communities import Communities, Community, slug_of
from bot.runtime.discord_client import DiscordClient, make_client, run_client
from bot.runtime.scheduler import Scheduler
from bot.services.ingest import SourceInlets
from bot.settings import Settings
from bot.sources import discover
from bot.sources.discord.declaration import NAME as DISCORD
from bot.sources.discord.history import Progress
from bot.sources.discord.live import DiscordListener
from bot.sources.runner import Runner
from bot.web.server import CannotServeError
from cred.errors import CredError
from storage.errors import StorageError

_log = logging.getLogger(__name__)


class CannotRunError(Exception):
    """The bot cannot run as it is set up; the message says what to do about it."""


def now_ms() -> int:
    """Return the time: milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class App:
    """The parts of a running bot."""

    settings: Settings
    communities: Communities
    scheduler: Scheduler
    client: DiscordClient
    listener: DiscordListener
    runners: Runners

    async def run(self) -> None:
        """Open the communities there are, connect, and serve until cancelled.

        Raises
        ------
        CannotRunError
            If there is no token (and no other platform to hear), or Discord refuses it or an
            intent, or the web server's address is taken.
        """
        token = self.settings.token()
        if token is None and not len(self.runners):
            raise CannotRunError(
                "There is no Discord token: set CRED_DISCORD_TOKEN in .env (see README, "
                "“Connect it to your server”), or try `credbot demo`, which needs none."
            )
        for slug in await asyncio.to_thread(self.communities.slugs):
            try:
                await self.communities.existing(slug)
            except StorageError as error:
                # One community's file must not keep the others from being served.
                _log.error("community %s cannot be opened: %s", slug, error)
        try:
            async with self.runners.running(discord=token is not None):
                await self._on_discord(token)
        except CannotServeError as error:
            raise CannotRunError(str(error)) from error

    async def _on_discord(self, token: str | None) -> None:
        if token is None:
            _log.warning("there is no Discord token: only other platforms are heard")
            await asyncio.Event().wait()
            return
        listening = asyncio.create_task(self.listener.run())
        try:
            await run_client(self.client, token)
        except discord.LoginFailure as error:
            raise CannotRunError(
                "Discord refuses the token: copy it again from the developer portal "
                "(Bot → Reset Token) into CRED_DISCORD_TOKEN."
            ) from error
        except discord.PrivilegedIntentsRequired as error:
            raise CannotRunError(
                "Discord refuses an intent: switch on “Server Members” and “Message Content” "
                "in the developer portal (Bot → Privileged Gateway Intents), or set "
                "CRED_DISCORD_MEMBERS=no and CRED_DISCORD_MESSAGE_CONTENT=no."
            ) from error
        except (discord.HTTPException, discord.ConnectionClosed) as error:
            raise CannotRunError(f"Discord will not have this bot: {error}.") from error
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    def health(self, community: Community) -> Sequence[Fact]:
        """Return what the process knows of a community beyond its file."""
        client, server = self.client, _server_of(community)
        guild = client.get_guild(int(server)) if server.isdigit() else None
        heard = guild is not None and client.is_ready()
        lag = f", {client.latency * 1000:.0f} ms away" if heard else ""
        odd = client.odd_payloads + self.listener.odd_payloads
        listened = self.listener.servers.get(server)
        refused = 0 if listened is None else listened.recorder.refused
        return (
            Fact("Discord", f"connected{lag}" if heard else "not connected"),
            Fact("Message content", "on" if client.intents.message_content else "off"),
            Fact("Server members", "on" if client.intents.members else "off"),
            Fact("Odd payloads", f"{odd:,}"),
            *((Fact("Not recorded", counted(refused, "event")),) if refused else ()),
        )

    def sources(self, community: Community) -> Sequence[SourceState]:
        """Return how each source of a community is."""
        server = self.listener.servers.get(_server_of(community))
        if server is None:
            here: tuple[SourceState, ...] = ()
        else:
            connected = self.client.is_ready() and not self.client.is_closed()
            words = server.state if connected else "not connected; trying again"
            here = (SourceState(DISCORD, server.name or server.id, words),)
        return (*here, *self.runners.states(community.slug))


@asynccontextmanager
async def running_app(
    settings: Settings,
    *,
    progress: Callable[[Progress], None] = lambda _progress: None,
    **client_options: Any,  # noqa: ANN401 - discord.py's own
) -> AsyncIterator[App]:
    """Build every part; close them in reverse when the block is left.

    Parameters
    ----------
    settings
        The process's settings.
    progress
        Told how far reading the history of each place has come.
    client_options
        Passed on to the Discord client (tests shorten its waits).

    Raises
    ------
    SettingsError
        If the token's file cannot be read, or a source's settings cannot be used.
    """
    async with AsyncExitStack() as exits:
        worker = exits.enter_context(ThreadPoolExecutor(1, "scoring"))
        communities: Communities
        listener: DiscordListener
        runners: Runners

        async def recompute(slug: str) -> None:
            await _recompute(communities, slug)

        scheduler = Scheduler(
            recompute,
            every_minutes=settings.recompute_minutes,
            debounce_seconds=settings.recompute_debounce_seconds,
        )

        @asynccontextmanager
        async def opened(community: Community) -> AsyncIterator[None]:
            slug = community.slug
            community.on_news = partial(scheduler.nudge, slug)
            path = socket_of(settings.data_dir, slug)

            def changed() -> None:
                scheduler.nudge(slug)
                listener.reconsider(_server_of(community))

            async with listening(path, community, now_ms=now_ms, on_change=changed):
                scheduler.watch(slug)
                runners.community_opened()
                yield

        sources = discover()
        communities = await exits.enter_async_context(
            Communities(settings.data_dir, list(sources.values()), worker, on_open=opened)
        )

        def beside(runner: Runner, community: Community) -> AbstractAsyncContextManager[None]:
            return answering(runner, community, commands)

        runners = Runners(settings, communities, sources, scheduler.nudge, beside)
        await exits.enter_async_context(scheduler)
        client = make_client(
            prefix=settings.command_prefix,
            message_content=settings.discord_message_content,
            members=settings.discord_members,
            api_url=_text(settings.discord_api_url),
            gateway_url=_text(settings.discord_gateway_url),
            **client_options,
        )
        listener = DiscordListener(
            client,
            SourceInlets(communities, DISCORD, on_news=scheduler.nudge),
            progress=progress,
        )
        app = App(settings, communities, scheduler, client, listener, runners)

        async def community_of(guild: discord.Guild) -> Community:
            return await communities.founded(
                slug_of(DISCORD, guild.id), guild.name, DISCORD, str(guild.id)
            )

        commands = registry(app.health, app.sources)
        DiscordChat(
            client,
            commands,
            community_of,
            prefix=settings.command_prefix,
        ).attach()
        yield app


async def _recompute(communities: Communities, slug: str) -> None:
    """Recompute a community if that is due. The edge of a task: nothing is raised from here."""
    community = communities.opened(slug)
    if community is None:
        return
    try:
        was_due = await community.scoring.recompute_if_due(now_ms())
    except (CredError, StorageError) as error:
        _log.error("community %s is not scored: %s", slug, error)
    except Exception:  # noqa: BLE001 - the task ends here, the community is tried again
        _log.exception("community %s is not scored", slug)
    else:
        standing, health = community.scoring.standing, community.scoring.health
        if was_due and standing is not None and health is not None:
            _log.info(
                "community %s scored up to event %d in %.2f s",
                slug,
                standing.events,
                health.seconds,
            )


def _server_of(community: Community) -> str:
    """Return the platform's id of a community's server."""
    return community.slug.partition("-")[2]


def _text(url: object) -> str | None:
    return None if url is None else str(url)

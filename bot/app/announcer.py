"""Does what is due in a community: votes open and close, and announcements are posted."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bot.chat.noticeboard import CannotPostError, Notice, Noticeboard
from bot.commands.admin.announce import PostingRights
from bot.commands.announcing import build
from bot.commands.weights.wording import readers_of
from bot.community.communities import Community
from bot.community.errors import CommunityError
from bot.runtime.retry import Backoff
from bot.services.weights.announce import News, announce_due
from bot.services.weights.close import advance
from bot.services.weights.schedule import take_effect
from cred.errors import CredError
from storage.announcements import Announcement, Announcements
from storage.errors import StorageError

log = logging.getLogger(__name__)

_BACKOFF: Final = Backoff(30.0, 900.0)
"""Pauses of a platform that takes no announcement."""
_PATIENCE_SECONDS: Final = 120.0
"""How long posting on one platform may take before the rest waits for the next tick."""


class Announcer:
    """Does at each tick what is due in a community, as the scheduler's `Tick`.

    Parameters
    ----------
    get_open
        Returns a community by slug; None if it is not open.
    now_ms
        The clock.
    """

    def __init__(
        self, get_open: Callable[[str], Community | None], now_ms: Callable[[], int]
    ) -> None:
        self._get_open = get_open
        self._now_ms = now_ms
        self._boards: defaultdict[str, dict[str, Noticeboard]] = defaultdict(dict)
        self._failures: dict[tuple[str, str], tuple[int, int]] = {}
        """By community and platform: failures in a row, and until when to wait."""

    def add_board(self, slug: str, source: str, board: Noticeboard) -> None:
        """Have a community's announcements posted on a platform from now on."""
        self._boards[slug][source] = board
        self._failures.pop((slug, source), None)

    def has_board(self, slug: str, source: str) -> bool:
        """Tell whether a community's announcements are posted on a platform."""
        return source in self._boards[slug]

    def remove_board(self, slug: str, source: str) -> None:
        """Let what is to be posted on a platform wait."""
        self._boards[slug].pop(source, None)

    async def check(self, community: Community, source: str, place: str) -> PostingRights:
        """Return what the bot lacks in order to post in a place."""
        board = self._boards[community.slug].get(source)
        if board is None:
            return PostingRights(obstacles=(f"{source} is not connected",))
        # Whoever asks has perhaps put right why nothing could be posted.
        self._failures.pop((community.slug, source), None)
        return await board.check(place)

    async def tick(self, slug: str) -> None:
        """Do what is due in a community. The edge of a task: nothing is raised from here."""
        community = self._get_open(slug)
        if community is None:
            return
        await self._take_turns(community)
        if await self._post_waiting(community):
            await self._take_turns(community)

    async def _take_turns(self, community: Community) -> None:
        # What was posted is published, so its vote may open; what is over has a result.
        for step in (take_effect, announce_due, advance, announce_due):
            await _attempt(community, "turns of proposals", step(community, self._now_ms()))

    async def _post_waiting(self, community: Community) -> bool:
        """Post what waits, each platform by itself; return whether anything was posted."""
        by_source: defaultdict[str, list[Announcement]] = defaultdict(list)
        for row in await Announcements(community.database).list_waiting():
            by_source[row.source].append(row)
        posted: list[str] = []
        await asyncio.gather(
            *(
                _attempt(
                    community,
                    f"announcements on {source}",
                    self._post_on(community, source, rows, posted),
                )
                for source, rows in by_source.items()
            )
        )
        return bool(posted)

    async def _post_on(
        self,
        community: Community,
        source: str,
        rows: Sequence[Announcement],
        posted: list[str],
    ) -> None:
        """Post on one platform, in order; the first that cannot be posted keeps the rest."""
        key = (community.slug, source)
        failures, until_ms = self._failures.get(key, (0, 0))
        if self._now_ms() < until_ms:
            return
        row = rows[0]
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                for row in rows:
                    if await self._post(community, row):
                        posted.append(row.about)
        except (CannotPostError, TimeoutError) as error:
            problem = str(error) or f"{source} does not answer"
            log.warning(
                "community %s: %s is not announced: %s", community.slug, row.about, problem
            )
            await Announcements(community.database).note_problem(row.number, problem)
            pause_ms = round(_BACKOFF.pause(failures + 1) * 1000)
            self._failures[key] = (failures + 1, self._now_ms() + pause_ms)
        else:
            self._failures.pop(key, None)

    async def _post(self, community: Community, row: Announcement) -> bool:
        """Post one announcement; return whether that was done."""
        board = self._boards[community.slug].get(row.source)
        if board is None:
            raise CannotPostError(f"{row.source} is not connected")
        announcements = Announcements(community.database)
        kind, begun = News(row.kind), None
        if kind.follows_proposal:
            beginnings = await announcements.find(News.PROPOSAL, row.about)
            begun = next((found for found in beginnings if found.source == row.source), None)
        elif obstacles := (await board.check(row.place)).obstacles:
            raise CannotPostError(obstacles[0])  # before its effects are computed
        try:
            await community.visibility.refresh()
            readers = readers_of(community, row.source, row.place)
            reply = await build(readers, kind, row.about, self._now_ms())
        except Exception as error:
            log.exception("community %s: %s of %s", community.slug, row.kind, row.about)
            await announcements.note_problem(row.number, f"its text fails: {error}")
            return False
        if reply is None:
            await announcements.remove(row.number)
            return False
        done = await board.post(
            Notice(
                key=f"{row.number}-{row.at_ms}",
                place=row.place,
                since_ms=row.at_ms,
                reply=reply,
                begins_thread=kind is News.PROPOSAL,
                thread=None if begun is None else begun.thread,
                answers=None if begun is None else begun.message,
            )
        )
        await announcements.mark_posted(
            row.number, self._now_ms(), thread=done.thread, message=done.message
        )
        return True


async def _attempt(community: Community, activity: str, step: Awaitable[object]) -> None:
    """Do a step; what goes wrong is logged, and it is due again at the next tick."""
    try:
        await step
    except (CommunityError, CredError, StorageError) as error:
        log.warning("community %s: %s: %s", community.slug, activity, error)
    except Exception:
        log.exception("community %s: %s", community.slug, activity)

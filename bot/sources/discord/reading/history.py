"""Reads the messages of one place: those never seen, and recent ones again.

Pages go from old to new, 100 messages at a time. The cursor moves with what is recorded
(`messages`), so that reading can stop anywhere and go on from there. A second cursor says where
reading began. Where earlier messages are wanted later, they are read from there backwards, from
new to old, and that cursor moves likewise.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import discord

from bot.community.history_progress import Progress
from bot.sources.discord import parse
from bot.sources.discord.declaration import NAME
from bot.sources.discord.reading.dependencies import Dependencies
from bot.sources.discord.reading.messages import MessageRecorder
from bot.sources.discord.reading.places import PlaceRef
from bot.sources.discord.recorder import begin_cursor, history_cursor
from storage.log.batch import Batch

PAGE: Final = 100
"""Messages in one answer at most."""
_UNKNOWN_CHANNEL: Final = 10003


class ContradictionError(Exception):
    """Discord's answers contradict each other; the place is to be read again later."""


@dataclass(frozen=True, slots=True)
class ReadRange:
    """Which messages of a place are to be read, by their ids."""

    begin: int
    """Only messages after this one are wanted."""
    reread_after: int | None
    """Messages after this one are read again although they are known; None: none are."""


def is_behind(place: PlaceRef, cursors: Mapping[str, str], wanted: ReadRange) -> bool:
    """Tell whether there are messages of a place, among those wanted, that were never read."""
    last = place.last_message
    if last is None or last <= wanted.begin:
        return False
    cursor = cursors.get(history_cursor(place.id))
    begin = cursors.get(begin_cursor(place.id), str(wanted.begin))
    return cursor is None or int(cursor) < last or int(begin) > wanted.begin


class PlaceReader:
    """Reads one place once."""

    def __init__(self, place: PlaceRef, dependencies: Dependencies) -> None:
        environment = dependencies.environment
        self._place = place
        self._dependencies = dependencies
        self._pace = environment.pace(environment.sleep)
        self._recorder = MessageRecorder(place.id, dependencies, self._ask)
        self._is_new = False
        """Whether some of it was never read before."""
        self.messages = 0
        """Read so far."""

    async def read(
        self, cursors: Mapping[str, str], wanted: ReadRange, generation: int
    ) -> None:
        """Read what is new since the cursor, and whatever else is wanted.

        That is, recent messages again, and those from before reading began. Once nothing new is
        left, the place is caught up: live messages of the same connection (`generation`) may
        move its cursor.

        Raises
        ------
        discord.Forbidden, discord.NotFound
            If the place may not be read, or does not exist any more.
        discord.HTTPException, OSError, aiohttp.ClientError, TimeoutError
            If Discord failed for too long.
        ContradictionError
            If there is no page where there should be one.
        """
        place = self._place
        self._is_new = is_behind(place, cursors, wanted)
        cursor = cursors.get(history_cursor(place.id))
        known_begin = cursors.get(begin_cursor(place.id))
        begin = self._begin(cursor, known_begin, wanted)
        if str(begin) != known_begin:
            await self._record_begin(begin)
        await self._read_newer(cursor, wanted)
        self._dependencies.recorder.caught_up(place.id, generation)
        if begin > wanted.begin:
            await self._read_older(begin, wanted.begin)

    def _begin(self, cursor: str | None, begin: str | None, wanted: ReadRange) -> int:
        """Return the message after which all, up to the cursor, were read or will be now."""
        last = self._place.last_message
        if cursor is None or begin is None:
            return wanted.begin
        if int(cursor) < wanted.begin and last is not None and last > int(cursor):
            return wanted.begin  # what is between is left out, so reading begins anew
        return int(begin)

    async def _record_begin(self, begin: int) -> None:
        batch = Batch(cursors={(NAME, begin_cursor(self._place.id)): str(begin)})
        await self._dependencies.recorder.read(lambda: batch)

    # ── pages ─────────────────────────────────────────────────────────────────────────────────

    async def _read_newer(self, cursor: str | None, wanted: ReadRange) -> None:
        """Read from the cursor on, or from earlier where messages are to be read again."""
        place, reread_after = self._place, wanted.reread_after
        seen = int(cursor) if cursor is not None else wanted.begin
        after = max(wanted.begin, seen if reread_after is None else min(seen, reread_after))
        first: int | None = None  # no message is before the first, however old Discord is
        if place.last_message is None or place.last_message <= after:
            return
        present: set[int] = set()
        if reread_after is not None and cursor is not None:
            posts = await self._dependencies.inlet.posts(place.id, parse.moment_ms(after))
            present = {int(post) for post in posts}
        has_more = True
        while has_more:
            length, oldest, last = await self._read_page(after, seen, present)
            has_more = length == PAGE
            first = oldest if first is None else first
            after = max(after, last)
            seen = max(seen, after)
            self._report(first, place.last_message, after - first)

    async def _read_older(self, begin: int, wanted: int) -> None:
        """Read from where reading began back to `wanted`, from new to old."""
        first, created = begin, min(int(self._place.id), begin)
        while begin > wanted:
            begin = await self._read_page_back(begin, wanted)
            self._report(max(wanted, created), first, first - begin)

    async def _read_page(
        self, after: int, seen: int, present: Collection[int]
    ) -> tuple[int, int, int]:
        """Read and record the messages next after an id.

        Parameters
        ----------
        after
            The id.
        seen
            The last message that was read before; the cursor moves if the page goes beyond it.
        present
            Messages that the log has; those missing from the page were deleted.

        Returns
        -------
        tuple of int
            How many messages there were, and the ids of the first and the last one.
        """
        http, place = self._dependencies.http, self._place.id
        with self._dependencies.recorder.watch(place) as touched:
            page: list[Any] = await self._ask(
                lambda: http.logs_from(int(place), PAGE, after=after)
            )
            page.sort(key=lambda message: int(message["id"]))
            ids = [int(message["id"]) for message in page]
            last = ids[-1] if ids else after
            # A short page is the last one: what is known beyond it is missing from it, too.
            until = last if len(page) == PAGE else max((*present, last))
            missing = sorted(id_ for id_ in present if after < id_ <= until and id_ not in ids)
            if not page:
                await self._check_end(after, missing)

            def cursors_at(message: int) -> dict[str, str]:
                return {history_cursor(place): str(message)} if message > seen else {}

            await self._recorder.record_page(
                page, missing, touched, cursors_at, cursors_at(last)
            )
        self.messages += len(page)
        return len(page), ids[0] if ids else after, last

    async def _read_page_back(self, begin: int, wanted: int) -> int:
        """Read and record the messages up to an id; return the id after which all were read."""
        http, place = self._dependencies.http, self._place.id
        with self._dependencies.recorder.watch(place) as touched:
            page: list[Any] = (
                []
                if self._place.last_message is None
                else await self._ask(lambda: http.logs_from(int(place), PAGE, before=begin + 1))
            )
            page.sort(key=lambda message: int(message["id"]), reverse=True)
            oldest = int(page[-1]["id"]) if page else wanted
            if not page:
                await self._check_readable()
            left = oldest - 1 if len(page) == PAGE else wanted
            begin = max(left, wanted)
            kept = [message for message in page if int(message["id"]) > wanted]

            def cursors_at(message: int) -> dict[str, str]:
                return {begin_cursor(place): str(max(message - 1, wanted))}

            await self._recorder.record_page(
                kept, (), touched, cursors_at, {begin_cursor(place): str(begin)}
            )
        self.messages += len(kept)
        return begin

    async def _check_readable(self) -> None:
        """Check that history may be read: where it is hidden, pages are empty, too.

        Raises
        ------
        discord.Forbidden
            If it may not.
        discord.NotFound
            If the place does not exist any more.
        """
        known = self._place.last_message
        if known is not None:
            await self._message_exists(known)

    async def _check_end(self, after: int, missing: list[int]) -> None:
        """Check that there is nothing after an id: pages are empty where history is hidden.

        Raises
        ------
        discord.Forbidden
            If the permission to read history was taken away.
        discord.NotFound
            If the place does not exist any more.
        ContradictionError
            If there is something.
        """
        expected = missing[0] if missing else self._place.last_message
        if expected is None or expected <= after:
            return
        if await self._message_exists(expected):
            raise ContradictionError(f"message {expected} is there, and no page has it.")

    async def _message_exists(self, message: int) -> bool:
        place = int(self._place.id)
        try:
            await self._ask(lambda: self._dependencies.http.get_message(place, message))
        except discord.NotFound as error:
            if error.code == _UNKNOWN_CHANNEL:
                raise
            return False
        return True

    async def _ask(self, call: Callable[[], Any]) -> Any:
        await self._pace.wait_turn()
        return await self._dependencies.ask(call)

    def report_done(self) -> None:
        """Report that everything there was to read is read."""
        self._report_progress(self.messages)

    def _report(self, start: int, end: int, covered: int) -> None:
        """Report that so much of the ids from `start` to `end` is read; ids count time."""
        share = min(max(covered / max(end - start, 1), 1e-3), 1.0)
        self._report_progress(max(round(self.messages / share), self.messages + 1))

    def _report_progress(self, expected: int) -> None:
        place = self._place
        self._dependencies.inlet.report(
            Progress(place.id, place.name, self.messages, expected, is_new=self._is_new)
        )

"""Reads one place's messages: those never seen, and of the last days those seen before.

Pages go from old to new, 100 messages at a time; the cursor moves in the transaction that
records a page, so reading goes on from there whenever it was broken off. A second cursor says
where reading began. Where messages from before are wanted later, they are read from there back,
from new to old, and that cursor moves with each page.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import discord
from discord.http import HTTPClient

from bot.runtime.discord_client import DiscordClient
from bot.sources.discord import parse
from bot.sources.discord.calls import Pace, patiently
from bot.sources.discord.declaration import NAME
from bot.sources.discord.parse import Context, Json
from bot.sources.discord.recorder import (
    Recorder,
    Sleep,
    Touched,
    begin_cursor,
    history_cursor,
)
from bot.sources.discord.rereading import Question, Reread, emoji_key, questions, reread
from bot.sources.port import Inlet, Progress
from cred.facts.events import Event, Provenance
from storage.log.batch import Account, Batch
from storage.log.current_state import CurrentContribution

_log = logging.getLogger(__name__)

PAGE: Final = 100
_NORMAL: Final = 0
_BURST: Final = 1
_NOT_FOUND: Final = 404
_UNKNOWN_CHANNEL: Final = 10003
_UNKNOWN_EMOJI: Final = 10014
_AGAIN: Final = 3
"""How often a message is read again that others keep changing while it is read."""


class ContradictionError(Exception):
    """What Discord answers does not fit together; read again later."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to read."""

    place: str
    name: str
    last_message: int | None
    """Id of the last message ever posted there; None: there never was one."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What of a place is to be read."""

    begin: int
    """Messages up to this id are not wanted."""
    again: int | None
    """Messages after this id are read again although they are known; None: none."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What all servers share."""

    client: DiscordClient
    now_ms: Callable[[], int]
    sleep: Sleep
    pace: Callable[[Sleep], Pace]
    """Makes the pace at which one channel's history is read."""
    shared_pace: Pace
    """The pace of all servers' reading together."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What reading one server depends on."""

    environment: Environment
    recorder: Recorder
    inlet: Inlet
    nicknames: Mapping[str, str]
    """Of members, by account."""
    report: Callable[[Progress], None] = lambda _progress: None

    @property
    def http(self) -> HTTPClient:
        """Discord's REST API."""
        return self.environment.client.http

    def now_ms(self) -> int:
        """Return the current time in milliseconds since 1970, UTC."""
        return self.environment.now_ms()

    async def ask(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - Discord's JSON
        """Return what Discord answers, as `patiently` does, when it is our turn."""

        async def in_turn() -> Any:  # noqa: ANN401
            await self.environment.shared_pace.turn()
            return await call()

        return await patiently(in_turn, self.environment.sleep)


class PlaceReader:
    """Reads one place once."""

    def __init__(self, spot: Spot, dependencies: Dependencies) -> None:
        self._spot = spot
        self._dependencies = dependencies
        self._pace = dependencies.environment.pace(dependencies.environment.sleep)
        self._read = 0

    async def read(self, cursors: Mapping[str, str], reach: Reach, generation: int) -> None:
        """Read what is new since the cursor, and what else `reach` says.

        That is: again what was seen before, and what is older than where reading began.
        Once nothing new is left the place is caught up: live messages of the same connection
        (`generation`) may move its cursor.

        Raises
        ------
        discord.Forbidden, discord.NotFound
            If the place may not be read, or is no more.
        discord.HTTPException, OSError, aiohttp.ClientError, TimeoutError
            If Discord was unwell for too long.
        ContradictionError
            If there is no page where there should be one.
        """
        dependencies, spot = self._dependencies, self._spot
        cursor = cursors.get(history_cursor(spot.place))
        known_begin = cursors.get(begin_cursor(spot.place))
        begin = self._begin(cursor, known_begin, reach)
        if str(begin) != known_begin:
            await self._mark(begin)
        await self._newer(cursor, reach)
        dependencies.recorder.caught_up(spot.place, generation)
        if begin > reach.begin:
            await self._older(begin, reach.begin)

    def _begin(self, cursor: str | None, begin: str | None, reach: Reach) -> int:
        """Return after which message, up to the cursor, all were read or are now to be."""
        last = self._spot.last_message
        if cursor is None or begin is None:
            return reach.begin
        if int(cursor) < reach.begin and last is not None and last > int(cursor):
            return reach.begin  # what is between is left out, so all begins anew
        return int(begin)

    async def _mark(self, begin: int) -> None:
        batch = Batch(cursors={(NAME, begin_cursor(self._spot.place)): str(begin)})
        await self._dependencies.recorder.read(lambda: batch)

    async def _newer(self, cursor: str | None, reach: Reach) -> None:
        """Read from the cursor on, or from earlier where messages are to be read again."""
        spot = self._spot
        seen = int(cursor) if cursor is not None else reach.begin
        after = max(reach.begin, seen if reach.again is None else min(seen, reach.again))
        first = after
        if spot.last_message is None or spot.last_message <= after:
            return
        present: set[int] = set()
        if reach.again is not None and cursor is not None:
            posts = await self._dependencies.inlet.posts(spot.place, parse.moment_ms(after))
            present = {int(post) for post in posts}
        more = True
        while more:
            read, last = await self._page(after, seen, present)
            more = read == PAGE
            after = max(after, last)
            seen = max(seen, after)
            self._tell(first, spot.last_message, after - first, done=not more)

    async def _older(self, begin: int, wanted: int) -> None:
        """Read from where reading began back to `wanted`, from new to old."""
        first = begin
        while begin > wanted:
            begin = await self._page_back(begin, wanted)
            self._tell(wanted, first, first - begin, done=begin <= wanted)

    async def _page(self, after: int, seen: int, present: Collection[int]) -> tuple[int, int]:
        """Read and record the messages next after an id; return how many, and the last's id."""
        dependencies, place = self._dependencies, self._spot.place
        with dependencies.recorder.watch(place) as touched:
            page: list[Any] = await self._ask(
                lambda: dependencies.http.logs_from(int(place), PAGE, after=after)
            )
            page.sort(key=lambda message: int(message["id"]))
            ids = [int(message["id"]) for message in page]
            last = ids[-1] if ids else after
            # A short page is the last one: what is known beyond it is missing from it, too.
            until = last if len(page) == PAGE else max((*present, last))
            missing = sorted(one for one in present if after < one <= until and one not in ids)
            if not page:
                await self._seen_empty(after, missing)
            cursor = {history_cursor(place): str(last)} if last > seen else {}
            await self._recorded(page, missing, cursor, touched)
        return len(page), last

    async def _page_back(self, begin: int, wanted: int) -> int:
        """Read and record the messages next up to an id; return after which all were read."""
        dependencies, place = self._dependencies, self._spot.place
        with dependencies.recorder.watch(place) as touched:
            page: list[Any] = (
                []
                if self._spot.last_message is None
                else await self._ask(
                    lambda: dependencies.http.logs_from(int(place), PAGE, before=begin + 1)
                )
            )
            oldest = min((int(message["id"]) for message in page), default=wanted)
            if not page:
                await self._seen_readable()
            left = oldest - 1 if len(page) == PAGE else wanted
            begin = max(left, wanted)
            kept = [message for message in page if int(message["id"]) > wanted]
            await self._recorded(kept, (), {begin_cursor(place): str(begin)}, touched)
        return begin

    async def _recorded(
        self,
        page: list[Any],
        missing: Collection[int],
        cursor: Mapping[str, str],
        touched: Touched,
    ) -> None:
        """Record messages as they were read, the end of those missing, and the cursor.

        Those that were heard of meanwhile (`touched`) are read again.
        """
        place, context = self._spot.place, self._context()
        found, accounts = await self._compared(page, context)
        gone = tuple(parse.gone(str(one), place, context) for one in missing)
        cursors = {(NAME, name): position for name, position in cursor.items()}

        def batch() -> Batch:
            told = _batch(found, touched, accounts)
            return replace(told, events=told.events + gone, cursors=cursors)

        await self._dependencies.recorder.read(batch)
        for message_id in sorted(_messages(touched) & found.keys()):
            await self._again(message_id)
        self._read += len(page)

    async def _seen_readable(self) -> None:
        """See that history may be read: where it is hidden, pages are empty, too.

        Raises
        ------
        discord.Forbidden
            If it may not.
        discord.NotFound
            If the place is no more.
        """
        known = self._spot.last_message
        if known is None:
            return
        try:
            await self._ask(
                lambda: self._dependencies.http.get_message(int(self._spot.place), known)
            )
        except discord.NotFound as error:
            if error.code == _UNKNOWN_CHANNEL:
                raise

    async def _seen_empty(self, after: int, missing: list[int]) -> None:
        """See that there is nothing after an id: where history is hidden, pages are empty, too.

        Raises
        ------
        discord.Forbidden
            If the permission to read history was taken away.
        discord.NotFound
            If the place is no more.
        ContradictionError
            If there is something.
        """
        expected = missing[0] if missing else self._spot.last_message
        if expected is None or expected <= after:
            return
        try:
            await self._ask(
                lambda: self._dependencies.http.get_message(int(self._spot.place), expected)
            )
        except discord.NotFound as error:
            if error.code == _UNKNOWN_CHANNEL:
                raise
            return  # it was deleted
        raise ContradictionError(f"message {expected} is there, and no page has it.")

    async def _again(self, message_id: str) -> None:
        """Read one message until nothing is heard of it meanwhile, some times at most."""
        dependencies, place = self._dependencies, self._spot.place
        for _ in range(_AGAIN):
            with dependencies.recorder.watch(place) as touched:
                try:
                    message = await self._ask(
                        lambda: dependencies.http.get_message(int(place), int(message_id))
                    )
                except discord.NotFound:
                    return  # its deletion is in the line
                found, _ = await self._compared([message], self._context())
                await dependencies.recorder.read(lambda: _batch(found, touched, ()))  # noqa: B023
                if message_id not in _messages(touched):
                    return

    async def _compared(
        self, page: list[Any], context: Context
    ) -> tuple[dict[str, Reread], tuple[Account, ...]]:
        """Return, by message, what its reading tells beyond what is known; and who is in it.

        A message that is not as documented is left out: all behind it would never be read.
        """
        known = await self._dependencies.inlet.contributions(
            [str(message["id"]) for message in page]
        )
        found, read = {}, []
        for message in page:
            message_id = str(message["id"])
            what = known.get(message_id, CurrentContribution())
            # History's messages lack what the gateway's have: the place is in the request.
            whole: Json = {"channel_id": self._spot.place, **message}
            reactors: dict[str, set[str]] = {}
            try:
                read.append(parse.message(whole, context))
                if read[-1].events:
                    for question in questions(whole, what):
                        who = await self._reactors(message_id, question)
                        if who is not None:
                            reactors[question.emoji] = who
                found[message_id] = reread(whole, what, reactors, context)
            except parse.ODD as error:
                odd = type(error).__name__
                _log.warning(
                    "message %s in %s is odd (%s), skipped", message_id, self._spot.place, odd
                )
        return found, parse.joined(read).accounts

    async def _reactors(self, message_id: str, question: Question) -> set[str] | None:
        """Return who reacted; None where Discord knows nothing of the message or emoji."""
        who: set[str] = set()
        types = ((question.normal, _NORMAL), (question.burst, _BURST))
        for wanted, kind in types:
            after: int | None = None
            more = wanted
            while more:
                try:
                    users = await self._ask(
                        lambda after=after, kind=kind: (
                            self._dependencies.http.get_reaction_users(  # type: ignore[misc] # mypy can't infer it
                                int(self._spot.place),
                                int(message_id),
                                question.emoji,
                                PAGE,
                                after,
                                cast("Any", kind),  # a number, whatever the annotation says
                            )
                        )
                    )
                except discord.HTTPException as error:
                    # Gone meanwhile: that is in the line. Or an emoji that was deleted.
                    if error.status == _NOT_FOUND or error.code == _UNKNOWN_EMOJI:
                        return None
                    raise
                who |= {str(user["id"]) for user in users}
                more = len(users) == PAGE
                after = max((int(user["id"]) for user in users), default=None)
        return who

    async def _ask(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - Discord's JSON
        await self._pace.turn()
        return await self._dependencies.ask(call)

    def _context(self) -> Context:
        return Context(
            Provenance.BACKFILL, self._dependencies.now_ms(), self._dependencies.nicknames
        )

    def _tell(self, start: int, end: int, covered: int, *, done: bool) -> None:
        """Tell of ids from `start` to `end` how many are covered; ids count time."""
        share = min(max(covered / max(end - start, 1), 1e-3), 1.0)
        guess = self._read if done else round(self._read / share)
        self._dependencies.report(
            Progress(self._spot.place, self._spot.name, self._read, guess)
        )


def _batch(
    found: Mapping[str, Reread], touched: Touched, accounts: tuple[Account, ...]
) -> Batch:
    """Return what was read of messages, without what may be stale."""
    events: list[Event] = []
    for message_id, told in found.items():
        events += told.firm
        if message_id not in touched:
            # One person's reaction says nothing of the others': on a busy message they would
            # never be recorded.
            events += (
                event
                for event in told.fleeting
                if (message_id, event.actor, emoji_key(event.text or "")) not in touched
            )
    return Batch(tuple(events), accounts)


def _messages(touched: Touched) -> set[str]:
    """Return the messages that anything was heard of."""
    return {one if isinstance(one, str) else one[0] for one in touched}

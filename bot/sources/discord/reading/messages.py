"""Records the messages of one place as they are read: first what they say, then who reacted.

A message says how many reacted, and who did costs requests. So a page's messages are recorded
at once, and the reactors of one message after another. Each time, the cursor moves up to the
message before, so that reading which is broken off goes on where it was: what was recorded
beyond the cursor is compared again, and asks for nothing that is known.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import discord

from bot.sources.discord import parse
from bot.sources.discord.comparison import (
    MessageComparison,
    Reactions,
    ReactorList,
    Reactors,
    compare_message,
    find_reactors,
)
from bot.sources.discord.declaration import NAME
from bot.sources.discord.emoji import emoji_key
from bot.sources.discord.message_parts import read_parts
from bot.sources.discord.parse import Json, Observation
from bot.sources.discord.reading.dependencies import Dependencies
from bot.sources.discord.reading.reactors import read_reactors
from bot.sources.discord.recorder import Touched
from cred.facts.events import Event, Provenance
from storage.log.batch import Account, Batch, Statement
from storage.log.current_state import CurrentContribution

_log = logging.getLogger(__name__)

_ANY_TIME_MS: Final = 1 << 60
_ATTEMPTS: Final = 3
"""How often a message is read again while others keep changing it."""

Cursors = Mapping[str, str]
"""Positions by name."""


@dataclass(frozen=True, slots=True)
class _Message:
    """A message that was read, beside what the log knew of it then."""

    id: str
    data: Json
    known: CurrentContribution
    reactors: Reactors

    @property
    def is_whole(self) -> bool:
        """Whether it tells all of its reactions, without asking."""
        return not self.reactors.queries and read_parts(self.data, _ANY_TIME_MS).names_all_emoji

    def compare(self, reactors: Reactions, observation: Observation) -> MessageComparison:
        told = {**self.reactors.known, **reactors}
        return compare_message(self.data, self.known, told, observation)


class MessageRecorder:
    """Records the messages of one place.

    Parameters
    ----------
    place
        Id of the place.
    dependencies
        What reading depends on.
    ask
        Makes a call to Discord when the place's turn comes.
    """

    def __init__(
        self,
        place: str,
        dependencies: Dependencies,
        ask: Callable[[Callable[[], Any]], Awaitable[Any]],
    ) -> None:
        self._place = place
        self._dependencies = dependencies
        self._ask = ask

    async def record_page(
        self,
        page: Sequence[Any],
        missing: Collection[int],
        touched: Touched,
        cursors_at: Callable[[int], Cursors],
        cursors_after: Cursors,
    ) -> None:
        """Record the messages of a page, the deletion of missing ones, and the cursors.

        Those that something was heard of meanwhile (`touched`) are read again.

        Parameters
        ----------
        page
            The messages, in the order in which the cursor passes them.
        missing
            Messages that the log has and that are no more.
        touched
            What is heard of from before the page was read until it is recorded.
        cursors_at
            Returns the cursors once everything up to a message is recorded, that included.
        cursors_after
            The cursors once the whole page is.
        """
        observation = self._observation()
        messages, accounts = await self._compare(page, observation)
        deletions = tuple(parse.deletion(str(id_), self._place, observation) for id_ in missing)
        first = {message.id: message.compare({}, observation) for message in messages.values()}
        stale: set[str] = set()

        def at_once() -> Batch:
            stale.update(_messages(touched))
            batch = _batch(first, touched, accounts)
            # A message that is new says so itself: it was read as a whole when it was posted.
            statements = {
                (NAME, message.id): Statement(observation.seen_ms)
                for message in messages.values()
                if message.known.posted and message.is_whole and message.id not in stale
            }
            return replace(batch, events=batch.events + deletions, statements=statements)

        await self._dependencies.recorder.read(at_once)
        passed: Cursors = {}
        for data in page:
            message = messages.get(str(data["id"]))
            if message is not None:
                is_stale = message.id in stale
                if message.reactors.queries and not is_stale:
                    is_stale = await self._record_reactors(
                        message, touched, observation, passed
                    )
                if is_stale:
                    await self._read_again(message.id)
            passed = cursors_at(int(data["id"]))
        await self._record_cursors(cursors_after)

    async def _record_cursors(self, cursors: Cursors) -> None:
        if cursors:
            batch = Batch(cursors=_batch_cursors(cursors))
            await self._dependencies.recorder.read(lambda: batch)

    async def _record_reactors(
        self, message: _Message, touched: Touched, observation: Observation, passed: Cursors
    ) -> bool:
        """Record who reacted to a message; return whether that may be stale.

        `passed` are the cursors before the message.
        """
        compared = {message.id: await self._ask_reactors(message, observation)}
        stale: set[str] = set()

        def batch() -> Batch:
            stale.update(_messages(touched))
            return replace(_batch(compared, touched, ()), cursors=_batch_cursors(passed))

        await self._dependencies.recorder.read(batch)
        await self._note_answers(message)
        return message.id in stale

    async def _read_again(self, message_id: str) -> None:
        """Read one message until nothing is heard of it meanwhile, a few times at most."""
        dependencies, place = self._dependencies, self._place
        for _ in range(_ATTEMPTS):
            with dependencies.recorder.watch(place) as touched:
                try:
                    data = await self._ask(
                        lambda: dependencies.http.get_message(int(place), int(message_id))
                    )
                except discord.NotFound:
                    return  # its deletion waits to be recorded
                observation = self._observation()
                messages, _ = await self._compare([data], observation)
                for message in messages.values():
                    compared = {message_id: await self._ask_reactors(message, observation)}
                    await dependencies.recorder.read(lambda: _batch(compared, touched, ()))  # noqa: B023
                    await self._note_answers(message)
                if message_id not in _messages(touched):
                    return

    async def _ask_reactors(
        self, message: _Message, observation: Observation
    ) -> MessageComparison:
        """Compare a message with what is known, having asked who reacted."""
        answers: dict[str, ReactorList] = {}
        for query in message.reactors.queries:
            answer = await read_reactors(
                self._dependencies.http, self._place, message.id, query, self._ask
            )
            if answer is not None:
                answers |= answer
        return message.compare(answers, observation)

    async def _note_answers(self, message: _Message) -> None:
        """Note which queries of a message the log could not take the answers of."""
        if message.reactors.queries:
            current = await self._dependencies.inlet.contributions([message.id])
            known = current.get(message.id, CurrentContribution())
            for query in message.reactors.queries:
                self._dependencies.unanswered.note(message.id, query, known)

    async def _compare(
        self, page: Sequence[Any], observation: Observation
    ) -> tuple[dict[str, _Message], tuple[Account, ...]]:
        """Return messages beside what is known of them, by id, and the accounts in them.

        A message that is not as documented is left out, lest nothing after it be ever read.
        """
        dependencies = self._dependencies
        current = await dependencies.inlet.contributions([str(data["id"]) for data in page])
        messages: dict[str, _Message] = {}
        read: list[Batch] = []
        for data in page:
            id_ = str(data["id"])
            known = current.get(id_, CurrentContribution())
            # A message of the REST API does not name its channel: the request does.
            whole: Json = {"channel_id": self._place, **data}
            try:
                parsed = parse.message(whole, observation)
                message = _Message(id_, whole, known, self._find_reactors(whole, known, parsed))
                message.compare({}, observation)
            except parse.MALFORMED as error:
                _log.warning(
                    "message %s in %s is malformed (%s), skipped",
                    id_,
                    self._place,
                    type(error).__name__,
                )
                continue
            if odd := read_parts(whole, observation.seen_ms).odd:
                parts = ", ".join(odd)
                _log.warning("message %s in %s: odd %s left out", id_, self._place, parts)
            read.append(parsed)
            messages[id_] = message
        return messages, parse.merge_batches(read).accounts

    def _find_reactors(self, data: Json, known: CurrentContribution, parsed: Batch) -> Reactors:
        """Return which reactors are known, and which are to be asked for."""
        if not parsed.events:
            return Reactors({}, ())
        dependencies, user = self._dependencies, self._dependencies.environment.client.user
        found = find_reactors(data, known, None if user is None else str(user.id))
        unanswered = dependencies.unanswered
        queries = tuple(
            query
            for query in found.queries
            if not unanswered.contains(str(data["id"]), query, known)
        )
        return replace(found, queries=queries)

    def _observation(self) -> Observation:
        dependencies = self._dependencies
        return Observation(Provenance.BACKFILL, dependencies.now_ms(), dependencies.nicknames)


def _batch_cursors(cursors: Cursors) -> dict[tuple[str, str], str]:
    return {(NAME, name): position for name, position in cursors.items()}


def _batch(
    comparisons: Mapping[str, MessageComparison],
    touched: Touched,
    accounts: tuple[Account, ...],
) -> Batch:
    """Return what reading messages found, without what may be stale."""
    events: list[Event] = []
    for message_id, comparison in comparisons.items():
        events += comparison.stable
        if message_id not in touched:
            # One person's reaction says nothing of the others': on a busy message they would
            # never be recorded.
            events += (
                event
                for event in comparison.volatile
                if (message_id, event.actor, emoji_key(event.text or "")) not in touched
            )
    return Batch(tuple(events), accounts)


def _messages(touched: Touched) -> set[str]:
    """Return the messages that anything was heard of."""
    return {key if isinstance(key, str) else key[0] for key in touched}

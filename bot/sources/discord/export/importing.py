"""Imports exports: file after file, batch after batch, each going on where it was left.

The cursor of a file moves in the transaction that keeps its messages. So an import can be
interrupted at any moment and run again: nothing is lost, nothing is kept twice.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol

from bot.sources.discord import parse
from bot.sources.discord.declaration import NAME
from bot.sources.discord.export import payload
from bot.sources.discord.export.errors import ExportError
from bot.sources.discord.export.file import ExportFile, Head
from bot.sources.discord.export.known import Known
from bot.sources.discord.export.summary import Summary
from cred.events import Event, How, Kind
from storage.batch import Account, Appended, Batch, Place

_MESSAGES_AT_ONCE: Final = 250


class Target(Protocol):
    """The community that a file is of, as the import needs it."""

    @property
    def slug(self) -> str:
        """The community's name."""
        ...

    @property
    def known(self) -> Known:
        """What its log knew before the import."""
        ...

    @property
    def cursors(self) -> Mapping[str, str]:
        """Discord's cursors by name, as they stood before the import."""
        ...

    @property
    def history_start_ms(self) -> int | None:
        """First moment that counts; None: everything does."""
        ...

    async def record(self, batch: Batch) -> Appended:
        """Keep a batch; return once it is on disk."""
        ...


FindTarget = Callable[[str, str], Awaitable[Target]]
"""Guild id and name → its community, made if it is not there yet."""

Progress = Callable[[int], None]
"""Told how many bytes were read since it was last told."""


def files_in(paths: Sequence[Path]) -> list[Path]:
    """Return the files that paths name: folders are searched for `*.json`, each file once.

    Raises
    ------
    ExportError
        If there is nothing at a path, or no such file in a folder.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*.json") if one.is_file())
            if not inside:
                raise ExportError(f"{path} holds no .json file.")
            found |= dict.fromkeys(inside)
        elif path.is_file():
            found[path] = None
        else:
            raise ExportError(f"{path} does not exist.")
    return list(found)


class Importer:
    """Imports files one after another and counts what it did.

    Parameters
    ----------
    find_target
        Gives the community of a guild.
    now_ms
        When the import runs: events are seen then.
    """

    def __init__(self, find_target: FindTarget, *, now_ms: int) -> None:
        self._find_target = find_target
        self._now_ms = now_ms
        self.summary = Summary()
        """What was done so far; true also when the import was interrupted."""

    async def run(self, paths: Sequence[Path], progress: Progress) -> Summary:
        """Import files; one that fails is noted and the others go on."""
        for path in paths:
            try:
                await self._file(ExportFile(path), progress)
            except ExportError as error:
                self.summary.problems.append(str(error))
        return self.summary

    async def _file(self, file: ExportFile, progress: Progress) -> None:
        head = await asyncio.to_thread(file.head)
        try:
            guild = payload.checked_id(head.guild["id"])
            channel = payload.channel(head.channel)
            parent = payload.parent(head.channel)
        except (KeyError, ValueError):
            raise ExportError(
                f"{file.path} holds no channel of a server (direct messages are nobody's cred)."
            ) from None
        target = await self._find_target(guild, payload.name(head.guild.get("name")) or guild)
        self.summary.communities.add(target.slug)
        place = _Place(head, channel, parent)
        cursor = _Cursor.of(file, head, channel["id"])
        done = cursor.done(target.cursors.get(cursor.name))
        size = await asyncio.to_thread(lambda: file.size)
        if done is None:
            self.summary.done_before += 1
            progress(size)
            return
        self.summary.files += 1
        reading = _Reading(place, target, self._now_ms, self.summary)
        await self._messages(file, reading, cursor, done, progress)
        progress(size - file.bytes_read)

    async def _messages(
        self,
        file: ExportFile,
        reading: "_Reading",
        cursor: "_Cursor",
        done: int,
        progress: Progress,
    ) -> None:
        """Record a file's messages from the `done`-th on."""
        messages, told = file.messages(), 0
        # What an interrupted import kept is passed over without looking at it.
        self.summary.passed_over += await asyncio.to_thread(_skip, messages, done)
        problem: ExportError | None = None
        first = True
        while problem is None:
            chunk, problem = await asyncio.to_thread(_next, messages)
            done += len(chunk)
            whole = problem is None and len(chunk) < _MESSAGES_AT_ONCE
            batch = await asyncio.to_thread(reading.batch, chunk, with_place=first)
            first = False
            position = cursor.at(done, whole=whole)
            self._count(await reading.target.record(replace(batch, cursors=position)), batch)
            progress(file.bytes_read - told)
            told = file.bytes_read
            if whole:
                return
        raise ExportError(f"{problem} The {done:,} messages before that are kept.")

    def _count(self, appended: Appended, batch: Batch) -> None:
        self.summary.new += appended.new
        self.summary.opted_out += appended.skipped
        self.summary.known += len(batch.events) - appended.new - appended.skipped


def _skip(messages: Iterator[object], count: int) -> int:
    return sum(1 for _ in islice(messages, count))


def _next(
    messages: Iterator[dict[str, Any]],
) -> tuple[list[dict[str, Any]], ExportError | None]:
    """Return the next messages, and what ended them early."""
    chunk: list[dict[str, Any]] = []
    try:
        for message in islice(messages, _MESSAGES_AT_ONCE):
            chunk.append(message)  # noqa: PERF402 -- what came before an error is kept
    except ExportError as error:
        return chunk, error
    return chunk, None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file's messages are."""

    head: Head
    channel: dict[str, Any]
    parent: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Cursor:
    """How far a file was read: which file it was, how many messages, and whether that is all.

    A newer export under the same name has another time or size, and is read from its start.
    """

    name: str
    identity: str

    @staticmethod
    def of(file: ExportFile, head: Head, channel: str) -> "_Cursor":
        return _Cursor(
            f"export:{channel}:{file.path.name}", f"{head.exported_ms or ''}:{file.size}"
        )

    def at(self, messages: int, *, whole: bool) -> dict[tuple[str, str], str]:
        position = {"of": self.identity, "messages": messages, "whole": whole}
        return {(NAME, self.name): json.dumps(position)}

    def done(self, position: str | None) -> int | None:
        """Return how many messages were kept before; None: all of them."""
        before = json.loads(position) if position else {}
        if before.get("of") != self.identity:
            return 0
        return None if before["whole"] else int(before["messages"])


class _Reading:
    """Turns the messages of one file into batches."""

    def __init__(self, place: _Place, target: Target, now_ms: int, summary: Summary) -> None:
        self.target = target
        self._place = place
        self._summary = summary
        self._context = parse.Context(How.IMPORT, now_ms)
        self._described: dict[str, Account] = {}
        self._roles_told: dict[str, str] = {}

    def batch(self, messages: Sequence[dict[str, Any]], *, with_place: bool) -> Batch:
        """Return what some messages say."""
        parts = [self._where()] if with_place else []
        for data in messages:
            try:
                parts.append(self._message(data))
            except (AttributeError, KeyError, TypeError, ValueError):
                self._summary.unreadable += 1
        whole = parse.joined(parts)
        # Nothing is said of an account again that was said of it before.
        news = [one for one in whole.accounts if self._described.get(one.id) != one]
        self._described |= {one.id: one for one in news}
        return replace(whole, accounts=tuple(news))

    def _where(self) -> Batch:
        """Return the place, and what it is in; where it is only if nobody knows better."""
        described = parse.place(self._place.channel, self._context)
        known = self._place.channel["id"] in self.target.known.places
        around: tuple[Place, ...] = ()
        if (parent := self._place.parent) is not None and parent["name"]:
            around = parse.place(parent, self._context).places
        return Batch(
            events=() if known else described.events, places=(*around, *described.places)
        )

    def _message(self, data: dict[str, Any]) -> Batch:
        told = payload.message(data, self._place.channel["id"])
        target, author = told["id"], data["author"]
        start_ms = self.target.history_start_ms
        if start_ms is not None and parse.moment_ms(target) < start_ms:
            self._summary.too_old += 1
            return Batch()
        batch = parse.message(told, self._context)
        if not batch.events:
            self._summary.system += 1
            return Batch()
        reactions = self._reactions(data, target)
        self._summary.messages += 1
        if payload.is_nobody(author):
            self._summary.nobodys += 1
            nobody = told["author"]["id"]
            batch = Batch(
                tuple(replace(event, actor=None) for event in batch.events),
                tuple(one for one in batch.accounts if one.id != nobody),
            )
        people = (author, *(data.get("mentions") or ()))
        roles = (self._roles(person) for person in people if not payload.is_nobody(person))
        return parse.joined(
            [batch, reactions, Batch(tuple(event for event in roles if event is not None))]
        )

    def _roles(self, person: dict[str, Any]) -> Event | None:
        """Return somebody's roles, unless the log's are newer than the export."""
        roles, account = payload.roles(person), payload.checked_id(person["id"])
        at_ms = self._place.head.exported_ms or 0
        newer = self.target.known.roles_ms.get(account, -1) >= at_ms
        if roles is None or newer or self._roles_told.get(account) == roles:
            return None
        self._roles_told[account] = roles
        return Event(
            source=NAME,
            kind=Kind.ROLES_CHANGED,
            at_ms=at_ms,
            seen_ms=self._context.seen_ms,
            how=How.IMPORT,
            actor=account,
            text=roles,
            estimated=True,
        )

    def _reactions(self, data: dict[str, Any], target: str) -> Batch:
        events: list[Event] = []
        accounts: list[Account] = []
        exported_ms = self._place.head.exported_ms or 0
        place = self._place.channel["id"]
        for reaction in data.get("reactions") or ():
            emoji = parse.emoji_text(payload.emoji(reaction["emoji"]))
            users = reaction.get("users") or ()
            self._summary.unnamed += max(int(reaction.get("count") or 0) - len(users), 0)
            for user in users:
                if payload.is_nobody(user):
                    self._summary.nobodys_reactions += 1
                    continue
                told = payload.user(user)
                taken_back_ms = self.target.known.taken_back.get((target, told["id"], emoji))
                if taken_back_ms is not None and taken_back_ms >= exported_ms:
                    self._summary.taken_back += 1
                    continue
                nick = payload.name(user.get("nickname"))
                accounts.append(parse.account(told, self._context, nick=nick))
                events.append(
                    parse.reaction(
                        Kind.REACTED,
                        told["id"],
                        target=target,
                        place=place,
                        emoji=emoji,
                        context=self._context,
                    )
                )
        return Batch(tuple(events), tuple(accounts))

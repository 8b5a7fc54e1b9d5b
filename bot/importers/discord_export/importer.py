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
from typing import Any, Final, Protocol, TypeAlias

from bot.importers.discord_export import payload
from bot.importers.discord_export.errors import ExportError
from bot.importers.discord_export.file import ExportFile, Head
from bot.importers.discord_export.log_state import Known
from bot.importers.discord_export.summary import Summary
from bot.sources.discord import parse
from bot.sources.discord.declaration import NAME
from cred.facts.events import Event, Kind, Provenance
from storage.errors import InvalidRecordError
from storage.log.batch import Account, Appended, Batch

_MESSAGES_AT_ONCE: Final = 250


class Target(Protocol):
    """The community that a file is of, as the import needs it."""

    @property
    def slug(self) -> str:
        """The community's name."""
        ...

    @property
    def known(self) -> Known:
        """What its log knew before the import, and what the import added since."""
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

_Position: TypeAlias = Mapping[tuple[str, str], str]

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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file's messages are."""

    head: Head
    channel: dict[str, Any]
    parent: dict[str, Any] | None


def _described(file: ExportFile, head: Head) -> tuple[str, _Place]:
    """Return the server's id, and where the messages are."""
    if payload.is_direct(head.guild, head.channel):
        raise ExportError(
            f"{file.path} holds direct messages, which are nobody's cred: export channels of a "
            "server."
        )
    guild = _id_in(file, "server", head.guild)
    _id_in(file, "channel", head.channel)
    try:
        channel, parent = payload.channel(head.channel), payload.parent(head.channel)
    except ValueError as error:
        raise ExportError(
            f"{file.path} does not say where its channel is ({error}): export it again."
        ) from None
    return guild, _Place(head, channel, parent)


def _id_in(file: ExportFile, what: str, data: Mapping[str, Any]) -> str:
    try:
        return payload.checked_id(data.get("id"))
    except ValueError:
        raise ExportError(
            f"{file.path} holds no {what}'s id where one should be "
            f"({data.get('id')!r:.40}): export it again."
        ) from None


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
        guild, place = _described(file, head)
        target = await self._find_target(guild, payload.name(head.guild.get("name")) or guild)
        self.summary.communities.add(target.slug)
        cursor = _Cursor.of(file, place, target.history_start_ms)
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
            parts = await asyncio.to_thread(reading.parts, chunk, with_place=first)
            first = False
            await self._record(reading, parts, cursor.at(done, whole=whole))
            progress(file.bytes_read - told)
            told = file.bytes_read
            if whole:
                return
        are = "message before that is" if done == 1 else "messages before that are"
        raise ExportError(f"{problem} The {done:,} {are} kept.")

    async def _record(
        self, reading: "_Reading", parts: Sequence[Batch], position: _Position
    ) -> None:
        """Record a batch's parts in one go; if that cannot be, one by one, without the bad."""
        whole = reading.joined(parts)
        try:
            appended = await reading.target.record(replace(whole, cursors=position))
        except InvalidRecordError:
            for part in parts:
                try:
                    self._count(await reading.target.record(part), part)
                except InvalidRecordError:
                    self.summary.messages -= 1
                    self.summary.unreadable += 1
            # Only now: what was not kept yet must be read again if we are stopped.
            await reading.target.record(Batch(cursors=position))
        else:
            self._count(appended, whole)

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
class _Cursor:
    """How far a file was read: which file it was, how many messages, and whether that is all.

    A newer export under the same name has another time or size, and is read from its start; so
    is one of which messages were left out that a history which starts earlier has room for.
    """

    name: str
    identity: str
    start_ms: int | None
    """From when on messages are kept; None: all."""

    @staticmethod
    def of(file: ExportFile, place: _Place, start_ms: int | None) -> "_Cursor":
        return _Cursor(
            f"export:{place.channel['id']}:{file.path.name}",
            f"{place.head.exported_ms or ''}:{file.size}",
            start_ms,
        )

    def at(self, messages: int, *, whole: bool) -> _Position:
        position = {
            "of": self.identity,
            "from_ms": self.start_ms,
            "messages": messages,
            "whole": whole,
        }
        return {(NAME, self.name): json.dumps(position)}

    def done(self, position: str | None) -> int | None:
        """Return how many messages were kept before; None: all of them."""
        before = json.loads(position) if position else {}
        if before.get("of") != self.identity or "from_ms" not in before:
            return 0
        if self._is_earlier_than(before["from_ms"]):
            return 0
        return None if before["whole"] else int(before["messages"])

    def _is_earlier_than(self, start_ms: int | None) -> bool:
        """Tell whether messages count now that an import from `start_ms` on left out."""
        return start_ms is not None and (self.start_ms is None or self.start_ms < start_ms)


class _Reading:
    """Turns the messages of one file into batches."""

    def __init__(self, place: _Place, target: Target, now_ms: int, summary: Summary) -> None:
        self.target = target
        self._place = place
        self._summary = summary
        self._context = parse.Context(Provenance.IMPORT, now_ms)
        self._described: dict[str, Account] = {}
        self._exported_ms = place.head.exported_ms or 0

    def parts(self, messages: Sequence[dict[str, Any]], *, with_place: bool) -> list[Batch]:
        """Return what some messages say, each for itself."""
        parts = [self._where()] if with_place else []
        for data in messages:
            try:
                parts.append(self._message(data))
            except (AttributeError, KeyError, TypeError, ValueError):
                self._summary.unreadable += 1
        return parts

    def joined(self, parts: Sequence[Batch]) -> Batch:
        """Return what messages say together, without what was said before."""
        whole = parse.joined(parts)
        # Nothing is said of an account again that was said of it before.
        news = [
            account for account in whole.accounts if self._described.get(account.id) != account
        ]
        self._described |= {account.id: account for account in news}
        return replace(whole, accounts=tuple(news))

    def _where(self) -> Batch:
        """Return the place, and what it is in, as far as nobody knows better."""
        described = parse.place(self._place.channel, self._context)
        parent, around = self._place.parent, Batch()
        if parent is not None and parent["name"] and self._is_news(parent["id"]):
            around = Batch(places=parse.place(parent, self._context).places)
        if not self._is_news(self._place.channel["id"]):
            return around
        return parse.joined([around, described])

    def _is_news(self, place: str) -> bool:
        known = self.target.known.places_ms
        if known.get(place, -1) >= self._exported_ms:
            return False
        known[place] = self._exported_ms
        return True

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
                tuple(account for account in batch.accounts if account.id != nobody),
            )
        people = (author, *(data.get("mentions") or ()))
        roles = (self._roles(person) for person in people if not payload.is_nobody(person))
        return parse.joined(
            [batch, reactions, Batch(tuple(event for event in roles if event is not None))]
        )

    def _roles(self, person: dict[str, Any]) -> Event | None:
        """Return somebody's roles, unless the log's are newer than the export."""
        roles, account = payload.roles(person), payload.checked_id(person["id"])
        at_ms, known = self._exported_ms, self.target.known.roles_ms
        if roles is None or known.get(account, -1) >= at_ms:
            return None
        known[account] = at_ms
        return Event(
            source=NAME,
            kind=Kind.ROLES_CHANGED,
            at_ms=at_ms,
            seen_ms=self._context.seen_ms,
            provenance=Provenance.IMPORT,
            actor=account,
            text=roles,
            estimated=True,
        )

    def _reactions(self, data: dict[str, Any], target: str) -> Batch:
        events: list[Event] = []
        accounts: list[Account] = []
        place = self._place.channel["id"]
        unnamed = nobodys = taken_back = 0
        for reaction in data.get("reactions") or ():
            emoji = parse.emoji_text(payload.emoji(reaction["emoji"]))
            users = reaction.get("users") or ()
            unnamed += payload.unnamed(reaction)
            for user in users:
                if payload.is_nobody(user):
                    nobodys += 1
                    continue
                told = payload.user(user)
                taken_back_ms = self.target.known.taken_back.get((target, told["id"], emoji))
                if taken_back_ms is not None and taken_back_ms >= self._exported_ms:
                    taken_back += 1
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
        # Counted at last: a message found unreadable halfway counts as that alone.
        self._summary.unnamed += unnamed
        self._summary.nobodys_reactions += nobodys
        self._summary.taken_back += taken_back
        return Batch(tuple(events), tuple(accounts))

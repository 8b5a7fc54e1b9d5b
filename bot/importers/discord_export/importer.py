"""Imports exports: file after file, batch after batch, each going on where it was left.

The cursor of a file moves in the transaction that records its messages. So an import can be
interrupted at any moment and run again: nothing is lost, and nothing is recorded twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol

from bot.importers.discord_export import payload
from bot.importers.discord_export.cursor import CursorPosition, FileCursor
from bot.importers.discord_export.errors import ExportError, printable
from bot.importers.discord_export.file import ExportFile
from bot.importers.discord_export.known import KnownMessage
from bot.importers.discord_export.log_state import LogState
from bot.importers.discord_export.messages import MessageParser, message_ids
from bot.importers.discord_export.place import ExportedPlace, read_place
from bot.importers.discord_export.summary import Summary
from cred.facts.events import Kind
from storage.errors import InvalidRecordError
from storage.log.batch import Appended, Batch

_BATCH_MESSAGES: Final = 250
_FILES: Final = "_files"
_FORMATS: Final = frozenset({".json", ".html", ".htm", ".csv", ".txt"})


class Target(Protocol):
    """The community that a file belongs to, as the import needs it."""

    @property
    def slug(self) -> str:
        """The community's name."""
        ...

    @property
    def log_state(self) -> LogState:
        """What its log knew before the import, and what the import added since."""
        ...

    @property
    def cursors(self) -> Mapping[str, str]:
        """Discord's cursors by name, as they stood before the import."""
        ...

    @property
    def excluded(self) -> frozenset[str]:
        """Ids of channels and categories of which nothing is recorded."""
        ...

    @property
    def history_start_ms(self) -> int | None:
        """First moment that counts; None: everything does."""
        ...

    async def known_messages(self, ids: Sequence[str]) -> Mapping[str, KnownMessage]:
        """Return what the log has of messages, without those that it does not have."""
        ...

    async def record(self, batch: Batch) -> Appended:
        """Record a batch; return once it is on disk."""
        ...


FindTarget = Callable[[str, str], Awaitable[Target]]
"""Guild id and name → its community, created if it does not exist yet."""

ReportBytes = Callable[[int], None]
"""Called with the number of bytes read since the last call."""


def files_in(paths: Sequence[Path]) -> list[Path]:
    """Return the files that paths name, each once; folders are searched for `*.json`.

    Raises
    ------
    ExportError
        If there is nothing at a path, or no such file in a folder.
    """
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = _json_files(path)
            if not inside:
                raise ExportError(f"{printable(path)} holds no .json file.")
            exports = [file for file in inside if not _is_attachment(file)]
            if not exports:
                raise ExportError(
                    f"{printable(path)} holds only what people attached to exported messages: "
                    "name the folder of the exports."
                )
            files |= dict.fromkeys(exports)
        elif path.is_file():
            if not _is_attachment(path):
                files[path] = None
        else:
            raise ExportError(f"{printable(path)} does not exist.")
    return list(files)


def count_attachments(paths: Sequence[Path]) -> int:
    """Return how many files `files_in` leaves out: they were attached to messages."""
    return sum(
        _is_attachment(file)
        for path in paths
        for file in (_json_files(path) if path.is_dir() else (path,))
    )


def _json_files(folder: Path) -> list[Path]:
    return sorted(
        file for file in folder.rglob("*") if file.suffix.lower() == ".json" and file.is_file()
    )


def _is_attachment(file: Path) -> bool:
    """Tell whether a file is in a folder that the exporter downloads attachments to.

    It is called like the export, with "_Files" behind that. A link leads there as well.
    """
    for folder in (*file.absolute().parents, *file.resolve().parents):
        export = folder.name[: -len(_FILES)]
        if folder.name.lower().endswith(_FILES) and export:
            is_named_like_one = Path(export).suffix.lower() in _FORMATS
            if is_named_like_one or folder.with_name(export).is_file():
                return True
    return False


class Importer:
    """Imports files one after another.

    Parameters
    ----------
    find_target
        Finds the community of a guild.
    now_ms
        When the import runs: its events are seen then.

    Attributes
    ----------
    summary
        What was done so far; correct also when the import was interrupted.
    """

    def __init__(self, find_target: FindTarget, *, now_ms: int) -> None:
        self.summary = Summary()
        self._find_target = find_target
        self._now_ms = now_ms

    async def run(self, paths: Sequence[Path], report: ReportBytes) -> Summary:
        """Import files; when one fails, the summary says why, and the others go on."""
        found: list[tuple[ExportFile, ExportedPlace]] = []
        for path in paths:
            file = ExportFile(path)
            try:
                found.append((file, read_place(file, await asyncio.to_thread(file.head))))
            except ExportError as error:
                self.summary.problems.append(str(error))
        # Threads come last: only their channels say in which category they are.
        for file, place in sorted(found, key=lambda entry: payload.is_thread(entry[1].channel)):
            try:
                await self._import_file(file, place, report)
            except ExportError as error:
                self.summary.problems.append(str(error))
        return self.summary

    async def _import_file(
        self, file: ExportFile, place: ExportedPlace, report: ReportBytes
    ) -> None:
        target = await self._find_target(place.guild, place.guild_name)
        self.summary.communities.add(target.slug)
        parser = MessageParser(
            place,
            target.log_state,
            target.history_start_ms,
            now_ms=self._now_ms,
            summary=self.summary,
        )
        if not target.excluded.isdisjoint(_places_around(place, target.log_state)):
            self.summary.excluded += 1
            # Where it is stays known, as with a live bot, by which its threads are left out.
            await target.record(parser.merge(parser.parse([], {}, with_place=True)))
            report(await asyncio.to_thread(lambda: file.size))
            return
        cursor = FileCursor.of(file, place, target.history_start_ms)
        done = cursor.messages_done(target.cursors.get(cursor.name))
        size = await asyncio.to_thread(lambda: file.size)
        if done is None:
            self.summary.done_before += 1
            report(size)
            return
        self.summary.files += 1
        self.summary.odd_parts += place.odd_parts
        file_import = _FileImport(file, target, parser, cursor, self.summary)
        await file_import.run(done, report)
        report(size - file.bytes_read)


def _places_around(place: ExportedPlace, log_state: LogState) -> set[str]:
    """Return the place of a file and all that it is in, by the file and by the log."""
    found: set[str] = set()
    ahead = [place.channel["id"], place.parent and place.parent["id"]]
    while ahead:
        id_ = ahead.pop()
        if id_ is not None and id_ not in found:
            found.add(id_)
            ahead.append(log_state.parents.get(id_))
    return found


class _FileImport:
    """Imports the messages of one file."""

    def __init__(
        self,
        file: ExportFile,
        target: Target,
        parser: MessageParser,
        cursor: FileCursor,
        summary: Summary,
    ) -> None:
        self._file = file
        self._target = target
        self._parser = parser
        self._cursor = cursor
        self._summary = summary

    async def run(self, done: int, report: ReportBytes) -> None:
        """Record the messages after the first `done`.

        Raises
        ------
        ExportError
            Where the file cannot be read any further; everything before is recorded.
        """
        messages, reported = self._file.messages(), 0
        # What an interrupted import recorded is passed over without looking at it.
        self._summary.passed_over += await asyncio.to_thread(_skip, messages, done)
        problem: ExportError | None = None
        is_first = True
        while problem is None:
            chunk, problem = await asyncio.to_thread(_next_messages, messages)
            done += len(chunk)
            is_whole = problem is None and len(chunk) < _BATCH_MESSAGES
            known = await self._target.known_messages(list(message_ids(chunk)))
            parts = await asyncio.to_thread(
                self._parser.parse, chunk, known, with_place=is_first
            )
            is_first = False
            await self._record(parts, self._cursor.position(done, is_whole=is_whole))
            report(self._file.bytes_read - reported)
            reported = self._file.bytes_read
            if is_whole:
                return
        are = "message before that is" if done == 1 else "messages before that are"
        raise ExportError(f"{problem} The {done:,} {are} kept.")

    async def _record(self, parts: Sequence[Batch], position: CursorPosition) -> None:
        """Record batches together; if that is refused, one by one, without the refused ones."""
        whole = self._parser.merge(parts)
        try:
            appended = await self._target.record(replace(whole, cursors=position))
        except InvalidRecordError:
            for part in parts:
                try:
                    self._count(await self._target.record(part), part)
                except InvalidRecordError:
                    if any(event.kind is Kind.POSTED for event in part.events):
                        self._summary.messages -= 1
                    self._summary.unreadable += 1
            # Only now: what is not recorded yet must be read again if the import is stopped.
            await self._target.record(Batch(cursors=position))
        else:
            self._count(appended, whole)

    def _count(self, appended: Appended, batch: Batch) -> None:
        self._summary.new += appended.new
        self._summary.opted_out += appended.skipped
        self._summary.known += len(batch.events) - appended.new - appended.skipped


def _skip(messages: Iterator[object], count: int) -> int:
    return sum(1 for _ in islice(messages, count))


def _next_messages(
    messages: Iterator[dict[str, Any]],
) -> tuple[list[dict[str, Any]], ExportError | None]:
    """Return the next messages, and the error that ended them early, if any."""
    chunk: list[dict[str, Any]] = []
    try:
        for message in islice(messages, _BATCH_MESSAGES):
            chunk.append(message)  # noqa: PERF402 -- what came before an error is kept
    except ExportError as error:
        return chunk, error
    return chunk, None

"""Reads an export as a stream: its head first, then one message after another.

So a file of a gigabyte is never in memory as a whole.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import ijson
from ijson.common import JSONError, ObjectBuilder

from bot.importers.discord_export.checked_bytes import CheckedBytes
from bot.importers.discord_export.errors import ExportError, TruncatedError, printable

_BOM: Final = b"\xef\xbb\xbf"
_HEAD: Final = ("guild", "channel")
_LONGEST_HEAD: Final = 1 << 20
"""Bytes; the exporter writes about one thousand."""
_PIECE: Final = 1 << 16
"""Bytes parsed at once."""
_BAD: Final = (JSONError, ValueError, ArithmeticError)
"""What the parser raises; also for half a character, and for a number that is too large."""
_AGAIN: Final = "export it again with DiscordChatExporter and the format JSON."


@dataclass(frozen=True, slots=True)
class Head:
    """What an export says before its first message."""

    guild: dict[str, Any]
    channel: dict[str, Any]
    exported_ms: int | None
    """When it was made; None: older exporters do not say."""


class ExportFile:
    """One file, read from its beginning to its end.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    bytes_read
        How far the messages have been read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes_read = 0

    @property
    def size(self) -> int:
        """The file's length in bytes."""
        return self.path.stat().st_size

    def head(self) -> Head:
        """Return what comes before the messages.

        Raises
        ------
        TruncatedError
            If the file ends before its first message.
        ExportError
            If the file cannot be read, or is no export in JSON.
        """
        parser = _HeadParser()
        problem: Exception | None = None
        try:
            with self._open() as file:
                checked = CheckedBytes(file, self.path)
                for event in _parse(checked, ijson.parse_coro):
                    if parser.ends_with(*event) or checked.position > _LONGEST_HEAD:
                        break
        except OSError as error:
            raise ExportError(
                f"{printable(self.path)} cannot be read ({error.strerror})."
            ) from error
        except _BAD as error:
            problem = error
        if problem is not None and _is_cut(problem):
            words = "breaks off before its first message" if self.size else "is empty"
            raise TruncatedError(f"{printable(self.path)} {words}: {_AGAIN}") from problem
        if not parser.is_of_an_export:
            raise ExportError(
                f"{printable(self.path)} is no export that can be read: {_AGAIN}"
            ) from problem
        if problem is not None:
            raise self._damage(problem) from problem
        if not parser.has_messages:
            raise ExportError(f"{printable(self.path)} has no list of messages: {_AGAIN}")
        values = parser.values
        return Head(values["guild"], values["channel"], _moment_ms(values.get("exportedAt")))

    def messages(self) -> Iterator[dict[str, Any]]:
        """Return the messages in the file's order; numbers with a fraction are decimals.

        Raises
        ------
        TruncatedError
            Where the file breaks off; everything before was returned.
        ExportError
            If the file cannot be read on; everything before was returned.
        """
        try:
            with self._open() as file:
                checked = CheckedBytes(file, self.path)
                for message in _parse(checked, _messages_coro):
                    self.bytes_read = checked.position
                    yield message
                self.bytes_read = checked.position
        except _BAD as error:
            if _is_cut(error):
                raise TruncatedError(
                    f"{printable(self.path)} breaks off in the middle: export it again."
                ) from error
            raise self._damage(error) from error
        except OSError as error:
            raise ExportError(
                f"{printable(self.path)} cannot be read ({error.strerror})."
            ) from error

    def _open(self) -> BinaryIO:
        file = self.path.open("rb")
        if file.read(len(_BOM)) != _BOM:
            file.seek(0)
        return file

    def _damage(self, error: Exception) -> ExportError:
        reason = _reason(error)
        if isinstance(error, UnicodeError):
            problem = "is damaged (half a character)"
        elif not isinstance(error, JSONError):
            problem = "holds a number that is too large"
        elif "trailing garbage" in reason:
            problem = "goes on behind its end (two files in one?)"
        else:
            problem = f"is damaged ({reason})"
        return ExportError(
            f"{printable(self.path)} {problem}: export it again. What follows was not read."
        )


class _HeadParser:
    """Collects what comes before the messages from the events of the JSON parser."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.has_messages = False
        self._key = ""
        self._builder = ObjectBuilder()

    @property
    def is_of_an_export(self) -> bool:
        """Whether a server and a channel were described."""
        return all(isinstance(self.values.get(part), dict) for part in _HEAD)

    def ends_with(self, prefix: str, event: str, value: object) -> bool:
        """Take in an event; return whether the head ends with it."""
        if prefix == "messages":
            self.has_messages = event == "start_array"
            return True
        if not prefix:
            if event == "map_key":
                self._key, self._builder = str(value), ObjectBuilder()
            return event not in {"map_key", "start_map"}
        if self._key in {*_HEAD, "exportedAt"}:
            self._builder.event(event, value)
            self.values[self._key] = self._builder.value
        return False


def _messages_coro(found: list[Any]) -> Any:
    return ijson.items_coro(found, "messages.item")


def _parse(checked: CheckedBytes, make_parser: Callable[[list[Any]], Any]) -> Iterator[Any]:
    """Return what a parser finds, including what it found before it failed."""
    found = ijson.sendable_list()
    parser = make_parser(found)
    problem: Exception | None = None
    piece = b" "
    while piece and problem is None:
        try:
            piece = checked.read(_PIECE)
            if piece:
                parser.send(piece)
            else:
                parser.close()
        except (ExportError, *_BAD) as error:
            problem = error
        yield from found
        found.clear()
    if problem is not None:
        raise problem


def _is_cut(error: Exception) -> bool:
    """Tell whether a file ended where more should have come."""
    return any(word in _reason(error).lower() for word in ("premature eof", "incomplete"))


def _reason(error: Exception) -> str:
    """Return the parser's message without the piece of the file that it quotes."""
    return (str(error).splitlines() or [""])[0][:80]


def _moment_ms(text: object) -> int | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)

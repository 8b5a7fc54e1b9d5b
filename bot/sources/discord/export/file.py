"""Reads an export as a stream: its head first, then one message after another.

A gigabyte is never in memory; each message is dropped once it was turned into events.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import ijson
from ijson.common import JSONError, ObjectBuilder

from bot.sources.discord.export.errors import ExportError, TruncatedError

_BOM: Final = b"\xef\xbb\xbf"
_HEAD: Final = ("guild", "channel")


@dataclass(frozen=True, slots=True)
class Head:
    """What an export says before its first message."""

    guild: dict[str, Any]
    channel: dict[str, Any]
    exported_ms: int | None
    """When it was made; older exporters do not say."""


class ExportFile:
    """One file, read from its beginning to its end.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes_read = 0
        """How far the file has been read."""

    @property
    def size(self) -> int:
        """Return the file's length in bytes."""
        return self.path.stat().st_size

    def head(self) -> Head:
        """Return what stands before the messages.

        Raises
        ------
        ExportError
            If the file cannot be read, or is no export in JSON.
        """
        found: dict[str, Any] = {}
        try:
            with self._opened() as file:
                _read_head(file, found)
        except OSError as error:
            raise ExportError(f"{self.path} cannot be read ({error.strerror}).") from error
        except (JSONError, UnicodeDecodeError) as error:
            if not all(isinstance(found.get(part), dict) for part in _HEAD):
                raise self._no_export() from error
        if not all(isinstance(found.get(part), dict) for part in _HEAD):
            raise self._no_export()
        return Head(found["guild"], found["channel"], _moment_ms(found.get("exportedAt")))

    def messages(self) -> Iterator[dict[str, Any]]:
        """Return the messages in the file's order.

        Raises
        ------
        TruncatedError
            Where the file breaks off; everything before was returned.
        ExportError
            If the file cannot be read on.
        """
        try:
            with self._opened() as file:
                yield from ijson.items(_Counted(file, self), "messages.item", use_float=True)
        except (JSONError, UnicodeDecodeError) as error:
            if any(word in str(error).lower() for word in ("premature eof", "incomplete")):
                raise TruncatedError(
                    f"{self.path} breaks off in the middle: export it again."
                ) from error
            reason = str(error).splitlines()[0] if str(error) else "no JSON"
            raise ExportError(f"{self.path} is damaged ({reason[:80]}).") from error
        except OSError as error:
            raise ExportError(f"{self.path} cannot be read ({error.strerror}).") from error

    def _opened(self) -> BinaryIO:
        file = self.path.open("rb")
        if file.read(len(_BOM)) != _BOM:
            file.seek(0)
        return file

    def _no_export(self) -> ExportError:
        return ExportError(
            f"{self.path} is no export that can be read: export with DiscordChatExporter and "
            "the format JSON."
        )


class _Counted:
    """A file that tells how far it was read."""

    def __init__(self, file: BinaryIO, owner: ExportFile) -> None:
        self._file = file
        self._owner = owner

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._owner.bytes_read = self._file.tell()
        return data


def _read_head(file: BinaryIO, found: dict[str, Any]) -> None:
    """Fill `found` with what stands at the top level before "messages"."""
    builder: ObjectBuilder | None = None
    key = ""
    for prefix, event, value in ijson.parse(file, use_float=True):
        if prefix == "messages":
            return
        if prefix == "":
            if event == "map_key":
                key, builder = str(value), ObjectBuilder()
            elif event != "start_map":
                return
            continue
        if builder is None:
            return
        builder.event(event, value)
        found[key] = builder.value


def _moment_ms(text: object) -> int | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)

"""Files of an instance: bytes to JSON values, each step with the file's name.

SourceCred writes its outputs as zlib-deflated JSON, `.json` files and old outputs plain; which
one a file is, its first byte tells.
"""

import json
import math
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

from bot.importers.sourcecred.errors import InstanceError
from cred.errors import InvalidInputError
from cred.files.json_values import JsonReader

MAX_BYTES: Final = 1 << 30
"""Larger texts are refused: SourceCred's own language makes none of half that length."""

_STEP: Final = 1 << 20
_ZLIB: Final = 0x78
"""What every zlib stream that SourceCred writes begins with."""


class Folder:
    """The folder of an instance.

    Parameters
    ----------
    root
        Where `sourcecred.json` is.
    on_read
        Told how many bytes of a file were read.
    most_bytes
        Longest text of a file that is read, unpacked.

    Raises
    ------
    InstanceError
        If it is no folder of an instance.
    """

    def __init__(
        self, root: Path, on_read: Callable[[int], None], *, most_bytes: int = MAX_BYTES
    ) -> None:
        self._root = root
        self._on_read = on_read
        self._most = most_bytes
        if not root.is_dir():
            raise InstanceError(f"{root} is no folder: name the folder of an instance.")
        if not (root / "sourcecred.json").is_file():
            raise InstanceError(
                f"{root} is no SourceCred instance: there is no sourcecred.json in it."
            )

    def has(self, name: str) -> bool:
        """Tell whether there is a file, and something in it."""
        path = self._root / name
        return path.is_file() and path.stat().st_size > 0

    def names(self, pattern: str) -> list[str]:
        """Return the files that fit a pattern, sorted, as paths in the folder."""
        return sorted(
            path.relative_to(self._root).as_posix() for path in self._root.glob(pattern)
        )

    def size(self) -> int:
        """Return how many bytes there are to read."""
        return sum(path.stat().st_size for path in self._root.rglob("*") if path.is_file())

    def text(self, name: str) -> str:
        """Return a file as text, unpacked.

        Raises
        ------
        InstanceError
            If it is missing, damaged, too long or no UTF-8.
        """
        try:
            with (self._root / name).open("rb") as file:
                data = self._unpacked(name, iter(lambda: file.read(_STEP), b""))
        except FileNotFoundError:
            raise InstanceError(f"{name} is missing.") from None
        except OSError as error:
            raise InstanceError(f"{name} cannot be read ({error.strerror}).") from None
        except zlib.error as error:
            raise InstanceError(f"{name} is damaged ({error}): run SourceCred again.") from None
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise InstanceError(f"{name}: byte {error.start} is no UTF-8.") from None

    def json(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Return the value of a file.

        Raises
        ------
        InstanceError
            If it is no JSON.
        """
        value = parse_json(self.text(name), name)
        if name.startswith("config/"):
            reject_half_characters(value, name)
        return value

    def reader(self, name: str) -> JsonReader:
        """Return the object that a file is."""
        with in_file(name):
            return JsonReader(self.json(name), f"{name}: it")

    def readers(self, name: str) -> list[JsonReader]:
        """Return the objects of the list that a file is."""
        return object_readers(self.json(name), name)

    def _unpacked(self, name: str, pieces: Iterator[bytes]) -> bytes:
        first = next(pieces, b"")
        packed = first[:1] == bytes([_ZLIB])
        unpacker = zlib.decompressobj()
        found = bytearray()
        piece = first
        while piece:
            self._on_read(len(piece))
            while piece:
                if packed:
                    found += unpacker.decompress(piece, _STEP)
                    piece = unpacker.unconsumed_tail
                else:
                    found += piece
                    piece = b""
                if len(found) > self._most:
                    raise InstanceError(
                        f"{name} holds more than {self._most:,} bytes: too large to be read."
                    )
            piece = next(pieces, b"")
        if packed:
            found += unpacker.flush()
        if packed and not unpacker.eof:
            raise InstanceError(f"{name} ends too early: it is not whole.")
        return bytes(found)


def parse_json(text: str, where: str) -> Any:  # noqa: ANN401 - JSON
    """Return the value of a JSON text; NaN and infinity, which JSON has not, are errors.

    Raises
    ------
    InstanceError
        If it is no JSON; says where.
    """
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise InstanceError(
            f"{where}: line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    except InvalidInputError as error:
        raise InstanceError(f"{where}: {error}") from None
    except RecursionError:
        raise InstanceError(f"{where} is nested too deeply.") from None
    except ValueError:
        # Python reads no whole number of more digits, for that takes very long.
        raise InstanceError(
            f"{where} holds a number of more than {sys.get_int_max_str_digits():,} digits."
        ) from None


def reject_half_characters(value: object, where: str) -> None:
    """Refuse texts with half a character, which nothing here can keep.

    Raises
    ------
    InstanceError
        If there is one in a JSON value.
    """
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise InstanceError(f"{where}: it holds half a character (\\u{ord(half):x}).") from None


def object_readers(value: object, where: str) -> list[JsonReader]:
    """Return the objects of a list.

    Raises
    ------
    InstanceError
        If it is none.
    """
    if not isinstance(value, list):
        raise InstanceError(f"{where}: it must be a list.")
    with in_file(where):
        return [JsonReader(one, f"{where}: [{at}]") for at, one in enumerate(value)]


def unwrap_compat(value: object, name: str, kind: str, versions: tuple[str, ...]) -> Any:  # noqa: ANN401
    """Return what a typed file holds: `[{"type": kind, "version": …}, value]`.

    Raises
    ------
    InstanceError
        If it is of another kind, or of a version that is not known.
    """
    if not (isinstance(value, list) and len(value) == 2 and isinstance(value[0], dict)):  # noqa: PLR2004
        raise InstanceError(f"{name}: a header and {kind} are wanted, as SourceCred writes it.")
    header, body = value
    if header.get("type") != kind:
        raise InstanceError(f"{name}: this is {header.get('type')!r:.60}, not {kind}.")
    if header.get("version") not in versions:
        raise InstanceError(
            f"{name}: {kind} has version {header.get('version')!r:.40}; only "
            f"{', '.join(versions)} can be read. Let SourceCred 0.11.2 write it anew."
        )
    return body


def finite_number(value: object, where: str) -> float:
    """Return a number.

    Raises
    ------
    InstanceError
        If it is none, or not finite.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InstanceError(f"{where} must be a number.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InstanceError(f"{where} must be a finite number.")
    return number


@contextmanager
def in_file(name: str) -> Iterator[None]:
    """Have whatever is wrong in a file say which file it is."""
    try:
        yield
    except InvalidInputError as error:
        told = str(error)
        told = told if told.startswith(name) else f"{name}: {told}"
        raise InstanceError(told) from error


def _no_number(text: str) -> NoReturn:
    raise InvalidInputError(f"{text} is no number in JSON.")

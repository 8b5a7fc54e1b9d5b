"""Reads the files of an instance as JSON; every error names the file.

SourceCred compresses its outputs with zlib; `.json` files and the outputs of old versions are
plain text, and people pack files with gzip. The first bytes of a file tell which it is, not its
name: what version 0.9 called `graph.json.gzip` is zlib, too.
"""

import json
import math
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.folder.wrong_folder import describe_wrong_folder
from cred.errors import InvalidInputError
from cred.files.json_values import JsonReader

MAX_BYTES: Final = 1 << 30
"""Longest text that is read: JavaScript, and so SourceCred, makes none half as long."""

FOLDERS: Final = ("config", "data", "output")
"""All that is an instance's in its folder, beside `sourcecred.json`."""
GRAPH: Final = "output/graphs/{}/graph"
"""The graph of a plugin, by the plugin's id."""
VIEW, ACCOUNTS, CRED_GRAPH = "output/credGrainView", "output/accounts", "output/credGraph"

_STEP: Final = 1 << 20
_HEAD: Final = 200
_WINDOW_BITS: Final = {b"\x78": zlib.MAX_WBITS, b"\x1f\x8b": zlib.MAX_WBITS | 16}
"""What `zlib` is to expect, by a file's first bytes: SourceCred's zlib streams, and gzip."""
_SUFFIXES: Final = ("", ".json.gzip", ".json", ".json.gz", ".gzip", ".gz")
"""What follows the name of an output: nothing since version 0.10, .json.gzip in 0.9, and .json
before that and with --no-zip; the rest is what people pack by hand."""
_STAND_INS: Final = {
    b"version https://git-lfs.github.com/spec/": (
        "a git-lfs pointer, not the file itself: run `git lfs pull` in the instance's folder"
    ),
    b"/annex/objects/": (
        "a git-annex pointer, not the file itself: run `git annex get .` in its folder"
    ),
    b"<!doctype html": "a web page about the file: download the file itself",
}
"""What may stand in place of a file, by its first bytes in small letters, and what to do."""


class Folder:
    """The folder of an instance.

    Parameters
    ----------
    root
        The folder that holds `sourcecred.json`.
    on_read
        Called with the number of bytes after each read.
    max_bytes
        Longest text of a file that is read, after decompression.

    Raises
    ------
    InstanceError
        If `root` is not the folder of an instance.
    """

    def __init__(
        self, root: Path, on_read: Callable[[int], None], *, max_bytes: int = MAX_BYTES
    ) -> None:
        self._root = root
        self._on_read = on_read
        self._max_bytes = max_bytes
        self.used: set[str] = set()
        """Names of the files that were read."""
        if not (root / "sourcecred.json").is_file():
            raise InstanceError(describe_wrong_folder(root))

    def has(self, name: str) -> bool:
        """Return whether a file exists and is not empty."""
        return (self._root / name).is_file() and not self.is_empty(name)

    def exists(self, name: str) -> bool:
        """Return whether there is such a file or folder."""
        return (self._root / name).exists()

    def is_empty(self, name: str) -> bool:
        """Return whether a file holds nothing."""
        path = self._root / name
        return path.is_file() and path.stat().st_size == 0

    def find_output(self, name: str) -> str | None:
        """Return the name under which an output is found; None if there is none.

        Versions of SourceCred name the same file differently; the newest name comes first, and
        an empty file counts as none.
        """
        return next((spelled for spelled in output_names(name) if self.has(spelled)), None)

    def names(self, pattern: str) -> list[str]:
        """Return the files that match a glob pattern, relative to the folder and sorted.

        Hidden files are not an instance's: editors and archivers leave them.
        """
        return sorted(
            path.relative_to(self._root).as_posix()
            for path in self._root.glob(pattern)
            if path.is_file() and not path.name.startswith(".")
        )

    def files_in(self, folder: str) -> list[str]:
        """Return the files in one of the folders, at any depth, sorted; hidden ones not."""
        return sorted(
            (Path(where) / file).relative_to(self._root).as_posix()
            for where, _, files in os.walk(self._root / folder)
            for file in files
            if not file.startswith(".")
        )

    def size(self) -> int:
        """Return the total size of the files that an instance may hold, in bytes."""
        paths = [self._root / name for part in FOLDERS for name in self.files_in(part)]
        return sum(path.stat().st_size for path in paths if path.is_file())

    def text(self, name: str) -> str:
        """Return the text of a file, decompressed if necessary.

        Raises
        ------
        InstanceError
            If the file is missing, damaged, too long, not UTF-8, or only points to the file.
        """
        self.used.add(name)
        try:
            with (self._root / name).open("rb") as file:
                data = self._decompress(name, iter(lambda: file.read(_STEP), b""))
        except FileNotFoundError:
            raise InstanceError(f"{name} is missing.") from None
        except OSError as error:
            raise InstanceError(f"{name} cannot be read ({error.strerror}).") from None
        except zlib.error as error:
            raise InstanceError(f"{name} is damaged ({error}): run SourceCred again.") from None
        head = data[:_HEAD].lstrip().lower()
        for beginning, told in _STAND_INS.items():
            if head.startswith(beginning):
                raise InstanceError(f"{name} is {told}, then this again.")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InstanceError(f"{name}: byte {error.start} is not UTF-8.") from None

    def json(self, name: str) -> Any:
        """Return the JSON value of a file.

        Raises
        ------
        InstanceError
            If the file cannot be read or is not JSON.
        """
        text = self.text(name)
        if not text.strip():
            raise InstanceError(f"{name} is empty: take it from the repository again.")
        value = parse_json(text, name)
        if name.startswith("config/"):
            reject_half_characters(value, name)
        return value

    def reader(self, name: str) -> JsonReader:
        """Return a reader of the JSON object in a file."""
        return object_reader(self.json(name), name)

    def readers(self, name: str) -> list[JsonReader]:
        """Return readers of the objects in the JSON list in a file."""
        return object_readers(self.json(name), name)

    def _decompress(self, name: str, pieces: Iterator[bytes]) -> bytes:
        first = next(pieces, b"")
        bits = next((bits for head, bits in _WINDOW_BITS.items() if first.startswith(head)), 0)
        is_compressed = bits != 0
        decompressor = zlib.decompressobj(bits or zlib.MAX_WBITS)
        text = bytearray()
        piece = first
        while piece:
            self._on_read(len(piece))
            while piece:
                if is_compressed:
                    text += decompressor.decompress(piece, _STEP)
                    piece = decompressor.unconsumed_tail
                else:
                    text += piece
                    piece = b""
                if len(text) > self._max_bytes:
                    raise InstanceError(
                        f"{name} holds more than {self._max_bytes:,} bytes: too large to be "
                        "read."
                    )
            piece = next(pieces, b"")
        if is_compressed:
            text += decompressor.flush()
        if is_compressed and not decompressor.eof:
            raise InstanceError(f"{name} ends too early: it is not whole.")
        return bytes(text)


def output_names(name: str) -> list[str]:
    """Return the names of an output, such as "output/credGraph", in all versions; newest first.

    >>> output_names("graph")[:3]
    ['graph', 'graph.json.gzip', 'graph.json']
    """
    return [name + suffix for suffix in _SUFFIXES]


def parse_json(text: str, where: str) -> Any:
    """Return the value of a JSON text; NaN and infinity, which JSON lacks, are errors.

    Raises
    ------
    InstanceError
        If the text is not JSON; the message begins with `where`.
    """
    try:
        return json.loads(text, parse_constant=_reject_constant)
    except json.JSONDecodeError as error:
        raise InstanceError(
            f"{where}: line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    except InvalidInputError as error:
        raise InstanceError(f"{where}: {error}") from None
    except RecursionError:
        raise InstanceError(f"{where} is nested too deeply.") from None
    except ValueError:
        # Python refuses to parse longer integers, because that takes quadratic time.
        raise InstanceError(
            f"{where} holds a number of more than {sys.get_int_max_str_digits():,} digits."
        ) from None


def reject_half_characters(value: object, where: str) -> None:
    """Reject a JSON value that contains half a surrogate pair, which UTF-8 cannot encode.

    Raises
    ------
    InstanceError
        If it contains one; the message begins with `where`.
    """
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise InstanceError(f"{where}: it holds half a character (\\u{ord(half):x}).") from None


def object_readers(value: object, where: str) -> list[JsonReader]:
    """Return readers of the objects in a list.

    Raises
    ------
    InstanceError
        If `value` is not a list of objects.
    """
    if not isinstance(value, list):
        raise InstanceError(f"{where}: it must be a list.")
    with in_file(where):
        return [JsonReader(item, f"{where}: [{at}]") for at, item in enumerate(value)]


def object_reader(value: object, where: str) -> JsonReader:
    """Return a reader of a JSON object.

    Raises
    ------
    InstanceError
        If `value` is not an object.
    """
    with in_file(where):
        return JsonReader(value, f"{where}: it")


def unwrap_compat(value: object, name: str, kind: str, versions: tuple[str, ...]) -> Any:
    """Return the value from SourceCred's "compat" form `[{"type": kind, "version": …}, value]`.

    Raises
    ------
    InstanceError
        If its type is not `kind`, or its version is not among `versions`.
    """
    if not (isinstance(value, list) and len(value) == 2 and isinstance(value[0], dict)):
        raise InstanceError(f"{name}: a header and {kind} are wanted, as SourceCred writes it.")
    header, body = value
    if header.get("type") != kind:
        raise InstanceError(f"{name}: this is {header.get('type')!r:.60}, not {kind}.")
    if header.get("version") not in versions:
        raise InstanceError(
            f"{name}: {kind} has version {header.get('version')!r:.40}; only "
            f"{', '.join(versions)} can be read. Let SourceCred 0.11.2 write it again."
        )
    return body


def finite_number(value: object, where: str) -> float:
    """Return a JSON value that must be a finite number.

    Raises
    ------
    InstanceError
        If it is not a number, or not finite.
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
    """Turn an `InvalidInputError` of the block into an `InstanceError` that names the file."""
    try:
        yield
    except InvalidInputError as error:
        message = str(error)
        message = message if message.startswith(name) else f"{name}: {message}"
        raise InstanceError(message) from error


def _reject_constant(text: str) -> NoReturn:
    raise InvalidInputError(f"{text} is not a number in JSON.")

"""Reads a file's bytes, but only as far as a JSON parser can take them without harm.

A parser that knows its position (`ijson`) keeps the names of everything that it is inside of: a
few hundred kilobytes of brackets would fill the memory. A number of thousands of digits crashes
it, and it does not say where bytes are not UTF-8. So each piece is checked before it is parsed:
the strings are cut out of it, and what remains is only structure.
"""

import codecs
import re
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, Final

from bot.importers.discord_export.errors import ExportError, printable

MAX_DEPTH: Final = 100
"""Depth of nested lists and objects; the exporter writes about eight."""

_LONGEST_NUMBER: Final = 100
"""Characters. One that spans two pieces may have twice as many; what matters is only that
thousands are too many."""

_ESCAPED: Final = re.compile(rb"\\.", re.DOTALL)
_NUMBER: Final = re.compile(rb"[0-9][0-9.eE+-]{%d,}" % _LONGEST_NUMBER)
_TOKEN: Final = re.compile(
    rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]|' + _NUMBER.pattern, re.DOTALL
)
"""A string, a bracket, or a number that is too long."""
_STEP: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS: Final = bytes(set(range(256)) - set(_STEP))


class CheckedBytes:
    """A file that ends, with an error, where it would harm its parser.

    Parameters
    ----------
    file
        What to read, from its current position on.
    path
        Names the file in errors.

    Attributes
    ----------
    position
        How many bytes of the file were returned.
    """

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path
        self.position = file.tell()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._depth = 0
        self._inside = b""
        """What makes the next piece a continuation: a quote inside a string, and a backslash
        if that was the last byte."""
        self._problem: ExportError | None = None

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; none at the end.

        Raises
        ------
        ExportError
            If what follows cannot be parsed; all that came before was returned.
        """
        if self._problem is not None:
            raise self._problem
        piece = self._check_encoding(self._file.read(size))
        piece = self._check_structure(piece)
        self.position += len(piece)
        if not piece and self._problem is not None:
            raise self._problem
        return piece

    def _check_encoding(self, piece: bytes) -> bytes:
        """Return a piece as far as it is UTF-8."""
        carried = len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(piece)
        except UnicodeDecodeError as error:
            good = error.start - carried
            self._note_problem(good, "is not UTF-8")
            return piece[: max(good, 0)]
        return piece

    def _check_structure(self, piece: bytes) -> bytes:
        """Return a piece as far as neither its depth nor its numbers are harmful."""
        carried = len(self._inside)
        whole = self._inside + piece
        # Without what is escaped, every quote begins or ends a string.
        plain = _ESCAPED.sub(b"", whole) if b"\\" in whole else whole
        alternating = plain.split(b'"')
        structure = b" ".join(alternating[::2])
        brackets = structure.translate(None, _NO_BRACKETS)
        depths = list(accumulate(map(_STEP.__getitem__, brackets), initial=self._depth))
        if max(depths) > MAX_DEPTH or _NUMBER.search(structure):
            return piece[: max(self._find_harm(whole) - carried, 0)]
        self._depth = depths[-1]
        is_inside_string = len(alternating) % 2 == 0
        self._inside = b""
        if is_inside_string:
            self._inside = b'"\\' if plain.endswith(b"\\") else b'"'
        return piece

    def _find_harm(self, whole: bytes) -> int:
        """Note what is harmful in a piece, and return where; slower than seeing that it is."""
        depth, carried = self._depth, len(self._inside)
        for token in _TOKEN.finditer(whole):
            depth += _STEP.get(token[0][0], 0)
            if depth > MAX_DEPTH:
                problem = f"holds lists or objects more than {MAX_DEPTH} deep"
            elif token[0][:1].isdigit():
                problem = f"holds a number of more than {_LONGEST_NUMBER} digits"
            else:
                continue
            self._note_problem(token.start() - carried, problem)
            return token.start()
        return len(whole)

    def _note_problem(self, offset: int, problem: str) -> None:
        """Note what is wrong at an offset from where this piece began."""
        self._problem = ExportError(
            f"{printable(self._path)} {problem} at byte {self.position + offset + 1:,}: "
            "export it again. What follows was not read."
        )

"""A file's bytes, given out only as far as a JSON parser can take them without harm.

A parser that knows where it is (`ijson`) keeps the names of all that it is inside of: a few
hundred kilobytes of brackets would fill the memory. A number of thousands of digits crashes
it, and of bytes that are no UTF-8 it does not say where they are. So each piece is looked at
before it is parsed; the texts in it are cut out, and what is left is only structure.
"""

import codecs
import re
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, Final

from bot.importers.discord_export.errors import ExportError

DEEPEST: Final = 100
"""Lists and objects within each other; the exporter writes about eight."""

_LONGEST_NUMBER: Final = 100
"""Characters. One that lies across two pieces may have twice as many; all that matters is that
thousands are too many."""

_ESCAPED: Final = re.compile(rb"\\.", re.DOTALL)
_NUMBER: Final = re.compile(rb"[0-9][0-9.eE+-]{%d,}" % _LONGEST_NUMBER)
_TOKEN: Final = re.compile(
    rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]|' + _NUMBER.pattern, re.DOTALL
)
"""A text, a bracket, or a number that is too long."""
_STEP: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS: Final = bytes(set(range(256)) - set(_STEP))


class CheckedBytes:
    """A file that ends, with an error, where it would harm its parser.

    Parameters
    ----------
    file
        Where to read, from where it stands on.
    path
        What to call it in errors.
    """

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path
        self.position = file.tell()
        """How many bytes of the file were given out."""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._depth = 0
        self._inside = b""
        """What makes the next piece a continuation: a quote within a text, and a backslash
        where that was the last byte."""
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
        piece = self._in_utf8(self._file.read(size))
        piece = self._in_depth(piece)
        self.position += len(piece)
        if not piece and self._problem is not None:
            raise self._problem
        return piece

    def _in_utf8(self, piece: bytes) -> bytes:
        begun = len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(piece)
        except UnicodeDecodeError as error:
            good = error.start - begun
            self._refuse(good, "is not UTF-8")
            return piece[: max(good, 0)]
        return piece

    def _in_depth(self, piece: bytes) -> bytes:
        begun = len(self._inside)
        whole = self._inside + piece
        # Without what is escaped, every quote begins or ends a text.
        plain = _ESCAPED.sub(b"", whole) if b"\\" in whole else whole
        outside_and_in = plain.split(b'"')
        structure = b" ".join(outside_and_in[::2])
        brackets = structure.translate(None, _NO_BRACKETS)
        depths = list(accumulate(map(_STEP.__getitem__, brackets), initial=self._depth))
        if max(depths) > DEEPEST or _NUMBER.search(structure):
            return piece[: max(self._harm(whole) - begun, 0)]
        self._depth = depths[-1]
        is_within_text = len(outside_and_in) % 2 == 0
        self._inside = b""
        if is_within_text:
            self._inside = b'"\\' if plain.endswith(b"\\") else b'"'
        return piece

    def _harm(self, whole: bytes) -> int:
        """Note what is harmful in a piece and return where; slower than finding that it is."""
        depth, begun = self._depth, len(self._inside)
        for token in _TOKEN.finditer(whole):
            depth += _STEP.get(token[0][0], 0)
            if depth > DEEPEST:
                what = f"holds lists or objects more than {DEEPEST} deep"
            elif token[0][:1].isdigit():
                what = f"holds a number of more than {_LONGEST_NUMBER} digits"
            else:
                continue
            self._refuse(token.start() - begun, what)
            return token.start()
        return len(whole)

    def _refuse(self, offset: int, what: str) -> None:
        """Note what is wrong at an offset from where the next piece would have begun."""
        self._problem = ExportError(
            f"{self._path} {what} at byte {self.position + offset + 1:,}: export it again. "
            "What follows was not read."
        )

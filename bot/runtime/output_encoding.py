"""Output in an encoding that lacks characters: something like them is written instead.

A terminal or a pipe need not be UTF-8, and a name may hold what even UTF-8 cannot: half of a
surrogate pair, as in a file name of another encoding. Neither may end a command.
"""

import codecs
import json
import unicodedata
from typing import IO, Final

APPROXIMATE: Final = "credbot-approximate"
"""Name of the error handler, for a stream's `errors`."""

# The characters of our own output; a name's own may become "?".
_ASCII: Final = {
    **dict.fromkeys("\u2018\u2019", "'"),
    **dict.fromkeys("\u201c\u201d", '"'),
    **dict.fromkeys("\u2013\u2014\u2212", "-"),
    **dict.fromkeys("\u2060\u2068\u2069\u200d\ufe0f", ""),
    **dict.fromkeys("▏▎▍▌▋▊▉", "|"),
    **dict(zip("▁▂▃▄▅▆▇█", "_.-=+*%#", strict=True)),
    "…": "...",
    "·": "-",
    "\u00d7": "x",
    "→": "->",
    "▲": "^",
    "▼": "v",
    "▶": ">",
    "◀": "<",
    "≤": "<=",
    "≥": ">=",
}


def approximate(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return ASCII in place of the characters that could not be encoded, and where to go on.

    An accent is dropped; what has no likeness becomes "?".

    Raises
    ------
    UnicodeError
        The error itself, if it is not about encoding.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_likeness, error.object[error.start : error.end])), error.end


codecs.register_error(APPROXIMATE, approximate)


def dump_json(value: object, stream: IO[str] | None, *, indent: int | None = None) -> str:
    """Return a value as JSON, escaped where the stream could not hold its characters.

    Raises
    ------
    ValueError
        If it holds NaN or infinity, which JSON lacks.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, indent=indent)
    return text


def _likeness(character: str) -> str:
    if character in _ASCII:
        return _ASCII[character]
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return plain or "?"

"""Removes characters that are invisible but change how others look, and isolates scripts."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_JOINER: Final = "\u200d"
"""Joins emoji to families and flags, which is harmless."""
_NON_JOINER: Final = "\u200c"
"""Persian and the scripts of India need it within words; elsewhere it only hides."""
_VIRAMA: Final = 9
"""Combining class of the signs that join letters in the scripts of India."""
_TAGGED_FLAG: Final = re.compile("\U0001f3f4[\U000e0061-\U000e007a]{3,6}\U000e007f")
"""The flag of a part of a country: a black flag and invisible letters, as England's."""
_IGNORABLE: Final = re.compile("[\u2065\ufdd0-\ufdef\ufff0-\ufff8\U000e0000-\U000e0fff]")
"""Characters without a meaning yet that are invisible whatever it will be. Others may be emoji
that are newer than Python, which knows those of its year."""

_MOST_MARKS: Final = 4
"""Combining marks on one character; no language needs more."""
_ISOLATE: Final = "\u2068"
"""First strong isolate: what follows has its own direction, up to `_END`."""
_END: Final = "\u2069"
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
"""Bidirectional classes of letters that are read from right to left."""
_ATTACHED: Final = re.compile(r"[\d_]*")
_LINE_ENDS: Final = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def strip_controls(text: str, *, lines: bool = False) -> str:
    """Return a text without invisible characters that change how others look.

    Removes bidirectional controls, zero-width characters, control characters, lone surrogates,
    private-use characters, and combining marks beyond four in a row ("zalgo"). A line end of
    any kind becomes a blank, or a newline if `lines` is True. What joins emoji, or keeps the
    letters of a word apart, stays.
    """
    kept: list[str] = []
    marks = 0
    text = text.replace("\r\n", "\n")
    flags = {place for flag in _TAGGED_FLAG.finditer(text) for place in range(*flag.span())}
    for place, character in enumerate(text):
        if character in _LINE_ENDS:
            kept.append("\n" if lines else " ")
            marks = 0
            continue
        if character == "\t":
            kept.append(" ")
            continue
        category = unicodedata.category(character)
        if category[0] == "C" and place not in flags and not _is_needed(text, place, category):
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def _is_needed(text: str, place: int, category: str) -> bool:
    """Tell whether a character without a shape of its own, or an unknown one, is kept."""
    character = text[place]
    if category == "Cn":
        is_none = ord(character) & 0xFFFE == 0xFFFE
        return not is_none and _IGNORABLE.fullmatch(character) is None
    if character != _NON_JOINER:
        return character == _JOINER
    around = text[place - 1 : place] + text[place + 1 : place + 2]
    return len(around) == 2 and (
        all(unicodedata.bidirectional(beside) == "AL" for beside in around)
        or unicodedata.combining(around[0]) == _VIRAMA
    )


def safe_characters(text: str, *, lines: bool = False) -> str:
    """Return a text as it can be shown among other text, whatever script it is in.

    It is stripped of invisible characters as by `strip_controls`. Each stretch that is read
    from right to left is isolated (Unicode Standard Annex 9, section 2.4), so that a figure or
    a name beside it keeps its place. Doing it twice changes nothing.
    """
    stripped = strip_controls(text, lines=lines)
    if stripped.isascii():
        return stripped
    return "\n".join("".join(_isolate(line)) for line in stripped.split("\n"))


def _isolate(line: str) -> Iterator[str]:
    """Return the parts of a line, those from right to left between isolating characters.

    A stretch goes from one letter that is read from right to left to the last one before a
    letter that is read from left to right, with the marks and figures that are attached to it.
    """
    classes = [unicodedata.bidirectional(character) for character in line]
    at = 0
    while at < len(line):
        if classes[at] not in _RIGHT_TO_LEFT:
            yield line[at]
            at += 1
            continue
        end = at
        for index in range(at, len(line)):
            if classes[index] == "L":
                break
            if classes[index] in _RIGHT_TO_LEFT:
                end = index + 1
        while end < len(line) and classes[end] == "NSM":
            end += 1
        attached = _ATTACHED.match(line, end)
        end = attached.end() if attached else end
        yield f"{_ISOLATE}{line[at:end]}{_END}"
        at = end

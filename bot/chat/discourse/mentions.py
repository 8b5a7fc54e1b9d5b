"""What of a post is said to the bot: the line behind its name.

Quotes and code are somebody else's words, or nobody's: what is in them is not said to us.
"""

import re
from typing import Final

from bot.chat.text.invisible_characters import without_controls

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_BLOCK: Final = re.compile(r"\[(/?)(quote|code|pre)\b[^\]]*\]", re.IGNORECASE)
_INLINE_CODE: Final = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKS: Final = " *_-+>"
"""What may stand before a name at a line's beginning."""


def command_line(name: str, raw: str, *, alone: bool = False) -> str | None:
    r"""Return the line that a post says to the bot; None: it says none, "": only its name.

    Parameters
    ----------
    name
        What the bot is called there.
    raw
        The post as it was typed.
    alone
        Nobody else is spoken to, so a line without the name is ours as well.

    >>> said_to("credbot", "> @credbot help\n\n@Credbot: cred board")
    'cred board'
    """
    lines = _own_lines(raw)
    mention = re.compile(rf"(?<![\w@/.])@{re.escape(name)}(?![\w-])(?!\.\w)", re.IGNORECASE)
    found = [(line, match) for line in lines if (match := mention.search(_masked(line)))]
    for line, match in found:
        if not line[: match.start()].strip(_MARKS):
            return _tidy(line[match.end() :])
    if found:
        line, match = found[0]
        return _tidy(line[match.end() :])
    if alone:
        return next((tidy for line in lines if (tidy := _tidy(line))), "")
    return None


def _tidy(rest: str) -> str:
    """Return a line without what people put around a command: "!", a colon, a full stop."""
    line = _ESCAPE.sub(r"\1", rest).lstrip(" ,:*_").removeprefix("!")
    return line.rstrip(" .!?*").lstrip()


def _masked(line: str) -> str:
    """Return a line of the same length without what is in code."""
    return _INLINE_CODE.sub(lambda match: " " * len(match[0]), line)


def _own_lines(raw: str) -> list[str]:
    """Return the lines that are no quote and no code, without what is not seen."""
    lines: list[str] = []
    fence = ""
    depth = 0
    for line in raw.splitlines():
        if match := _FENCE.match(line):
            mark = match[1]
            if not fence:
                fence = mark
                continue
            if mark.startswith(fence) and not line[match.end() :].strip():
                fence = ""
                continue
        if fence:
            continue
        own, depth = _outside_blocks(line, depth)
        if own.strip() and not own.startswith(("    ", "\t")) and own.lstrip()[0] != ">":
            lines.append(without_controls(own).strip())
    return lines


def _outside_blocks(line: str, depth: int) -> tuple[str, int]:
    """Return what of a line is outside [quote] and the like, and how deep it ends in them."""
    own, at = "", 0
    for match in _BLOCK.finditer(line):
        if not depth:
            own += line[at : match.start()]
        depth = max(0, depth - 1) if match[1] else depth + 1
        at = match.end()
    return (own if depth else own + line[at:]), depth

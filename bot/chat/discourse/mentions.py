"""Finds the command line in a post that addresses the bot: what follows its name.

The author does not speak in quotes and code, so they are ignored.
"""

import re
from typing import Final

from bot.chat.text.invisible_characters import strip_controls

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_BLOCK: Final = re.compile(r"\[(/?)(quote|code|pre)\b[^\]]*\]", re.IGNORECASE)
_INLINE_CODE: Final = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKS: Final = " *_-+>"
"""What may stand before the name at the beginning of a line."""


def command_line(name: str, raw: str, *, is_private: bool = False) -> str | None:
    r"""Return the command line in a post that addresses the bot.

    It is "" if the post only names the bot, and None if it does not address it.

    Parameters
    ----------
    name
        Name of the bot's account.
    raw
        The post as it was typed.
    is_private
        The post is addressed to the bot alone, so the name may be left out.

    >>> command_line("credbot", "> @credbot help\n\n@Credbot: cred board")
    'cred board'
    """
    lines = _lines_of_author(raw)
    mention = re.compile(rf"(?<![\w@/.])@{re.escape(name)}(?![\w-])(?!\.\w)", re.IGNORECASE)
    found = [(line, match) for line in lines if (match := mention.search(_mask_code(line)))]
    for line, match in found:
        if not line[: match.start()].strip(_MARKS):
            return _strip_marks(line[match.end() :])
    if found:
        line, match = found[0]
        return _strip_marks(line[match.end() :])
    if is_private:
        return next((tidy for line in lines if (tidy := _strip_marks(line))), "")
    return None


def _strip_marks(rest: str) -> str:
    """Return a line without the marks around a command, such as "!", a colon or a full stop."""
    line = _ESCAPE.sub(r"\1", rest).lstrip(" ,:*_").removeprefix("!").removeprefix("/")
    return line.rstrip(" .!?*").lstrip()


def _mask_code(line: str) -> str:
    """Return a line with spaces in the place of inline code."""
    return _INLINE_CODE.sub(lambda match: " " * len(match[0]), line)


def _lines_of_author(raw: str) -> list[str]:
    """Return the lines that are neither quotes nor code, without invisible characters."""
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
            lines.append(strip_controls(own).strip())
    return lines


def _outside_blocks(line: str, depth: int) -> tuple[str, int]:
    """Return the part of a line outside of blocks such as [quote], and the depth at its end."""
    own, at = "", 0
    for match in _BLOCK.finditer(line):
        if not depth:
            own += line[at : match.start()]
        depth = max(0, depth - 1) if match[1] else depth + 1
        at = match.end()
    return (own if depth else own + line[at:]), depth

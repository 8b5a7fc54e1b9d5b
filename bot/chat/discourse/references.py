"""Replaces users and posts in a line by ids, which `parse` reads on any platform.

Names can change hands, so "@ada" is looked up in the forum at that moment.
"""

import re
from collections.abc import Mapping
from typing import Final

from bot.chat.discourse.forum import Forum
from bot.chat.discourse.links import parse_address

_MAX_LOOKUPS: Final = 10
_QUOTED: Final = re.compile(r"(\"[^\"]*\"|“[^”]*”|„[^“]*“|«[^»]*»)")
_NAME: Final = re.compile(r"@(\w[\w.\-]{0,59})([,;:!?]*)")


async def resolve_references(line: str, forum: Forum) -> tuple[str, Mapping[str, str]]:
    """Return a line with ids in place of names ("<@12>") and addresses ("post:12").

    What is not found stays as typed, and so do words in quotes, and all after the first ten.

    Returns
    -------
    tuple
        The line, and what was typed for each id, since sentences are to keep that.

    Raises
    ------
    ForumError
        If the forum does not answer.
    """
    found: dict[str, str | None] = {}
    parts: list[str] = []
    for part in _QUOTED.split(line):
        if _QUOTED.fullmatch(part):
            parts.append(part)
            continue
        words = re.split(r"(\s+)", part)
        for at, word in enumerate(words):
            if not word.startswith(("@", "<", "http", "/", "`/")):
                continue
            if word not in found and len(found) < _MAX_LOOKUPS:
                found[word] = await _resolve(word, forum)
            words[at] = found.get(word) or word
        parts += words
    return "".join(parts), {to: word for word, to in found.items() if to is not None}


def restore_typed(text: str, typed: Mapping[str, str]) -> str:
    """Return a text from such a line with what was typed in place of the ids."""
    return " ".join(typed.get(word, word) for word in text.split(" "))


async def _resolve(word: str, forum: Forum) -> str | None:
    if match := _NAME.fullmatch(word):
        account = await forum.user(match[1].rstrip("."))
        # A comma stays: it tells that others are named behind it.
        return None if account is None else f"<@{account}>{match[2]}"
    target = parse_address(word, forum.home)
    if target is None:
        return None
    contribution, position = target
    if position is None:
        return contribution
    post = await forum.post_at(*position)
    return None if post is None else f"post:{post.id}"

"""People and posts in a line, as Discourse writes them → as `parse` reads them on any platform.

A name is anybody's who takes it, so "@ada" is looked up in the forum at that moment.
"""

import re
from collections.abc import Mapping
from typing import Final

from bot.chat.discourse.forum import Forum
from bot.chat.discourse.links import parse_address

_MOST_LOOKED_UP: Final = 10
_QUOTED: Final = re.compile(r"(\"[^\"]*\"|“[^”]*”|„[^“]*“|«[^»]*»)")
_NAME: Final = re.compile(r"@(\w[\w.\-]{0,59})[,;:]?")


async def resolve_references(line: str, forum: Forum) -> tuple[str, Mapping[str, str]]:
    """Return a line with an id for each name ("<@12>") and for each address ("post:12").

    Who is not found stays as typed; so does what is in quotes, and what comes after ten others.

    Returns
    -------
    tuple
        The line, and what was typed in place of each id: in a sentence it is to stay.

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
            if not word.startswith(("@", "<", "http")):
                continue
            if word not in found and len(found) < _MOST_LOOKED_UP:
                found[word] = await _resolved(word, forum)
            words[at] = found.get(word) or word
        parts += words
    return "".join(parts), {to: word for word, to in found.items() if to is not None}


def restore_typed(text: str, typed: Mapping[str, str]) -> str:
    """Return a text of a line with what was typed in place of the ids."""
    return " ".join(typed.get(word, word) for word in text.split(" "))


async def _resolved(word: str, forum: Forum) -> str | None:
    if match := _NAME.fullmatch(word):
        account = await forum.user(match[1].rstrip("."))
        return None if account is None else f"<@{account}>"
    leads = parse_address(word, forum.home)
    if leads is None:
        return None
    contribution, at = leads
    if at is None:
        return contribution
    post = await forum.post_at(*at)
    return None if post is None else f"post:{post.id}"

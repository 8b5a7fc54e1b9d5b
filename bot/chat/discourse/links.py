"""Addresses of posts and topics. They are made of ids only, never of what somebody wrote."""

import re
from typing import Final

from bot.chat.discourse.forum import SOURCE
from bot.commands.kit.reply import Link

_ID: Final = re.compile(r"(post|topic):([0-9]{1,15})", re.ASCII)
_PATH: Final = re.compile(
    r"/(?:p/(?P<post>\d{1,15})"
    r"|t/(?:[^/?#\s]+/)?(?P<topic>\d{1,15})(?:/(?P<number>\d{1,15}))?)/?(?:[?#]\S*)?",
    re.ASCII | re.IGNORECASE,
)


def link_path(link: Link) -> str | None:
    """Return the path of a post or topic; None if the link is not one of Discourse's.

    >>> link_path(Link("a post", "discourse", "t7", "post:12"))
    '/p/12'
    """
    match = _ID.fullmatch(link.contribution) if link.source == SOURCE else None
    if match is None:
        return None
    return f"/{'p' if match[1] == 'post' else 't'}/{match[2]}"


def parse_address(text: str, home: str) -> tuple[str, tuple[int, int] | None] | None:
    """Return the contribution that an address leads to, or the position of the post; else None.

    A path alone, as replies show it, is one of the forum's.

    Parameters
    ----------
    home
        The forum's address, without a slash at its end.

    >>> parse_address("https://f.org/t/hello/12", "https://f.org")
    ('topic:12', None)
    >>> parse_address("https://f.org/t/hello/12/3?u=ada", "https://f.org")
    ('', (12, 3))
    >>> parse_address("/p/77", "https://f.org")
    ('post:77', None)
    """
    tidy = text.removeprefix("<").removesuffix(">").strip("`")
    if not tidy.startswith("/"):
        if not tidy.casefold().startswith(home.casefold()):
            return None
        tidy = tidy[len(home) :]
    match = _PATH.fullmatch(tidy)
    if match is None:
        return None
    if match["post"]:
        return f"post:{int(match['post'])}", None
    topic = int(match["topic"])
    return ("", (topic, int(match["number"]))) if match["number"] else (f"topic:{topic}", None)

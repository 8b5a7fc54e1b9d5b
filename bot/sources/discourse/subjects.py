"""Words that Discourse's events are told in (the README has the table)."""

from typing import Final

NAME: Final = "discourse"
"""Name of the source."""

POST: Final = "post"
TOPIC: Final = "topic"
"""Sorts of contributions; a contribution's id is its sort, a colon, and the forum's number."""

FORUM: Final = "forum"
"""Type of the place that a forum itself is; its id is the forum's address."""

LIKE: Final = "like"
"""Text of a like."""

IN: Final = "in"
REFERS: Final = "refers to"
QUOTES: Final = "quotes"
"""How a post refers to a topic or post: it is in it, links to it, quotes it."""

TRUST: Final = "trust:"
"""Text of somebody's trust level begins with it."""


def post_id(number: int) -> str:
    """Return the contribution that a post is."""
    return f"{POST}:{number}"


def topic_id(number: int) -> str:
    """Return the contribution that a topic is."""
    return f"{TOPIC}:{number}"


def topic_place(number: int) -> str:
    """Return the place that a topic is."""
    return f"t{number}"


def category_place(number: int) -> str:
    """Return the place that a category is."""
    return f"c{number}"

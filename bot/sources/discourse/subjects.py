"""The texts and ids in Discourse's events (the README has the table)."""

from typing import Final

NAME: Final = "discourse"
"""Name of the source."""

POST: Final = "post"
TOPIC: Final = "topic"
"""Types of contributions. A contribution's id is its type, a colon and the forum's number."""

FORUM: Final = "forum"
"""Type of the place that is the forum itself; its id is the forum's address."""

LIKE: Final = "like"
"""Text of a like."""

IN: Final = "in"
REFERS: Final = "refers to"
QUOTES: Final = "quotes"
"""Relation of a post to a topic or post: it is in it, links to it, quotes it."""

TRUST: Final = "trust:"
"""Prefix of the text of a trust level."""


def post_id(number: int) -> str:
    """Return the id of a post as a contribution."""
    return f"{POST}:{number}"


def topic_id(number: int) -> str:
    """Return the id of a topic as a contribution."""
    return f"{TOPIC}:{number}"


def topic_place(number: int) -> str:
    """Return the id of a topic as a place."""
    return f"t{number}"


def category_place(number: int) -> str:
    """Return the id of a category as a place."""
    return f"c{number}"

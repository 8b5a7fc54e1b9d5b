"""A community's settings about its forum, and the rules that they make."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from bot.community.settings.configured_source import GetSetting
from bot.community.settings.definitions import Definition, date_ms, parse_yes_or_no
from bot.community.settings.references import (
    Reader,
    choice_reader,
    contribution_reader,
    place_reader,
    place_text_reader,
    split_list,
    split_single,
)
from bot.sources.discourse.subjects import FORUM, NAME, POST
from storage.canonical_json import Json

URL: Final = "discourse.url"
EXCLUDED_CATEGORIES: Final = "discourse.categories-left-out"
BOTS: Final = "discourse.bots"
HISTORY_START: Final = "history.start"
"""A setting of every community, whatever its sources."""

read_category: Final = place_reader(NAME, "category", prefix="c")

KEY_READERS: Final[Mapping[str, Reader]] = {
    "trust": choice_reader("trust level", "0", "1", "2", "3", "4"),
    "category": read_category,
    "tag": place_text_reader(NAME, "tag", ",", frozenset({FORUM, "category"})),
    "post": contribution_reader(NAME, "post", type_prefix=f"{POST}:"),
}
"""How the keys of each factor's weights are read."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a forum's activity becomes a graph."""

    home: str = ""
    """The forum's address, which is part of the addresses of nodes and edges; "": the address
    of the forum that was read."""
    excluded_categories: frozenset[str] = frozenset()
    """Ids of categories that do not count; neither do categories inside them."""
    start_ms: int | None = None
    """Earlier topics and posts do not count; None: all count."""
    include_bots: bool = True
    """Let Discourse's own users (system, discobot) take part, as SourceCred does."""


def parse_url(value: Json) -> Json:
    """Return a forum's address without a trailing slash; "" for "off" or nothing.

    Raises
    ------
    ValueError
        If it is not an address; the message says what it must be.
    """
    phrase = 'a forum\'s address such as "https://forum.example.org", or "off"'
    if value is None or (isinstance(value, str) and value.lower() in {"off", "none", ""}):
        return ""
    if not isinstance(value, str) or not value.isprintable() or " " in value:
        raise ValueError(phrase)
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(phrase) from None
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise ValueError(phrase)
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"{phrase}, without a password")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


DEFINITIONS: Final = (
    Definition(
        URL,
        "",
        "Address of the forum in the addresses of its nodes and edges; off: that of the forum "
        "that is read.",
        "https://forum.example.org",
        parse_url,
    ),
    Definition(
        EXCLUDED_CATEGORIES,
        [],
        "Categories of the forum that do not count, with all that are in them.",
        "5, 12",
        split_list,
        read_item=read_category,
    ),
    Definition(
        "discourse.answers-in",
        [],
        "Categories of the forum in which the bot answers; none: in all. Subcategories are "
        "listed for themselves; private messages are always answered.",
        "5, 12",
        split_list,
        read_item=read_category,
    ),
    Definition(
        "discourse.announcements-category",
        [],
        "Category where proposals, results and maintainers' acts are announced, a topic each; "
        "off: none.",
        "5",
        split_single,
        read_item=read_category,
    ),
    *(
        Definition(
            f"discourse.{access}-groups",
            [],
            f"Groups of the forum whose members are {access}.",
            "moderators",
            split_list,
        )
        for access in ("maintainers", "treasurers")
    ),
    Definition(
        BOTS,
        default=True,
        help="Let the forum's own users (system, discobot) take part, as SourceCred does.",
        example="no",
        parse=parse_yes_or_no,
    ),
)


def rules(read: GetSetting) -> Rules:
    """Return a community's choices as the rules that its graph is built by."""
    home, excluded = read(URL), read(EXCLUDED_CATEGORIES)
    return Rules(
        home=home if isinstance(home, str) else "",
        excluded_categories=frozenset(map(str, excluded if isinstance(excluded, list) else ())),
        start_ms=date_ms(read(HISTORY_START)),
        include_bots=bool(read(BOTS)),
    )

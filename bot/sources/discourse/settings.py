"""What a community can choose about its forum, and how choices become rules."""

from typing import Final
from urllib.parse import urlsplit

from bot.community.graph_source import GetSetting
from bot.community.settings.definitions import Definition, date_ms, parse_ids, parse_yes_or_no
from bot.sources.discourse.rules import Rules
from storage.canonical_json import Json

URL: Final = "discourse.url"
LEFT_OUT: Final = "discourse.categories-left-out"
BOTS: Final = "discourse.bots"
HISTORY_START: Final = "history.start"
"""A setting of every community, not only of this source."""


def parse_url(value: Json) -> Json:
    """Read a forum's address; kept without a slash at its end. "off" (or nothing) is none."""
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
        LEFT_OUT,
        [],
        "Categories of the forum that do not count, with all that are in them.",
        "5, 12",
        parse_ids,
    ),
    Definition(
        "discourse.answers-in",
        [],
        "Categories of the forum in which the bot answers; none: in all. Subcategories are "
        "listed for themselves; private messages are always answered.",
        "5, 12",
        parse_ids,
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
    """Return a community's choices as the rules its graph is drawn by."""
    home, left_out = read(URL), read(LEFT_OUT)
    return Rules(
        home=home if isinstance(home, str) else "",
        left_out=frozenset(map(str, left_out if isinstance(left_out, list) else ())),
        beginning_ms=date_ms(read(HISTORY_START)),
        include_bots=bool(read(BOTS)),
    )

"""The links and the length of a post, from its HTML ("cooked"). Pure; the text is not kept.

The rules are SourceCred's (SPEC §13): only `<a href>` counts, absolute or beginning with /, on
this forum, in any case, percent-decoded; the paths are `/t/SLUG/TOPIC`, `/t/SLUG/TOPIC/POST`
and `/u/NAME`, optionally with a trailing slash or a query. Quotes, which SourceCred does not
know, are read from the `<aside>` that Discourse puts around them.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Final
from urllib.parse import unquote, urlsplit

from bot.sources.discourse.api.errors import MalformedPayloadError

LONGEST: Final = 2_000_000
"""Characters of HTML; Discourse itself allows a tenth of it."""

_NUMBER: Final = "[0-9]{1,15}"
_TAIL: Final = r"/?(?:\?.*)?"
_POST: Final = re.compile(rf"/t/[^/?#]+/({_NUMBER})/({_NUMBER}){_TAIL}", re.IGNORECASE)
_TOPIC: Final = re.compile(rf"/t/[^/?#]+/({_NUMBER}){_TAIL}", re.IGNORECASE)
_USER: Final = re.compile(rf"/u/([^/?#]+){_TAIL}", re.IGNORECASE)

_TAG: Final = re.compile(
    r"""<([a-z][^\s/>]*+)((?:[^"'>]++|"[^"]*+"|'[^']*+')*+)>""",
    re.IGNORECASE | re.ASCII,
)
_NAME: Final = re.compile("<[a-z]", re.IGNORECASE | re.ASCII)
_ATTRIBUTE: Final = re.compile(
    r"""([^\s"'/>=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++)))?"""
)
_HIDDEN: Final = ("</", "<!", "<?")
"""End tags, declarations and instructions, which go up to the next ">"."""


@dataclass(frozen=True, slots=True)
class PostContent:
    """What a post's HTML contains. The mappings count how often each thing occurs."""

    length: int = 0
    """Visible characters; a run of white space counts as one."""
    users: Mapping[str, int] = field(default_factory=dict)
    """Names of users that are linked to, in lower case."""
    topics: Mapping[int, int] = field(default_factory=dict)
    """Topics that are linked to; they need not exist."""
    posts: Mapping[tuple[int, int], int] = field(default_factory=dict)
    """Posts that are linked to, as (topic, number in it); they need not exist either."""
    quotes: Mapping[tuple[int, int], int] = field(default_factory=dict)
    """Posts that are quoted, as in `posts`."""


def parse_cooked(html: str, home: str) -> PostContent:
    """Return what a post's HTML contains.

    Parameters
    ----------
    html
        The "cooked" text of a post.
    home
        The forum's address without a slash at its end: "https://forum.example.org".

    Raises
    ------
    MalformedPayloadError
        If it is too long to be a post.

    >>> parse_cooked('<p>See <a href="/t/hello/12/3?u=ada">this</a></p>', "https://f.org").posts
    {(12, 3): 1}
    """
    if len(html) > LONGEST:
        raise MalformedPayloadError(f"a post of {len(html):,} characters is too long")
    reader = _HtmlReader(home)
    reader.feed(html)
    return PostContent(
        len(" ".join("".join(reader.text).split())),
        dict(reader.users),
        dict(reader.topics),
        dict(reader.posts),
        dict(reader.quotes),
    )


class _HtmlReader:
    """Scans HTML once, in time linear in its length.

    Python's `html.parser` starts again at each "<" that nothing closes (fixed in its latest
    versions), so a post made for that purpose would keep it busy for minutes.
    """

    def __init__(self, home: str) -> None:
        self._home = home
        self.text: list[str] = []
        self.users: Counter[str] = Counter()
        self.topics: Counter[int] = Counter()
        self.posts: Counter[tuple[int, int]] = Counter()
        self.quotes: Counter[tuple[int, int]] = Counter()

    def feed(self, html: str) -> None:
        """Scan a whole post."""
        at = seen = 0
        while (start := html.find("<", seen)) >= 0:
            tag = _TAG.match(html, start)
            if tag is not None:
                end = tag.end()
                self._tag(tag[1].lower(), tag[2])
            elif html.startswith("<!--", start):
                end = html.find("-->", start + 4) + 3
            elif html.startswith(_HIDDEN, start):
                end = html.find(">", start) + 1
            elif _NAME.match(html, start):
                end = 0
            else:  # less than, as in "1 < 2"
                seen = start + 1
                continue
            self.text.append(unescape(html[at:start]))
            if end <= start:
                return  # nothing closes it: as in browsers, the rest is not shown
            at = seen = end
        self.text.append(unescape(html[at:]))

    def _tag(self, tag: str, attributes: str) -> None:
        if tag not in {"a", "aside"}:
            return
        values: dict[str, str] = {}
        for name, double, single, bare in _ATTRIBUTE.findall(attributes):
            values[name.lower()] = unescape(double or single or bare)
        if tag == "a":
            self._link(values.get("href", ""))
        elif "quote" in values.get("class", "").split():
            topic, number = values.get("data-topic", ""), values.get("data-post", "")
            if re.fullmatch(_NUMBER, topic) and re.fullmatch(_NUMBER, number):
                self.quotes[int(topic), int(number)] += 1

    def _link(self, href: str) -> None:
        path = _path(unquote(href), self._home)
        if match := _POST.fullmatch(path):
            self.posts[int(match[1]), int(match[2])] += 1
        elif match := _TOPIC.fullmatch(path):
            self.topics[int(match[1])] += 1
        elif match := _USER.fullmatch(path):
            self.users[match[1].lower()] += 1


def _path(href: str, home: str) -> str:
    """Return the path of a link within the forum; "" if it leads elsewhere."""
    if href.startswith("/"):
        base = urlsplit(home).path
        return href.removeprefix(base) if href.startswith(f"{base}/") else href
    rest = href[len(home) :]
    is_here = href[: len(home)].lower() == home.lower()
    return rest if is_here else ""

"""What a post's HTML links to, and how long its text is. Pure; the text goes no further.

SourceCred's rules (SPEC §13): only `<a href>` counts, absolute or beginning with /, on this
forum alone, whatever the case, decoded; `/t/SLUG/TOPIC`, `/t/SLUG/TOPIC/POST` and `/u/NAME`,
with a slash or a query behind. Quotes, which it did not know, are read from what Discourse
writes around them.
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
"""Characters of HTML that are read; Discourse itself allows a tenth of it."""

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
"""Ends, declarations and instructions: up to the next ">"."""


@dataclass(frozen=True, slots=True)
class PostContent:
    """What is in a post's HTML, each with how often."""

    length: int = 0
    """Characters that a reader sees, runs of white space as one."""
    users: Mapping[str, int] = field(default_factory=dict)
    """Names of users, in small letters."""
    topics: Mapping[int, int] = field(default_factory=dict)
    """Numbers of topics; they need not be there."""
    posts: Mapping[tuple[int, int], int] = field(default_factory=dict)
    """(topic, number of the post in it); need not be there either."""
    quotes: Mapping[tuple[int, int], int] = field(default_factory=dict)
    """As `posts`: what is quoted."""


def parse_cooked(html: str, home: str) -> PostContent:
    """Return what a post's HTML holds.

    Parameters
    ----------
    html
        The "cooked" text of a post.
    home
        The forum's address without a slash at its end: "https://forum.example.org".

    Raises
    ------
    OddPayloadError
        If it is too long to be a post.

    >>> read('<p>See <a href="/t/hello/12/3?u=ada">this</a></p>', "https://f.org").posts
    {(12, 3): 1}
    """
    if len(html) > LONGEST:
        raise MalformedPayloadError(f"a post of {len(html):,} characters is too long")
    reader = _Reader(home)
    reader.feed(html)
    return PostContent(
        len(" ".join("".join(reader.text).split())),
        dict(reader.users),
        dict(reader.topics),
        dict(reader.posts),
        dict(reader.quotes),
    )


class _Reader:
    """Goes through HTML once, whatever is in it.

    Python's `html.parser` begins again at each "<" that nothing closes (fixed in its latest
    versions): minutes for a post that is made for it, in which nothing else would happen.
    """

    def __init__(self, home: str) -> None:
        self._home = home
        self.text: list[str] = []
        self.users: Counter[str] = Counter()
        self.topics: Counter[int] = Counter()
        self.posts: Counter[tuple[int, int]] = Counter()
        self.quotes: Counter[tuple[int, int]] = Counter()

    def feed(self, html: str) -> None:
        """Take in a whole post."""
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
            else:  # a sign, as in "1 < 2"
                seen = start + 1
                continue
            self.text.append(unescape(html[at:start]))
            if end <= start:
                return  # nothing closes it: as in browsers, what follows is not seen
            at = seen = end
        self.text.append(unescape(html[at:]))

    def _tag(self, tag: str, attributes: str) -> None:
        if tag not in {"a", "aside"}:
            return
        of: dict[str, str] = {}
        for name, double, single, bare in _ATTRIBUTE.findall(attributes):
            of[name.lower()] = unescape(double or single or bare)
        if tag == "a":
            self._link(of.get("href", ""))
        elif "quote" in of.get("class", "").split():
            topic, number = of.get("data-topic", ""), of.get("data-post", "")
            if re.fullmatch(_NUMBER, topic) and re.fullmatch(_NUMBER, number):
                self.quotes[int(topic), int(number)] += 1

    def _link(self, href: str) -> None:
        path = _path(unquote(href), self._home)
        if found := _POST.fullmatch(path):
            self.posts[int(found[1]), int(found[2])] += 1
        elif found := _TOPIC.fullmatch(path):
            self.topics[int(found[1])] += 1
        elif found := _USER.fullmatch(path):
            self.users[found[1].lower()] += 1


def _path(href: str, home: str) -> str:
    """Return the part of a link behind the forum's address; "" where it leads elsewhere."""
    if href.startswith("/"):
        base = urlsplit(home).path
        return href.removeprefix(base) if href.startswith(f"{base}/") else href
    rest = href[len(home) :]
    same = href[: len(home)].lower() == home.lower()
    return rest if same else ""

"""Splitting a line into words; reading and writing mentions, links and names."""

import re
from dataclasses import dataclass
from typing import Final

from bot.commands.kit.arguments import ContributionLink, Mention
from bot.services.entries.entry_types import MANUAL

_QUOTES: Final = {'"': '"', "“": "”", "„": "“", "«": "»"}
_MENTION: Final = re.compile(r"<@!?(-?\d{1,20})>", re.ASCII)
"""Discord's notation. Adapters of other platforms rewrite their own mentions to it."""
_LINKS: Final = {
    "discord": (
        re.compile(
            r"<?https?://(?:\w+\.)?discord(?:app)?\.com/channels/\d+/\d+/(\d{1,20})/?>?",
            re.ASCII,
        ),
        re.compile(r"message:(\d{1,20})", re.ASCII),
    ),
    # Every forum has its own addresses, so its adapter rewrites them to ids.
    "discourse": (re.compile(r"((?:post|topic):\d{1,15})", re.ASCII),),
}
_ENTRY: Final = re.compile(r"(?:thanks|contribution|initiative):[1-9]\d{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line, or a text in quotes."""

    text: str
    quoted: bool = False
    """It was in quotes, so it is text and never a keyword."""
    is_name: bool = False
    """It began with "@". `text` still has the "@" unless it was quoted."""


def split_words(line: str) -> list[Word]:
    """Split a line at whitespace outside quotes; a quote that is never closed is a letter."""
    words: list[Word] = []
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        is_name = line[at] == "@"
        start = at + is_name
        closing = _QUOTES.get(line[start : start + 1])
        end = line.find(closing, start + 1) if closing else -1
        if end > start + 1:
            words.append(Word(line[start + 1 : end], quoted=True, is_name=is_name))
            at = end + 1
            continue
        end = at
        while end < len(line) and not line[end].isspace():
            end += 1
        words.append(Word(line[at:end], is_name=is_name and end > at + 1))
        at = end
    return words


def quote(text: str) -> str:
    """Return a text in a pair of quotes that it does not contain.

    Raises
    ------
    ValueError
        If it contains every kind of quote, or is empty.
    """
    for opening, closing in _QUOTES.items():
        if text and closing not in text:
            return f"{opening}{text}{closing}"
    raise ValueError(f"no quotes are left to put around {text!r}")


def read_mention(word: Word, source: str) -> Mention | None:
    """Return whom a word mentions; None where it is no mention."""
    match = None if word.quoted else _MENTION.fullmatch(word.text)
    return Mention(source, match[1]) if match else None


def read_link(word: Word, source: str) -> ContributionLink | None:
    """Return the contribution that a word leads to; None where it is no link."""
    return None if word.quoted else parse_link(word.text, source)


def read_name(word: Word) -> str:
    """Return a word as a name, without "@"."""
    if word.quoted:
        return word.text
    return word.text.removeprefix("@") or word.text


def parse_account(text: str, source: str) -> str | Mention:
    """Return the account that a whole text names: a mention where it is one, or the text."""
    words = split_words(text)
    return (read_mention(words[0], source) if len(words) == 1 else None) or text


def parse_link(text: str, source: str) -> ContributionLink | None:
    """Return what a link, "message:<id>" or "contribution:7" leads to; None if to nothing.

    Links of every platform are understood, wherever they are typed.
    """
    for platform in (source, *_LINKS):
        for pattern in _LINKS.get(platform, ()):
            if match := pattern.fullmatch(text):
                return ContributionLink(platform, match[1])
    entry = text.casefold()
    return ContributionLink(MANUAL, entry) if _ENTRY.fullmatch(entry) else None


def write_mention(mention: Mention) -> str:
    """Return a mention as `read_mention` reads it."""
    return f"<@{mention.account}>"


def write_link(link: ContributionLink) -> str:
    """Return a link as `parse_link` reads it."""
    return f"message:{link.contribution}" if link.source == "discord" else link.contribution

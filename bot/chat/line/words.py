"""A line split into words, and what single words can be: mentions, links, names."""

import re
from dataclasses import dataclass
from typing import Final

from bot.commands.kit.model import ContributionLink, Mention
from bot.services.entries.entry_types import SOURCE as MANUAL

_QUOTES: Final = {'"': '"', "“": "”", "„": "“", "«": "»"}
_MENTION: Final = re.compile(r"<@!?(-?\d{1,20})>", re.ASCII)
"""As Discord writes it; other platforms' adapters put it in place of their own names."""
_LINKS: Final = {
    "discord": (
        re.compile(
            r"<?https?://(?:\w+\.)?discord(?:app)?\.com/channels/\d+/\d+/(\d{1,20})/?>?",
            re.ASCII,
        ),
        re.compile(r"message:(\d{1,20})", re.ASCII),
    ),
    # A forum's addresses are its own, so its adapter puts ids in their place.
    "discourse": (re.compile(r"((?:post|topic):\d{1,15})", re.ASCII),),
}
_ENTERED: Final = re.compile(r"(?:thanks|contribution|initiative):[1-9]\d{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line, or what is between quotes."""

    text: str
    quoted: bool = False
    """Between quotes, so surely text and no keyword."""
    is_name: bool = False
    """Begins with "@", which `text` has not got if it is quoted."""


def split(line: str) -> list[Word]:
    """Split at blanks outside quotes. A quote that is never closed is a letter like others."""
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


def quoted(text: str) -> str:
    """Return a text between quotes that are not in it.

    Raises
    ------
    ValueError
        If it has all of them.
    """
    for opening, closing in _QUOTES.items():
        if text and closing not in text:
            return f"{opening}{text}{closing}"
    raise ValueError(f"no quotes are left to put around {text!r}")


def mention(word: Word, source: str) -> Mention | None:
    """Return whom a word mentions; None where it is no mention."""
    match = None if word.quoted else _MENTION.fullmatch(word.text)
    return Mention(source, match[1]) if match else None


def account_named(text: str, source: str) -> str | Mention:
    """Return the account that a text alone names, mention or not."""
    words = split(text)
    return (mention(words[0], source) if len(words) == 1 else None) or text


def contribution_link(text: str, source: str) -> ContributionLink | None:
    """Return what a link, "message:<id>" or "contribution:7" leads to; None if to nothing.

    A platform's own links lead there wherever they are typed.
    """
    for platform in (source, *_LINKS):
        for pattern in _LINKS.get(platform, ()):
            if match := pattern.fullmatch(text):
                return ContributionLink(platform, match[1])
    return ContributionLink(MANUAL, text) if _ENTERED.fullmatch(text) else None


def link(word: Word, source: str) -> ContributionLink | None:
    """Return what a word leads to; None where it is no link."""
    return None if word.quoted else contribution_link(word.text, source)


def name(word: Word) -> str:
    """Return a word as somebody's name, without "@"."""
    if word.quoted:
        return word.text
    return word.text.removeprefix("@") or word.text

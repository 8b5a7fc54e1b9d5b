"""Reads the rest of a line as a form: a title, people with shares, a date, a link, a reason.

Each part is told by what it looks like, so that they come in any order; what looks like nothing
else is the title or the reason:

    contrib add Fixed the docs @ada 2 @bob 1 on 2026-10-03 kind docs https://…
    thanks @ada and Bob for showing me around

A form's parameters take none of what `bot.chat.line.parse` reads in its own way, but `TEXT`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from bot.chat.line.words import Word, contribution_link, link, mention, name, quoted
from bot.commands.kit.model import (
    Argument,
    Command,
    ContributionLink,
    Mention,
    Parameter,
    Share,
    Takes,
)

PARTS: Final = frozenset(
    {
        Takes.PEOPLE,
        Takes.SHARES,
        Takes.DATE,
        Takes.URL,
        Takes.ITEM,
        Takes.REFERENCE,
        Takes.CHOICE,
        Takes.TITLE,
    }
)
"""What a form takes; a command with one of these is a form."""

_FREE: Final = frozenset({Takes.TITLE, Takes.TEXT})
_BETWEEN: Final = frozenset({"and", "&", ",", "+"})
_BEFORE_DATE: Final = frozenset({"on", "date", "date:"})
_BEFORE_TEXT: Final = frozenset({"for", "because", "reason:", ":"})
_NOISE: Final = frozenset({"to", "by", "with", "link", "link:", "at", "in"})
"""Between parts, where there is no title that it could be part of."""
_DAYS: Final = {"today": 0, "yesterday": 1}
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER: Final = re.compile(r"(?:([a-z]{1,12})[: ]|)#?([1-9]\d{0,8})", re.ASCII)
_SHARE: Final = re.compile(r"x?(\d{1,9})x?,?", re.ASCII)
_THINGS: Final = frozenset({"contribution", "initiative", "thanks"})

_Found = tuple[Parameter, Argument, int]


def is_form(command: Command) -> bool:
    """Tell whether a command's arguments are read here."""
    return any(parameter.takes in PARTS for parameter in command.parameters)


def arguments(
    command: Command, words: Sequence[Word], source: str, now_ms: int
) -> tuple[Mapping[str, Argument], str]:
    """Return the arguments, and the first word that makes no sense ("" if all do)."""
    given: dict[str, Argument] = {}
    at = 0
    while at < len(words):
        open_ = [one for one in command.parameters if one.name not in given]
        found = _marked(open_, words[at:], source, now_ms) or _free(
            open_, words[at:], source, now_ms
        )
        if found is None:
            first = words[at].text.casefold()
            if first in _BEFORE_DATE and at + 1 < len(words):
                return given, words[at + 1].text
            if first not in _NOISE:
                return given, words[at].text
            at += 1
            continue
        parameter, argument, taken = found
        given[parameter.name] = argument
        at += taken
    return _with_link(command, given, source), ""


def typed(parameter: Parameter, argument: Argument) -> str:  # noqa: PLR0911 - one per kind
    """Return how an argument of a form is typed so that it is read again as it is."""
    match argument:
        case ContributionLink(source="discord"):
            return f"message:{argument.contribution}"
        case ContributionLink():
            return argument.contribution
        case tuple():
            with_shares = parameter.takes is Takes.SHARES
            return " ".join(
                f"{_person_typed(one.person)}{f' {one.share}' if with_shares else ''}"
                for one in argument
            )
        case date():
            return argument.isoformat()
        case str() if parameter.takes is Takes.CHOICE:
            return f"{parameter.keyword} {quoted(argument)}"
        case str() if parameter.takes is Takes.URL:
            return argument
        case str() if parameter.takes is Takes.TEXT:
            return f"for {quoted(argument)}"
        case str():
            return quoted(argument)
        case _:
            return str(argument)


def day(text: str, now_ms: int) -> date | None:
    """Return the day that a text names: ISO, today or yesterday (UTC); None if none."""
    tidy = text.strip().casefold()
    if tidy in _DAYS:
        today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
        return today - timedelta(days=_DAYS[tidy])
    if not _ISO.fullmatch(tidy):
        return None
    try:
        return date.fromisoformat(tidy)
    except ValueError:
        return None


def item(text: str, source: str) -> ContributionLink | None:
    """Return what "contribution 7", "initiative:2" or a link names; None if nothing."""
    words = text.strip().casefold().replace("#", "").split()
    if len(words) == len(("what", "number")) and words[0] in _THINGS:
        return contribution_link(":".join(words), source)
    return contribution_link(text.strip(), source)


def item_of_two(words: Sequence[Word], source: str) -> ContributionLink | None:
    """Return what two words such as "contribution 7" name; None if nothing."""
    if len(words) > 1 and not words[0].quoted and words[0].text.casefold() in _THINGS:
        return item(f"{words[0].text} {words[1].text}", source)
    return None


def reference(text: str, what: str = "") -> int | None:
    """Return the number in "7", "#7" or "contribution 7"; None if there is none.

    With another word before it than `what`, it is the number of something else.
    """
    match = _NUMBER.fullmatch(text.strip().casefold())
    return int(match[2]) if match and match[1] in {None, what} else None


def shares(text: str) -> list[int] | None:
    """Return the shares in "2, 1"; None where something of it is none."""
    parts = text.replace(",", " ").split()
    found = [int(match[1]) for part in parts if (match := _SHARE.fullmatch(part))]
    return found if len(found) == len(parts) else None


def _person_typed(person: Mention | str) -> str:
    return f"<@{person.account}>" if isinstance(person, Mention) else f"@{quoted(person)}"


def _marked(
    parameters: Sequence[Parameter], words: Sequence[Word], source: str, now_ms: int
) -> _Found | None:
    """Return what the next words surely are."""
    # A number alone is one; "contribution:7" is that before it is some number.
    for parameter in sorted(parameters, key=lambda one: one.takes is Takes.REFERENCE):
        found: tuple[Argument, int] | None = None
        match parameter.takes:
            case Takes.CHOICE:
                found = _choice(parameter, words)
            case Takes.ITEM:
                found = _item(words, source)
            case Takes.URL:
                found = _url(words[0])
            case Takes.DATE:
                found = _date(words, now_ms)
            case Takes.PEOPLE:
                found = _people_and_names(words, source)
            case Takes.SHARES:
                found = _people(words, source, with_shares=True)
            case Takes.REFERENCE if not words[0].quoted:
                found = _numbered(parameter, words)
            case _:
                pass
        if found is not None:
            return parameter, *found
    return None


def _free(
    parameters: Sequence[Parameter], words: Sequence[Word], source: str, now_ms: int
) -> _Found | None:
    """Return what words that look like nothing else are: names, a title or a reason."""
    people = next(
        (parameter for parameter in parameters if parameter.takes is Takes.PEOPLE), None
    )
    if people is not None and words[0].text.casefold() not in _BEFORE_TEXT:
        named = _names(words, source)
        if named is not None:
            return people, *named
    text = next((parameter for parameter in parameters if parameter.takes in _FREE), None)
    if text is None:
        return None
    if text.takes is Takes.TITLE:
        taken = 1
        if not words[0].quoted:
            while taken < len(words) and not _marked(parameters, words[taken:], source, now_ms):
                taken += 1
        return text, " ".join(word.text for word in words[:taken]), taken
    rest = [word.text for word in words]
    if len(rest) > 1 and not words[0].quoted and rest[0].casefold() in _BEFORE_TEXT:
        rest = rest[1:]
    return text, " ".join(rest), len(words)


def _with_link(
    command: Command, given: Mapping[str, Argument], source: str
) -> Mapping[str, Argument]:
    """Take a link at the beginning of a reason for what it is about."""
    thing = next(
        (parameter.name for parameter in command.parameters if parameter.takes is Takes.ITEM),
        None,
    )
    text = next(
        (parameter.name for parameter in command.parameters if parameter.takes is Takes.TEXT),
        None,
    )
    reason = given.get(text or "")
    if thing is None or text is None or thing in given or not isinstance(reason, str):
        return given
    first, _, rest = reason.partition(" ")
    found = contribution_link(first, source)
    if found is None:
        return given
    others = {one: value for one, value in given.items() if one != text}
    return {**others, thing: found, **({text: rest} if rest else {})}


def _numbered(parameter: Parameter, words: Sequence[Word]) -> tuple[Argument, int] | None:
    """Return "7", also in "contribution 7" where that is the parameter's keyword."""
    with_word = len(words) > 1 and words[0].text.casefold() == parameter.keyword
    taken = 2 if with_word else 1
    number = reference(" ".join(word.text for word in words[:taken]), parameter.keyword)
    return None if number is None else (number, taken)


def _choice(parameter: Parameter, words: Sequence[Word]) -> tuple[Argument, int] | None:
    first = words[0]
    if first.quoted:
        return None
    text = first.text.casefold()
    for mark in ":=":
        if text.startswith(f"{parameter.keyword}{mark}") and not text.endswith(mark):
            return first.text[len(parameter.keyword) + 1 :], 1
    if text.rstrip(":=") == parameter.keyword and len(words) > 1:
        return words[1].text, 2
    return None


def _item(words: Sequence[Word], source: str) -> tuple[Argument, int] | None:
    found = link(words[0], source)
    if found is not None:
        return found, 1
    found = item_of_two(words, source)
    return None if found is None else (found, 2)


def _url(word: Word) -> tuple[Argument, int] | None:
    text = word.text.strip("<>")
    return (text, 1) if text.casefold().startswith(("https://", "http://")) else None


def _date(words: Sequence[Word], now_ms: int) -> tuple[Argument, int] | None:
    if words[0].quoted:
        return None
    before = len(words) > 1 and words[0].text.casefold() in _BEFORE_DATE
    found = day(words[before].text, now_ms)
    return None if found is None else (found, 1 + before)


def _people_and_names(words: Sequence[Word], source: str) -> tuple[Argument, int] | None:
    """Return people named by mention or "@", and others after an "and", up to "for"."""
    found = _people(words, source, with_shares=False)
    if found is None:
        return None
    people, end = found
    rest = words[end + 1 :]
    if not (end < len(words) and words[end].text.casefold() in _BETWEEN and _stop(rest)):
        return people, end
    others = _names(rest, source)
    if others is None:
        return people, end
    return (*people, *others[0]), end + 1 + others[1]


def _people(
    words: Sequence[Word], source: str, *, with_shares: bool
) -> tuple[tuple[Share, ...], int] | None:
    """Return people named by mention or "@", each perhaps with a share behind."""
    found: list[Share] = []
    at = end = 0
    while at < len(words):
        person = _person(words[at], source)
        if person is None:
            if not found or words[at].quoted or words[at].text.casefold() not in _BETWEEN:
                break
            at += 1
            continue
        share = None
        if with_shares and at + 1 < len(words) and not words[at + 1].quoted:
            share = _SHARE.fullmatch(words[at + 1].text)
        found.append(Share(person, int(share[1]) if share else 1))
        at += 2 if share else 1
        end = at
    return (tuple(found), end) if found else None


def _person(word: Word, source: str) -> Mention | str | None:
    bare = word if word.quoted else Word(word.text.rstrip(",;:"), is_name=word.is_name)
    return mention(bare, source) or (name(bare) if word.is_name else None)


def _stop(words: Sequence[Word]) -> int | None:
    """Return where "for" stands; None where it is not there."""
    return next(
        (
            at
            for at, word in enumerate(words)
            if not word.quoted and word.text.casefold() == "for"
        ),
        None,
    )


def _names(words: Sequence[Word], source: str) -> tuple[tuple[Share, ...], int] | None:
    """Return people named without "@", up to "for"; where there is none, one word is a name."""
    stop = _stop(words)
    end = 1 if stop is None else stop
    found: list[Share] = []
    parts: list[str] = []
    for word in words[:end]:
        person = _person(word, source)
        text = word.text if word.quoted else word.text.rstrip(",;:")
        between = not word.quoted and word.text.casefold() in _BETWEEN
        if person is None and not between:
            parts.append(text)
        if parts and (person is not None or between or (text != word.text and not word.quoted)):
            found.append(Share(" ".join(parts)))
            parts = []
        if person is not None:
            found.append(Share(person))
    if parts:
        found.append(Share(" ".join(parts)))
    return (tuple(found), end) if found else None

"""A line of text → which command, with which arguments. Shared by every platform.

What is typed is forgiving: any order that is unambiguous ("last month @ada"), names with or
without quotes, capitals as one likes. At each word the parameters not yet given are tried;
the one that takes most words wins, then the one that is declared first.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import Final

from bot.chat.line import forms
from bot.chat.line.words import Word, link, mention, name, quoted, split
from bot.commands.kit.dispatch import UserMistake
from bot.commands.kit.model import (
    Argument,
    Command,
    ContributionLink,
    Mention,
    Parameter,
    Takes,
)
from bot.commands.kit.registry import Registry, nearest
from cred.errors import InvalidInputError
from cred.periods import Period, is_period, read

LONGEST_TEXT: Final = 500
"""Characters of a line that are worth reading at all."""
_MOST_PERIOD_WORDS: Final = 3
_FIRST_YEAR: Final = 2000
"""A number from here on is rather a year than a page."""

_NO_COUNT: Final = re.compile(r"-\d+|0+|-?\d+[.,]\d+", re.ASCII)
"""A number, but none that counts anything."""
_LIKE_A_DATE: Final = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}", re.ASCII)
_LIKE_A_SHARE: Final = re.compile(
    r"[-+]?(?:\d[\d.,]*(?:e[-+]?\d+)?%?|nan|inf(?:inity)?)", re.ASCII | re.IGNORECASE
)
_LIKE_A_PERIOD: Final = re.compile(
    r"(?:(?:this|last|past|previous|next) )?(?:-?\d+ )?(?:week|month|year)s?"
    r"|(?:(?:this|last|past|previous|next|-?\d+) ){1,2}"
    r"(?:minute|hour|day|weekend|fortnight|quarter|season|decade|century|millennium)s?"
    r"|\d{4}-\d{1,2}(?:-\d{1,2})?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Called:
    """A command with its arguments."""

    command: Command
    arguments: Mapping[str, Argument]
    perhaps: str = ""
    """As `Request.perhaps`."""


def is_for_us(line: str, registry: Registry) -> bool:
    """Tell whether a line, its prefix taken off, begins with a word of ours."""
    first = line.split(maxsplit=1)[:1]
    return bool(first) and first[0].casefold() in registry.first_words


def parse(line: str, registry: Registry, source: str, now_ms: int | None = None) -> Called:
    """Return what a line calls.

    Parameters
    ----------
    line
        As typed, without prefix: "cred @ada last month".
    registry
        The commands there are.
    source
        Platform whose account and contribution ids are meant.
    now_ms
        The time, for "yesterday"; that of the clock if not given.

    Raises
    ------
    UserMistake
        If it calls nothing, or a word of it makes no sense; says what would.
    """
    if len(line) > LONGEST_TEXT:
        raise UserMistake(
            f"That is {len(line):,} characters long; a command has at most {LONGEST_TEXT}.",
            title="Too long",
        )
    words = split(line)
    if not words:
        raise UserMistake("Say what you want to know.", title="Yes?", try_lines=("help",))
    command, rest, perhaps = _command(words, registry)
    if not forms.is_form(command):
        return Called(command, _arguments(command, rest, source), perhaps)
    moment = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    arguments, odd = forms.arguments(command, rest, source, moment)
    if odd:
        raise _senseless(command, odd)
    return Called(command, arguments, perhaps)


def line_of(command: Command, arguments: Mapping[str, Argument]) -> str:
    """Return the line that calls a command with arguments; `parse` of it gives them back."""
    given = [parameter for parameter in command.parameters if parameter.name in arguments]
    if forms.is_form(command):
        parts = [forms.typed(parameter, arguments[parameter.name]) for parameter in given]
    else:
        parts = [_typed(arguments[parameter.name]) for parameter in given]
    return " ".join([command.line, *parts])


def _typed(argument: Argument) -> str:
    match argument:
        case Mention():
            return f"<@{argument.account}>"
        case ContributionLink(source="discord"):
            return f"message:{argument.contribution}"
        case ContributionLink():
            return argument.contribution
        case Period():
            return argument.text
        case int():
            return str(argument)
        case str():
            return quoted(argument)
        case date() | tuple():
            raise TypeError(f"only a form takes {argument!r}")


def _command(words: Sequence[Word], registry: Registry) -> tuple[Command, Sequence[Word], str]:
    """Return the command, the words left for it, and the line that may have been meant."""
    first = words[0].text.casefold()
    if (command := registry.alone(first)) is not None:
        return command, words[1:], ""
    outer = words[1].text.casefold() if len(words) > 1 and not words[1].quoted else ""
    if inner := registry.in_group(f"{first} {outer}"):
        first, words, group = f"{first} {outer}", words[1:], inner
    else:
        group = registry.in_group(first)
    if not group:
        raise _unknown(first, registry)
    second = words[1].text.casefold() if len(words) > 1 and not words[1].quoted else ""
    if second in group:
        return group[second], words[2:], ""
    inside = {one: registry.in_group(f"{first} {one}") for one in registry.groups_in(first)}
    near = nearest(second, [*group, *inside]) if second else None
    default = registry.default(first)
    if default is not None:
        return default, words[1:], f"{first} {near}" if near else ""
    said = f"There is no “{first} {second}”" if second else f"“{first}” alone does nothing"
    if near in group:
        lines: tuple[str, ...] = (f"{first} {near}",)
    else:
        groups = [inside[near]] if near else [group, *inside.values()]
        lines = tuple(one.line for members in groups for one in _own(members))
    raise UserMistake(f"{said}. Try:", title="No such command", try_lines=lines)


def _own(group: Mapping[str, Command]) -> list[Command]:
    return list(dict.fromkeys(group.values()))


def _unknown(word: str, registry: Registry) -> UserMistake:
    everywhere = {command.name: command.line for command in registry.commands}
    everywhere |= {
        command.group: command.group for command in registry.commands if command.group
    }
    near = nearest(word, everywhere)
    return UserMistake(
        f"I know no command “{word:.40}”. "
        + ("Did you mean this?" if near else "This shows all:"),
        title="No such command",
        try_lines=(everywhere[near],) if near else ("help",),
    )


def _arguments(command: Command, words: Sequence[Word], source: str) -> Mapping[str, Argument]:
    given: dict[str, Argument] = {}
    # A name in several words without quotes grows word by word; only the last one can.
    growing: str | None = None
    at = 0
    while at < len(words):
        found = _best(command.parameters, given, words[at:], source)
        if (growing if found is None else _is_name(found)) and (
            odd := _no_name(command, words[at:])
        ):
            raise _senseless(command, odd)
        if found is None and growing is not None:
            given[growing] = f"{given[growing]} {words[at].text}"
            at += 1
            continue
        if found is None:
            raise _senseless(command, words[at].text)
        parameter, argument, taken = found
        given[parameter.name] = argument
        is_bare = isinstance(argument, str) and not words[at].quoted
        growing = parameter.name if is_bare else None
        at += taken
    return given


def _is_name(found: tuple[Parameter, Argument, int]) -> bool:
    parameter, argument, _ = found
    return isinstance(argument, str) and parameter.takes is not Takes.TEXT


def _no_name(command: Command, words: Sequence[Word]) -> str:
    """Return what of the next words is surely meant as a period or number; "" if nothing.

    To be told that nobody is called “last 0” helps no one. Quoted or after "@" it is a name.
    """
    bare = list(takewhile(lambda word: not word.quoted, words[:_MOST_PERIOD_WORDS]))
    texts = [" ".join(one.text for one in bare[:count]) for count in range(len(bare), 0, -1)]
    counts = any(parameter.takes is Takes.NUMBER for parameter in command.parameters)
    if counts and texts and _NO_COUNT.fullmatch(texts[-1]):
        return texts[-1]
    return next((text for text in texts if _LIKE_A_PERIOD.fullmatch(text)), "")


def _best(
    parameters: Sequence[Parameter],
    given: Mapping[str, Argument],
    words: Sequence[Word],
    source: str,
) -> tuple[Parameter, Argument, int] | None:
    """Return the parameter that takes most of the next words, its argument, and how many."""
    best: tuple[Parameter, Argument, int] | None = None
    best_rank = (0, 0)
    for parameter in parameters:
        if parameter.name in given or _must_wait(parameter, parameters, given):
            continue
        for argument, taken in _readings(parameter, words, source):
            # What is exactly a period, a number or a mention is that before it is a name.
            rank = (taken, 0 if isinstance(argument, str) else 1)
            if rank > best_rank:
                best, best_rank = (parameter, argument, taken), rank
    return best


def _must_wait(
    parameter: Parameter, parameters: Sequence[Parameter], given: Mapping[str, Argument]
) -> bool:
    """Tell whether a text would take what is declared, and so typed, before it."""
    before = takewhile(lambda one: one is not parameter, parameters)
    return parameter.takes is Takes.TEXT and any(
        one.takes in {Takes.ACCOUNT, Takes.WORD} and one.name not in given for one in before
    )


def _readings(  # noqa: PLR0911 - one per kind
    parameter: Parameter, words: Sequence[Word], source: str
) -> list[tuple[Argument, int]]:
    word = words[0]
    match parameter.takes:
        case Takes.PERSON | Takes.ACCOUNT:
            return [(mention(word, source) or name(word), 1)]
        case Takes.THING:
            entered = forms.item_of_two(words, source)
            return [
                (link(word, source) or mention(word, source) or name(word), 1),
                *([] if entered is None else [(entered, 2)]),
            ]
        case Takes.PERIOD:
            return _periods(words)
        case Takes.NUMBER:
            return _numbers(parameter.name, words)
        case Takes.WORD:
            return [(word.text, 1)]
        case Takes.TEXT:
            return [(" ".join(one.text for one in words), len(words))]
        case _:
            return []  # what only a form takes


def _numbers(name: str, words: Sequence[Word]) -> list[tuple[Argument, int]]:
    """Return "2", also in "page 2", "8 weeks" and "last 8 weeks"."""
    texts = ["" if word.quoted else word.text.casefold() for word in words[:3]]
    names = {name, name.removesuffix("s")}
    before = len(texts) > 1 and texts[0] in names
    after = not before and len(texts) > 1 and texts[1] in names
    since = texts[0] in {"last", "past"} and len(texts) > 2 and texts[2] in names  # noqa: PLR2004
    text = texts[1] if before or since else texts[0]
    if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or not 1 <= int(text) < _FIRST_YEAR:
        return []
    return [(int(text), 3 if since else 2 if before or after else 1)]


def _periods(words: Sequence[Word]) -> list[tuple[Argument, int]]:
    found: list[tuple[Argument, int]] = []
    for taken in range(1, min(_MOST_PERIOD_WORDS, len(words)) + 1):
        if words[taken - 1].quoted:
            break
        text = " ".join(word.text for word in words[:taken])
        if is_period(text):
            found.append((read(text), taken))
    return found


def _senseless(command: Command, text: str) -> UserMistake:
    hint = ""
    takes = {parameter.takes for parameter in command.parameters}
    number = next(
        (parameter.name for parameter in command.parameters if parameter.takes is Takes.NUMBER),
        "",
    )
    if Takes.DATE in takes and _LIKE_A_DATE.fullmatch(text):
        hint = " A day is written like 2026-10-03, and has to be in the calendar."
    elif Takes.SHARES in takes and _LIKE_A_SHARE.fullmatch(text):
        hint = " A share is a whole number from 1 up."
    elif Takes.REFERENCE in takes and _LIKE_A_SHARE.fullmatch(text):
        is_one = forms.reference(text) is not None
        hint = " One number, please." if is_one else " A number is whole, from 1 up."
    elif Takes.SHARES in takes and text[:1].isalpha():
        hint = " A title with more behind a name, and a name of several words, go in quotes."
    elif Takes.PEOPLE in takes and text[:1].isalpha():
        hint = " A name of several words goes in quotes: @“Ada Lovelace”."
    elif number and _NO_COUNT.fullmatch(text):
        hint = f" [{number}] is a whole number from 1 up."
    elif not any(parameter.takes is Takes.PERIOD for parameter in command.parameters):
        hint = " It takes no period." if _LIKE_A_PERIOD.fullmatch(text) else ""
    else:
        try:
            read(text)
        except InvalidInputError as error:
            hint = f" {str(error)[:1].upper()}{str(error)[1:]}"
        else:
            hint = " Only one period, please."
    return UserMistake(
        f"I can't make sense of “{text:.40}” in {command.usage}.{hint} For example:",
        title="I don't follow",
        try_lines=command.examples[:3] or (command.line,),
    )

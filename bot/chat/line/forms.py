"""Reads a form: a title, people with shares, a date, a link, a reason.

Parts come in any order, because each is recognised by what it looks like. What looks like
nothing else is the title or the reason:

    contrib add Fixed the docs @ada 2 @bob 1 on 2026-10-03 kind docs https://…
    thanks @ada and Bob for showing me around
"""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.chat.line.mistakes import unreadable_word
from bot.commands.kit.arguments import Argument
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters.date import PREPOSITIONS, resembles_date
from bot.commands.kit.parameters.parameter import InputContext, Parameter, Reading, Typed
from bot.commands.kit.parameters.people_list import goes_on
from bot.commands.kit.parameters.text import OPENS_REASON
from bot.commands.kit.words import Word, parse_link
from cred.calendar_words import MOST_WORDS

_FILLERS: Final = frozenset({"to", "by", "with", "link", "link:", "at", "in"})
"""Words that may stand between parts, where there is no title that they could belong to."""


def is_form(command: Command) -> bool:
    """Tell whether a command's arguments are read here."""
    return any(parameter.type.is_part for parameter in command.parameters)


def read_form(
    command: Command, words: Sequence[Word], context: InputContext
) -> Mapping[str, Argument]:
    """Return the arguments that words are, by the names of their parameters.

    Raises
    ------
    UserError
        If a word cannot be read.
    """
    given: dict[str, Argument] = {}
    at = 0
    end_of_people = 0
    while at < len(words):
        rest = words[at:]
        missing = [parameter for parameter in command.parameters if parameter.name not in given]
        found = _read_part(missing, rest, context)
        if found is None and at == end_of_people > 0:
            _check_people_end(words, at)
        found = found or _read_loosely(missing, rest, context)
        if found is not None:
            parameter, (argument, count) = found
            given[parameter.name] = argument
            at += count
            end_of_people = at if parameter.type.lists_people else 0
            continue
        first = rest[0].text.casefold()
        if first in PREPOSITIONS and len(rest) > 1:
            raise unreadable_word(command, _like_a_day(rest[1:]))
        if first not in _FILLERS:
            raise unreadable_word(command, rest[0].text)
        at += 1
    return _with_leading_link(command, given, context)


def _read_part(
    parameters: Sequence[Parameter], words: Sequence[Word], context: InputContext
) -> tuple[Parameter, Reading] | None:
    """Return the part that recognises the next words, and what it reads."""
    for parameter in sorted(parameters, key=lambda part: part.type.is_last_resort):
        for reading in parameter.type.read(Typed(parameter, words, context)):
            return parameter, reading
    return None


def _read_loosely(
    parameters: Sequence[Parameter], words: Sequence[Word], context: InputContext
) -> tuple[Parameter, Reading] | None:
    """Read words that no part recognises as names, a title or a reason."""
    loose = 1
    while loose < len(words) and not _read_part(parameters, words[loose:], context):
        loose += 1
    for parameter in parameters:
        reading = parameter.type.read_loosely(Typed(parameter, words, context, loose))
        if reading is not None:
            return parameter, reading
    return None


def _like_a_day(words: Sequence[Word]) -> str:
    """Return the next words that are meant as a day, or else the next word."""
    texts = [
        " ".join(word.text for word in words[:count]) for count in range(1, MOST_WORDS + 1)
    ]
    return next(filter(resembles_date, reversed(texts)), texts[0])


def _check_people_end(words: Sequence[Word], at: int) -> None:
    """Refuse words behind people that may be further people, or what is said of them."""
    if goes_on(words[at - 1], words[at]) and words[at].text.casefold() not in OPENS_REASON:
        rest = " ".join(word.text for word in words[at:])
        raise UserError(
            f"Is “{rest:.60}” somebody, or what this is about? Mention people (@…) or put "
            "their names in quotes, @“Ada Lovelace”; put “for” before what you thank them for.",
            title="Which people?",
        )


def _with_leading_link(
    command: Command, given: Mapping[str, Argument], context: InputContext
) -> Mapping[str, Argument]:
    """Take a link at the beginning of a reason as the contribution that is meant."""
    parameters = command.parameters
    item = next((each.name for each in parameters if each.type.names_contribution), "")
    reason = next((each.name for each in parameters if each.type.takes_rest), "")
    text = given.get(reason)
    if not item or item in given or not isinstance(text, str):
        return given
    first, _, rest = text.partition(" ")
    link = parse_link(first, context.source)
    if link is None:
        return given
    others = {name: argument for name, argument in given.items() if name != reason}
    return {**others, item: link, **({reason: rest} if rest else {})}

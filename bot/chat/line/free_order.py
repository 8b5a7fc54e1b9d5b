"""Reads arguments that come in any order: "last month @ada".

At each word, every parameter without an argument is tried. The one that takes most words
wins, then the one that reads something more definite than a name, then the one declared first.
A name of several words needs no quotes: words after it that nothing else takes are added to it.
"""

from collections.abc import Mapping, Sequence
from itertools import takewhile

from bot.chat.line.mistakes import unreadable_word
from bot.commands.kit.arguments import Argument
from bot.commands.kit.command import Command
from bot.commands.kit.parameters.parameter import InputContext, Parameter, Typed
from bot.commands.kit.parameters.period import MOST_WORDS, PERIOD, resembles_period
from bot.commands.kit.words import Word
from cred.periods import is_period

_Found = tuple[Parameter, Argument, int]
"""A parameter, its argument, and how many words the argument takes."""


def read_arguments(
    command: Command, words: Sequence[Word], context: InputContext
) -> Mapping[str, Argument]:
    """Read words as arguments, by parameter name.

    Raises
    ------
    UserError
        If a word cannot be read.
    """
    given: dict[str, Argument] = {}
    growing: str | None = None  # the parameter of the name that further words are added to
    at = 0
    while at < len(words):
        found = _read_next(command.parameters, given, words[at:], context)
        is_name = growing is not None if found is None else _is_name(found)
        if is_name and (text := _unusable_as_name(command, words[at:], context)):
            raise unreadable_word(command, text)
        if found is not None:
            parameter, argument, count = found
            given[parameter.name] = argument
            can_grow = _is_any_text(parameter, argument) and not words[at].quoted
            growing = parameter.name if can_grow else None
            at += count
        elif growing is not None:
            given[growing] = f"{given[growing]} {words[at].text}"
            at += 1
        else:
            text = _unusable_as_name(command, words[at:], context) or words[at].text
            raise unreadable_word(command, text)
    return given


def _is_any_text(parameter: Parameter, argument: Argument) -> bool:
    """Tell whether an argument is a text that could be anything."""
    return parameter.type.reads_any_text and isinstance(argument, str)


def _is_name(found: _Found) -> bool:
    parameter, argument, _ = found
    return _is_any_text(parameter, argument) and not parameter.type.takes_rest


def _unusable_as_name(command: Command, words: Sequence[Word], context: InputContext) -> str:
    """Return the next words that can only be a faulty period or number; "" if there are none.

    A period that the command does not take is one as well, unless somebody is called so.

    They are not looked up as a name: “Nobody is called last 0” would not help. Words in quotes
    or after "@" are always a name.
    """
    bare = list(takewhile(lambda word: not word.quoted, words[:MOST_WORDS]))
    texts = [" ".join(word.text for word in bare[:count]) for count in range(len(bare), 0, -1)]
    if texts and any(parameter.type.is_attempt(texts[-1]) for parameter in command.parameters):
        return texts[-1]
    if faulty := next(filter(resembles_period, texts), ""):
        return faulty
    if not command.shows_cred or any(each.type is PERIOD for each in command.parameters):
        return ""
    periods = (text for text in texts if is_period(text) and not text.isdigit())
    return next((text for text in periods if not context.names.find_whole(text.split())), "")


def _read_next(
    parameters: Sequence[Parameter],
    given: Mapping[str, Argument],
    words: Sequence[Word],
    context: InputContext,
) -> _Found | None:
    """Return the best reading of the next words, or None."""
    best: _Found | None = None
    best_rank = (0, False)
    for parameter in parameters:
        if parameter.name in given or _has_to_wait(parameter, parameters, given):
            continue
        for argument, count in parameter.type.read(Typed(parameter, words, context)):
            rank = (count, not _is_any_text(parameter, argument))
            if rank > best_rank:
                best, best_rank = (parameter, argument, count), rank
    return best


def _has_to_wait(
    parameter: Parameter, parameters: Sequence[Parameter], given: Mapping[str, Argument]
) -> bool:
    """Tell whether a text would take words of a parameter that is declared before it."""
    before = takewhile(lambda other: other is not parameter, parameters)
    return parameter.type.takes_rest and any(
        other.type.is_positional and other.name not in given for other in before
    )

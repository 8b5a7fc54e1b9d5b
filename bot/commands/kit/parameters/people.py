"""One or more people, with or without shares."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Final

from bot.commands.kit.arguments import Argument, Mention, Share
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters.date import resembles_date
from bot.commands.kit.parameters.number import is_figure
from bot.commands.kit.parameters.parameter import (
    InputContext,
    Option,
    Parameter,
    ParameterType,
    Picked,
    Picker,
    Reading,
    Typed,
)
from bot.commands.kit.parameters.people_list import parse_shares, read_people
from bot.commands.kit.parameters.text import OPENS_REASON
from bot.commands.kit.words import Word, quote, write_mention

_MOST_PEOPLE: Final = 5
"""Fields for people; whoever needs more types the command."""
_SHARES: Final = "shares"
_POLITE: Final = frozenset({"to", "so", "very", "much", "a", "lot", "many", "you", "again"})
"""Words that may stand between "thanks" and people."""


class PeopleType(ParameterType[tuple[Share, ...]]):
    """Mentions, or names with "and" or commas between. Read as a tuple of `Share`."""

    syntax = "Mentions, or names with “and” between, such as {}."
    is_part = True
    lists_people = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return people named by mention or "@", and others after an "and", up to "for"."""
        people = read_people(typed.words, typed.context)
        return [] if people is None else [people]

    def read_loosely(self, typed: Typed) -> Reading | None:
        """Return people named without "@", up to "for", perhaps after "so much to"."""
        words, names = typed.words, typed.context.names
        if words[0].text.casefold() in OPENS_REASON:
            return None
        skipped = 0
        if not names.find_whole([word.text for word in words]):
            skipped = sum(1 for _ in takewhile(_is_polite, words))
        people = read_people(words[skipped:], typed.context, bare=True)
        return None if people is None else (people[0], skipped + people[1])

    def write(self, argument: tuple[Share, ...]) -> str:
        """Return the people by mention or "@"."""
        return " ".join(_write_person(share.person) for share in argument)

    def options(self, parameter: Parameter) -> tuple[Option, ...]:
        """Return several fields for people."""
        return tuple(
            Option(
                name,
                Picker.USER,
                parameter.help,
                required=parameter.required and name == parameter.name,
            )
            for name in _option_names(parameter)
        )

    def from_options(
        self, parameter: Parameter, picked: Mapping[str, Picked], context: InputContext
    ) -> Argument | None:
        """Return the people that were picked, each with a share of 1."""
        del context
        people = _picked_people(parameter, picked)
        return tuple(Share(person) for person in people) or None

    def hint(self, parameter: Parameter, text: str) -> str:
        """Return how a name of several words is written."""
        del parameter
        if not text[:1].isalpha():
            return ""
        return "A name of several words goes in quotes: @“Ada Lovelace”."


class SharesType(PeopleType):
    """People named by mention or "@", each perhaps with a share: "@ada 2 @bob 1"."""

    syntax = "People with @, each perhaps with a share behind, such as {}."

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return people named by mention or "@" with their shares."""
        people = read_people(typed.words, typed.context, shares=True)
        return [] if people is None else [people]

    def read_loosely(self, typed: Typed) -> Reading | None:
        """Return None: names without "@" cannot be told from a title."""
        del typed
        return None

    def write(self, argument: tuple[Share, ...]) -> str:
        """Return the people by mention or "@", each with its share."""
        return " ".join(f"{_write_person(share.person)} {share.share}" for share in argument)

    def options(self, parameter: Parameter) -> tuple[Option, ...]:
        """Return several fields for people, and one for all their shares."""
        help_ = "Their shares in that order, such as 2, 1."
        shares = Option(_SHARES, Picker.TEXT, help_)
        return (*super().options(parameter), shares)

    def from_options(
        self, parameter: Parameter, picked: Mapping[str, Picked], context: InputContext
    ) -> Argument | None:
        """Return the people that were picked, with the shares that were filled in."""
        del context
        people = _picked_people(parameter, picked)
        text = picked.get(_SHARES)
        shares = [1] * len(people) if text is None else parse_shares(str(text))
        if shares is None or len(shares) != len(people):
            raise UserError(
                "Give a whole number as the share of each person named, in that order: 2, 1.",
                title="Which shares?",
            )
        named = zip(people, shares, strict=True)
        return tuple(Share(person, share) for person, share in named) or None

    def hint(self, parameter: Parameter, text: str) -> str:
        """Return what a share is, or when quotes are needed."""
        del parameter
        if is_figure(text) and not resembles_date(text):
            return "A share is a whole number from 1 up."
        if not text[:1].isalpha():
            return ""
        return "A title with more behind a name, and a name of several words, go in quotes."


def _option_names(parameter: Parameter) -> list[str]:
    """Return "who", "who2", "who3" …."""
    return [
        parameter.name,
        *(f"{parameter.name}{number}" for number in range(2, _MOST_PEOPLE + 1)),
    ]


def _picked_people(parameter: Parameter, picked: Mapping[str, Picked]) -> list[Mention]:
    values = (picked.get(name) for name in _option_names(parameter))
    return [value for value in values if isinstance(value, Mention)]


def _is_polite(word: Word) -> bool:
    return not word.quoted and word.text.casefold() in _POLITE


def _write_person(person: Mention | str) -> str:
    return write_mention(person) if isinstance(person, Mention) else f"@{quote(person)}"


PEOPLE = PeopleType()
SHARES = SharesType()

"""Periods: "all", "week", "last month", "2026-10", "last 8 weeks"."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.commands.kit.arguments import Argument
from bot.commands.kit.errors import UserError
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
from cred.errors import InvalidInputError
from cred.periods import Period, is_period, parse_period

MOST_WORDS: Final = 3
"""Words of the longest period."""
_SUGGESTIONS: Final = (
    "all",
    "week",
    "last week",
    "month",
    "last month",
    "year",
    "last year",
    "last 4 weeks",
    "last 8 weeks",
    "last 26 weeks",
)
_LIKE_A_PERIOD: Final = re.compile(
    r"(?:(?:this|last|past|previous|next) )?(?:-?\d+ )?(?:week|month|year)s?"
    r"|(?:(?:this|last|past|previous|next|-?\d+) ){1,2}"
    r"(?:minute|hour|day|weekend|fortnight|quarter|season|decade|century|millennium)s?"
    r"|\d{4}-\d{1,2}(?:-\d{1,2})?",
    re.ASCII | re.IGNORECASE,
)


class PeriodType(ParameterType[Period]):
    """A period of weeks. Read as a `Period`."""

    syntax = "One of: all, week, last week, month, {}, year, 2026-10, last 8 weeks."

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return the periods that the next one, two or three words name."""
        readings: list[Reading] = []
        for count in range(1, min(MOST_WORDS, len(typed.words)) + 1):
            if typed.words[count - 1].quoted:
                break
            text = " ".join(word.text for word in typed.words[:count])
            if is_period(text):
                readings.append((parse_period(text), count))
        return readings

    def write(self, argument: Period) -> str:
        """Return the period's own text."""
        return argument.text

    def options(self, parameter: Parameter) -> tuple[Option, ...]:
        """Return a text with the usual periods as suggestions."""
        return (parameter.option(Picker.TEXT, suggestions=_SUGGESTIONS),)

    def from_options(
        self, parameter: Parameter, picked: Mapping[str, Picked], context: InputContext
    ) -> Argument | None:
        """Return the period that was filled in."""
        del context
        text = picked.get(parameter.name)
        if not isinstance(text, str):
            return None
        try:
            return parse_period(text)
        except InvalidInputError as error:
            raise UserError(_as_sentence(error), title="Which weeks?") from error

    def hint(self, parameter: Parameter, text: str) -> str:
        """Return why a text is no period, or that there is one already."""
        del parameter
        try:
            parse_period(text)
        except InvalidInputError as error:
            return _as_sentence(error)
        return "Only one period, please."


def resembles_period(text: str) -> bool:
    """Tell whether a text must be meant as a period, even if it is none."""
    return _LIKE_A_PERIOD.fullmatch(text) is not None


def _as_sentence(error: Exception) -> str:
    message = str(error)
    return message[:1].upper() + message[1:]


PERIOD = PeriodType()

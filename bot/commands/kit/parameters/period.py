"""Periods: "all", "week", "last month", "september", "30 Sep", "2026-10", "last 8 weeks"."""

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
from bot.commands.kit.words import Word
from cred import calendar_words
from cred.calendar_words import is_month_name, resembles_calendar_words
from cred.errors import InvalidInputError
from cred.periods import Period, is_period, parse_period

MOST_WORDS: Final = 1 + calendar_words.MOST_WORDS
"""Words of the longest period, with a preposition before it."""
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
    "today",
    "yesterday",
)
_LIKE_A_PERIOD: Final = re.compile(
    r"(?:(?:this|last|past|previous|next) )?(?:-?\d+ )?(?:week|month|year)s?"
    r"|(?:(?:this|last|past|previous|next|-?\d+) ){1,2}"
    r"(?:minute|hour|day|weekend|fortnight|quarter|season|decade|century|millennium"
    r"|spring|summer|autumn|winter|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?"
    r"|tomorrow|q[1-4]",
    re.ASCII | re.IGNORECASE,
)
_OPEN_ENDED: Final = frozenset({"since", "from", "until", "till", "before", "after", "between"})
"""What may stand before a period; cred of all that is asked for as a number of weeks."""


class PeriodType(ParameterType[Period]):
    """A period of weeks. Read as a `Period`."""

    syntax = "Such as {}, last week, last 8 weeks, today, 30 Sep, september, 2026-10, year."

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return the periods that the next words name."""
        words = typed.words
        readings: list[Reading] = []
        for count in range(1, min(MOST_WORDS, len(words)) + 1):
            if words[count - 1].quoted:
                break
            text = " ".join(word.text for word in words[:count])
            if is_period(text) and not _goes_on(words, count, typed.context):
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


class SinceType(PeriodType):
    """A period whose beginning is meant: "since 3 Oct", "since last month", "4 weeks"."""

    syntax = "Such as {}, since last month, since 2026-10, last 8 weeks."

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return the periods that the next words name, with the “since” before them."""
        words = typed.words
        if len(words) == 1 or words[0].quoted or words[0].text.casefold() != "since":
            return super().read(typed)
        rest = Typed(typed.parameter, words[1:], typed.context)
        return [(period, count + 1) for period, count in super().read(rest)]

    def write(self, argument: Period) -> str:
        """Return the period behind “since”."""
        return f"since {argument.text}"


def _goes_on(words: Sequence[Word], count: int, context: InputContext) -> bool:
    """Tell whether a month goes on to something else: “Sep 31”, or the name “April Jones”.

    Before a word that somebody here is called it is a month.
    """
    if count > 1 or len(words) == 1 or not is_month_name(words[0].text):
        return False
    text = words[1].text
    if text.isalpha() and not words[1].quoted:
        return not (is_period(text) or context.names.find_whole([text]))
    return resembles_calendar_words(f"{words[0].text} {text}")


def resembles_period(text: str) -> bool:
    """Tell whether a text must be meant as a period, even if it is none."""
    first, _, rest = text.partition(" ")
    if first.casefold() in _OPEN_ENDED and rest:
        return is_period(rest) or resembles_period(rest)
    if is_month_name(text.removeprefix("next ")) or text.isdigit():
        return text.startswith("next ")  # a month or a year is one; a figure may be an id
    return _LIKE_A_PERIOD.fullmatch(text) is not None or resembles_calendar_words(text)


def _as_sentence(error: Exception) -> str:
    message = str(error)
    return message[:1].upper() + message[1:]


PERIOD = PeriodType()
SINCE = SinceType()

"""Whole numbers: counts such as a page, and the numbers of entries."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.commands.kit.parameters.parameter import (
    Option,
    Parameter,
    ParameterType,
    Picker,
    Reading,
    Typed,
)
from cred.calendar_words import is_month_name

_FIRST_YEAR: Final = 2000
"""A number from here on is more likely a year than a page."""
_LARGEST_ENTRY_NUMBER: Final = 999_999_999
_COUNT: Final = re.compile(r"\d{1,6}", re.ASCII)
_FAULTY_COUNT: Final = re.compile(r"-\d+|0+|-?\d+[.,]\d+", re.ASCII)
_ENTRY_NUMBER: Final = re.compile(r"(?:([a-z]{1,12})[: ]|)#?([1-9]\d{0,8})", re.ASCII)
_FIGURE: Final = re.compile(
    r"[-+]?(?:\d[\d.,]*(?:e[-+]?\d+)?%?|nan|inf(?:inity)?)", re.ASCII | re.IGNORECASE
)


class NumberType(ParameterType[int]):
    """A whole number from 1 up. Read as an `int`."""

    syntax = "A whole number, such as {}."

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return "2", also in "page 2", "8 weeks" and "last 8 weeks"."""
        texts = ["" if word.quoted else word.text.casefold() for word in typed.words[:3]]
        first, second, third = [*texts, "", ""][:3]
        names = {typed.parameter.name, typed.parameter.name.removesuffix("s")}
        if first in names and second:
            text, count = second, 2
        elif second in names:
            text, count = first, 2
        elif first in {"last", "past"} and third in names:
            text, count = second, 3
        else:
            text, count = first, 1
        if not _COUNT.fullmatch(text) or not 1 <= int(text) < _FIRST_YEAR:
            return []
        if count == 1 and is_month_name(second):  # a day: "30 Feb"
            return []
        return [(int(text), count)]

    def options(self, parameter: Parameter) -> tuple[Option, ...]:
        """Return a field for an integer."""
        return (parameter.option(Picker.INTEGER, most=_FIRST_YEAR - 1),)

    def is_attempt(self, text: str) -> bool:
        """Tell whether a word is a number, but not a whole one from 1 up."""
        return _FAULTY_COUNT.fullmatch(text) is not None

    def hint(self, parameter: Parameter, text: str) -> str:
        """Return which numbers there can be."""
        if not self.is_attempt(text):
            return ""
        return f"{parameter.mark} is a whole number from 1 up."


@dataclass(frozen=True, slots=True)
class EntryNumber(ParameterType[int]):
    """The number of an entry: "7", "#7", "contribution 7". Read as an `int`."""

    keyword: str
    """What it is the number of, as it may be typed before it."""

    syntax = "Its number, such as {}."
    is_part = True
    # "contribution:7" is that contribution where there can be one, before it is a number.
    is_last_resort = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return the number; with another word than the keyword before it, it is none."""
        words = typed.words
        if words[0].quoted:
            return []
        count = 2 if len(words) > 1 and words[0].text.casefold() == self.keyword else 1
        text = " ".join(word.text for word in words[:count]).strip().casefold()
        match = _ENTRY_NUMBER.fullmatch(text)
        if match is None or match[1] not in {None, self.keyword}:
            return []
        return [(int(match[2]), count)]

    def options(self, parameter: Parameter) -> tuple[Option, ...]:
        """Return a field for an integer."""
        return (parameter.option(Picker.INTEGER, most=_LARGEST_ENTRY_NUMBER),)

    def hint(self, parameter: Parameter, text: str) -> str:
        """Return which numbers there can be, or that there is one already."""
        del parameter
        if not is_figure(text):
            return ""
        match = _ENTRY_NUMBER.fullmatch(text)
        return "One number, please." if match else "A number is whole, from 1 up."


def is_figure(text: str) -> bool:
    """Tell whether a word is meant as a figure: "7", "-1", "2.5", "NaN"."""
    return _FIGURE.fullmatch(text) is not None


NUMBER = NumberType()

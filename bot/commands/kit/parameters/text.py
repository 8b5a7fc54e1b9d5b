"""Words, titles, reasons, addresses: what is read as text."""

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
from bot.commands.kit.words import quote

OPENS_REASON: Final = frozenset({"for", "because", "reason:", ":"})
"""What may stand before a reason."""
_LONGEST_URL: Final = 400


class WordType(ParameterType[str]):
    """One word."""

    syntax = "A word, such as {}."
    reads_any_text = True
    is_positional = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return the next word."""
        return [(typed.words[0].text, 1)]


class TextType(ParameterType[str]):
    """The rest of the line, after the accounts and words that are declared before it."""

    syntax = "Words, such as {}."
    reads_any_text = True
    takes_rest = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return all the words."""
        return [(" ".join(word.text for word in typed.words), len(typed.words))]


class TitleType(ParameterType[str]):
    """Words up to the next part of a form, or a text in quotes."""

    syntax = "Words, in quotes if need be, such as {}."
    is_part = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return nothing: any words could be a title."""
        del typed
        return []

    def read_loosely(self, typed: Typed) -> Reading | None:
        """Return the words that no other part recognises."""
        count = 1 if typed.words[0].quoted else typed.loose
        return " ".join(word.text for word in typed.words[:count]), count


class ReasonType(ParameterType[str]):
    """The rest of a form, perhaps after "for" or "because"."""

    syntax = "Words, such as {}."
    is_part = True
    takes_rest = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return nothing: any words could be a reason."""
        del typed
        return []

    def read_loosely(self, typed: Typed) -> Reading | None:
        """Return all the words but the "for" before them."""
        words = typed.words
        first = words[0]
        is_opened = (
            len(words) > 1 and not first.quoted and first.text.casefold() in OPENS_REASON
        )
        rest = words[1:] if is_opened else words
        return " ".join(word.text for word in rest), len(words)

    def write(self, argument: str) -> str:
        """Return the reason after "because"."""
        return f"because {quote(argument)}"


class UrlType(ParameterType[str]):
    """An address: "https://…"."""

    syntax = "An address, such as {}."
    is_part = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return the next word if it is an address."""
        text = typed.words[0].text.strip("<>")
        return [(text, 1)] if text.casefold().startswith(("https://", "http://")) else []

    def write(self, argument: str) -> str:
        """Return the address as it is."""
        return argument

    def options(self, parameter: Parameter) -> tuple[Option, ...]:
        """Return a longer text field."""
        return (parameter.option(Picker.TEXT, most=_LONGEST_URL),)


@dataclass(frozen=True, slots=True)
class Choice(ParameterType[str]):
    """A word after a keyword: "kind docs", "kind:docs"."""

    keyword: str
    """What is typed before it."""
    choices: tuple[str, ...] = ()
    """What there is to choose from, where that is the same in every community."""

    syntax = "Typed as {}."
    is_part = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return the word after the keyword."""
        words, first = typed.words, typed.words[0]
        if first.quoted:
            return []
        text = first.text.casefold()
        for mark in ":=":
            if text.startswith(f"{self.keyword}{mark}") and not text.endswith(mark):
                return [(first.text[len(self.keyword) + 1 :], 1)]
        if text.rstrip(":=") == self.keyword and len(words) > 1:
            return [(words[1].text, 2)]
        return []

    def write(self, argument: str) -> str:
        """Return the keyword and the word."""
        return f"{self.keyword} {quote(argument)}"

    def options(self, parameter: Parameter) -> tuple[Option, ...]:
        """Return a field with the choices, or a text where they differ by community."""
        if not self.choices:
            return ParameterType.options(self, parameter)
        return (parameter.option(Picker.CHOICE, choices=self.choices),)


@dataclass(frozen=True, slots=True)
class Alternative(ParameterType[str]):
    """A word out of a few: "for" or "against"."""

    choices: tuple[str, ...]
    """In small letters."""

    syntax = "One of a few words, such as {}."
    is_part = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return the next word if it is one of them."""
        word = typed.words[0].text.casefold().rstrip(".,:!")
        return [(word, 1)] if word in self.choices else []

    def write(self, argument: str) -> str:
        """Return the word as it is."""
        return argument

    def options(self, parameter: Parameter) -> tuple[Option, ...]:
        """Return a field with the words."""
        return (parameter.option(Picker.CHOICE, choices=self.choices),)


WORD = WordType()
TEXT = TextType()
TITLE = TitleType()
REASON = ReasonType()
URL = UrlType()

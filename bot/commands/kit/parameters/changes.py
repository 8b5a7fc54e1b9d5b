"""Changes of weights: "👍=3 channel.general = 0.5", up to "because"."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters.parameter import (
    Option,
    Parameter,
    ParameterType,
    Picker,
    Reading,
    Typed,
)
from cred.periods import is_period

_ENDS: Final = frozenset({"because", "for", "from", "instead", "over"})
"""Words that no change goes on with."""
_FAMILIES: Final = ("weights.", "scoring.", "budgets.", "dependencies.", "attributions.")
_DEFAULT: Final = frozenset({"default", "reset"})
_FIGURES: Final = re.compile(r"[-+\d.,/eE]+")
_LONGEST: Final = 400
_TITLE: Final = "Which change?"


class ChangesType(ParameterType[str]):
    """One or more settings with their new values. Read as text that `parse_changes` takes."""

    syntax = "Such as {}; several with a blank between, and =default for back to the default."
    is_part = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return all words up to one that ends them, if there is an equals sign in them."""
        count = 0
        for word in typed.words:
            if not word.quoted and word.text.casefold() in _ENDS:
                break
            count += 1
        text = " ".join(word.text for word in typed.words[:count])
        return [(text, count)] if "=" in text else []

    def write(self, argument: str) -> str:
        """Return the changes as they are."""
        return argument

    def options(self, parameter: Parameter) -> tuple[Option, ...]:
        """Return a longer text field."""
        return (parameter.option(Picker.TEXT, most=_LONGEST),)

    def hint(self, parameter: Parameter, text: str) -> str:
        """Return how a change is written."""
        del text
        return f"A change has an equals sign: {parameter.example}."


def parse_changes(text: str) -> Mapping[str, str | None]:
    """Return what is to be changed: values as typed by key; None is back to the default.

    A name may have blanks in it, and so may the value of an edge. The "weights." of a key may
    be left out.

    >>> parse_changes("👍 = 3 channel.12=default edge.authors=1 / 0.5 category.Site news=2")
    {'weights.emoji.👍': '3', 'weights.channel.12': None, 'weights.edge.authors': '1 / 0.5', \
'weights.category.Site news': '2'}

    Raises
    ------
    UserError
        If there is no change in it, or one is given twice.
    """
    pieces = [piece.strip(" ,;") for piece in re.sub(r"\s+", " ", text).split("=")]
    name, changes = pieces[0], dict[str, str | None]()
    for number, piece in enumerate(pieces[1:], 2):
        value, following = (piece, "") if number == len(pieces) else _divide(piece)
        key = full_key(name)
        if not name or not value:
            raise UserError(f"“{name}={value}” is no change: {_ask()}", title=_TITLE)
        if key in changes:
            raise UserError(
                f"{key} is given twice: say which value it is to have.", title=_TITLE
            )
        changes[key] = None if value.casefold() in _DEFAULT else value
        if is_period(_divide(piece)[1]):
            number_typed, period = _divide(piece)
            raise UserError(
                f"Say “over” before a period: {name}={number_typed} over {period}.",
                title=_TITLE,
            )
        name = following
    if not changes:
        raise UserError(f"Nothing is changed by that: {_ask()}", title=_TITLE)
    return changes


def full_key(name: str) -> str:
    """Return a setting's key, of which the beginning may have been left out.

    >>> full_key("channel.12"), full_key("👍"), full_key("scoring.accrual")
    ('weights.channel.12', 'weights.emoji.👍', 'scoring.accrual')
    """
    if name.startswith(_FAMILIES):
        return name
    is_emoji = "." not in name and not name.isascii()
    is_emoji = is_emoji or re.fullmatch(r"<?a?:\w+:\d*>?", name) is not None
    return f"weights.emoji.{name}" if is_emoji else f"weights.{name}"


def short_key(key: str) -> str:
    """Return a setting's key as it may be typed, without "weights.".

    >>> short_key("weights.emoji.👍"), short_key("scoring.accrual")
    ('emoji.👍', 'scoring.accrual')
    """
    return key.removeprefix("weights.")


def _divide(piece: str) -> tuple[str, str]:
    """Divide what stands between two equals signs into a value and the next name."""
    words = piece.split(" ")
    count = 1
    while (
        count < len(words)
        and not words[count - 1].endswith((",", ";"))
        and _FIGURES.fullmatch(words[count].rstrip(",;"))
    ):
        count += 1
    return " ".join(words[:count]).strip(" ,;"), " ".join(words[count:]).strip(" ,;")


def _ask() -> str:
    return "say which weight, and what it is to be, such as 👍=3 or channel.general=0.5."


CHANGES = ChangesType()

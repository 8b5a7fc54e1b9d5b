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

ENDS: Final = frozenset({"because", "over", "instead"})
"""Words that nothing of a change goes on with."""
_FAMILIES: Final = ("weights.", "scoring.", "budgets.", "dependencies.", "attributions.")
_DEFAULT: Final = frozenset({"default", "reset"})
_LONGEST: Final = 400
_EXAMPLE: Final = "👍=3"


class ChangesType(ParameterType[str]):
    """One or more settings with their new values. Read as text that `parse_changes` takes."""

    syntax = "Such as {}; several with a blank between, and =default for back to the default."
    is_positional = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return all words up to one that ends them, if there is an equals sign in them."""
        count = 0
        for word in typed.words:
            if not word.quoted and word.text.casefold() in ENDS:
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


def parse_changes(text: str) -> Mapping[str, str | None]:
    """Return what is to be changed: values as typed by key; None is back to the default.

    Whatever has no equals sign goes on with the value before it, so that a value may be
    "1 / 0.5". The "weights." of a key may be left out.

    >>> parse_changes("👍 = 3 channel.12=default edge.authors=1 / 0.5")
    {'weights.emoji.👍': '3', 'weights.channel.12': None, 'weights.edge.authors': '1 / 0.5'}

    Raises
    ------
    UserError
        If there is no change in it, or one is given twice.
    """
    changes: dict[str, str | None] = {}
    key = ""
    for word in re.sub(r"\s*=\s*", "=", text.strip(" ,;")).split():
        name, sign, value = word.strip(",;").partition("=")
        if not sign:
            if not key:
                raise UserError(_ask(), title="Which change?")
            changes[key] = f"{changes[key] or ''} {word.strip(',;')}".strip()
            continue
        key = full_key(name)
        if not name or not value:
            raise UserError(f"“{word}” is no change. {_ask()}", title="Which change?")
        if key in changes:
            raise UserError(f"{key} is given twice: say which value it is to have.")
        changes[key] = value
    if not changes:
        raise UserError(_ask(), title="Which change?")
    return {
        name: None if (given or "").casefold() in _DEFAULT else given
        for name, given in changes.items()
    }


def full_key(name: str) -> str:
    """Return a setting's key, of which the beginning may have been left out.

    >>> full_key("channel.12"), full_key("👍"), full_key("scoring.accrual")
    ('weights.channel.12', 'weights.emoji.👍', 'scoring.accrual')
    """
    if name.startswith(_FAMILIES):
        return name
    is_emoji = "." not in name and not name.isascii()
    is_emoji = is_emoji or (name.startswith(":") and name.endswith(":"))
    return f"weights.emoji.{name}" if is_emoji else f"weights.{name}"


def _ask() -> str:
    return f"Say which weight, and what it is to be: {_EXAMPLE}, or channel.general=0.5."


CHANGES = ChangesType()

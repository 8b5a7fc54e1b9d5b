"""Arguments that are introduced by words: "over last month", "instead of 3", "for 3 days"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.commands.kit.arguments import Argument
from bot.commands.kit.parameters.parameter import (
    InputContext,
    Option,
    Parameter,
    ParameterType,
    Picked,
    Reading,
    Typed,
)


@dataclass(frozen=True, slots=True)
class Introduced(ParameterType[Any]):
    """An argument of another type that stands behind certain words, as a part of a form."""

    words: tuple[str, ...]
    """What is typed before it, in small letters: ("instead", "of")."""
    inner: ParameterType[Any]

    syntax = "Typed as {}."
    is_part = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return what the other type reads behind the words."""
        count = len(self.words)
        first = typed.words[:count]
        if len(typed.words) <= count or any(word.quoted for word in first):
            return []
        if tuple(word.text.casefold() for word in first) != self.words:
            return []
        rest = Typed(typed.parameter, typed.words[count:], typed.context)
        readings = [(argument, taken + count) for argument, taken in self.inner.read(rest)]
        return sorted(readings, key=lambda reading: -reading[1])

    def write(self, argument: Any) -> str:
        """Return the words and the argument."""
        return f"{' '.join(self.words)} {self.inner.write(argument)}"

    def options(self, parameter: Parameter) -> tuple[Option, ...]:
        """Return the fields of the other type."""
        return self.inner.options(parameter)

    def from_options(
        self, parameter: Parameter, picked: Mapping[str, Picked], context: InputContext
    ) -> Argument | None:
        """Return what the other type makes of what was filled in."""
        return self.inner.from_options(parameter, picked, context)

    def hint(self, parameter: Parameter, text: str) -> str:
        """Return the other type's hint."""
        return self.inner.hint(parameter, text)

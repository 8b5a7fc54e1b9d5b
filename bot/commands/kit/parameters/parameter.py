"""Parameters of commands, and what each type of parameter defines.

A type is one object. It says how arguments are read from typed words, how they are written so
that they are read back, which options a platform offers for picking them, and how they are
explained. Whatever reads lines, makes slash commands or shows help asks the type, so a new type
is a new subclass of `ParameterType` and nothing else.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeAlias, TypeVar

from bot.commands.kit.arguments import Argument, Mention
from bot.commands.kit.parameters.known_names import NO_NAMES, Names
from bot.commands.kit.words import Word, quote

if TYPE_CHECKING:
    from bot.community.communities import Community
    from bot.community.visibility import Sees

LONGEST_SUMMARY: Final = 100
"""Characters of a command's or parameter's help, so that every platform can show it."""
LONGEST_OPTION: Final = 200
"""Characters of a text that is picked or filled in, unless an option says otherwise."""

A = TypeVar("A", bound=Argument)
Reading = tuple[Argument, int]
"""An argument, and how many of the next words it takes up."""
Picked = str | int | Mention
"""What somebody picked or filled in for an option."""


Suggest: TypeAlias = "Callable[[Community, Sees, str], Sequence[str]]"
"""Called with the community, what the asker sees, and what is typed so far."""


class Picker(StrEnum):
    """What a platform shows so that an option can be filled in."""

    USER = "user"
    TEXT = "text"
    INTEGER = "integer"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Option:
    """One field that a platform shows for a parameter, such as a slash command's option."""

    name: str
    picker: Picker
    help: str
    most: int = LONGEST_OPTION
    """The most characters of a `TEXT`, or the largest `INTEGER`; the least is 1."""
    choices: tuple[str, ...] = ()
    """Everything that a `CHOICE` can be."""
    suggestions: tuple[str, ...] = ()
    """Texts offered while a `TEXT` is typed; others are allowed."""
    required: bool = False
    """It must be filled in."""


@dataclass(frozen=True, slots=True)
class InputContext:
    """Where and when a command is typed or picked."""

    source: str
    """Platform whose account and contribution ids are meant."""
    now_ms: int
    names: Names = NO_NAMES
    """The people whom the asker may name."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Words of a line that may be an argument of a parameter."""

    parameter: "Parameter"
    words: Sequence[Word]
    """The next words of the line, at least one."""
    context: InputContext
    loose: int = 0
    """How many words at the beginning no part of a form recognises; set for `read_loosely`."""


class ParameterType(ABC, Generic[A]):
    """How arguments of one type are read, written, picked and explained.

    A command whose parameters include a *part* is a form: its parts come in any order and are
    recognised by what they look like (`bot.chat.line.forms`). The arguments of other commands
    are read by `bot.chat.line.free_order`.
    """

    syntax: ClassVar[str]
    """A sentence on what to type; `{}` stands for the parameter's example."""
    is_part: ClassVar[bool] = False
    is_last_resort: ClassVar[bool] = False
    """Its reading of words is used only if no other type can read them."""
    reads_any_text: ClassVar[bool] = False
    """Any word can be its argument, so a more definite reading of a word is preferred."""
    is_positional: ClassVar[bool] = False
    """A later parameter that takes the rest of the line is not read until this one is."""
    lists_people: ClassVar[bool] = False
    """Its argument is a list of people, which "and" or a comma may go on with."""
    takes_rest: ClassVar[bool] = False
    """Takes all the words that are left."""
    names_contribution: ClassVar[bool] = False
    """Where it is left out, it is the message that the command replies to."""

    @abstractmethod
    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return what the next words can be."""

    def read_loosely(self, typed: Typed) -> Reading | None:
        """Return what words are that no part of a form recognises, or None."""
        del typed
        return None

    def write(self, argument: A) -> str:
        """Return the argument as it is typed; `read` gives it back."""
        return quote(argument) if isinstance(argument, str) else str(argument)

    def options(self, parameter: "Parameter") -> tuple[Option, ...]:
        """Return the options to show for a parameter: one text if not overridden."""
        return (parameter.option(Picker.TEXT),)

    def from_options(
        self, parameter: "Parameter", picked: Mapping[str, Picked], context: InputContext
    ) -> Argument | None:
        """Return the argument that was picked; None where nothing was.

        Parameters
        ----------
        picked
            What was filled in, by the names of the options of `options`.

        Raises
        ------
        UserError
            If what was filled in cannot be one.
        """
        del context
        value = picked.get(parameter.name)
        return value.strip() if isinstance(value, str) else value

    def is_attempt(self, text: str) -> bool:
        """Tell whether a word must be meant as one of these, though it cannot be read as one.

        Such a word is nobody's name. Of a type that is written in several words the first one
        alone is asked about: "2.5" of "2.5 weeks".
        """
        del text
        return False

    def hint(self, parameter: "Parameter", text: str) -> str:
        """Return a sentence on a word that could not be read, if it looks like one of these."""
        del parameter, text
        return ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a command, in the order in which it is typed."""

    name: str
    type: ParameterType[Any]
    help: str
    """At most `LONGEST_SUMMARY` characters."""
    example: str
    required: bool = False
    """The command does nothing without it but ask for it."""
    suggest: "Suggest | None" = None
    """Returns what to offer while it is typed, where a platform can; the first are shown."""

    @property
    def mark(self) -> str:
        """The name as help shows it: "<number>"; "[page]" if it may be left out."""
        return f"<{self.name}>" if self.required else f"[{self.name}]"

    def option(
        self,
        picker: Picker,
        *,
        most: int = LONGEST_OPTION,
        choices: tuple[str, ...] = (),
        suggestions: tuple[str, ...] = (),
    ) -> Option:
        """Return the option for this parameter, where a single one is enough."""
        return Option(
            self.name, picker, self.help, most, choices, suggestions, required=self.required
        )

    @property
    def explanation(self) -> str:
        """The help, and what to type."""
        return f"{self.help} {self.type.syntax.format(self.example)}"

"""Commands: how they are called, what they take, who may run them, and what they do."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.commands.kit.arguments import Argument
from bot.commands.kit.parameters.parameter import LONGEST_SUMMARY, Parameter
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request


class Access(StrEnum):
    """Who may run a command."""

    EVERYONE = "everyone"
    CONTRIBUTORS = "contributors"
    """Who has cred and has not opted out."""
    MAINTAINERS = "maintainers"
    TREASURERS = "treasurers"
    ADMINS = "server admins"


Handler = Callable[[Request], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command: its name, its parameters, who may run it, and the function that answers it."""

    group: str
    """"" for a command that stands alone (`help`); two words for a group within a group
    ("admin identity")."""
    name: str
    summary: str
    """One line, at most `LONGEST_SUMMARY` characters."""
    details: str
    """What a newcomer should know, as `help` shows it."""
    handler: Handler
    parameters: tuple[Parameter, ...] = ()
    asked_most: tuple[tuple[str, str], ...] = ()
    """Lines that people ask most, each with a word or two on what it shows: what `help` alone
    shows. A line and its words fit one line of a phone."""
    examples: tuple[str, ...] = ()
    """As typed without prefix: "cred show @ada last month"."""
    access: Access = Access.EVERYONE
    is_group_default: bool = False
    """The name of the group alone means this command: `!cred` is `!cred show`."""
    heavy: bool = False
    """It may take more than a second, so adapters show that they are working on it."""
    shows_cred: bool = False
    """Its figures are of what was recorded, so replies say how much of the history is read."""
    private: bool = False
    """Every reply is private. Adapters have to know that before there is a reply."""
    aliases: tuple[str, ...] = ()
    nicknames: tuple[str, ...] = ()
    """What other bots call it: `!rank` means `!cred show`. Understood at the start of a line;
    help does not show them."""

    def __post_init__(self) -> None:
        for text in (self.summary, *(parameter.help for parameter in self.parameters)):
            if len(text) > LONGEST_SUMMARY:
                raise ValueError(f"longer than {LONGEST_SUMMARY} characters: {text}")

    @property
    def line(self) -> str:
        """The command's name with its group, without prefix: "cred show"."""
        return f"{self.group} {self.name}".strip()

    @property
    def usage(self) -> str:
        """The line with its parameters: "contrib reject <number> <reason>"."""
        return " ".join([self.line, *(parameter.mark for parameter in self.parameters)])

    def format_line(self, arguments: Mapping[str, Argument]) -> str:
        """Return the line that calls the command with arguments; parsing it gives them back."""
        # What takes the rest of the line stands last, wherever it is declared.
        parts = (
            parameter.type.write(arguments[parameter.name])
            for parameter in sorted(self.parameters, key=lambda each: each.type.takes_rest)
            if parameter.name in arguments
        )
        return " ".join([self.line, *parts])

"""Parses a line of text into a command with its arguments, for every platform.

What people type is treated leniently: arguments come in any order that is unambiguous ("last
month @ada"), names with or without quotes, and case does not matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.chat.line.forms import is_form, read_form
from bot.chat.line.free_order import read_arguments
from bot.chat.line.mistakes import unknown_command
from bot.chat.line.near_misses import is_near_miss
from bot.commands.kit.arguments import Argument, ContributionLink
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters.known_names import NO_NAMES, Names
from bot.commands.kit.parameters.parameter import InputContext
from bot.commands.kit.registry import Registry, nearest
from bot.commands.kit.words import Word, split_words
from bot.runtime import clock

LONGEST_TEXT: Final = 500
"""Most characters of a line that is read at all."""
_DIRECTIONS: Final = dict.fromkeys(
    (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)
"""Controls of direction, which come along when a name is copied from a reply."""
_EXCLAMATION: Final = "!?.,:"
"""Punctuation that people put behind a command: "thanks! @ada for …"."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command with its arguments."""

    command: Command
    arguments: Mapping[str, Argument]
    suggestion: str = ""
    """As `Request.suggestion`."""

    def about(self, contribution: ContributionLink) -> "Invocation":
        """Return the invocation about a contribution, unless it names another.

        What a command is a reply to is what it is about.
        """
        names = [
            parameter.name
            for parameter in self.command.parameters
            if parameter.type.names_contribution
        ]
        arguments = {**dict.fromkeys(names, contribution), **self.arguments}
        return replace(self, arguments=arguments)


def begins_with_command(line: str, registry: Registry) -> bool:
    """Tell whether a line without prefix begins with the name of a command or group."""
    first = line.split(maxsplit=1)[:1]
    return bool(first) and _bare_name(first[0]) in registry.first_words


def is_meant_for_us(line: str, registry: Registry) -> bool:
    """Tell whether a line typed after a prefix, which other bots share, is one of ours.

    It begins with a command, a group or a nickname, or with one of these misspelt, or without
    the blank in it.
    """
    if not line[:1].strip():  # "! cred" is an exclamation
        return False
    first, nicknames = _bare_name(line.split(maxsplit=1)[0]), registry.nicknames
    joined = registry.joined_lines
    return (
        begins_with_command(line, registry)
        or first in {*nicknames, *joined}
        or is_near_miss(first, (*registry.first_words, *nicknames, *joined))
    )


def parse(
    line: str,
    registry: Registry,
    source: str,
    now_ms: int | None = None,
    names: Names = NO_NAMES,
) -> Invocation:
    """Return the command that a line invokes, with its arguments.

    Parameters
    ----------
    line
        As typed, without prefix: "cred @ada last month".
    registry
        The commands there are.
    source
        Platform whose account and contribution ids are meant.
    now_ms
        The time, for "yesterday"; the clock's if not given.
    names
        The people whom the asker may name.

    Raises
    ------
    UserError
        If the line invokes nothing or a word of it cannot be read; says what would work.
    """
    if len(line) > LONGEST_TEXT:
        raise UserError(
            f"That is {len(line):,} characters long; a command has at most {LONGEST_TEXT}.",
            title="Too long",
        )
    words = split_words(line.translate(_DIRECTIONS))
    if not words:
        raise UserError("Say what you want to know.", title="Yes?", try_lines=("help",))
    command, rest, suggestion = _find_command(words, registry)
    context = InputContext(source, clock.now_ms() if now_ms is None else now_ms, names)
    read = read_form if is_form(command) else read_arguments
    return Invocation(command, read(command, rest, context), suggestion)


def _find_command(
    words: Sequence[Word], registry: Registry
) -> tuple[Command, Sequence[Word], str]:
    """Return the command, the words left for it, and the line that was perhaps meant."""
    first, second = _bare_name(words[0].text), _keyword(words, 1)
    if second and (longer := registry.standalone(f"{first}-{second}")):
        return longer, words[2:], ""
    command = registry.standalone(first) or registry.find_by_nickname(first)
    if command is not None:
        return command, words[1:], ""
    if group := registry.in_group(f"{first} {second}"):
        first, words = f"{first} {second}", words[1:]
        second = _keyword(words, 1)
    else:
        group = registry.in_group(first)
    if not group:
        raise unknown_command(first, registry)
    if (hyphenated := f"{second}-{_keyword(words, 2)}") in group:
        return group[hyphenated], words[3:], ""
    if second in group:
        return group[second], words[2:], ""
    inner = {name: registry.in_group(f"{first} {name}") for name in registry.groups_in(first)}
    near = nearest(second, [*group, *inner]) if second else None
    default = registry.default(first)
    if default is not None:
        return default, words[1:], f"{first} {near}" if near else ""
    if near in group:
        lines: tuple[str, ...] = (f"{first} {near}",)
    else:
        groups = [inner[near]] if near else [group, *inner.values()]
        lines = tuple(
            command.line
            for commands in groups
            for command in dict.fromkeys(commands.values())  # each once, in spite of aliases
        )
    if not second:
        raise UserError(
            f"There are several commands of “{first}”:",
            title="Which of these?",
            try_lines=lines,
        )
    raise UserError(
        f"There is no “{first} {second}”. Try:", title="No such command", try_lines=lines
    )


def _bare_name(word: str) -> str:
    """Return a word as the name of a command or group, without punctuation behind it."""
    name = word.casefold()
    return name.rstrip(_EXCLAMATION) or name


def _keyword(words: Sequence[Word], index: int) -> str:
    """Return a word as the name of a command or group; "" if it is quoted or not there."""
    if index >= len(words) or words[index].quoted:
        return ""
    return _bare_name(words[index].text)

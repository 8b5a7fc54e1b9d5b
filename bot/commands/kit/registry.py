"""Finds commands by group and name, and the nearest name to a misspelt one."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from bot.commands.kit.command import Command


class Registry:
    """The commands there are, in the order in which `help` shows them.

    Parameters
    ----------
    commands
        The commands.
    about
        A few words on each group, by its name.
    """

    def __init__(
        self, commands: Iterable[Command], about: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.commands: tuple[Command, ...] = tuple(commands)
        self._about = about
        self._groups: dict[str, dict[str, Command]] = {}
        self._defaults: dict[str, Command] = {}
        self._nicknames: dict[str, Command] = {}
        for command in self.commands:
            names = self._groups.setdefault(command.group, {})
            for name in (command.name, *command.aliases):
                if name in names:
                    raise ValueError(f"two commands are called “{command.group} {name}”")
                names[name] = command
            if command.is_group_default:
                self._defaults[command.group] = command
            for name in command.nicknames:
                if self._nicknames.setdefault(name, command) is not command:
                    raise ValueError(f"two commands have the nickname “{name}”")
        if clash := self._nicknames.keys() & set(self.first_words):
            raise ValueError(f"nicknames that commands have as names: {sorted(clash)}")

    @property
    def first_words(self) -> tuple[str, ...]:
        """Words that a command line can begin with: groups, and commands without one."""
        groups = dict.fromkeys(group.split()[0] for group in self._groups if group)
        return (*groups, *self._groups.get("", {}))

    @property
    def nicknames(self) -> tuple[str, ...]:
        """What other bots call commands of ours, at the beginning of a line."""
        return tuple(self._nicknames)

    @property
    def joined_lines(self) -> dict[str, str]:
        """Each line by its words without blanks: "credboard"."""
        return {
            f"{command.group}{name}".replace(" ", ""): command.line
            for command in self.commands
            if command.group
            for name in (command.name, *command.aliases)
        }

    def lines_by_name(self) -> dict[str, str]:
        """Return, for each name of a command or group, a line that works: the shortest."""
        lines: dict[str, str] = {}
        for command in self.commands:
            line = command.group if command.is_group_default else command.line
            names = (command.name, *command.aliases, *command.nicknames)
            lines |= {name: line for name in names if name not in lines}
        groups = dict.fromkeys(group.split()[0] for group in self._groups if group)
        return (
            self.joined_lines
            | lines
            | {group: group if self.default(group) else f"help {group}" for group in groups}
        )

    def about(self, group: str) -> str:
        """Return a few words on a group: what was given, or else the names in it."""
        return self._about.get(group) or ", ".join(self._groups.get(group, {}))

    def in_group(self, group: str) -> dict[str, Command]:
        """Return a group's commands by name and alias; empty if there is no such group."""
        return self._groups.get(group, {}) if group else {}

    def groups_in(self, group: str) -> tuple[str, ...]:
        """Return the groups within a group: "identity" in "admin"."""
        inner = (name.split() for name in self._groups)
        return tuple(words[1] for words in inner if words[:1] == [group] and words[1:])

    def standalone(self, name: str) -> Command | None:
        """Return the command of that name that is in no group, or None."""
        return self._groups.get("", {}).get(name)

    def find_by_nickname(self, name: str) -> Command | None:
        """Return the command with that nickname, or None."""
        return self._nicknames.get(name)

    def default(self, group: str) -> Command | None:
        """Return the command that the group's name alone means, or None."""
        return self._defaults.get(group)

    def find(self, words: str) -> Command | None:
        """Return the command that "cred show", "cred", "rank" or "help" means, or None.

        A group may have two words: "admin identity list". Where a name has a hyphen, a blank
        does as well: "thanks undo".
        """
        *group, last = words.casefold().split() or [""]
        if not group:
            return self.standalone(last) or self.default(last) or self.find_by_nickname(last)
        in_group = self.in_group(" ".join(group)).get(last)
        return in_group or self.standalone("-".join([*group, last]))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most similar to another; None if none is similar.

    >>> nearest("bord", ["show", "board"])
    'board'
    """
    found = get_close_matches(word.casefold(), list(known), n=1, cutoff=0.6)
    return found[0] if found else None

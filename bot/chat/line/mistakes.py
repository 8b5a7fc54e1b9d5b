"""The errors for an unknown command and for a word that fits no parameter."""

from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters.period import resembles_period
from bot.commands.kit.registry import Registry, nearest
from cred.periods import is_period

_MOST_EXAMPLES = 3


def unknown_command(word: str, registry: Registry) -> UserError:
    """Return the error for an unknown command, with the nearest one."""
    lines = registry.lines_by_name()
    near = nearest(word, lines)
    return UserError(
        f"I know no command “{word:.40}”. "
        + ("Did you mean this?" if near else "This shows all:"),
        title="No such command",
        try_lines=(lines[near],) if near else ("help",),
    )


def unreadable_word(command: Command, text: str) -> UserError:
    """Return the error for a word that fits no parameter, with a hint and examples."""
    hints = (parameter.type.hint(parameter, text) for parameter in command.parameters)
    hint = next(filter(None, hints), "")
    if not hint and (resembles_period(text) or is_period(text)):
        hint = "It takes no period."
    if text[:40] not in hint:
        hint = f"I can't make sense of “{text:.40}” in {command.usage}. {hint}".rstrip()
    return UserError(
        f"{hint} For example:",
        title="I don't follow",
        try_lines=command.examples[:_MOST_EXAMPLES] or (command.line,),
    )

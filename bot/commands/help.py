"""`help`: all commands, or one of them with examples."""

from collections.abc import Callable
from itertools import groupby

from bot.commands.errors import UserMistake
from bot.commands.model import Command, Parameter, Reply, Request, Table, Takes, Who
from bot.commands.registry import Registry, nearest

_HOW_TYPED = {
    Takes.PERSON: "a mention, a name or an id",
    Takes.PERIOD: "all, week, last week, month, last month, year, 2026-10, last 8 weeks",
    Takes.NUMBER: "a whole number",
    Takes.THING: "a person, or a link to a message",
    Takes.TEXT: "text",
}


def help_command(registry: Callable[[], Registry]) -> Command:
    """Return the `help` command of a registry, which is asked for only when help is."""

    async def show(request: Request) -> Reply:
        topic = request.arguments.get("command")
        commands = registry()
        if isinstance(topic, str):
            return _one(request, commands, topic.strip())
        return _all(request, commands)

    return Command(
        group="",
        name="help",
        summary="All commands, or one of them with examples.",
        details="Words in square brackets may be left out, and their order does not matter.",
        handler=show,
        parameters=(
            Parameter("command", Takes.TEXT, "Which command; all where none is given.", "cred"),
        ),
        examples=("help", "help cred board"),
    )


def _all(request: Request, registry: Registry) -> Reply:
    shown = [one for one in registry.commands if request.is_admin or one.who is Who.EVERYONE]
    return Reply(
        title="What you can ask",
        text=(
            f"Type {request.prefix}cred for yourself, or any of these. What is in [brackets] "
            f"may be left out; {request.prefix}help and a command's name shows examples."
        ),
        tables=tuple(
            Table(
                ("Command", "What it does"),
                tuple((f"{request.prefix}{_short(one)}", one.summary) for one in commands),
                title=group.capitalize() if group else "And",
            )
            for group, commands in (
                (group, list(members))
                for group, members in groupby(shown, key=lambda one: one.group)
            )
        ),
        private=True,
    )


def _short(command: Command) -> str:
    """Return the usage, by the group's name alone where that does."""
    return (
        command.usage
        if not command.is_group_default
        else command.usage.replace(command.line, command.group, 1)
    )


def _one(request: Request, registry: Registry, topic: str) -> Reply:
    named = topic.removeprefix(request.prefix).removeprefix("!").removeprefix("/")
    command = registry.named(named)
    if command is None:
        lines = [one.line for one in registry.commands]
        near = nearest(named, [*lines, *(one.name for one in registry.commands)])
        found = next((one for one in registry.commands if near in {one.line, one.name}), None)
        raise UserMistake(
            f"There is no command “{topic:.40}”." + (" Did you mean this?" if found else ""),
            title="No such command",
            try_lines=(f"help {found.line}",) if found else ("help",),
        )
    prefix = request.prefix
    also = "".join(
        f", {prefix}{command.group} {one}".replace("  ", " ") for one in command.aliases
    )
    short = f", {prefix}{command.group}" if command.is_group_default else ""
    examples = "\n".join(f"{prefix}{line}" for line in command.examples)
    who = "" if command.who is Who.EVERYONE else f"\nFor {command.who}."
    return Reply(
        title=f"{prefix}{command.usage}",
        text=f"{command.summary}\n\n{command.details}{who}",
        tables=(_parameters(command),) if command.parameters else (),
        after=f"For example:\n{examples}"
        + (f"\n\nAlso called: {(short + also).removeprefix(', ')}" if short or also else ""),
        private=True,
    )


def _parameters(command: Command) -> Table:
    return Table(
        ("With", "What"),
        tuple(
            (f"[{one.name}]", f"{one.help} Type {_HOW_TYPED[one.takes]}.")
            for one in command.parameters
        ),
    )

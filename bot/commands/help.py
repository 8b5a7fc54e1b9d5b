"""`help`: all commands, or one of them with examples."""

from collections.abc import Callable, Iterable
from itertools import groupby

from bot.commands.kit.command import Access, Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import TEXT, Parameter
from bot.commands.kit.registry import Registry, nearest
from bot.commands.kit.reply import Reply, Table
from bot.commands.kit.request import SLASH, Request


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
            Parameter("command", TEXT, "Which command; all where none is given.", "cred"),
        ),
        examples=("help", "help cred board"),
    )


def _all(request: Request, registry: Registry) -> Reply:
    shown = _asked_by(request, registry)
    return Reply(
        title="What you can ask",
        text=(
            f"Type {request.default_command_line('cred', 'show')} for yourself, or any of these. What "
            f"is in [brackets] may be left out; {request.command_line('help')} with a command's name "
            "shows examples."
        ),
        tables=_groups(request, shown),
        private=True,
    )


def _asked_by(request: Request, registry: Registry) -> list[Command]:
    """Return the commands that whoever asks may use."""
    return [
        command
        for command in registry.commands
        if request.is_admin or command.access is Access.EVERYONE
    ]


def _groups(request: Request, commands: Iterable[Command]) -> tuple[Table, ...]:
    """Return a table of commands per group."""
    return tuple(
        Table(
            ("Command", "What it does"),
            tuple((_usage(request, command), command.summary) for command in members),
            title=group.capitalize() if group else "More",
        )
        for group, members in groupby(commands, key=lambda command: command.group)
    )


def _usage(request: Request, command: Command) -> str:
    """Return the usage, by the group's name alone where that does."""
    if not command.is_group_default:
        return f"{request.prefix}{command.usage}"
    short = request.default_command_line(command.group, command.name)
    return f"{short}{command.usage.removeprefix(command.line)}"


def _one(request: Request, registry: Registry, topic: str) -> Reply:
    named = topic.removeprefix(request.prefix).removeprefix("!").removeprefix("/")
    group = " ".join(named.casefold().split())
    members = [
        one
        for one in _asked_by(request, registry)
        if group and f"{one.group} ".startswith(f"{group} ")
    ]
    if members:
        return Reply(
            title=f"{request.prefix}{group} …",
            text=f"{request.command_line('help')} with one of these shows more.",
            tables=_groups(request, members),
            private=True,
        )
    command = registry.named(named)
    if command is None:
        lines = [one.line for one in registry.commands]
        near = nearest(named, [*lines, *(one.name for one in registry.commands)])
        found = next((one for one in registry.commands if near in {one.line, one.name}), None)
        raise UserError(
            f"There is no command “{topic:.40}”. "
            + ("Did you mean this?" if found else "This shows all:"),
            title="No such command",
            try_lines=(f"help {found.line}",) if found else ("help",),
        )
    return Reply(
        title=f"{request.prefix}{command.usage}",
        text=f"{command.summary}\n\n{command.details}",
        tables=(_parameters(command),) if command.parameters else (),
        after="" if request.prefix == SLASH else _as_typed(request, command),
        private=True,
    )


def _as_typed(request: Request, command: Command) -> str:
    """Return what only those who type can use: examples, and other names."""
    examples = "\n".join(f"{request.prefix}{line}" for line in command.examples)
    names = [command.group] if command.is_group_default else []
    names += [f"{command.group} {alias}".strip() for alias in command.aliases]
    also = ", ".join(f"{request.prefix}{name}" for name in names)
    return f"For example:\n{examples}" + (f"\n\nAlso called: {also}" if also else "")


def _parameters(command: Command) -> Table:
    return Table(
        ("With", "What"),
        tuple(
            (f"[{parameter.name}]", parameter.explanation) for parameter in command.parameters
        ),
    )

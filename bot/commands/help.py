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
    """Return the `help` command.

    Parameters
    ----------
    registry
        Returns the commands there are, of which `help` is one itself. Called for each request.
    """

    async def show(request: Request) -> Reply:
        """Answer `help [command]`."""
        topic = request.arguments.get("command")
        if isinstance(topic, str):
            return _topic_reply(request, registry(), topic.strip())
        return _overview(request, registry())

    return Command(
        group="",
        name="help",
        summary="All commands, or one of them with examples.",
        details="Words in square brackets may be left out, and their order does not matter.",
        handler=show,
        parameters=(Parameter("command", TEXT, "Which command; all by default.", "cred"),),
        examples=("help", "help cred board"),
    )


def _overview(request: Request, registry: Registry) -> Reply:
    return Reply(
        title="What you can ask",
        text=(
            f"Type {request.default_command_line('cred', 'show')} for yourself, or any of "
            "these. What is in [brackets] may be left out; "
            f"{request.command_line('help')} with a command's name shows examples."
        ),
        tables=_group_tables(request, _allowed_commands(request, registry)),
        private=True,
    )


def _topic_reply(request: Request, registry: Registry, topic: str) -> Reply:
    """Return help on a group or a command."""
    name = topic.removeprefix(request.prefix).removeprefix("!").removeprefix("/")
    group = " ".join(name.casefold().split())
    members = [
        command
        for command in _allowed_commands(request, registry)
        if group and f"{command.group} ".startswith(f"{group} ")
    ]
    if members:
        return Reply(
            title=f"{request.prefix}{group} …",
            text=f"{request.command_line('help')} with one of these shows more.",
            tables=_group_tables(request, members),
            private=True,
        )
    command = registry.find(name)
    if command is None:
        raise _unknown_topic(registry, topic, name)
    return Reply(
        title=f"{request.prefix}{command.usage}",
        text=f"{command.summary}\n\n{command.details}",
        tables=(_parameter_table(command),) if command.parameters else (),
        after="" if request.prefix == SLASH else _examples(request, command),
        private=True,
    )


def _unknown_topic(registry: Registry, topic: str, name: str) -> UserError:
    commands = registry.commands
    near = nearest(
        name, [text for command in commands for text in (command.line, command.name)]
    )
    meant = next(
        (command for command in commands if near in {command.line, command.name}), None
    )
    return UserError(
        f"There is no command “{topic:.40}”. "
        + ("Did you mean this?" if meant else "This shows all:"),
        title="No such command",
        try_lines=(f"help {meant.line}",) if meant else ("help",),
    )


def _allowed_commands(request: Request, registry: Registry) -> list[Command]:
    """Return the commands that the asker may run."""
    return [
        command
        for command in registry.commands
        if request.is_admin or command.access is Access.EVERYONE
    ]


def _group_tables(request: Request, commands: Iterable[Command]) -> tuple[Table, ...]:
    """Return a table of commands for each group."""
    return tuple(
        Table(
            ("Command", "What it does"),
            tuple((_usage(request, command), command.summary) for command in members),
            title=group.capitalize() if group else "More",
        )
        for group, members in groupby(commands, key=lambda command: command.group)
    )


def _usage(request: Request, command: Command) -> str:
    """Return the usage; of a group's default command by the name of the group alone."""
    if not command.is_group_default:
        return f"{request.prefix}{command.usage}"
    short = request.default_command_line(command.group, command.name)
    return f"{short}{command.usage.removeprefix(command.line)}"


def _parameter_table(command: Command) -> Table:
    return Table(
        ("With", "What"),
        tuple(
            (f"[{parameter.name}]", parameter.explanation) for parameter in command.parameters
        ),
    )


def _examples(request: Request, command: Command) -> str:
    """Return examples and other names, which only those who type can use."""
    examples = "\n".join(f"{request.prefix}{line}" for line in command.examples)
    names = [command.group] if command.is_group_default else []
    names += [f"{command.group} {alias}".strip() for alias in command.aliases]
    also = ", ".join(f"{request.prefix}{name}" for name in names)
    return f"For example:\n{examples}" + (f"\n\nAlso called: {also}" if also else "")

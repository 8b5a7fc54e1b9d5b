"""`help`: what people ask most and the groups there are; a group; a command with examples.

The first fits the screen of a phone, however many commands there are. What the asker may not
run is in none of them.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Final

from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import TEXT, Parameter
from bot.commands.kit.permissions import may_run
from bot.commands.kit.registry import Registry, nearest
from bot.commands.kit.reply import Reply, Table
from bot.commands.kit.request import SLASH, Request

_MARKS: Final = "<this> is needed, [this] may be left out."


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
        allowed = _allowed_commands(request, registry())
        if isinstance(topic, str):
            return _topic_reply(request, registry(), allowed, topic.strip())
        return _overview(request, registry(), allowed)

    return Command(
        group="",
        name="help",
        summary="What you can ask, a group of commands, or a command with examples.",
        details="The order of words behind a command does not matter.",
        handler=show,
        parameters=(Parameter("command", TEXT, "Which command or group.", "cred"),),
        examples=("help", "help cred", "help cred board"),
    )


def _overview(request: Request, registry: Registry, allowed: Sequence[Command]) -> Reply:
    # On a phone, a mention before each line would break them all in two.
    is_mention = len(request.prefix) > 1
    prefix = "" if is_mention else request.prefix
    asked = tuple(row for command in allowed for row in _asked_rows(command, prefix))
    more = dict.fromkeys(
        command.group.split()[0] if command.group else command.name
        for command in allowed
        if command.group or not (command.asked_most or command.name == "help")
    )
    rows = tuple((name, _about(registry, name)) for name in more)
    return Reply(
        title="What you can ask",
        text=f"Begin each with {request.prefix.strip()}:" if is_mention else "",
        tables=(
            Table(("", ""), asked),
            Table(("", ""), rows, title=f"More: {prefix}help with one of these names"),
        ),
        private=True,
    )


def _asked_rows(command: Command, prefix: str) -> tuple[tuple[str, str], ...]:
    """Return the lines of a command that people ask most, as the asker would give them."""
    if prefix == SLASH:
        return tuple((f"{SLASH}{command.line}", words) for _, words in command.asked_most[:1])
    return tuple((f"{prefix}{line}", words) for line, words in command.asked_most)


def _about(registry: Registry, name: str) -> str:
    command = registry.standalone(name)
    return registry.about(name) if command is None else command.summary


def _topic_reply(
    request: Request, registry: Registry, allowed: Sequence[Command], topic: str
) -> Reply:
    """Return help on a group or a command."""
    name = topic.removeprefix(request.prefix.strip()).strip().removeprefix("!")
    name = " ".join(name.removeprefix("/").casefold().rstrip("!?.").split())
    members = [
        command for command in allowed if name and f"{command.group} ".startswith(f"{name} ")
    ]
    if members:
        return Reply(
            title=f"{request.prefix}{name} …",
            text=f"{_MARKS} {request.command_line('help')} with one of these shows examples.",
            tables=_group_tables(request, members, name),
            private=True,
        )
    found = _find(registry, allowed, name)
    if found is None:
        # What there is for others is no misspelt name of anything else.
        is_known = any(f"{each.line} ".startswith(f"{name} ") for each in registry.commands)
        raise _unknown_topic([] if is_known else allowed, topic, name)
    return Reply(
        title=f"{request.prefix}{found.usage}",
        text=f"{found.summary}\n\n{found.details}"
        + (f"\n\n{_MARKS}" if found.parameters else ""),
        tables=(_parameter_table(found),) if found.parameters else (),
        after="" if request.prefix == SLASH else _examples(request, found),
        private=True,
    )


def _find(registry: Registry, allowed: Sequence[Command], name: str) -> Command | None:
    """Return the command of a name, or else the only one whose name without its group it is."""
    command = registry.find(name)
    if command is not None:
        return command if command in allowed else None
    named = [other for other in allowed if name in {other.name, *other.aliases}]
    return named[0] if len(named) == 1 else None


def _unknown_topic(allowed: Sequence[Command], topic: str, name: str) -> UserError:
    lines = {text: command.line for command in allowed for text in (command.name, command.line)}
    near = nearest(name, lines)
    return UserError(
        f"There is no command “{topic:.40}” for you. "
        + ("Did you mean this?" if near else "This shows what there is:"),
        title="No such command",
        try_lines=(f"help {lines[near]}",) if near else ("help",),
    )


def _allowed_commands(request: Request, registry: Registry) -> list[Command]:
    """Return the commands that the asker may run."""
    return [command for command in registry.commands if may_run(request, command.access)]


def _group_tables(
    request: Request, commands: Iterable[Command], asked: str
) -> tuple[Table, ...]:
    """Return a table of commands for each group, with a title if it is not the `asked` one."""
    return tuple(
        Table(
            ("Command", "What it does"),
            tuple((_usage(request, command), command.summary) for command in members),
            title="" if group == asked else group.capitalize(),
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
        tuple((parameter.mark, parameter.explanation) for parameter in command.parameters),
    )


def _examples(request: Request, command: Command) -> str:
    """Return examples and other names, which only those who type can use."""
    examples = "\n".join(f"{request.prefix}{line}" for line in command.examples)
    names = [command.group] if command.is_group_default else []
    names += [f"{command.group} {alias}".strip() for alias in command.aliases]
    also = ", ".join(f"{request.prefix}{name}" for name in names)
    return f"For example:\n{examples}" + (f"\n\nAlso called: {also}" if also else "")

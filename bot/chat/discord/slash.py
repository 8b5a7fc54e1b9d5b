"""Slash commands made from the registry, and registered with Discord when they change.

A group of commands becomes a slash group (`/cred show`); a command without a group stands by
itself (`/help`). Discord allows a server 200 new commands a day, so a hash of what was
registered is kept among the community's cursors.
"""

import hashlib
import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, Literal

import discord
from discord import app_commands

from bot.commands.kit.arguments import Argument, Mention
from bot.commands.kit.command import Access, Command
from bot.commands.kit.parameters.parameter import InputContext, Option, Picked, Picker, Suggest
from bot.commands.kit.registry import Registry
from bot.community.communities import Community
from storage.log.batch import Batch

log = logging.getLogger(__name__)

SOURCE: Final = "discord"
_CURSOR: Final = "slash commands"
_MOST_CHOICES: Final = 25
_LONGEST_CHOICE: Final = 100
"""Characters."""
THANK: Final = "Thank for this"
"""Name of the command in a message's menu."""
_THANKS: Final = "thanks"

Interaction = discord.Interaction[Any]
OnInvoked = Callable[[Interaction, Command, Mapping[str, Any]], Awaitable[None]]
"""Called with the interaction, the command, and the options by name."""
OnTyping = Callable[[Interaction, Suggest, str], Awaitable[Sequence[str]]]
"""Called with the interaction, a parameter's suggestions, and what is typed; returns those."""
Autocomplete = Callable[[Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]


async def offer_nothing(_: Interaction, __: Suggest, ___: str) -> Sequence[str]:
    """Offer nothing while somebody types."""
    return ()


def slash_commands(
    registry: Registry, on_invoked: OnInvoked, on_typing: OnTyping = offer_nothing
) -> list[app_commands.Command[Any, ..., None] | app_commands.Group]:
    """Return the slash commands of a registry, in its order."""
    top_level: dict[str, app_commands.Command[Any, ..., None] | app_commands.Group] = {}
    for command in registry.commands:
        slash = _slash_command(command, on_invoked, on_typing)
        if not command.group:
            slash.guild_only = True
            top_level[command.name] = slash
            continue
        outer, _, inner = command.group.partition(" ")
        group = top_level.get(outer)
        if not isinstance(group, app_commands.Group):
            group = top_level[outer] = _group(outer, registry)
        if inner:
            within = group.get_command(inner)
            if not isinstance(within, app_commands.Group):
                within = _inner_group(group, inner, registry)
            group = within
        group.add_command(slash)
    return list(top_level.values())


def context_menus(registry: Registry, on_invoked: OnInvoked) -> list[app_commands.ContextMenu]:
    """Return the commands in a message's menu: “Thank for this”, if there is `thanks`."""
    command = registry.standalone(_THANKS)
    if command is None:
        return []

    async def thank(interaction: Interaction, message: discord.Message) -> None:
        options = {"who": message.author, "message": message.jump_url}
        await on_invoked(interaction, command, options)

    menu = app_commands.ContextMenu(name=THANK, callback=thank)
    menu.guild_only = True
    return [menu]


def read_options(
    command: Command, options: Mapping[str, Any], now_ms: int
) -> dict[str, Argument]:
    """Return a command's arguments from the options that were filled in.

    Raises
    ------
    UserError
        If a text that was filled in cannot be read.
    """
    picked: dict[str, Picked] = {
        name: Mention(SOURCE, str(value.id)) if isinstance(value, discord.abc.User) else value
        for name, value in options.items()
        if value is not None
    }
    context = InputContext(SOURCE, now_ms)
    found = {
        parameter.name: parameter.type.from_options(parameter, picked, context)
        for parameter in command.parameters
    }
    return {name: argument for name, argument in found.items() if argument is not None}


async def register(
    tree: app_commands.CommandTree[Any], guild: discord.Guild, community: Community
) -> bool:
    """Register a server's commands with Discord if they changed; return whether they did."""
    tree.copy_global_to(guild=guild)
    payloads = [command.to_dict(tree) for command in tree.get_commands(guild=guild)]
    digest = hashlib.sha256(
        json.dumps([guild.id, payloads], sort_keys=True, default=str).encode()
    ).hexdigest()
    if await community.cursors.get(SOURCE, _CURSOR) == digest:
        return False
    try:
        await tree.sync(guild=guild)
    except discord.HTTPException as error:
        log.warning(
            "slash commands of server %d could not be set (%s); prefix and mention work. "
            "Invite the bot again with the applications.commands scope.",
            guild.id,
            error,
        )
        return False
    await community.log.append(Batch(cursors={(SOURCE, _CURSOR): digest}))
    return True


async def forget_registered(community: Community) -> None:
    """Forget what was registered, because the server has invited the bot again."""
    await community.log.append(Batch(cursors={(SOURCE, _CURSOR): ""}))


def _group(name: str, registry: Registry) -> app_commands.Group:
    members = [command for command in registry.commands if command.group.split()[:1] == [name]]
    for_admins = all(command.access is Access.ADMINS for command in members)
    return app_commands.Group(
        name=name,
        description=_description(name, members, 1),
        guild_only=True,
        default_permissions=discord.Permissions(manage_guild=True) if for_admins else None,
    )


def _inner_group(
    outer: app_commands.Group, name: str, registry: Registry
) -> app_commands.Group:
    members = [
        command for command in registry.commands if command.group == f"{outer.name} {name}"
    ]
    return app_commands.Group(
        name=name, description=_description(name, members, 2), parent=outer
    )


def _description(name: str, members: Sequence[Command], at: int) -> str:
    words = dict.fromkeys(command.line.split()[at] for command in members)
    return f"{name.capitalize()}: {', '.join(words)}"[:100]


def _slash_command(
    command: Command, on_invoked: OnInvoked, on_typing: OnTyping
) -> app_commands.Command[Any, ..., None]:
    async def callback(interaction: Interaction, **options: Any) -> None:
        await on_invoked(interaction, command, options)

    options = sorted(
        (
            option
            for parameter in command.parameters
            for option in parameter.type.options(parameter)
        ),
        key=lambda option: not option.required,  # Discord wants those that are needed first
    )
    # discord.py reads a command's options off the signature of its function, so make one.
    callback.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                "interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Interaction
            ),
            *(
                inspect.Parameter(
                    option.name,
                    inspect.Parameter.KEYWORD_ONLY,
                    annotation=_annotation(option)
                    if option.required
                    else _annotation(option) | None,
                    default=inspect.Parameter.empty if option.required else None,
                )
                for option in options
            ),
        ]
    )
    slash: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=command.name, description=command.summary, callback=callback
    )
    for option in options:
        if option.suggestions:
            slash.autocomplete(option.name)(_autocomplete(option.suggestions))
    for parameter in command.parameters:
        if parameter.suggest is not None:
            slash.autocomplete(parameter.name)(_live_autocomplete(parameter.suggest, on_typing))
    described = {option.name: option.help for option in options}
    return app_commands.describe(**described)(slash) if described else slash


def _annotation(option: Option) -> Any:
    match option.picker:
        case Picker.USER:
            return discord.Member | discord.User
        case Picker.INTEGER:
            return app_commands.Range[int, 1, option.most]
        case Picker.CHOICE:
            return Literal[option.choices]
        case Picker.TEXT:
            return app_commands.Range[str, 1, option.most]


def _live_autocomplete(suggest: Suggest, on_typing: OnTyping) -> Autocomplete:
    async def offer(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = await on_typing(interaction, suggest, typed)
        return [
            app_commands.Choice(name=text, value=text)
            for text in found[:_MOST_CHOICES]
            if len(text) <= _LONGEST_CHOICE
        ]

    return offer


def _autocomplete(suggestions: Sequence[str]) -> Autocomplete:
    async def suggest(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        text = typed.casefold().strip()
        return [
            app_commands.Choice(name=suggestion, value=suggestion)
            for suggestion in suggestions
            if text in suggestion
        ]

    return suggest

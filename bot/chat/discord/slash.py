"""Slash commands made from the registry, and told to Discord only when they changed.

A group of commands is a slash group (`/cred show`); a command that stands alone is one by
itself (`/help`). Discord allows 200 new commands a server and day, so the hash of what a
server was told is kept among its cursors.
"""

import hashlib
import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal

import discord
from discord import app_commands

from bot.chat.line import forms
from bot.chat.line.words import account_named, contribution_link
from bot.commands.kit.dispatch import UserMistake
from bot.commands.kit.model import Argument, Command, Mention, Parameter, Share, Takes, Who
from bot.commands.kit.registry import Registry
from bot.community.communities import Community
from cred.errors import InvalidInputError
from cred.periods import read
from storage.log.batch import Batch

log = logging.getLogger(__name__)

SOURCE: Final = "discord"
_CURSOR: Final = "slash commands"
THANK: Final = "Thank for this"
"""In the menu of a message."""
_THANKS: Final = "thanks"
_LINK: Final = "link"
_SHARES: Final = "shares"
_MOST_PEOPLE: Final = 5
"""Fields for people; whoever needs more types the command."""
_MOST_NUMBER: Final = 1999
_MOST_TEXT: Final = 200
_MOST_URL: Final = 400
_LARGEST_REFERENCE: Final = 999_999_999
_PERIODS: Final = (
    "all",
    "week",
    "last week",
    "month",
    "last month",
    "year",
    "last year",
    "last 4 weeks",
    "last 8 weeks",
    "last 26 weeks",
)

Interaction = discord.Interaction[Any]
Called = Callable[[Interaction, Command, Mapping[str, Any]], Awaitable[None]]
"""Given the interaction, the command, and the options as picked."""


def slash_commands(
    registry: Registry, called: Called
) -> list[app_commands.Command[Any, ..., None] | app_commands.Group]:
    """Return the slash commands of a registry, in its order."""
    made: dict[str, app_commands.Command[Any, ..., None] | app_commands.Group] = {}
    for command in registry.commands:
        slash = _slash(command, called)
        if not command.group:
            slash.guild_only = True
            made[command.name] = slash
            continue
        outer, _, inner = command.group.partition(" ")
        group = made.get(outer)
        if not isinstance(group, app_commands.Group):
            group = made[outer] = _group(outer, registry)
        if inner:
            within = group.get_command(inner)
            if not isinstance(within, app_commands.Group):
                within = _within(group, inner, registry)
            group = within
        group.add_command(slash)
    return list(made.values())


def context_menus(registry: Registry, called: Called) -> list[app_commands.ContextMenu]:
    """Return what is in the menu of a message: “Thank for this”, where there are thanks."""
    command = registry.alone(_THANKS)
    if command is None:
        return []

    async def thank(interaction: Interaction, message: discord.Message) -> None:
        options = {"who": message.author, "message": message.jump_url}
        await called(interaction, command, options)

    menu = app_commands.ContextMenu(name=THANK, callback=thank)
    menu.guild_only = True
    return [menu]


def arguments(command: Command, options: Mapping[str, Any], now_ms: int) -> dict[str, Argument]:
    """Return the arguments of options as picked.

    Raises
    ------
    UserMistake
        If a period, date, link or share is none.
    """
    given: dict[str, Argument] = {}
    for parameter in command.parameters:
        if parameter.takes in forms.PARTS:
            part = _part(parameter, options, now_ms)
            if part is not None:
                given[parameter.name] = part
            continue
        link = options.get(_LINK) if parameter.takes is Takes.THING else None
        picked = options.get(parameter.name)
        if link is not None:
            given[parameter.name] = _linked(link)
        elif picked is None:
            continue
        elif parameter.takes is Takes.PERIOD:
            given[parameter.name] = _period(picked)
        elif parameter.takes is Takes.ACCOUNT:
            given[parameter.name] = account_named(picked, SOURCE)
        elif isinstance(picked, discord.abc.User):
            given[parameter.name] = Mention(SOURCE, str(picked.id))
        else:
            given[parameter.name] = picked
    return given


async def sync(
    tree: app_commands.CommandTree[Any], guild: discord.Guild, community: Community
) -> bool:
    """Tell Discord a server's commands if they are not what it was told last.

    Returns
    -------
    bool
        Whether they had to be told.
    """
    tree.copy_global_to(guild=guild)
    told = [command.to_dict(tree) for command in tree.get_commands(guild=guild)]
    digest = hashlib.sha256(
        json.dumps([guild.id, told], sort_keys=True, default=str).encode()
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


async def forget(community: Community) -> None:
    """Forget what a server was told: it has invited the bot anew."""
    await community.log.append(Batch(cursors={(SOURCE, _CURSOR): ""}))


def _group(name: str, registry: Registry) -> app_commands.Group:
    members = [command for command in registry.commands if command.group.split()[:1] == [name]]
    for_admins = all(command.who is Who.ADMINS for command in members)
    return app_commands.Group(
        name=name,
        description=_description(name, members, 1),
        guild_only=True,
        default_permissions=discord.Permissions(manage_guild=True) if for_admins else None,
    )


def _within(outer: app_commands.Group, name: str, registry: Registry) -> app_commands.Group:
    members = [
        command for command in registry.commands if command.group == f"{outer.name} {name}"
    ]
    return app_commands.Group(
        name=name, description=_description(name, members, 2), parent=outer
    )


def _description(name: str, members: Sequence[Command], at: int) -> str:
    words = dict.fromkeys(command.line.split()[at] for command in members)
    return f"{name.capitalize()}: {', '.join(words)}"[:100]


def _slash(command: Command, called: Called) -> app_commands.Command[Any, ..., None]:
    async def callback(interaction: Interaction, **options: Any) -> None:  # noqa: ANN401
        await called(interaction, command, options)

    parameters = [
        inspect.Parameter(
            "interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Interaction
        )
    ]
    described = {}
    for parameter in command.parameters:
        for name, annotation, help_ in _options(parameter):
            described[name] = help_
            parameters.append(
                inspect.Parameter(
                    name,
                    inspect.Parameter.KEYWORD_ONLY,
                    annotation=annotation | None,
                    default=None,
                )
            )
    # discord.py reads the options off the function's signature, so one is made to measure.
    callback.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    slash: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=command.name, description=command.summary, callback=callback
    )
    for parameter in command.parameters:
        if parameter.takes is Takes.PERIOD:
            slash.autocomplete(parameter.name)(_suggested_periods)
    return app_commands.describe(**described)(slash) if described else slash


def _options(parameter: Parameter) -> list[tuple[str, Any, str]]:  # noqa: PLR0911 - one per kind
    """Return (name, annotation, description) of the options that a parameter becomes."""
    person = discord.Member | discord.User
    match parameter.takes:
        case Takes.PERSON:
            return [(parameter.name, person, parameter.help)]
        case Takes.THING:
            # One option can't be a person or a text, so it is two.
            return [
                (parameter.name, person, parameter.help),
                (_LINK, app_commands.Range[str, 1, _MOST_TEXT], "A link to a message instead."),
            ]
        case Takes.PEOPLE | Takes.SHARES:
            names = [
                parameter.name,
                *(f"{parameter.name}{n}" for n in range(2, _MOST_PEOPLE + 1)),
            ]
            people = [(name, person, parameter.help) for name in names]
            if parameter.takes is Takes.PEOPLE:
                return people
            shares = app_commands.Range[str, 1, _MOST_TEXT]
            return [*people, (_SHARES, shares, "Their shares in that order, such as 2, 1.")]
        case Takes.REFERENCE:
            number = app_commands.Range[int, 1, _LARGEST_REFERENCE]
            return [(parameter.name, number, parameter.help)]
        case Takes.CHOICE if parameter.choices:
            return [(parameter.name, Literal[parameter.choices], parameter.help)]
        case Takes.URL:
            url = app_commands.Range[str, 1, _MOST_URL]
            return [(parameter.name, url, parameter.help)]
        case Takes.NUMBER:
            return [(parameter.name, app_commands.Range[int, 1, _MOST_NUMBER], parameter.help)]
        case _:
            return [(parameter.name, app_commands.Range[str, 1, _MOST_TEXT], parameter.help)]


async def _suggested_periods(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    words = typed.casefold().strip()
    return [app_commands.Choice(name=one, value=one) for one in _PERIODS if words in one]


def _period(text: str) -> Argument:
    try:
        return read(text)
    except InvalidInputError as error:
        message = str(error)
        raise UserMistake(message[:1].upper() + message[1:], title="Which weeks?") from error


def _part(parameter: Parameter, options: Mapping[str, Any], now_ms: int) -> Argument | None:
    """Return what was filled in for a part of a form; None where nothing was."""
    picked = options.get(parameter.name)
    match parameter.takes:
        case Takes.PEOPLE | Takes.SHARES:
            return _shares(parameter, options) or None
        case _ if picked is None:
            return None
        case Takes.DATE:
            found = forms.day(picked, now_ms)
            if found is None:
                raise UserMistake(
                    f"“{picked:.40}” is no day; write it as 2026-10-03.", title="Which day?"
                )
            return found
        case Takes.ITEM:
            return forms.item(picked, SOURCE) or _linked(picked)
        case _:
            return picked if isinstance(picked, int) else str(picked).strip()


def _shares(parameter: Parameter, options: Mapping[str, Any]) -> tuple[Share, ...]:
    names = [parameter.name, *(f"{parameter.name}{n}" for n in range(2, _MOST_PEOPLE + 1))]
    people = [
        Mention(SOURCE, str(options[name].id))
        for name in names
        if options.get(name) is not None
    ]
    typed = options.get(_SHARES) if parameter.takes is Takes.SHARES else None
    shares = [1] * len(people) if typed is None else forms.shares(str(typed))
    if shares is None or len(shares) != len(people):
        raise UserMistake(
            "Give a whole number as the share of each person named, in that order: 2, 1.",
            title="Which shares?",
        )
    return tuple(Share(who, share) for who, share in zip(people, shares, strict=True))


def _linked(text: str) -> Argument:
    link = contribution_link(text.strip(), SOURCE)
    if link is None:
        raise UserMistake(
            "That is no link to a message. In Discord: press the message long (or ⋯), then "
            "“Copy Message Link”.",
            title="Which message?",
        )
    return link

"""A new type of parameter works everywhere, though nothing else knows of it."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import discord
import pytest
from discord.ext import commands

from bot.chat.discord.slash import read_options, slash_commands
from bot.chat.line.parse import parse
from bot.commands.help import help_command
from bot.commands.kit.arguments import Argument
from bot.commands.kit.command import Command
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import PERSON
from bot.commands.kit.parameters.parameter import (
    InputContext,
    Option,
    Parameter,
    ParameterType,
    Picked,
    Picker,
    Reading,
    Typed,
)
from bot.commands.kit.registry import Registry
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.communities import Community
from tests.bot.commands.garden import NOW_MS, communities, garden, request


class ColourType(ParameterType[str]):
    """A colour in hexadecimal notation: "#58b6a9"."""

    syntax = "A colour, such as {}."

    def read(self, typed: Typed) -> Sequence[Reading]:
        text = typed.words[0].text
        return [(text, 1)] if re.fullmatch("#[0-9a-f]{6}", text) else []

    def write(self, argument: str) -> str:
        return argument

    def options(self, parameter: Parameter) -> tuple[Option, ...]:
        return (
            Option(
                parameter.name,
                Picker.TEXT,
                parameter.help,
                most=7,
                suggestions=("#58b6a9", "#d9534f"),
            ),
        )

    def from_options(
        self, parameter: Parameter, picked: Mapping[str, Picked], context: InputContext
    ) -> Argument | None:
        del context
        text = picked.get(parameter.name)
        return f"#{text}" if isinstance(text, str) else None

    def is_attempt(self, text: str) -> bool:
        return text.startswith("#")

    def hint(self, parameter: Parameter, text: str) -> str:
        del parameter
        return "Colours have six digits." if self.is_attempt(text) else ""


async def paint(request: Request) -> Reply:
    return Reply(title=f"Painted {request.arguments['colour']}")


PAINT = Command(
    group="",
    name="paint",
    summary="Paint somebody's name.",
    details="In any colour.",
    handler=paint,
    parameters=(
        Parameter("colour", ColourType(), "Which colour.", "#58b6a9"),
        Parameter("person", PERSON, "Whose name.", "@ada"),
    ),
    examples=("paint #58b6a9 @ada",),
)
REGISTRY: Registry = Registry([PAINT, help_command(lambda: REGISTRY)])


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened, scored=False)


@pytest.mark.parametrize("line", ["paint #58b6a9 @ada", "paint @ada #58b6a9"])
def test_it_is_read_from_a_line(line: str) -> None:
    invocation = parse(line, REGISTRY, "discord", NOW_MS)

    assert invocation.arguments == {"colour": "#58b6a9", "person": "ada"}


def test_it_is_written_so_that_it_is_read_back() -> None:
    arguments: Mapping[str, Argument] = {"colour": "#58b6a9", "person": "ada"}

    line = PAINT.format_line(arguments)

    assert line == 'paint #58b6a9 "ada"'
    assert parse(line, REGISTRY, "discord", NOW_MS).arguments == arguments


def test_what_cannot_be_read_is_nobodys_name_and_is_explained() -> None:
    with pytest.raises(UserError, match=r"“#58b6” in .* Colours have six digits\. For example"):
        parse("paint #58b6 @ada", REGISTRY, "discord", NOW_MS)


async def test_it_is_an_option_of_the_slash_command() -> None:
    async def ignore(*_: object) -> None: ...

    bot = commands.Bot("!", intents=discord.Intents.none())
    slash_command = slash_commands(REGISTRY, ignore)[0]

    (option, _) = slash_command.to_dict(bot.tree)["options"]

    assert option["name"] == "colour"
    assert option["description"] == "Which colour."
    assert option["max_length"] == len("#58b6a9")
    assert option["autocomplete"]
    assert read_options(PAINT, {"colour": "58b6a9"}, NOW_MS) == {"colour": "#58b6a9"}


async def test_help_says_what_to_type(community: Community) -> None:
    help_ = REGISTRY.find("help")
    assert help_ is not None

    reply = await dispatch(help_, request(community, command="paint"))

    assert reply.tables[0].rows[0] == ("[colour]", "Which colour. A colour, such as #58b6a9.")


async def test_its_argument_reaches_the_command(community: Community) -> None:
    reply = await dispatch(PAINT, request(community, colour="#58b6a9"))

    assert reply.title == "Painted #58b6a9"

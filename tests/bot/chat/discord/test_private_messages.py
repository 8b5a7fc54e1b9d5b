"""Private messages to the bot: every `me …` works there, or is told what to type where."""

import pytest

from bot.commands.catalogue import build_registry
from bot.commands.kit.command import Command
from tests.bot.chat.discord.scene import Scene, embed_text
from tests.discord_server.model import Channel, User

ME = [command for command in build_registry().commands if command.group == "me"]
ASKS_BACK = {
    "me link": "I hear nothing but discord here",
    "me confirm": "!help me link",
    "me unlink": "!me accounts",
}
"""What the reply says, where a line alone is not enough."""


async def write(scene: Scene, direct: Channel, who: User, text: str) -> str:
    """Write to the bot alone; return its answer."""
    scene.server.world.post(direct, who, text)
    return embed_text(await scene.server.next_message(direct)).replace("\\", "")


@pytest.mark.parametrize("form", ["{}", "!{}", "/{}", "  {}!"])
@pytest.mark.parametrize("command", ME, ids=lambda command: command.line)
async def test_every_line_of_me_is_answered_or_says_what_to_type(
    scene: Scene, command: Command, form: str
) -> None:
    direct = scene.server.world.dm(scene.ada)
    async with scene.bot():
        answer = await write(scene, direct, scene.ada, form.format(command.line))

    assert "Not in public" not in answer
    assert "No such command" not in answer
    if command.line in ASKS_BACK:
        assert ASKS_BACK[command.line] in answer


@pytest.mark.parametrize("text", ["me", "me optuot", "hello", "what is this?", "/", "rank", ""])
async def test_nothing_that_is_said_to_the_bot_alone_is_met_with_silence(
    scene: Scene, text: str
) -> None:
    direct = scene.server.world.dm(scene.ada)
    async with scene.bot():
        answer = await write(scene, direct, scene.ada, text)

    assert "!" in answer or "Ada: " in answer


@pytest.mark.parametrize("command", ME, ids=lambda command: command.line)
async def test_who_is_on_several_servers_or_none_is_told_what_to_type_where(
    scene: Scene, command: Command
) -> None:
    world = scene.server.world
    other = world.guild("Orchard")
    world.join(other, scene.grace)
    stranger = world.member(world.guild("Elsewhere", with_bot=False), "stranger")
    async with scene.bot():
        on_two = await write(scene, world.dm(scene.grace), scene.grace, f"!{command.line}")
        on_none = await write(scene, world.dm(stranger), stranger, command.line)

    assert "Garden, Orchard" in on_two
    assert f"Type /{command.line} in the one you mean. Only you see" in on_two
    assert "Ask me in a server" in on_none
    assert f"Type /{command.line} there. Only you see" in on_none


@pytest.mark.parametrize("command", ME, ids=lambda command: command.line)
async def test_in_public_each_says_how_to_ask_alone_and_that_works(
    scene: Scene, command: Command
) -> None:
    direct = scene.server.world.dm(scene.ada)
    async with scene.bot():
        public = embed_text(await scene.ask(scene.ada, f"!{command.line}")).replace("\\", "")
        alone = await write(scene, direct, scene.ada, command.line)

    assert f"Use /{command.line} here" in public
    assert f"send me “{command.line}” in a private message" in public
    assert "Not in public" not in alone

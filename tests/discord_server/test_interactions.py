"""Slash commands, buttons, menus and forms, against the real client."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord import app_commands

from tests.discord_server.client import Listener, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.discord_server.model import Channel, Guild, User
    from tests.discord_server.server import DiscordServer

Interaction = discord.Interaction[Any]


class Pager(discord.ui.View):
    """A board of two pages whose buttons survive a restart: fixed ids, no timeout."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Next", custom_id="board:next")
    async def next_page(self, interaction: Interaction, _: discord.ui.Button[Any]) -> None:
        await interaction.response.edit_message(content="page 2")

    @discord.ui.button(label="Details", custom_id="board:details")
    async def details(self, interaction: Interaction, _: discord.ui.Button[Any]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="details")

    @discord.ui.button(label="Whisper", custom_id="board:whisper")
    async def whisper(self, interaction: Interaction, _: discord.ui.Button[Any]) -> None:
        await interaction.response.send_message("psst", ephemeral=True)

    @discord.ui.select(
        custom_id="board:sort", options=[discord.SelectOption(label=label) for label in "ab"]
    )
    async def sort(self, interaction: Interaction, select: discord.ui.Select[Any]) -> None:
        await interaction.response.send_message(f"sorted by {select.values[0]}")


class Reason(discord.ui.Modal, title="Why?"):
    why: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Reason", custom_id="why")

    async def on_submit(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"because {self.why.value}")


class Bot(Listener):
    """A bot with commands, which it registers in a guild."""

    def __init__(self, guild_id: int) -> None:
        super().__init__()
        self.home = discord.Object(guild_id)
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        self.add_view(Pager())
        cred = app_commands.Group(name="cred", description="cred")

        @cred.command(name="show", description="one's cred")
        @app_commands.describe(who="whose", period="when")
        async def show(
            interaction: Interaction, who: discord.Member | None = None, period: str = "all"
        ) -> None:
            name = "nobody" if who is None else f"{who.name} {len(who.roles)}"
            embed = discord.Embed(title=f"{name}, {period}").add_field(name="cred", value="1")
            await interaction.response.send_message(embed=embed, ephemeral=True)

        @show.autocomplete("period")
        async def periods(_: Interaction, current: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{current}th", value="month")]

        @cred.command(name="history", description="slow, with a picture")
        async def history(interaction: Interaction) -> None:
            await interaction.response.defer(thinking=True)
            picture = discord.File(io.BytesIO(b"\x89PNG" + bytes(20)), "cred.png")
            await interaction.followup.send("your history", file=picture)
            await interaction.followup.send("and more", ephemeral=True)

        @cred.command(name="board", description="with buttons")
        async def board(interaction: Interaction) -> None:
            await interaction.response.send_message("page 1", view=Pager())
            original = await interaction.original_response()
            assert original.content == "page 1"

        @cred.command(name="ask", description="opens a form")
        async def ask(interaction: Interaction) -> None:
            await interaction.response.send_modal(Reason(custom_id="reason"))

        @cred.command(name="late", description="edits its answer")
        async def late(interaction: Interaction, file: discord.Attachment) -> None:
            await interaction.response.defer(ephemeral=True)
            data = await file.read()
            await interaction.edit_original_response(content=f"{file.filename}: {len(data)}")

        @self.tree.context_menu(name="Explain", guild=self.home)
        async def explain(interaction: Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(f"{message.author.name}: {message.content}")

        @self.tree.context_menu(name="Cred", guild=self.home)
        async def cred_of(interaction: Interaction, member: discord.Member) -> None:
            await interaction.response.send_message(member.name)
            await interaction.delete_original_response()

        self.tree.add_command(cred, guild=self.home)
        await self.tree.sync(guild=self.home)


@pytest.fixture
async def bot(server: DiscordServer, guild: Guild, general: Channel) -> AsyncIterator[Bot]:
    del general
    bot = Bot(guild.id)
    async with running(bot, server):
        await bot.hear("ready")
        yield bot


async def test_a_slash_command_makes_the_round_trip(
    server: DiscordServer, bot: Bot, guild: Guild, general: Channel, ada: User
) -> None:
    server.world.set_roles(guild, ada, server.world.role(guild, "gardener"))

    reply = await server.slash(ada, general, "cred show", who=ada, period="may")

    assert reply.embeds[0]["title"] == "ada 2, may"
    assert reply.ephemeral
    assert general.messages == {}  # nobody else sees it
    assert (await server.slash(ada, general, "cred show")).embeds[0]["title"] == "nobody, all"
    assert bot.application_id == server.world.application.id


async def test_what_the_app_would_not_send_is_refused_to_the_test(
    server: DiscordServer, bot: Bot, general: Channel, ada: User
) -> None:
    del bot
    for words, options in (
        ("cred nothing", {}),
        ("cred", {}),
        ("credo show", {}),
        ("cred show", {"whom": ada}),
        ("cred late", {}),
        ("cred show", {"period": 5}),
    ):
        with pytest.raises(LookupError):
            await server.slash(ada, general, words, **options)


async def test_choices_are_offered_while_typing(
    server: DiscordServer, bot: Bot, general: Channel, ada: User
) -> None:
    del bot
    reply = await server.autocomplete(ada, general, "cred show", "period", period="mon")

    assert reply.choices == [{"name": "month", "value": "month"}]


async def test_a_deferred_answer_with_a_file_takes_the_place_of_thinking(
    server: DiscordServer, bot: Bot, general: Channel, ada: User
) -> None:
    reply = await server.slash(ada, general, "cred history")

    assert (reply.deferred, reply.content, list(reply.files)) == (
        True,
        "your history",
        ["cred.png"],
    )
    assert reply.files["cred.png"].startswith(b"\x89PNG")
    more = await reply.followup()
    assert (more.content, more.ephemeral) == ("and more", True)
    assert list(general.messages.values()) == [reply.message]
    assert (await bot.hear("raw_message_edit")).message_id == reply.message.id


async def test_an_attachment_given_to_a_command_can_be_read(
    server: DiscordServer, bot: Bot, general: Channel, ada: User
) -> None:
    del bot
    reply = await server.slash(ada, general, "cred late", file=("a.csv", b"1,2"))

    assert (reply.content, reply.ephemeral) == ("a.csv: 3", True)


async def test_buttons_and_menus_are_answered(
    server: DiscordServer, bot: Bot, general: Channel, ada: User
) -> None:
    del bot
    board = await server.slash(ada, general, "cred board")
    assert [button["custom_id"] for button in board.buttons] == [
        "board:next",
        "board:details",
        "board:whisper",
    ]

    turned = await server.press(ada, board.message, "board:next")
    assert turned.message is board.message
    assert turned.content == "page 2"
    assert (await server.press(ada, board.message, "board:details")).content == "details"
    whisper = await server.press(ada, board.message, "board:whisper")
    assert (whisper.content, whisper.ephemeral) == ("psst", True)
    assert (await server.select(ada, board.message, "board:sort", "b")).content == "sorted by b"
    with pytest.raises(LookupError):
        await server.press(ada, board.message, "board:last")


async def test_a_button_works_after_a_restart(
    server: DiscordServer, guild: Guild, general: Channel, ada: User
) -> None:
    async with running(Bot(guild.id), server):
        board = await server.slash(ada, general, "cred board")
        await server.next_request("GET", "*/messages/@original")

    async with running(Bot(guild.id), server):
        turned = await server.press(ada, board.message, "board:next")

    assert turned.content == "page 2"


async def test_a_form_is_filled_in_and_answered(
    server: DiscordServer, bot: Bot, general: Channel, ada: User
) -> None:
    del bot
    form = await server.slash(ada, general, "cred ask")
    assert form.modal["title"] == "Why?"

    reply = await server.submit_modal(form, why="it is fair")

    assert reply.content == "because it is fair"


async def test_context_menus_of_messages_and_users(
    server: DiscordServer, bot: Bot, general: Channel, ada: User
) -> None:
    message = server.world.post(general, ada, "a pond!")

    reply = await server.context_menu(ada, general, "Explain", message)
    about = await server.context_menu(ada, general, "Cred", ada)

    assert reply.content == "ada: a pond!"
    assert about.content == "ada"
    assert (await bot.hear("raw_message_delete")).message_id == about.message.id


async def test_commands_keep_their_ids_when_registered_again(
    server: DiscordServer, bot: Bot, guild: Guild
) -> None:
    before = {
        command["name"]: command["id"] for command in server.interactions.commands[guild.id]
    }

    await bot.tree.sync(guild=guild_object(guild))
    fetched = await bot.tree.fetch_commands(guild=guild_object(guild))

    assert {app_command.name: str(app_command.id) for app_command in fetched} == before
    assert set(before) == {"cred", "Explain", "Cred"}


def guild_object(guild: Guild) -> discord.Object:
    return discord.Object(guild.id)

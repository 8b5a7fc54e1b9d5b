"""The real discord.py client against the in-process Discord: every way of asking."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.chat.discord import DiscordChat
from bot.chat.discord.render import COLOUR
from bot.commands.catalogue import build_registry
from bot.commands.kit.command import Command
from bot.community.communities import Communities, Community
from bot.runtime.discord_client import DiscordClient, make_client
from storage.log.batch import Account, Batch, Gap, Place
from tests.bot.commands.garden import ADA, GRACE, NOW_MS, communities, garden, post
from tests.discord_server import DiscordServer, running_discord
from tests.discord_server.client import running
from tests.discord_server.model import Channel, Guild, Json, Message, User

MANAGE_GUILD = 1 << 5


@dataclass
class Scene:
    """A server with people, a community that knows them, and clients of the bot."""

    server: DiscordServer
    opened: Communities
    community: Community
    guild: Guild
    general: Channel
    ada: User
    grace: User
    now_ms: list[int] = field(default_factory=lambda: [NOW_MS])

    @asynccontextmanager
    async def bot(self, *, message_content: bool = True) -> AsyncIterator[DiscordClient]:
        """Run a client of its own; leaving the block is the bot's end."""
        client = make_client(
            message_content=message_content,
            api_url=self.server.rest_base,
            gateway_url=self.server.gateway_url,
            guild_ready_timeout=0.02,
        )

        async def community_of(_: object) -> Community:
            return self.community

        chat = DiscordChat(
            client, build_registry(), community_of, now_ms=lambda: self.now_ms[0]
        )
        chat.attach()
        async with running(client, self.server):
            yield client

    async def has_slash_commands(self) -> None:
        await self.server.until(
            lambda: bool(self.server.interactions.commands), "slash commands"
        )

    async def ask(self, user: User, text: str) -> Message:
        """Post a message and return the bot's reply to it."""
        posted = self.server.world.post(self.general, user, text)
        reply = await self.server.next_message(self.general)
        assert reply.replies_to is posted
        return reply


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_discord() as server, communities(tmp_path) as opened:
        world = server.world
        guild = world.guild("Garden")
        ada, grace = world.member(guild, "ada"), world.member(guild, "grace")
        community = await garden(
            opened,
            fill=20,
            guild=guild.id,
            real={ADA: str(ada.id), GRACE: str(grace.id)},
        )
        general = world.channel(guild, "general")
        scene = Scene(server, opened, community, guild, general, ada, grace)
        yield scene
        pinging = [request for request in server.requests if not _pings_nobody(request.body)]
        assert not pinging


def _pings_nobody(body: object) -> bool:
    """Tell whether a request's body, where it is a message, allows no mention at all."""
    if not isinstance(body, dict):
        return True
    data = body.get("data", body)
    if not isinstance(data, dict) or not {"embeds", "content"} & set(data):
        return True
    allowed = data.get("allowed_mentions")
    return (
        allowed is not None and allowed.get("parse") == [] and not allowed.get("replied_user")
    )


def _embed_text(message: Message) -> str:
    (embed,) = message.embeds
    return f"{embed['title']}\n{embed['description']}"


def _buttons(message: Message) -> dict[str, Json]:
    return {
        button["label"]: button for row in message.components for button in row["components"]
    }


async def test_a_typed_command_is_answered_as_a_reply_that_pings_nobody(scene: Scene) -> None:
    async with scene.bot():
        reply = await scene.ask(scene.ada, "!cred")

    assert "Ada: 18." in _embed_text(reply)
    assert "1st of 25" in _embed_text(reply)
    assert re.search(r"-# as of <t:\d+:R> · event #126 · weights v0", _embed_text(reply))


async def test_a_mention_of_the_bot_is_a_prefix_too(scene: Scene) -> None:
    async with scene.bot() as client:
        assert client.user is not None

        reply = await scene.ask(scene.ada, f"<@{client.user.id}> cred <@{scene.grace.id}>")

    assert "Grace: 13." in _embed_text(reply)


async def test_slash_and_prefix_forms_say_the_same(scene: Scene) -> None:
    async with scene.bot():
        await scene.has_slash_commands()

        typed = await scene.ask(scene.ada, f"!cred <@{scene.grace.id}> last month")
        picked = await scene.server.slash(
            scene.ada, scene.general, "cred show", person=scene.grace, period="last month"
        )

    # Only how to ask for more differs.
    assert (
        _embed_text(picked.message).split("More: ")[0] == _embed_text(typed).split("More: ")[0]
    )
    assert "/cred explain" in _embed_text(picked.message).replace("\\", "")
    assert not picked.ephemeral


@pytest.mark.parametrize("command", build_registry().commands, ids=lambda one: one.line)
async def test_every_command_has_all_three_forms(scene: Scene, command: Command) -> None:
    keeper = scene.server.world.role(scene.guild, "keeper", permissions=MANAGE_GUILD)
    scene.server.world.set_roles(scene.guild, scene.ada, keeper)
    async with scene.bot() as client:
        assert client.user is not None
        await scene.has_slash_commands()

        typed = await scene.ask(scene.ada, f"!{command.line}")
        mentioned = await scene.ask(scene.ada, f"<@{client.user.id}> {command.line}")
        picked = await scene.server.slash(scene.ada, scene.general, command.line)

    shown = [
        _embed_text(message).split("\n")[0] for message in (typed, mentioned, picked.message)
    ]
    if command.group == "me":
        # Answered only where nobody else reads along.
        assert shown[:2] == ["Not in public"] * 2
        assert shown[2] != "Not in public"
        assert picked.ephemeral
        return
    assert len(set(shown)) == 1
    asks_back = shown[0].startswith("Which")
    assert asks_back or typed.embeds[0]["color"] == COLOUR


async def test_hidden_channels_are_named_only_to_those_who_alone_see_it(scene: Scene) -> None:
    keeper = scene.server.world.role(scene.guild, "keeper", permissions=MANAGE_GUILD)
    scene.server.world.set_roles(scene.guild, scene.ada, keeper)
    place = Place("discord", "31", "board-room", "text channel")
    gap = Gap("discord", "31", NOW_MS, None, "no permission")
    async with scene.bot():
        await scene.has_slash_commands()
        community = scene.community
        await community.log.append(Batch(places=(place,), gaps=(gap,)))

        typed = await scene.ask(scene.ada, "!admin health")
        picked = await scene.server.slash(scene.ada, scene.general, "admin health")

    assert "board-room" not in str(typed.embeds)
    assert "1 gap in channels that may be hidden" in _embed_text(typed).replace("\\", "")
    assert picked.ephemeral
    assert "board-room" in str(picked.embeds)


async def test_a_board_is_paged_by_anybody_in_place(scene: Scene) -> None:
    async with scene.bot():
        board = await scene.ask(scene.ada, "!cred board")
        assert "Ada" in _embed_text(board)
        assert _buttons(board)["◀ Before"]["disabled"]

        turned = await scene.server.press(
            scene.grace, board, _buttons(board)["Next ▶"]["custom_id"]
        )

    assert turned.message is board
    assert "\n11  " in _embed_text(board)
    assert "2 / 3" in _buttons(board)


async def test_a_button_works_in_a_fresh_process(scene: Scene) -> None:
    async with scene.bot():
        board = await scene.ask(scene.ada, "!cred board last 8 weeks")

    async with scene.bot():
        await scene.server.press(scene.ada, board, _buttons(board)["Next ▶"]["custom_id"])

    assert "2 / 3" in _buttons(board)
    assert "Last 8 weeks" in _embed_text(board)


async def test_somebody_elses_history_is_not_replaced_by_a_press(scene: Scene) -> None:
    async with scene.bot():
        history = await scene.ask(scene.ada, "!cred history 1")
        before = _embed_text(history)
        twelve = _buttons(history)["12 weeks"]["custom_id"]

        aside = await scene.server.press(scene.grace, history, twelve)
        assert _embed_text(history) == before

        await scene.server.press(scene.ada, history, twelve)

    assert aside.ephemeral
    assert aside.message is not history
    assert "the last 11 weeks" in _embed_text(history)


async def test_history_comes_with_a_picture_that_says_what_it_shows(scene: Scene) -> None:
    async with scene.bot():
        reply = await scene.ask(scene.ada, "!cred history")

    (picture,) = reply.attachments
    assert picture.data.startswith(b"\x89PNG")
    assert picture.description is not None
    assert picture.description.startswith("Bars of the weekly cred of Ada: 6 Sep ")


async def test_a_heavy_slash_command_shows_that_it_is_at_it(scene: Scene) -> None:
    async with scene.bot():
        await scene.has_slash_commands()

        reply = await scene.server.slash(scene.ada, scene.general, "cred explain")

    assert reply.deferred
    assert "came from" in _embed_text(reply.message)


async def test_a_message_is_explained_by_its_link(scene: Scene) -> None:
    link = f"https://discord.com/channels/{scene.guild.id}/1/800000000000010"
    async with scene.bot():
        await scene.has_slash_commands()

        typed = await scene.ask(scene.ada, f"!cred explain <{link}>")
        picked = await scene.server.slash(scene.ada, scene.general, "cred explain", link=link)

    assert "Message in #general" in _embed_text(typed)
    assert _embed_text(picked.message) == _embed_text(typed)


async def test_a_message_is_explained_by_replying_to_it(scene: Scene) -> None:
    world = scene.server.world
    praised = world.post(scene.general, scene.grace, "done")
    events = post(1, str(scene.grace.id), 10, [str(scene.ada.id)])
    await scene.community.log.append(
        Batch(events=tuple(replace(event, target=str(praised.id)) for event in events))
    )
    await scene.community.scoring.recompute(NOW_MS)
    async with scene.bot():
        asked = world.post(scene.general, scene.ada, "!cred explain", reply_to=praised)

        reply = await scene.server.next_message(scene.general)

    assert reply.replies_to is asked
    assert "Message in #general, 16 Nov" in _embed_text(reply)


async def test_mistakes_are_private_where_that_is_possible(scene: Scene) -> None:
    async with scene.bot():
        await scene.has_slash_commands()

        reply = await scene.server.slash(
            scene.ada, scene.general, "cred show", period="last millennium"
        )

    assert reply.ephemeral
    assert "is not a period" in _embed_text(reply.message)


async def test_health_is_for_those_who_manage_the_server_at_this_moment(scene: Scene) -> None:
    role = scene.server.world.role(scene.guild, "keeper", permissions=MANAGE_GUILD)
    async with scene.bot() as client:
        refused = await scene.ask(scene.grace, "!admin health")
        scene.server.world.set_roles(scene.guild, scene.grace, role)
        await scene.server.idle()
        granted = await scene.ask(scene.grace, "!admin health")
        scene.server.world.set_roles(scene.guild, scene.grace)
        await scene.server.idle()
        refused_again = await scene.ask(scene.grace, "!admin health")
        assert client.is_ready()

    assert "For server admins" in _embed_text(refused)
    assert "Log head" in _embed_text(granted)
    assert "For server admins" in _embed_text(refused_again)


async def test_health_by_slash_is_for_those_who_manage_the_server_and_private(
    scene: Scene,
) -> None:
    role = scene.server.world.role(scene.guild, "keeper", permissions=MANAGE_GUILD)
    scene.server.world.set_roles(scene.guild, scene.grace, role)
    async with scene.bot():
        await scene.has_slash_commands()

        granted = await scene.server.slash(scene.grace, scene.general, "admin health")

    assert "Log head" in _embed_text(granted.message)
    assert granted.ephemeral


async def test_health_is_also_for_roles_that_the_community_made_admins(scene: Scene) -> None:
    gardeners = scene.server.world.role(scene.guild, "gardeners")
    scene.server.world.set_roles(scene.guild, scene.grace, gardeners)
    async with scene.bot():
        refused = await scene.ask(scene.grace, "!admin health")
        await scene.community.settings.set(
            {"roles.admins": [str(gardeners.id)]}, author="operator", reason="", now_ms=NOW_MS
        )
        granted = await scene.ask(scene.grace, "!admin health")

    assert "For server admins" in _embed_text(refused)
    assert "Health of" in _embed_text(granted)


async def test_a_flood_is_answered_once_and_stops_nobody_else(scene: Scene) -> None:
    async with scene.bot():
        for _ in range(9):
            scene.server.world.post(scene.general, scene.ada, "!help")
        answers = [await scene.server.next_message(scene.general) for _ in range(6)]

        grace = await scene.ask(scene.grace, "!cred")
        scene.now_ms[0] += 2_000
        again = await scene.ask(scene.ada, "!cred")

    assert sum("One moment" in _embed_text(answer) for answer in answers) == 1
    assert "Grace" in _embed_text(grace)
    assert "Ada" in _embed_text(again)


async def test_every_slash_command_of_a_flood_is_answered_where_only_they_see_it(
    scene: Scene,
) -> None:
    async with scene.bot():
        await scene.has_slash_commands()
        replies = [await scene.server.slash(scene.ada, scene.general, "help") for _ in range(8)]
        shown = [reply.message for reply in replies]

    slow = [message for message in shown if "One moment" in _embed_text(message)]
    assert len(slow) == 3
    assert all(reply.ephemeral for reply in replies[5:])


async def test_without_the_message_content_intent_a_mention_is_answered_and_says_so(
    scene: Scene,
) -> None:
    scene.server.world.application.message_content_intent = False
    async with scene.bot(message_content=False) as client:
        assert client.user is not None
        scene.server.world.post(scene.general, scene.ada, "!cred")

        reply = await scene.ask(scene.grace, f"<@{client.user.id}>")
        cred = await scene.ask(scene.grace, f"<@!{client.user.id}> cred")

    assert "message-content intent" in _embed_text(reply)
    assert "Grace: 13." in _embed_text(cred)


async def test_what_is_for_others_is_left_alone(scene: Scene) -> None:
    world = scene.server.world
    robot = world.member(scene.guild, "robot", bot=True)
    async with scene.bot():
        for text in ("!play song", "! cred", "!", "hello !cred", "!creditcard", ""):
            world.post(scene.general, scene.ada, text)
        world.post(scene.general, robot, "!cred")
        world.post(scene.general, world.webhook("hook"), "!cred")

        reply = await scene.ask(scene.grace, "!cred")

    assert "Grace" in _embed_text(reply)
    assert len(scene.server.requested("POST", "/channels/*/messages")) == 1


async def test_a_send_that_fails_ends_nothing(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.server.limits.fail("POST", "/channels/*/messages", 403, times=1)
    async with scene.bot():
        scene.server.world.post(scene.general, scene.ada, "!cred")
        await scene.server.next_request("POST", "/channels/*/messages")

        reply = await scene.ask(scene.grace, "!cred")

    assert "Grace" in _embed_text(reply)
    assert "could not be sent" in caplog.text


async def test_without_the_permission_for_embeds_the_reply_is_plain_text(scene: Scene) -> None:
    scene.server.world.edit_role(
        scene.guild, scene.guild.everyone, permissions=(1 << 10) | (1 << 11) | (1 << 16)
    )
    async with scene.bot():
        reply = await scene.ask(scene.ada, "!cred history")

    assert not reply.embeds
    assert not reply.attachments
    assert "Ada: the last 11 weeks" in reply.content


async def test_slash_commands_are_told_once_per_server_not_once_per_start(scene: Scene) -> None:
    async with scene.bot():
        await scene.has_slash_commands()
        await scene.ask(scene.ada, "!cred")
    async with scene.bot():
        await scene.ask(scene.ada, "!cred")
        await scene.server.idle()

    assert len(scene.server.requested("PUT", "/applications/*/guilds/*/commands")) == 1


async def test_a_server_that_invites_the_bot_again_is_told_again(scene: Scene) -> None:
    async with scene.bot():
        await scene.has_slash_commands()
        await scene.server.next_request("PUT", "/applications/*/guilds/*/commands")
        await scene.ask(scene.ada, "!cred")

        scene.server.world.remove_bot(scene.guild)
        scene.server.world.add_bot(scene.guild)

        await scene.server.next_request("PUT", "/applications/*/guilds/*/commands")


async def test_periods_are_offered_while_typing(scene: Scene) -> None:
    async with scene.bot():
        await scene.has_slash_commands()

        reply = await scene.server.autocomplete(
            scene.ada, scene.general, "cred show", "period", period="last w"
        )

    assert [choice["value"] for choice in reply.choices] == ["last week"]


async def test_a_direct_message_is_told_where_to_ask(scene: Scene) -> None:
    direct = scene.server.world.dm(scene.ada)
    async with scene.bot():
        scene.server.world.post(direct, scene.ada, "!cred")

        reply = await scene.server.next_message(direct)

    assert "Ask me in a server" in _embed_text(reply)


async def test_a_name_full_of_markup_is_shown_as_it_is(scene: Scene) -> None:
    name = "@everyone **[x](https://evil.example)** <@1>"
    await scene.community.log.append(
        Batch(accounts=(Account("discord", str(scene.ada.id), "user", name),))
    )
    async with scene.bot():
        reply = await scene.ask(scene.ada, "!cred")

    assert "@everyone" not in _embed_text(reply)
    assert "(https://evil" not in _embed_text(reply)
    assert "<@1>" not in _embed_text(reply)

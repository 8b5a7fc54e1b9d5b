"""Every way of asking, by the real discord.py client against the in-process Discord."""

import re
from dataclasses import replace

import pytest
from discord import app_commands

from bot.chat.discord.render import COLOUR
from bot.chat.discord.slash import slash_commands
from bot.commands.catalogue import build_registry
from bot.commands.kit.command import Command
from bot.commands.kit.parameters.parameter import Picker
from storage.log.batch import Account, Batch, Gap, Place
from tests.bot.chat.discord.scene import MANAGE_GUILD, Scene, buttons_by_label, embed_text
from tests.bot.commands.garden import NOW_MS, post
from tests.discord_server.model import User


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


async def test_a_typed_command_is_answered_as_a_reply_that_pings_nobody(scene: Scene) -> None:
    async with scene.bot():
        reply = await scene.ask(scene.ada, "!cred")

    assert "Ada: 18." in embed_text(reply)
    assert "1st of 25" in embed_text(reply)
    assert re.search(r"-# as of <t:\d+:R> · event #126 · weights v0", embed_text(reply))


async def test_a_mention_of_the_bot_is_a_prefix_too(scene: Scene) -> None:
    async with scene.bot() as client:
        assert client.user is not None

        reply = await scene.ask(scene.ada, f"<@{client.user.id}> cred <@{scene.grace.id}>")

    assert "Grace: 13." in embed_text(reply)


async def test_slash_and_prefix_forms_say_the_same(scene: Scene) -> None:
    async with scene.bot():
        await scene.has_slash_commands()

        typed = await scene.ask(scene.ada, f"!cred <@{scene.grace.id}> last month")
        picked = await scene.server.slash(
            scene.ada, scene.general, "cred show", person=scene.grace, period="last month"
        )

    # Only how to ask for more differs.
    assert embed_text(picked.message).split("More: ")[0] == embed_text(typed).split("More: ")[0]
    assert "/cred explain" in embed_text(picked.message).replace("\\", "")
    assert not picked.ephemeral


@pytest.mark.parametrize("command", build_registry().commands, ids=lambda command: command.line)
async def test_every_command_has_all_three_forms(scene: Scene, command: Command) -> None:
    keeper = scene.server.world.role(scene.guild, "keeper", permissions=MANAGE_GUILD)
    scene.server.world.set_roles(scene.guild, scene.ada, keeper)
    async with scene.bot() as client:
        assert client.user is not None
        await scene.has_slash_commands()

        typed = await scene.ask(scene.ada, f"!{command.line}")
        mentioned = await scene.ask(scene.ada, f"<@{client.user.id}> {command.line}")
        needed = needed_options(command, scene)
        if needed:
            with pytest.raises(LookupError, match="is required"):
                await scene.server.slash(scene.ada, scene.general, command.line)
        picked = await scene.server.slash(scene.ada, scene.general, command.line, **needed)

    shown = [
        embed_text(message).split("\n")[0] for message in (typed, mentioned, picked.message)
    ]
    if command.group == "me":
        # Answered only where nobody else reads along.
        assert shown[:2] == ["Not in public"] * 2
        assert shown[2] != "Not in public"
        assert picked.ephemeral
        return
    # What typing it alone asks for, Discord does not let anybody leave out.
    assert len(set(shown[:2] if needed else shown)) == 1
    asks_back = shown[0].startswith("Which")
    assert asks_back or typed.embeds[0]["color"] == COLOUR, (
        f"{command.line} without arguments is an error: {shown[0]}; a reply that asks for what "
        'is missing has a title that begins with "Which"'
    )


def needed_options(command: Command, scene: Scene) -> dict[str, User | int | str]:
    """Something for each option of a slash command that must be filled in."""
    examples: dict[Picker, User | int | str] = {Picker.USER: scene.grace, Picker.INTEGER: 7}
    return {
        option.name: examples.get(option.picker, parameter.example)
        for parameter in command.parameters
        for option in parameter.type.options(parameter)
        if option.required
    }


def test_needed_options_come_first_as_discord_demands() -> None:
    async def never(*_: object) -> None:
        raise AssertionError

    for slash_command in slash_commands(build_registry(), never):
        inner = (
            slash_command.walk_commands()
            if isinstance(slash_command, app_commands.Group)
            else (slash_command,)
        )
        for command in inner:
            if isinstance(command, app_commands.Command):
                needed = [parameter.required for parameter in command.parameters]
                assert needed == sorted(needed, reverse=True), command.qualified_name


async def test_hidden_channels_are_named_only_to_those_who_alone_see_it(scene: Scene) -> None:
    keeper = scene.server.world.role(scene.guild, "keeper", permissions=MANAGE_GUILD)
    scene.server.world.set_roles(scene.guild, scene.ada, keeper)
    place = Place("discord", "31", "board-room", "text channel")
    gap = Gap("discord", "31", NOW_MS, None, "no permission")
    async with scene.bot():
        await scene.has_slash_commands()
        community = scene.community
        community.visibility.may_see = lambda _source, path, account, _here: (
            path[0].id != "31" or account == str(scene.ada.id)
        )
        await community.log.append(Batch(places=(place,), gaps=(gap,)))

        typed = await scene.ask(scene.ada, "!admin health")
        picked = await scene.server.slash(scene.ada, scene.general, "admin health")

    assert "board-room" not in str(typed.embeds)
    assert "1 place cannot be read" in embed_text(typed).replace("\\", "")
    assert picked.ephemeral
    assert "board-room" in str(picked.embeds)


async def test_history_comes_with_a_picture_that_says_what_it_shows(scene: Scene) -> None:
    async with scene.bot():
        reply = await scene.ask(scene.ada, "!cred history")

    (picture,) = reply.attachments
    assert picture.data.startswith(b"\x89PNG")
    assert picture.description is not None
    assert picture.description.startswith("Bars of the weekly cred of Ada: 6 Sep ")


async def test_a_message_is_explained_by_its_link(scene: Scene) -> None:
    link = f"https://discord.com/channels/{scene.guild.id}/1/800000000000010"
    async with scene.bot():
        await scene.has_slash_commands()

        typed = await scene.ask(scene.ada, f"!cred explain <{link}>")
        picked = await scene.server.slash(scene.ada, scene.general, "cred explain", link=link)

    assert "Message in #general" in embed_text(typed)
    assert embed_text(picked.message) == embed_text(typed)


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
    assert "Message in #general, 16 Nov" in embed_text(reply)


async def test_mistakes_are_private_where_that_is_possible(scene: Scene) -> None:
    async with scene.bot():
        await scene.has_slash_commands()

        reply = await scene.server.slash(
            scene.ada, scene.general, "cred show", period="last millennium"
        )

    assert reply.ephemeral
    assert "is not a period" in embed_text(reply.message)


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

    assert "For server admins" in embed_text(refused)
    assert "Log head" in embed_text(granted)
    assert "For server admins" in embed_text(refused_again)


async def test_health_is_also_for_roles_that_the_community_made_admins(scene: Scene) -> None:
    gardeners = scene.server.world.role(scene.guild, "gardeners")
    scene.server.world.set_roles(scene.guild, scene.grace, gardeners)
    async with scene.bot():
        refused = await scene.ask(scene.grace, "!admin health")
        await scene.community.settings.set(
            {"roles.admins": [str(gardeners.id)]}, author="operator", reason="", now_ms=NOW_MS
        )
        granted = await scene.ask(scene.grace, "!admin health")

    assert "For server admins" in embed_text(refused)
    assert "Health of" in embed_text(granted)


async def test_a_flood_is_answered_once_and_stops_nobody_else(scene: Scene) -> None:
    async with scene.bot():
        for _ in range(9):
            scene.server.world.post(scene.general, scene.ada, "!help")
        answers = [await scene.server.next_message(scene.general) for _ in range(6)]

        grace = await scene.ask(scene.grace, "!cred")
        scene.now_ms[0] += 2_000
        again = await scene.ask(scene.ada, "!cred")

    assert sum("One moment" in embed_text(answer) for answer in answers) == 1
    assert "Grace" in embed_text(grace)
    assert "Ada" in embed_text(again)


async def test_without_the_message_content_intent_a_mention_is_answered_and_says_so(
    scene: Scene,
) -> None:
    scene.server.world.application.message_content_intent = False
    async with scene.bot(message_content=False) as client:
        assert client.user is not None
        scene.server.world.post(scene.general, scene.ada, "!cred")

        reply = await scene.ask(scene.grace, f"<@{client.user.id}>")
        cred = await scene.ask(scene.grace, f"<@!{client.user.id}> cred")

    assert "message-content intent" in embed_text(reply)
    assert "Grace: 13." in embed_text(cred)


async def test_what_is_for_others_is_left_alone(scene: Scene) -> None:
    world = scene.server.world
    robot = world.member(scene.guild, "robot", bot=True)
    async with scene.bot():
        for text in ("!play song", "! cred", "!", "hello !cred", "!creditcard", ""):
            world.post(scene.general, scene.ada, text)
        world.post(scene.general, robot, "!cred")
        world.post(scene.general, world.webhook("hook"), "!cred")

        reply = await scene.ask(scene.grace, "!cred")

    assert "Grace" in embed_text(reply)
    assert len(scene.server.requests_matching("POST", "/channels/*/messages")) == 1


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("!rank", "Ada: 1"),
        ("!top", "Cred board of Garden"),
        ("!level last month", "Ada: "),
        ("!thanks! <@{grace}> for the tour", "Ada thanks Grace"),
        ("!leadrboard", "No such command"),
        ("!creds", "No such command"),
    ],
)
async def test_nicknames_and_near_misses_are_answered(
    scene: Scene, text: str, title: str
) -> None:
    async with scene.bot():
        reply = await scene.ask(scene.ada, text.format(grace=scene.grace.id))

    assert embed_text(reply).startswith(title)


async def test_a_send_that_fails_ends_nothing(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.server.limits.fail("POST", "/channels/*/messages", 403, times=1)
    async with scene.bot():
        scene.server.world.post(scene.general, scene.ada, "!cred")
        await scene.server.next_request("POST", "/channels/*/messages")

        reply = await scene.ask(scene.grace, "!cred")

    assert "Grace" in embed_text(reply)
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


async def test_a_direct_message_is_answered_for_the_server_that_is_shared(
    scene: Scene,
) -> None:
    world = scene.server.world
    direct = world.dm(scene.ada)
    async with scene.bot():
        replies = []
        for line in ("!cred", "me data", "me erase", "help"):
            world.post(direct, scene.ada, line)
            replies.append(await scene.server.next_message(direct))
        cred, data, erase, _ = replies
        erased = await scene.server.press(
            scene.ada, erase, buttons_by_label(erase)["Erase me"]["custom_id"]
        )

    assert "Ada: " in embed_text(cred)
    assert "What is kept about you" in embed_text(data)
    assert [attached.filename for attached in data.attachments] == ["my-data.json"]
    assert "You are erased" in embed_text(erased.message)


async def test_what_only_the_asker_sees_stays_so_when_a_button_replaces_it(
    scene: Scene,
) -> None:
    async with scene.bot():
        await scene.has_slash_commands()
        asked = await scene.server.slash(scene.ada, scene.general, "me erase")
        erased = await scene.server.press(
            scene.ada,
            asked.message,
            buttons_by_label(asked.message)["Erase me"]["custom_id"],
        )

    assert asked.ephemeral
    assert "You are erased" in embed_text(erased.message)


async def test_a_name_full_of_markup_is_shown_as_it_is(scene: Scene) -> None:
    name = "@everyone **[x](https://evil.example)** <@1>"
    await scene.community.log.append(
        Batch(accounts=(Account("discord", str(scene.ada.id), "user", name),))
    )
    async with scene.bot():
        reply = await scene.ask(scene.ada, "!cred")

    assert "@everyone" not in embed_text(reply)
    assert "(https://evil" not in embed_text(reply)
    assert "<@1>" not in embed_text(reply)

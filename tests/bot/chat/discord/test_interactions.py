"""Slash commands and buttons, by the real discord.py client against the in-process Discord."""

from tests.bot.chat.discord.scene import MANAGE_GUILD, Scene, buttons_by_label, embed_text


async def test_a_board_is_paged_by_anybody_in_place(scene: Scene) -> None:
    async with scene.bot():
        board = await scene.ask(scene.ada, "!cred board")
        assert "Ada" in embed_text(board)
        assert buttons_by_label(board)["◀ Before"]["disabled"]

        turned = await scene.server.press(
            scene.grace, board, buttons_by_label(board)["Next ▶"]["custom_id"]
        )

    assert turned.message is board
    assert "\n11  " in embed_text(board)
    assert "2 / 3" in buttons_by_label(board)


async def test_a_button_works_in_a_fresh_process(scene: Scene) -> None:
    async with scene.bot():
        board = await scene.ask(scene.ada, "!cred board last 8 weeks")

    async with scene.bot():
        await scene.server.press(
            scene.ada, board, buttons_by_label(board)["Next ▶"]["custom_id"]
        )

    assert "2 / 3" in buttons_by_label(board)
    assert "Last 8 weeks" in embed_text(board)


async def test_somebody_elses_history_is_not_replaced_by_a_press(scene: Scene) -> None:
    async with scene.bot():
        history = await scene.ask(scene.ada, "!cred history 1")
        before = embed_text(history)
        twelve = buttons_by_label(history)["12 weeks"]["custom_id"]

        aside = await scene.server.press(scene.grace, history, twelve)
        assert embed_text(history) == before

        await scene.server.press(scene.ada, history, twelve)

    assert aside.ephemeral
    assert aside.message is not history
    assert "the last 11 weeks" in embed_text(history)


async def test_a_heavy_slash_command_shows_that_it_is_at_it(scene: Scene) -> None:
    async with scene.bot():
        await scene.has_slash_commands()

        reply = await scene.server.slash(scene.ada, scene.general, "cred explain")

    assert reply.deferred
    assert "came from" in embed_text(reply.message)


async def test_health_by_slash_is_for_those_who_manage_the_server_and_private(
    scene: Scene,
) -> None:
    role = scene.server.world.role(scene.guild, "keeper", permissions=MANAGE_GUILD)
    scene.server.world.set_roles(scene.guild, scene.grace, role)
    async with scene.bot():
        await scene.has_slash_commands()

        granted = await scene.server.slash(scene.grace, scene.general, "admin health")

    assert "Log head" in embed_text(granted.message)
    assert granted.ephemeral


async def test_every_slash_command_of_a_flood_is_answered_where_only_they_see_it(
    scene: Scene,
) -> None:
    async with scene.bot():
        await scene.has_slash_commands()
        replies = [await scene.server.slash(scene.ada, scene.general, "help") for _ in range(8)]
        shown = [reply.message for reply in replies]

    slow = [message for message in shown if "One moment" in embed_text(message)]
    assert len(slow) == 3
    assert all(reply.ephemeral for reply in replies[5:])


async def test_slash_commands_are_told_once_per_server_not_once_per_start(scene: Scene) -> None:
    async with scene.bot():
        await scene.has_slash_commands()
        await scene.ask(scene.ada, "!cred")
    async with scene.bot():
        await scene.ask(scene.ada, "!cred")
        await scene.server.idle()

    assert len(scene.server.requests_matching("PUT", "/applications/*/guilds/*/commands")) == 1


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

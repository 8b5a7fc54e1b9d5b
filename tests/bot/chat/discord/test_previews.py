"""Previews by the real discord.py client: private, alike in each form, with a picture."""

from tests.bot.chat.discord.scene import Scene, buttons_by_label, embed_text

LINE = "weights preview message.800000000000001=4"


async def test_a_preview_by_slash_is_seen_by_the_asker_alone_and_has_its_picture(
    scene: Scene,
) -> None:
    async with scene.bot():
        await scene.has_slash_commands()

        reply = await scene.server.slash(
            scene.ada,
            scene.general,
            "weights preview",
            changes="message.800000000000001=4",
            period="last 12 weeks",
        )

    assert reply.ephemeral
    shown = embed_text(reply.message)
    assert shown.startswith("What that would do\n")
    assert "last 12 weeks" in shown
    assert shown.index("You") < shown.index("All cred") < shown.index("Gain most")
    (picture,) = reply.message.attachments
    assert picture.data.startswith(b"\x89PNG")
    assert picture.description is not None
    assert "Ada from" in picture.description


async def test_typed_and_picked_previews_say_the_same(scene: Scene) -> None:
    async with scene.bot():
        await scene.has_slash_commands()

        typed = await scene.ask(scene.ada, f"!{LINE} over last month")
        picked = await scene.server.slash(
            scene.ada,
            scene.general,
            "weights preview",
            changes="message.800000000000001=4",
            period="last month",
        )

    before = [embed_text(each).split("To have the")[0] for each in (typed, picked.message)]
    assert before[0] == before[1]


async def test_a_mistake_is_answered_privately_in_words(scene: Scene) -> None:
    async with scene.bot():
        await scene.has_slash_commands()

        reply = await scene.server.slash(
            scene.ada, scene.general, "weights preview", changes="emojis.default=2"
        )

    assert reply.ephemeral
    assert "did you mean" in embed_text(reply.message)


async def test_a_press_on_a_listed_weight_shows_what_it_does_after_a_restart(
    scene: Scene,
) -> None:
    async with scene.bot():
        await scene.has_slash_commands()
        listed = await scene.server.slash(scene.ada, scene.general, "weights why")
    label, button = next(iter(buttons_by_label(listed.message).items()))
    assert label in embed_text(listed.message)

    async with scene.bot():
        pressed = await scene.server.press(scene.ada, listed.message, button["custom_id"])

    assert listed.ephemeral
    assert embed_text(pressed.message).startswith("What ")

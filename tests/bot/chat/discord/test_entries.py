"""Thanks, work and initiatives by the real discord.py client: typed, picked, from a menu."""

from dataclasses import replace

from bot.chat.discord.slash import THANK
from bot.services.entries.entries import read_entries
from bot.services.entries.entry_types import EntryStatus, EntryType, ReferenceKind
from storage.log.batch import Account, Batch
from tests.bot.chat.discord.scene import Scene
from tests.bot.commands.garden import LINUS, post
from tests.discord_server.model import Message, User


def embed_text(message: Message) -> str:
    (embed,) = message.embeds
    fields = "".join(
        f"\n{field['name']}: {field['value']}" for field in embed.get("fields", ())
    )
    text = f"{embed['title']}\n{embed.get('description', '')}{fields}"
    return text.replace("\\", "")


async def somebody(scene: Scene, name: str) -> User:
    """Have one more member whom the community has heard of."""
    user = scene.server.world.member(scene.guild, name)
    await scene.community.log.append(
        Batch(events=tuple(post(1000 + len(name), str(user.id), 10, [LINUS])))
    )
    await scene.community.directory.refresh()
    return user


async def test_thanks_are_typed_and_ping_nobody(scene: Scene) -> None:
    async with scene.bot():
        reply = await scene.ask(scene.ada, f"!thanks <@{scene.grace.id}> for the **tour**")

    (kept,) = (await read_entries(scene.community)).of_type(EntryType.THANKS)
    assert embed_text(reply).startswith("Ada thanks Grace\nFor the **tour**")
    assert kept.title == "the **tour**"


async def test_people_are_thanked_by_names_of_several_words_that_are_typed(
    scene: Scene,
) -> None:
    await scene.community.log.append(
        Batch(
            accounts=(
                Account("discord", "71", name="Bruno Castellan"),
                Account("discord", "72", name="Chidi Varga", other_names=("chidi.v",)),
                Account("discourse", "1", name="Bruno"),
            )
        )
    )
    async with scene.bot():
        asked = await scene.ask(scene.ada, "!thanks @Bruno Castelan and @chidi.v for the tour")
        reply = await scene.ask(
            scene.ada, f"!thanks @Bruno Castellan, chidi varga and <@{scene.grace.id}> for it"
        )
        undone = await scene.ask(scene.ada, "!thanks undo")

    (kept,) = (await read_entries(scene.community)).of_type(EntryType.THANKS)
    assert "Bruno (discourse:1), Bruno Castellan (71)" in embed_text(asked)
    assert embed_text(reply).startswith(
        "Ada thanks Bruno Castellan, Chidi Varga and Grace\nFor it"
    )
    assert embed_text(undone).startswith("Ada takes back thanks to Bruno Castellan, Chidi")
    assert kept.status is EntryStatus.WITHDRAWN


async def test_thanks_for_the_message_replied_to_go_to_its_author(scene: Scene) -> None:
    world = scene.server.world
    message = world.post(scene.general, scene.grace, "done")
    event = post(1, str(scene.grace.id), 10, [])[0]
    await scene.community.log.append(Batch(events=(replace(event, target=str(message.id)),)))
    async with scene.bot():
        world.post(scene.general, scene.ada, "!thanks for this", reply_to=message)
        reply = await scene.server.next_message(scene.general)

    assert embed_text(reply).startswith("Ada thanks Grace\nFor this")


async def test_a_message_s_menu_thanks_its_author_for_it(scene: Scene) -> None:
    world = scene.server.world
    message = world.post(scene.general, scene.grace, "done")
    async with scene.bot():
        await scene.has_slash_commands()

        first = await scene.server.context_menu(scene.ada, scene.general, THANK, message)
        again = await scene.server.context_menu(scene.ada, scene.general, THANK, message)
        own = await scene.server.context_menu(scene.grace, scene.general, THANK, message)

    (kept,) = (await read_entries(scene.community)).of_type(EntryType.THANKS)
    names = scene.community.directory
    assert embed_text(first.message).startswith("Ada thanks Grace\nFor a message.")
    assert not first.ephemeral
    assert again.ephemeral
    assert "for that already (thanks:1)" in embed_text(again.message)
    assert own.ephemeral
    assert "You can't thank yourself." in embed_text(own.message)
    assert kept.references == (
        (ReferenceKind.THANKS_FOR, names.contribution_number("discord", str(message.id))),
    )


async def test_what_a_bot_wrote_earns_no_thanks(scene: Scene) -> None:
    async with scene.bot():
        await scene.has_slash_commands()
        answered = await scene.ask(scene.ada, "!cred")

        reply = await scene.server.context_menu(scene.ada, scene.general, THANK, answered)

    assert reply.ephemeral
    assert (await read_entries(scene.community)).of_type(EntryType.THANKS) == ()


async def test_thanks_are_picked_with_fields_for_people_and_a_reason(scene: Scene) -> None:
    linus = await somebody(scene, "linus")
    async with scene.bot():
        await scene.has_slash_commands()

        reply = await scene.server.slash(
            scene.ada, scene.general, "thanks", who=scene.grace, who2=linus, reason="the tour"
        )

    assert "thanks Grace and " in embed_text(reply.message)
    assert not reply.ephemeral


async def test_work_is_entered_by_fields_and_approved_by_somebody_else_s_press(
    scene: Scene,
) -> None:
    linus = await somebody(scene, "linus")
    async with scene.bot():
        await scene.has_slash_commands()
        made = await scene.server.slash(
            scene.ada,
            scene.general,
            "contrib add",
            title="Repaired the door",
            people=scene.grace,
            people2=linus,
            shares="2, 1",
            date="2026-11-01",
            kind="code",
            link="https://example.org/1",
        )
        (button,) = made.buttons
        own = await scene.server.press(scene.ada, made.message, button["custom_id"])
        approved = await scene.server.press(
            await somebody(scene, "margaret"), made.message, button["custom_id"]
        )

    assert "Contribution 1: Repaired the door" in embed_text(made.message)
    assert "Grace 2, " in embed_text(made.message)
    assert "second person has to approve it" in embed_text(own.message)
    assert own.ephemeral
    assert "it counts from now on" in embed_text(approved.message)


async def test_a_field_that_makes_no_sense_is_answered_in_a_sentence(scene: Scene) -> None:
    async with scene.bot():
        await scene.has_slash_commands()
        day = await scene.server.slash(
            scene.ada,
            scene.general,
            "contrib add",
            title="x",
            people=scene.grace,
            date="someday",
        )
        shares = await scene.server.slash(
            scene.ada,
            scene.general,
            "contrib add",
            title="x",
            people=scene.grace,
            shares="2, 1",
        )
        thing = await scene.server.slash(
            scene.ada, scene.general, "initiative add", number=1, thing="that one"
        )

    assert "“someday” is no day" in embed_text(day.message)
    assert "the share of each person named" in embed_text(shares.message)
    assert "no link to a message" in embed_text(thing.message)
    assert day.ephemeral
    assert shares.ephemeral


async def test_an_initiative_gathers_by_fields(scene: Scene) -> None:
    message = scene.server.world.post(scene.general, scene.grace, "done")
    event = post(1, str(scene.grace.id), 10, [])[0]
    await scene.community.log.append(Batch(events=(replace(event, target=str(message.id)),)))
    link = f"https://discord.com/channels/{scene.guild.id}/{scene.general.id}/{message.id}"
    async with scene.bot():
        await scene.has_slash_commands()
        await scene.server.slash(
            scene.ada, scene.general, "initiative open", title="Garden", date="yesterday"
        )
        added = await scene.server.slash(
            scene.ada, scene.general, "initiative add", number=1, thing=link, how="reference"
        )
        own = await scene.server.slash(
            scene.ada, scene.general, "initiative complete", number=1
        )

    assert "Added as reference." in embed_text(added.message)
    assert "a second person has to complete it" in embed_text(own.message)

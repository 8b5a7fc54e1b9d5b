"""What a weight does tells who is paid for a place: it is told to those who see the place.

By the permissions of the real client's server. Names of places are not suggested either.
"""

from pathlib import Path

import pytest

from tests.bot.private_places.scene import HIDDEN, scenes, text_of
from tests.discord_server import DiscordServer


@pytest.mark.parametrize("name", HIDDEN)
async def test_a_weight_of_a_hidden_place_is_answered_to_who_sees_it_alone(
    discord_server: DiscordServer, tmp_path: Path, name: str
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        place, message = scene.places[name], scene.messages[name]
        outsider, insider = scene.outsider, scene.insider
        lines = (
            f"weights preview channel.{place.id}=0",
            f"weights preview channel.{place.name}=0",
            f"weights preview message.{message.id}=5",
            f"weights why channel.{place.id}",
            f"weights why node.sourcecred/discord/MESSAGE/{place.id}/{message.id}",
        )

        for line in lines:
            refused = await scene.ask(outsider, line, private=True)
            overheard = await scene.ask(insider, line, place="general")
            told = await scene.ask(insider, line, private=True)

            for reply in (refused, overheard):
                shown = text_of(reply)
                told_marks = [m for m in scene.marks(name) if m in shown and m not in line]
                assert reply.is_error, line
                assert "erin" not in shown
                assert told_marks == [], (line, reply)
            assert told.title != "Which weight?", (line, told)


async def test_a_misspelt_name_suggests_no_hidden_place(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        line = "weights preview channel.layofs-q1=2"

        refused = await scene.ask(scene.outsider, line, private=True)
        overheard = await scene.ask(scene.insider, line, place="general")
        proposed = await scene.ask(
            scene.outsider, "weights propose channel.layofs-q1=2 because why not"
        )
        told = await scene.ask(scene.insider, line, private=True)

    for reply in (refused, overheard, proposed):
        assert "layoffs-q1" not in text_of(reply)
    assert "layoffs-q1" in text_of(told)


async def test_a_hidden_place_cannot_be_proposed_where_others_read(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        place = scene.places["layoffs"]

        reply = await scene.ask(
            scene.insider,
            f"weights propose channel.{place.id}=3 because they work",
            place="general",
        )

    assert reply.title == "Which weight?"

"""Who may see a place is what the platform's permissions say at the moment of asking."""

from pathlib import Path

import pytest

from bot.chat.discord import DiscordChat
from bot.commands.kit.reply import Reply
from bot.community.communities import Community
from bot.sources.discord.visibility import may_see
from storage.place_tree import PlaceStep
from tests.bot.private_places.scene import (
    HIDDEN,
    HIDDEN_POST,
    HIDDEN_TOPIC,
    OPEN,
    OPEN_POST,
    OPEN_TOPIC,
    REGISTRY,
    scenes,
    text_of,
)
from tests.discord_server import DiscordServer
from tests.discord_server.model import Channel, User

NEVER_SEEN = "https://discord.com/channels/{guild}/1/2"


@pytest.mark.parametrize("name", [*HIDDEN, *OPEN])
async def test_a_message_is_explained_to_whoever_may_see_it_alone_or_among_those_who_do(
    discord_server: DiscordServer, tmp_path: Path, name: str
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        line = f"cred explain {scene.link(name)}"

        told = await scene.ask(scene.insider, line, private=True)
        not_told = await scene.ask(scene.outsider, line, private=True)
        in_public = await scene.ask(scene.insider, line)
        in_place = await scene.ask(scene.insider, line, place=name)
        never = f"cred explain {NEVER_SEEN.format(guild=scene.guild.id)}"
        never_seen = await scene.ask(scene.insider, never)

        assert scene.places[name].name in told.title
        assert f"of friend of {name}" in text_of(told)
        assert in_place == told
        if name in HIDDEN:
            assert in_public == not_told == never_seen
        else:
            assert in_public == not_told == told


@pytest.mark.parametrize("command", ["thanks", "cred explain", "initiative add 1"])
async def test_a_link_into_a_hidden_place_does_not_tell_that_there_is_such_a_message(
    discord_server: DiscordServer, tmp_path: Path, command: str
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        hidden = await scene.ask(scene.outsider, f"{command} {scene.link('layoffs')}")
        never = NEVER_SEEN.format(guild=scene.guild.id)
        unknown = await scene.ask(scene.outsider, f"{command} {never}")

        assert hidden == unknown
        assert hidden.title == "Which message?"


@pytest.mark.parametrize("private", [True, False])
async def test_a_post_in_a_private_category_is_told_of_in_that_topic_alone(
    discord_server: DiscordServer, tmp_path: Path, *, private: bool
) -> None:
    async with scenes(discord_server, tmp_path) as scene:

        async def explain(post: str, topic: str) -> Reply:
            return await scene.ask_on_forum(
                f"cred explain {post}", private=private, topic=topic
            )

        hidden = await explain(HIDDEN_POST, OPEN_TOPIC)
        in_place = await explain(HIDDEN_POST, HIDDEN_TOPIC)

        assert hidden == await explain("post:1", OPEN_TOPIC)
        assert hidden.title == "Which message?"
        assert (in_place == hidden) is private
        assert ("of friend of boardroom" in text_of(in_place)) is not private
        assert "of friend of lobby" in text_of(await explain(OPEN_POST, OPEN_TOPIC))


async def test_what_is_hidden_is_summed_in_one_row_and_the_tables_still_sum(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        line = f"cred explain <@{scene.erin.id}>"

        public = await scene.ask(scene.insider, line)
        outside = await scene.ask(scene.outsider, line, private=True)
        inside = await scene.ask(scene.insider, line, private=True)

        assert public.title == outside.title == inside.title
        for reply, words in ((public, "not everybody sees"), (outside, "you don't see")):
            for table in (reply.tables[0], reply.tables[2]):
                rows = [row for row in table.rows if words in str(row[0])]
                assert len(rows) == 1
                shares = [float(str(row[2]).removesuffix(" %")) for row in table.rows]
                assert sum(shares) == pytest.approx(100.0, abs=0.3)
        assert "don't see" not in text_of(inside)


async def test_the_words_of_an_entry_are_shown_where_they_were_entered(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        title = scene.entries["layoffs"][1]

        outside = await scene.ask(scene.outsider, "contrib show 3")
        inside = await scene.ask(scene.insider, "contrib show 3", place="layoffs")
        listed = await scene.ask(scene.outsider, "contrib list")
        withdrawn = await scene.ask(scene.insider, "contrib withdraw 3")

        assert outside.title == "Not here"
        assert outside.text.startswith(
            "Contribution 3 was entered in places that not everybody"
        )
        assert inside.title == f"Contribution 3: {title}"
        hidden = [row for row in listed.tables[0].rows if row[0] == "3"]
        assert hidden == [
            ("3", "entered in places that not everybody sees", "–", "–", "approved")
        ]
        assert title not in text_of(withdrawn)
        assert not withdrawn.is_error


async def test_ones_data_tell_not_where_others_named_one_in_a_place_that_one_does_not_see(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        reply = await scene.ask(scene.outsider, "me data", private=True)

        shown = text_of(reply)
        assert {mark for mark in scene.marks(*HIDDEN) if mark in shown} == set()
        assert str(scene.messages["general"].id) in shown
        assert reply.attachment is not None
        assert reply.attachment.content.count("in places that you don't see") == len(HIDDEN)


async def test_visibility_is_decided_by_the_permissions_of_the_moment(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        world, layoffs = discord_server.world, scene.places["layoffs"]
        line = f"cred explain {scene.link('layoffs')}"
        hidden = await scene.ask(scene.outsider, line)

        world.show(layoffs)
        await scene.bot.wait_until_settled()
        shown = await scene.ask(scene.outsider, line)
        world.delete_channel(layoffs)
        await scene.bot.wait_until_settled()
        gone = await scene.ask(scene.outsider, line)

        assert hidden.is_error
        assert "layoffs-q1" in text_of(shown)
        assert gone == hidden


async def test_a_thread_is_seen_like_its_channel_and_a_private_one_by_who_is_in_it(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        general, layoffs = scene.places["general"].id, scene.places["layoffs"].id
        private = scene.places["private thread"].id
        real = scene.bot.client.get_guild(scene.guild.id)
        assert real is not None

        def sees(who: User | None, *path: tuple[int, str]) -> bool:
            steps = [PlaceStep(str(id_), type_) for id_, type_ in path]
            return may_see(real, steps, None if who is None else str(who.id))

        assert sees(None, (general, "text channel"))
        assert not sees(None, (private, "private thread"), (general, "text channel"))
        assert not sees(scene.outsider, (private, "private thread"))
        # What discord.py has forgotten: archived threads, by the channel they were in.
        assert sees(None, (7, "thread"), (general, "text channel"))
        assert not sees(None, (7, "private thread"), (general, "text channel"))
        assert not sees(None, (7, ""), (general, "text channel"))
        assert not sees(None, (7, "thread"))
        assert not sees(None)
        assert not sees(None, (7, "thread"), (layoffs, "text channel"))
        assert not sees(scene.outsider, (layoffs, "text channel"))
        assert sees(scene.insider, (7, "thread"), (layoffs, "text channel"))
        assert not sees(None, (0, "text channel"))


async def test_the_chat_tells_by_where_it_is_asked_and_alone_by_whom(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        world, line = discord_server.world, f"!cred explain <{scene.link('layoffs')}>"

        async def community_of(_: object) -> Community:
            return scene.community

        clock = discord_server.clock
        DiscordChat(
            scene.bot.client, REGISTRY, community_of, now_ms=lambda: clock.now_ms
        ).attach()

        async def ask(who: User, place: Channel) -> str:
            world.post(place, who, line)
            (embed,) = (await discord_server.next_message(place)).embeds
            return str(embed["title"])

        in_public = await ask(scene.insider, scene.places["general"])
        in_place = await ask(scene.insider, scene.places["layoffs"])
        alone = await ask(scene.insider, world.dm(scene.insider))
        outsider_alone = await ask(scene.outsider, world.dm(scene.outsider))

        assert in_public == outsider_alone == "Which message?"
        assert in_place == alone
        assert "layoffs" in alone

"""Live: what happens on Discord is recorded as it happens."""

import logging
from pathlib import Path

import pytest

from tests.bot.sources.discord.harness import living, reaction
from tests.discord_server import DiscordServer
from tests.discord_server.dispatch import guild_created
from tests.discord_server.model import Kind


async def test_a_message_with_its_reply_and_mentions_is_recorded(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada, ben = world.member(guild, "ada"), world.member(guild, "ben")
    general = world.channel(guild, "general")

    async with living(discord_server, tmp_path) as bot:
        question = world.post(general, ada, "who wants apples?")
        answer = world.post(general, ben, f"{ada.mention} {ada.mention} me", reply_to=question)
        activity = await bot.activity(guild)
        names = (await bot.community(guild)).directory

        assert await bot.posts(guild) == {str(question.id), str(answer.id)}
        assert await bot.kinds(guild, answer) == {"posted": 1, "replied": 1, "mentioned": 1}
        assert activity.mentions.count.tolist() == [2]
        assert names.account(int(activity.mentions.account[0])) == str(ada.id)
        assert names.contribution(int(activity.replies.parent[0])) == str(question.id)
        assert activity.posts.length.tolist()[0] == len("who wants apples?")


async def test_no_text_of_anybody_is_in_the_file(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    world.post(general, ada, "an old xylophone")

    async with living(discord_server, tmp_path) as bot:
        message = world.post(general, ada, "a new xylophone")
        world.edit(message, "a better xylophone")
        await bot.wait_until_settled()

    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())  # noqa: ASYNC240 - nothing else runs
    assert str(message.id).encode() in everything
    assert b"xylophone" not in everything


async def test_an_edit_changes_length_and_mentions(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada, ben, cat = (world.member(guild, name) for name in ("ada", "ben", "cat"))
    general = world.channel(guild, "general")

    async with living(discord_server, tmp_path) as bot:
        message = world.post(general, ada, f"thanks {ben.mention}")
        world.edit(message, f"thanks {cat.mention}!")
        activity = await bot.activity(guild)
        names = (await bot.community(guild)).directory

        assert activity.posts.length.tolist() == [len(f"thanks {cat.mention}!")]
        assert [names.account(a) for a in activity.mentions.account.tolist()] == [str(cat.id)]


async def test_deleted_messages_are_out_whether_one_by_one_or_in_bulk(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")

    async with living(discord_server, tmp_path) as bot:
        messages = [world.post(general, ada, str(n)) for n in range(5)]
        world.delete(messages[0])
        world.bulk_delete(general, messages[1:4])

        assert await bot.posts(guild) == {str(messages[4].id)}


async def test_reactions_flip_and_each_flip_is_an_event(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada, ben = world.member(guild, "ada"), world.member(guild, "ben")
    general = world.channel(guild, "general")
    seed = world.emoji(guild, "seed")

    async with living(discord_server, tmp_path) as bot:
        message = world.post(general, ada, "look")
        world.react(message, ben, "🌱")
        world.unreact(message, ben, "🌱")
        world.react(message, ben, "🌱")
        world.react(message, ben, seed)

        assert await bot.kinds(guild, message) == {"posted": 1, "reacted": 3, "unreacted": 1}
        assert await bot.reactions(guild) == {
            reaction(message, ben, "🌱"),
            reaction(message, ben, f"seed:{seed.id}"),
        }
        world.unreact(message, ben, seed)
        assert await bot.reactions(guild) == {reaction(message, ben, "🌱")}


async def test_a_live_reaction_is_dated_when_it_was_heard(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    message = world.post(world.channel(guild, "general"), ada, "look")

    async with living(discord_server, tmp_path) as bot:
        later_ms = discord_server.clock.advance(days=3)
        world.react(message, ada, "🌱")
        (row,) = [row for row in await bot.events(guild) if row["kind"] == "reacted"]

    assert row["at_ms"] == later_ms
    assert not row["estimated"]


async def test_clearing_reactions_takes_back_those_that_are_known(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada, ben = world.member(guild, "ada"), world.member(guild, "ben")
    general = world.channel(guild, "general")

    async with living(discord_server, tmp_path) as bot:
        cleared, partly = world.post(general, ada, "one"), world.post(general, ada, "two")
        for message in (cleared, partly):
            for user in (ada, ben):
                world.react(message, user, "🌱")
                world.react(message, user, "🍎")
        world.clear_reactions(cleared)
        world.clear_emoji(partly, "🌱")

        assert await bot.reactions(guild) == {
            reaction(partly, ada, "🍎"),
            reaction(partly, ben, "🍎"),
        }


async def test_threads_and_forum_posts_are_places_within_their_channel(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    category = world.category(guild, "talk")
    general = world.channel(guild, "general", category=category)

    async with living(discord_server, tmp_path) as bot:
        thread = world.create_thread(
            general, ada, "roses", message=world.post(general, ada, "r")
        )
        in_thread = world.post(thread, ada, "in the thread")
        forum = world.forum(guild, "ideas")
        post = world.forum_post(forum, ada, "a pond", "let us dig")
        activity = await bot.activity(guild)
        names = (await bot.community(guild)).directory
        parents = {
            names.place(place): None if parent < 1 else names.place(parent)
            for place, parent in zip(
                activity.places.place.tolist(), activity.places.parent.tolist(), strict=True
            )
        }

        assert {str(in_thread.id), str(post.id)} <= await bot.posts(guild)
        assert parents[str(thread.id)] == str(general.id)
        assert parents[str(general.id)] == str(category.id)
        assert parents[str(post.id)] == str(forum.id)


async def test_members_come_go_and_change_roles(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    gardener = world.role(guild, "gardener")
    ada = world.member(guild, "ada", gardener)

    async with living(discord_server, tmp_path) as bot:
        assert (await bot.members(guild))[str(ada.id)] == str(gardener.id)
        ben = world.member(guild, "ben")
        world.set_roles(guild, ben, gardener)
        world.set_roles(guild, ada)
        members = await bot.members(guild)
        assert (members[str(ben.id)], members[str(ada.id)]) == (str(gardener.id), "")
        world.leave(guild, ben)

        assert str(ben.id) not in await bot.members(guild)


async def test_webhooks_and_bots_are_told_apart_from_people(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    robot, hook = world.member(guild, "robot", bot=True), world.webhook("news")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")

    async with living(discord_server, tmp_path) as bot:
        for author in (robot, hook, ada):
            world.post(general, author, "hello")
        await bot.wait_until_settled()
        directory = (await bot.community(guild)).directory
        numbers = [
            directory.account_number("discord", str(author.id)) for author in (robot, hook, ada)
        ]
        kinds = [directory.account_kind(number) for number in numbers if number is not None]

    assert kinds == ["bot", "webhook", "user"]


async def test_what_discord_itself_says_is_nobodys_contribution(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")

    async with living(discord_server, tmp_path) as bot:
        world.create_thread(general, ada, "on its own")  # Discord says so in the channel

        assert await bot.posts(guild) == set()


async def test_nsfw_channels_are_left_alone_with_their_threads(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    shady = world.channel(guild, "shady", nsfw=True)
    world.post(shady, ada, "before")

    async with living(discord_server, tmp_path) as bot:
        thread = world.create_thread(shady, ada, "corner", private=True)
        message = world.post(shady, ada, "now")
        world.react(message, ada, "🌱")
        world.post(thread, ada, "in the corner")
        seen = world.post(general, ada, "sunny")

        assert await bot.posts(guild) == {str(seen.id)}
        assert await bot.reactions(guild) == set()


async def test_without_the_message_content_intent_mentions_still_count_once(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada, ben = world.member(guild, "ada"), world.member(guild, "ben")
    general = world.channel(guild, "general")

    async with living(discord_server, tmp_path, message_content=False) as bot:
        world.post(general, ada, f"thanks {ben.mention} {ben.mention}")
        activity = await bot.activity(guild)

    assert activity.mentions.count.tolist() == [1]
    assert activity.posts.length.tolist() == [0]


async def test_two_servers_are_kept_apart(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    first, second = world.guild("Garden"), world.guild("Orchard")
    ada = world.member(first, "ada")
    world.join(second, ada)
    here, there = world.channel(first, "general"), world.channel(second, "general")

    async with living(discord_server, tmp_path) as bot:
        first_post = world.post(here, ada, "here")
        second_post = world.post(there, ada, "there")

        assert await bot.posts(first) == {str(first_post.id)}
        assert await bot.posts(second) == {str(second_post.id)}


async def test_a_server_that_adds_the_bot_later_is_read_at_once(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    world.guild("Garden")
    orchard = world.guild("Orchard", with_bot=False)
    ada = world.member(orchard, "ada")
    message = world.post(world.channel(orchard, "general"), ada, "long ago")

    async with living(discord_server, tmp_path) as bot:
        world.add_bot(orchard)

        assert await bot.posts(orchard) == {str(message.id)}


async def test_a_malformed_payload_is_counted_and_stops_nothing(
    discord_server: DiscordServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")

    async with living(discord_server, tmp_path) as bot:
        discord_server.validating = False
        (session,) = discord_server.gateway.sessions.values()
        with caplog.at_level(logging.WARNING):
            discord_server.gateway.send(
                session,
                "MESSAGE_CREATE",
                {"id": "not a number", "guild_id": str(guild.id), "author": "nobody"},
            )
            await bot.wait_until_settled()
        after = world.post(general, ada, "still here")

        assert await bot.posts(guild) == {str(after.id)}
        assert bot.runner.malformed_payloads == 1
        assert discord_server.gateway.counts["identify"] == 1
    assert "malformed MESSAGE_CREATE" in caplog.text
    assert "nobody" not in caplog.text
    discord_server.violations.clear()


async def test_a_malformed_channel_or_member_of_a_server_takes_no_others_with_it(
    discord_server: DiscordServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    shady = world.channel(guild, "shady")
    viewer = discord_server.interactions.cdn_viewer
    assert viewer is not None

    async with living(discord_server, tmp_path) as bot:
        discord_server.validating = False
        whole = guild_created(guild, world.bot, joined_now=False).payload(viewer)
        marked = [{**channel, "nsfw": True} for channel in whole["channels"]]
        malformed = {"id": "12", "name": "without a type"}
        grace = {"user": {"id": "34", "username": "grace"}, "roles": []}
        nobody = {"user": None, "nick": "secret"}
        discord_server.gateway.inject(
            "GUILD_CREATE",
            {**whole, "channels": [malformed, *marked], "members": [nobody, grace]},
        )

        places = (await bot.activity(guild)).places
        names = (await bot.community(guild)).directory
        nsfw = {names.place(place) for place in places.place[places.nsfw].tolist()}
        assert str(shady.id) in nsfw
        assert bot.runner.malformed_payloads == 2
        assert names.account_number("discord", "34") is not None
    assert "malformed place 12 (KeyError), skipped" in caplog.text
    assert "secret" not in caplog.text
    discord_server.violations.clear()


async def test_other_kinds_of_channel_are_known_by_name(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    news = world.channel(guild, "news", kind=Kind.ANNOUNCEMENT)

    async with living(discord_server, tmp_path) as bot:
        world.edit_channel(news, name="tidings")
        await bot.wait_until_settled()
        names = (await bot.community(guild)).directory
        number = names.place_number("discord", str(news.id))

    assert number is not None
    assert names.place_name(number) == "tidings"

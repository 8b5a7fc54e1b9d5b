"""Exports beside a bot that listens: what is newer stands, and each thing is one thing."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from bot.cli.import_discord_export import _Communities
from bot.importers.discord_export.importer import Importer, files_in
from tests.bot.sources.discord.harness import LivingBot, living, reaction
from tests.discord_server import DiscordServer
from tests.discord_server.model import Channel, Guild, Message, User

DAY = 86_400_000
DELETED = 456226577798135808

Scene: TypeAlias = tuple[Any, Guild, User, User, Channel, Any]


def person(u: User, **rest: Any) -> dict[str, Any]:
    return {
        "id": str(u.id),
        "name": u.name,
        "discriminator": "0000",
        "nickname": u.name,
        "isBot": False,
        "roles": [],
        **rest,
    }


def emoji(name: str, id_: str = "") -> dict[str, Any]:
    return {"id": id_, "name": name, "code": name, "isAnimated": False}


def message_of(m: Message, a: User, **rest: Any) -> dict[str, Any]:
    return {
        "id": str(m.id),
        "type": "Default",
        "timestamp": "2025-01-01T00:00:00+00:00",
        "timestampEdited": None,
        "content": "x",
        "author": person(a),
        "reactions": [],
        "mentions": [],
        **rest,
    }


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()


async def import_beside(
    bot: LivingBot,
    folder: Path,
    guild: Guild,
    channel: Channel,
    at_ms: int,
    *messages: dict[str, Any],
) -> None:
    path = folder / "x.json"
    value = {
        "guild": {"id": str(guild.id), "name": "g"},
        "channel": {"id": str(channel.id), "type": "GuildTextChat", "name": channel.name},
        "exportedAt": iso(at_ms),
        "messages": list(messages),
        "messageCount": len(messages),
    }
    path.write_text(json.dumps(value), "utf-8")
    now_ms = bot.server.clock.now_ms
    importer = Importer(_Communities(bot.communities).target, now_ms=now_ms)
    await importer.run(files_in([path]), lambda _: None)


@pytest.fixture
def scene(discord_server: DiscordServer) -> Scene:
    world = discord_server.world
    guild = world.guild("G")
    ada, ben = world.member(guild, "ada"), world.member(guild, "ben")
    return world, guild, ada, ben, world.channel(guild, "general"), discord_server.clock


async def test_an_export_brings_no_withdrawn_mention_back(
    discord_server: DiscordServer, tmp_path: Path, scene: Scene
) -> None:
    world, guild, ada, ben, general, clock = scene
    async with living(discord_server, tmp_path) as bot:
        m = world.post(general, ada, f"<@{ben.id}> hi")
        await bot.wait_until_settled()
        exported = clock.now_ms
        clock.advance(days=1)
        world.edit(m, "hi")
        await import_beside(
            bot, tmp_path, guild, general, exported, message_of(m, ada, mentions=[person(ben)])
        )
        assert len((await bot.activity(guild)).mentions.target) == 0


async def test_an_export_lowers_no_count_of_mentions(
    discord_server: DiscordServer, tmp_path: Path, scene: Scene
) -> None:
    world, guild, ada, ben, general, clock = scene
    async with living(discord_server, tmp_path) as bot:
        m = world.post(general, ada, f"<@{ben.id}> <@{ben.id}> <@{ben.id}>")
        await bot.wait_until_settled()
        await import_beside(
            bot,
            tmp_path,
            guild,
            general,
            clock.now_ms,
            message_of(m, ada, mentions=[person(ben)]),
        )
        assert (await bot.activity(guild)).mentions.count.tolist() == [3]


async def test_an_older_export_renames_nobody(
    discord_server: DiscordServer, tmp_path: Path, scene: Scene
) -> None:
    world, guild, ada, _ben, general, clock = scene
    async with living(discord_server, tmp_path) as bot:
        m = world.post(general, ada, "x")
        world.set_nick(guild, ada, "Ada Today")
        await bot.wait_until_settled()
        old = message_of(m, ada)
        old["author"]["nickname"] = "Ada Long Ago"
        await import_beside(bot, tmp_path, guild, general, clock.now_ms - 300 * DAY, old)
        names = (await bot.community(guild)).directory
        assert (
            names.account_name(int(names.account_number("discord", str(ada.id)) or 0))
            == "Ada Today"
        )


async def test_a_renamed_emoji_is_one_reaction(
    discord_server: DiscordServer, tmp_path: Path, scene: Scene
) -> None:
    world, guild, ada, ben, general, clock = scene
    party = world.emoji(guild, "party")
    async with living(discord_server, tmp_path) as bot:
        m = world.post(general, ada, "x")
        world.react(m, ben, party)
        await bot.wait_until_settled()
        await import_beside(
            bot,
            tmp_path,
            guild,
            general,
            clock.now_ms + DAY,
            message_of(
                m,
                ada,
                reactions=[
                    {
                        "emoji": emoji("celebrate", str(party.id)),
                        "count": 1,
                        "users": [person(ben)],
                    }
                ],
            ),
        )
        assert len(await bot.reactions(guild)) == 1


async def test_one_person_gives_one_heart_however_it_is_written(
    discord_server: DiscordServer, tmp_path: Path, scene: Scene
) -> None:
    world, guild, ada, ben, general, _ = scene
    async with living(discord_server, tmp_path) as bot:
        m = world.post(general, ada, "x")
        world.react(m, ben, "❤️")
        world.react(m, ben, "❤")
        assert len(await bot.reactions(guild)) == 1


async def test_a_super_reaction_taken_back_leaves_the_ordinary_one(
    discord_server: DiscordServer, tmp_path: Path, scene: Scene
) -> None:
    world, guild, ada, ben, general, _ = scene
    async with living(discord_server, tmp_path) as bot:
        m = world.post(general, ada, "x")
        world.react(m, ben, "🌱")
        world.react(m, ben, "🌱", burst=True)
        world.unreact(m, ben, "🌱", burst=True)
        assert await bot.reactions(guild) == {reaction(m, ben, "🌱")}


async def test_the_account_of_all_deleted_people_is_nobody_when_read_too(
    discord_server: DiscordServer, tmp_path: Path, scene: Scene
) -> None:
    world, guild, ada, _ben, general, clock = scene
    gone = world.user("Deleted User")
    gone.id = DELETED
    world.users[gone.id] = gone
    m = world.post(general, gone, "hi", at_ms=clock.now_ms - 3 * DAY)
    world.react(m, ada, "👍")
    async with living(discord_server, tmp_path) as bot:
        await bot.wait_until_settled()
        community = await bot.community(guild)
        standing = await community.scoring.recompute(clock.now_ms)
        number = community.directory.account_number("discord", str(DELETED))
        assert standing is not None
        assert number is None or standing.index_of(str(number)) is None


@pytest.mark.parametrize("departed", ["keep", "drop"])
async def test_an_empty_list_of_members_is_not_everybody_leaving(
    monkeypatch: pytest.MonkeyPatch,
    discord_server: DiscordServer,
    tmp_path: Path,
    scene: Scene,
    departed: str,
) -> None:
    world, guild, ada, ben, general, clock = scene
    async with living(discord_server, tmp_path) as bot:
        m = world.post(general, ada, "x")
        world.react(m, ben, "👍")
        await bot.wait_until_settled()
        community = await bot.community(guild)
        await community.settings.set(
            {"discord.departed": departed}, author="o", reason="", now_ms=clock.now_ms
        )
        standing = await community.scoring.recompute(clock.now_ms)
        assert standing is not None
        before = standing.snapshot.total_mint
        members = set(await bot.members(guild))

        async def nobody(*_: object) -> list[object]:
            return []

        monkeypatch.setattr(bot.client.http, "get_members", nobody)
        world.outage(guild)
        await bot.wait_until_settled()
        world.recover(guild)
        await bot.wait_until_settled()
        standing = await community.scoring.recompute(clock.now_ms)
        after = standing.snapshot.total_mint if standing else 0
        assert (set(await bot.members(guild)), after) == (members, before)


async def test_an_ordinary_reaction_taken_back_leaves_the_super_one(
    discord_server: DiscordServer, tmp_path: Path, scene: Scene
) -> None:
    world, guild, ada, ben, general, _ = scene
    async with living(discord_server, tmp_path) as bot:
        m = world.post(general, ada, "x")
        world.react(m, ben, "🌱", burst=True)
        world.react(m, ben, "🌱")
        world.unreact(m, ben, "🌱")
        assert len(await bot.reactions(guild)) == 1
        world.unreact(m, ben, "🌱", burst=True)
        assert await bot.reactions(guild) == set()


async def test_both_reactions_of_one_person_mint_once(
    discord_server: DiscordServer, tmp_path: Path, scene: Scene
) -> None:
    world, guild, ada, ben, general, clock = scene
    async with living(discord_server, tmp_path) as bot:
        m = world.post(general, ada, "x")
        world.react(m, ben, "🌱")
        await bot.wait_until_settled()
        community = await bot.community(guild)
        before = await community.scoring.recompute(clock.now_ms)
        world.react(m, ben, "🌱", burst=True)
        await bot.wait_until_settled()
        after = await community.scoring.recompute(clock.now_ms)
        assert before is not None
        assert after is not None
        assert after.snapshot.total_mint == before.snapshot.total_mint > 0


async def test_an_export_from_before_a_message_was_read_again_brings_no_reaction_back(
    discord_server: DiscordServer, tmp_path: Path, scene: Scene
) -> None:
    world, guild, ada, ben, general, clock = scene
    async with living(discord_server, tmp_path / "data") as bot:
        m = world.post(general, ada, "x")
        await bot.wait_until_settled()
    clock.advance(days=1)
    exported_ms = clock.now_ms  # ben reacted, and takes it back while the bot is away
    clock.advance(days=1)
    async with living(discord_server, tmp_path / "data") as bot:
        thumb = {"emoji": emoji("👍"), "count": 1, "users": [person(ben)]}
        data = message_of(m, ada, reactions=[thumb])
        await import_beside(bot, tmp_path, guild, general, exported_ms, data)

        assert await bot.reactions(guild) == set()


async def test_a_super_reaction_that_was_read_is_taken_back_beside_an_ordinary_one(
    discord_server: DiscordServer, tmp_path: Path, scene: Scene
) -> None:
    world, guild, ada, ben, general, _ = scene
    m = world.post(general, ada, "x")
    world.react(m, ben, "🌱", burst=True)
    async with living(discord_server, tmp_path) as bot:
        await bot.wait_until_settled()
        world.react(m, ben, "🌱")
        world.unreact(m, ben, "🌱", burst=True)
        assert await bot.reactions(guild) == {reaction(m, ben, "🌱")}


async def test_an_ordinary_reaction_is_taken_back_beside_a_super_one_that_was_read(
    discord_server: DiscordServer, tmp_path: Path, scene: Scene
) -> None:
    world, guild, ada, ben, general, _ = scene
    m = world.post(general, ada, "x")
    world.react(m, ben, "🌱", burst=True)
    async with living(discord_server, tmp_path) as bot:
        await bot.wait_until_settled()
        world.react(m, ben, "🌱")
        world.unreact(m, ben, "🌱")
        assert len(await bot.reactions(guild)) == 1
        world.unreact(m, ben, "🌱", burst=True)
        assert await bot.reactions(guild) == set()


async def test_of_a_list_of_members_with_an_odd_entry_the_others_are_believed(
    monkeypatch: pytest.MonkeyPatch, discord_server: DiscordServer, tmp_path: Path, scene: Scene
) -> None:
    world, guild, ada, ben, _, _ = scene
    async with living(discord_server, tmp_path) as bot:
        await bot.wait_until_settled()
        asked = bot.client.http.get_members
        cat = world.user("cat")
        new = {"user": {"id": str(cat.id), "username": "cat"}, "roles": []}

        async def with_odd_entries(*args: Any) -> list[Any]:
            page = [found for found in await asked(*args) if found["user"]["id"] != str(ben.id)]
            return [*page, {"user": {"id": None}}, {}, None, new]

        monkeypatch.setattr(bot.client.http, "get_members", with_odd_entries)
        world.outage(guild)
        await bot.wait_until_settled()
        world.recover(guild)
        await bot.wait_until_settled()

        assert {str(ada.id), str(ben.id), str(cat.id)} <= set(await bot.members(guild))

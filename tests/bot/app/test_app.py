"""The whole bot, as `credbot run` runs it, against an in-process Discord: reaction to reply."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from discord import VoiceClient
from pydantic import SecretStr

from bot.app.app import App, running_app
from bot.app.control_socket import ask, socket_path
from bot.community.communities import Community
from bot.community.scoring.community_scores import CommunityScores
from bot.services.settings_requests import SettingsRequest
from bot.settings import Settings
from bot.sources import discover
from bot.sources.discord import Discord
from bot.sources.discord.runner import DiscordRunner
from bot.sources.port import CannotRunError
from tests.discord_server import DiscordServer, running_discord
from tests.discourse_server import running_discourse

_PATIENCE_SECONDS = 20


@pytest.fixture
async def discord() -> AsyncIterator[DiscordServer]:
    # The app asks the real clock whether a message is news.
    async with running_discord(start_ms=time.time_ns() // 1_000_000) as server:
        yield server


def settings_for(server: DiscordServer, folder: Path, **changes: object) -> Settings:
    return Settings.model_validate(
        {
            "data_dir": folder,
            "discord_token": server.token,
            "discord_api_url": server.rest_base,
            "discord_gateway_url": server.gateway_url,
            "recompute_debounce_seconds": 0,
            **changes,
        }
    )


def discord_runner(app: App) -> DiscordRunner:
    (runner,) = (runner for runner in app.runners if isinstance(runner, DiscordRunner))
    return runner


@asynccontextmanager
async def serving(settings: Settings, server: DiscordServer) -> AsyncIterator[App]:
    """Run the bot; the block begins once it is connected, and its end stops it like SIGTERM."""
    sources = {**discover(), "discord": Discord(guild_ready_timeout=0.02)}
    async with running_app(settings, sources=sources) as app:
        running = asyncio.create_task(app.run())
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await server.wait_until_connected()
                await discord_runner(app).wait_until_settled()
            yield app
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def wait_until_scored(community: Community) -> CommunityScores:
    """Return the scores once they include everything in the log and in the settings."""
    events, version = await community.log.length(), community.settings.version
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while (  # noqa: ASYNC110
            (scores := community.scoring.scores) is None
            or scores.events < events
            or scores.settings_version < version
        ):
            await asyncio.sleep(0)  # the loop goes on; scoring tells nobody when it is done
    return scores


async def test_a_reaction_becomes_cred_that_the_bot_tells(
    discord: DiscordServer, tmp_path: Path
) -> None:
    world = discord.world
    guild = world.guild("Common Garden")
    ada, bob = world.member(guild, "ada"), world.member(guild, "bob")
    general = world.channel(guild, "general")

    async with serving(settings_for(discord, tmp_path), discord) as app:
        message = world.post(general, ada, "I mended the gate")
        world.react(message, bob, "👍")
        await discord.idle()
        await discord_runner(app).wait_until_settled()
        community = await app.communities.get_existing(f"discord-{guild.id}")
        await wait_until_scored(community)
        world.post(general, ada, "!cred")
        reply = await discord.next_message(general)

    assert "ada" in reply.embeds[0]["title"]
    assert "cred" in reply.embeds[0]["title"]
    assert community.name == "Common Garden"


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept a request, and never answer."""
    await reader.read()
    writer.close()


@asynccontextmanager
async def failing_forum(trouble: str) -> AsyncIterator[str]:
    """Yield the address of a forum that fails in some way until the block is left."""
    if trouble in {"down", "slow"}:
        listener = await asyncio.start_server(_silent, "127.0.0.1", 0)
        host, port = listener.sockets[0].getsockname()[:2]
        if trouble == "down":
            listener.close()
        try:
            yield f"http://{host}:{port}"
        finally:
            listener.close()
        return
    async with running_discourse() as forum:
        forum.forum.topic(forum.forum.user("ada"))
        forum.troubles.respond(_MALFORMED[trouble])
        yield forum.url


_MALFORMED = {
    "another schema": b'{"categories": [{"identifier": 1}], "topics": {}}',
    "another shape": b"[1, 2, 3]",
    "no JSON": b"<html>",
    "NaN": b'{"categories": [NaN]}',
}


@pytest.mark.parametrize("trouble", ["down", "slow", *_MALFORMED])
async def test_whatever_a_forum_does_discord_is_heard_and_answered(
    trouble: str, discord: DiscordServer, tmp_path: Path
) -> None:
    world = discord.world
    guild = world.guild("Common Garden")
    ada, bob = world.member(guild, "ada"), world.member(guild, "bob")
    general = world.channel(guild, "general")

    async with failing_forum(trouble) as address:
        settings = settings_for(
            discord,
            tmp_path,
            discourse_url=address,
            discourse_api_key="a key",
            discourse_api_user="credbot",
        )
        async with serving(settings, discord) as app:
            state = "connecting" if trouble == "slow" else "again in"
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while state not in app.runners.states()[-1].words:  # noqa: ASYNC110
                    await asyncio.sleep(0)
            world.react(world.post(general, ada, "I mended the gate"), bob, "👍")
            await discord.idle()
            await discord_runner(app).wait_until_settled()
            await wait_until_scored(await app.communities.get_existing(f"discord-{guild.id}"))
            world.post(general, ada, "!cred")
            reply = await discord.next_message(general)

    assert "ada: 1.0 cred" in reply.embeds[0]["title"]


async def test_thanks_and_work_are_in_everybody_s_cred(
    discord: DiscordServer, tmp_path: Path
) -> None:
    world = discord.world
    guild = world.guild("Common Garden")
    ada, bob, cyd = (world.member(guild, name) for name in ("ada", "bob", "cyd"))
    general = world.channel(guild, "general")
    world.react(world.post(general, ada, "I mended the gate"), bob, "👍")
    async with serving(settings_for(discord, tmp_path), discord) as app:
        community = await app.communities.get_existing(f"discord-{guild.id}")
        titles = []
        for who, line in (
            (ada, f"!thanks <@{cyd.id}> for the soup"),
            (ada, f"!contrib add Cooked the soup <@{cyd.id}>"),
            (bob, "!contrib approve 1"),
        ):
            world.post(general, who, line)
            titles.append((await discord.next_message(general)).embeds[0]["title"])
        scores = await wait_until_scored(community)

    assert titles == [
        "ada thanks cyd",
        "Contribution 1: Cooked the soup",
        "Contribution 1: Cooked the soup",
    ]
    assert scores.cred.sum() == pytest.approx(3)


async def test_history_from_before_the_bot_came_counts(
    discord: DiscordServer, tmp_path: Path
) -> None:
    world = discord.world
    guild = world.guild("Common Garden")
    ada, bob = world.member(guild, "ada"), world.member(guild, "bob")
    general = world.channel(guild, "general")
    for number in range(3):
        world.react(world.post(general, ada, f"row {number}"), bob, "🌱")

    async with serving(settings_for(discord, tmp_path), discord) as app:
        scores = await wait_until_scored(
            await app.communities.get_existing(f"discord-{guild.id}")
        )

    assert scores.snapshot.total_mint == 3


async def test_what_was_heard_and_not_yet_scored_is_scored_at_the_next_start(
    discord: DiscordServer, tmp_path: Path
) -> None:
    world = discord.world
    guild = world.guild("Common Garden")
    ada, bob = world.member(guild, "ada"), world.member(guild, "bob")
    world.react(world.post(world.channel(guild, "general"), ada, "look"), bob, "🌱")
    patient = settings_for(discord, tmp_path, recompute_debounce_seconds=3600)

    async with serving(patient, discord):
        pass  # heard, and scored in an hour
    async with serving(patient, discord) as app:
        scores = await wait_until_scored(
            await app.communities.get_existing(f"discord-{guild.id}")
        )

    assert scores.snapshot.total_mint == 1


async def test_roles_and_emoji_go_by_their_names_while_the_bot_runs(
    discord: DiscordServer, tmp_path: Path
) -> None:
    guild = discord.world.guild("Common Garden")
    role = discord.world.role(guild, "Maintainer")
    emoji = discord.world.emoji(guild, "sprout")

    async with serving(settings_for(discord, tmp_path), discord) as app:
        community = await app.communities.get_existing(f"discord-{guild.id}")
        change = SettingsRequest(
            {"weights.role.maintainer": "5", "weights.emoji.:sprout:": "2"}, (), "by name"
        )
        await ask(socket_path(tmp_path, community.slug), change)

        assert community.settings.is_set(f"weights.role.{role.id}")
        assert community.settings.is_set(f"weights.emoji.{emoji.id}")


async def test_a_setting_changed_while_the_bot_runs_is_scored_soon(
    discord: DiscordServer, tmp_path: Path
) -> None:
    world = discord.world
    guild = world.guild("Common Garden")
    ada, bob = world.member(guild, "ada"), world.member(guild, "bob")
    world.react(world.post(world.channel(guild, "general"), ada, "look"), bob, "🌱")

    async with serving(settings_for(discord, tmp_path), discord) as app:
        community = await app.communities.get_existing(f"discord-{guild.id}")
        before = await wait_until_scored(community)
        change = SettingsRequest({"weights.emoji.🌱": "5"}, (), "spring")
        await ask(socket_path(tmp_path, community.slug), change)
        after = await wait_until_scored(community)

    assert (before.snapshot.total_mint, after.snapshot.total_mint) == (1, 5)


async def test_older_history_is_read_when_it_is_wanted_while_the_bot_runs(
    discord: DiscordServer, tmp_path: Path
) -> None:
    world = discord.world
    guild = world.guild("Common Garden")
    ada, bob = world.member(guild, "ada"), world.member(guild, "bob")
    general = world.channel(guild, "general")
    old = world.post(general, ada, "old", at_ms=1_577_836_800_000)  # 2020-01-01
    for message in (old, world.post(general, ada, "new")):
        world.react(message, bob, "🌱")

    async with serving(settings_for(discord, tmp_path), discord) as app:
        community = await app.communities.get_existing(f"discord-{guild.id}")
        path = socket_path(tmp_path, community.slug)
        await ask(path, SettingsRequest({"history.start": "2020-06-01"}, (), "only since June"))
    discord.clock.advance(days=1)
    later = world.post(world.channel(guild, "later"), bob, "older", at_ms=1_577_836_800_000)
    world.react(later, ada, "🌱")
    async with serving(settings_for(discord, tmp_path), discord) as app:
        community = await app.communities.get_existing(f"discord-{guild.id}")
        before = await wait_until_scored(community)
        await ask(path, SettingsRequest({"history.start": None}, (), "all of it"))
        await discord_runner(app).wait_until_settled()
        after = await wait_until_scored(community)

    assert (before.snapshot.total_mint, after.snapshot.total_mint) == (1, 3)


async def test_without_a_token_it_says_what_to_do(tmp_path: Path) -> None:
    async with running_app(Settings(data_dir=tmp_path, _env_file=None)) as app:
        with pytest.raises(CannotRunError, match="CRED_DISCORD_TOKEN"):
            await app.run()


async def test_health_of_a_server_says_so_where_there_is_no_token(tmp_path: Path) -> None:
    async with running_app(Settings(data_dir=tmp_path, _env_file=None)) as app:
        server = await app.communities.get_or_create("discord-1", "Garden", "discord", "1")
        forum = await app.communities.get_or_create("forum", "Forum", "discourse", "forum")

        assert [(fact.name, fact.value) for fact in app.health(server)] == [
            ("Discord", "not connected")
        ]
        assert app.health(forum) == []


async def test_starting_says_nothing_of_voices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for warning in ("warn_nacl", "warn_dave"):
        monkeypatch.setattr(VoiceClient, warning, True)

    settings = Settings(data_dir=tmp_path, discord_token=SecretStr("token"), _env_file=None)
    async with running_app(settings):
        pass

    assert caplog.messages == []


async def test_a_wrong_token_is_told_in_one_sentence(
    discord: DiscordServer, tmp_path: Path
) -> None:
    settings = settings_for(discord, tmp_path, discord_token="wrong")  # noqa: S106 - it is

    async with running_app(settings) as app:
        with pytest.raises(CannotRunError, match="Discord refuses the token"):
            await app.run()


async def test_a_client_that_was_closed_ends_the_process(
    discord: DiscordServer, tmp_path: Path
) -> None:
    discord.world.guild("Common Garden")

    async with running_app(settings_for(discord, tmp_path)) as app:
        running = asyncio.create_task(app.run())
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await discord.wait_until_connected()
            await discord_runner(app).client.close()
            with pytest.raises(CannotRunError, match="client was closed"):
                await running


async def test_only_the_first_scores_of_a_process_are_logged_at_info(
    discord: DiscordServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot.app.app")
    world = discord.world
    guild = world.guild("Common Garden")
    ada, bob = world.member(guild, "ada"), world.member(guild, "bob")
    message = world.post(world.channel(guild, "general"), ada, "look")
    settings = settings_for(discord, tmp_path)
    for emoji in "🌱🌻":
        async with serving(settings, discord) as app:
            community = await app.communities.get_existing(f"discord-{guild.id}")
            for another in ("", "👍"):
                world.react(message, bob, another or emoji)
                await discord.idle()
                await discord_runner(app).wait_until_settled()
                await wait_until_scored(community)
        levels = [entry.levelno for entry in caplog.records if "scored up to" in entry.message]
        assert levels[0] == logging.INFO
        assert set(levels[1:]) <= {logging.DEBUG}
        caplog.clear()


async def test_an_intent_that_is_switched_off_is_told_with_both_ways_out(
    discord: DiscordServer, tmp_path: Path
) -> None:
    discord.world.guild("Common Garden")
    discord.world.application.message_content_intent = False

    async with running_app(settings_for(discord, tmp_path)) as app:
        with pytest.raises(CannotRunError, match="CRED_DISCORD_MESSAGE_CONTENT=no"):
            await app.run()


async def test_a_damaged_file_of_one_community_does_not_stop_the_others(
    discord: DiscordServer, tmp_path: Path
) -> None:
    world = discord.world
    guild = world.guild("Common Garden")
    general = world.channel(guild, "general")
    ada = world.member(guild, "ada")
    (tmp_path / "discord-1.db").write_bytes(b"this is no database, though long enough" * 100)

    async with serving(settings_for(discord, tmp_path), discord):
        world.post(general, ada, "!cred")
        reply = await discord.next_message(general)

    assert reply.embeds


async def test_health_tells_of_events_that_the_log_would_not_take(
    discord: DiscordServer, tmp_path: Path
) -> None:
    guild = discord.world.guild("Common Garden")

    async with serving(settings_for(discord, tmp_path), discord) as app:
        await discord_runner(app).wait_until_settled()
        community = await app.communities.get_existing(f"discord-{guild.id}")
        before = {fact.name for fact in app.health(community)}
        discord_runner(app).servers[str(guild.id)].recorder.refused = 3
        after = {fact.name: fact.value for fact in app.health(community)}

    assert "Not recorded" not in before
    assert after["Not recorded"] == "3 events"

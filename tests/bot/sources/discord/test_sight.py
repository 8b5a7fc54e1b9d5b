"""What the bot may see changes while it is connected: nothing is lost, nothing is made up."""

import asyncio
import logging
from collections.abc import Callable
from contextvars import Context
from functools import partial
from pathlib import Path

import pytest

from bot.community.gap_reasons import NO_PERMISSION
from bot.sources.discord.reading.backfill import OFFLINE
from storage.log.batch import Batch, Gap
from tests.bot.sources.discord.harness import living, reaction
from tests.discord_server import DiscordServer, objects
from tests.discord_server.permissions import Permission

DAY_MS = 24 * 60 * 60 * 1000


def _has_resumed(server: DiscordServer, times: int) -> bool:
    return server.gateway.counts["resume"] == times


async def test_what_was_posted_while_a_channel_was_hidden_is_read_when_it_is_shown_again(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")

    async with living(discord_server, tmp_path) as bot:
        before = world.post(general, ada, "before")
        await bot.wait_until_settled()
        world.hide(general)
        await bot.wait_until_settled()
        assert (str(general.id), NO_PERMISSION) in await bot.gaps(guild)
        missed = world.post(general, ada, "missed")
        world.react(before, ada, "🌱")
        world.show(general)
        after = world.post(general, ada, "after")

        assert await bot.posts(guild) == {
            str(message.id) for message in (before, missed, after)
        }
        assert await bot.reactions(guild) == {reaction(before, ada, "🌱")}
        gaps = await (await bot.community(guild)).gaps.list(closed=True)
        assert [recorded_gap.closed_ms is not None for recorded_gap in gaps] == [True]


async def test_a_role_that_opens_a_channel_has_it_read(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    hidden = world.channel(guild, "board room", hidden=True)
    keeper = world.role(guild, "keeper")
    world.set_roles(guild, world.bot, keeper)
    message = world.post(hidden, ada, "secret")

    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == set()
        world.edit_role(guild, keeper, permissions=int(Permission.ADMINISTRATOR))

        assert await bot.posts(guild) == {str(message.id)}


async def test_so_has_a_permission_that_everybody_gets(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    everybody_may = guild.everyone.permissions
    world.edit_role(guild, guild.everyone, permissions=0)
    message = world.post(world.channel(guild, "general"), world.member(guild, "ada"), "look")

    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == set()
        world.edit_role(guild, guild.everyone, permissions=everybody_may)

        assert await bot.posts(guild) == {str(message.id)}


async def test_a_channel_that_is_safe_for_work_again_is_read(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")

    async with living(discord_server, tmp_path) as bot:
        before = world.post(general, ada, "before")
        await bot.wait_until_settled()
        world.edit_channel(general, nsfw=True)
        shady = world.post(general, ada, "shady")
        assert await bot.posts(guild) == {str(before.id)}
        world.edit_channel(general, nsfw=False)
        after = world.post(general, ada, "after")

        assert await bot.posts(guild) == {str(message.id) for message in (before, shady, after)}


@pytest.mark.parametrize("is_running", [True, False], ids=["heard", "missed"])
async def test_a_channel_that_was_deleted_is_no_gap_any_more(
    discord_server: DiscordServer, tmp_path: Path, *, is_running: bool
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    hidden = world.channel(guild, "board room", hidden=True)
    other = world.channel(guild, "cellar", hidden=True)

    async with living(discord_server, tmp_path) as bot:
        assert (str(hidden.id), NO_PERMISSION) in await bot.gaps(guild)
        if is_running:
            world.delete_channel(hidden)
            assert await bot.gaps(guild) == [(str(other.id), NO_PERMISSION)]
    if not is_running:
        world.delete_channel(hidden)

    async with living(discord_server, tmp_path) as bot:
        gaps = [place for place, reason in await bot.gaps(guild) if reason == NO_PERMISSION]
    assert gaps == [str(other.id)]


async def test_a_thread_that_is_only_out_of_view_stays_a_gap(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    hidden = world.channel(guild, "board room", hidden=True)
    thread = world.create_thread(hidden, ada, "budget", private=True)
    world.archive(thread)
    gap = Gap("discord", str(thread.id), 0, None, NO_PERMISSION)

    async with living(discord_server, tmp_path) as bot:
        await (await bot.community(guild)).log.append(Batch(gaps=(gap,)))
        server = bot.runner.servers[str(guild.id)]
        server.sweeps.request()
        before = await bot.gaps(guild)
        world.delete_thread(thread)
        server.sweeps.request()
        after = await bot.gaps(guild)

    assert set(before) - set(after) == {(str(thread.id), NO_PERMISSION)}
    assert (str(hidden.id), NO_PERMISSION) in after


async def test_history_that_was_hidden_in_the_middle_of_its_first_reading_is_read_later(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    start_ms = discord_server.clock.now_ms - 30 * DAY_MS
    old = [world.post(general, ada, str(n), at_ms=start_ms + n) for n in range(150)]

    hold = discord_server.limits.hold("GET", "/channels/*/messages")
    async with living(discord_server, tmp_path, read=False) as bot:
        await hold.reached.wait()
        world.overwrite(general, guild.everyone, deny=int(Permission.READ_MESSAGE_HISTORY))
        hold.release()  # where history is hidden, Discord answers that there is none
        await bot.wait_until_settled()
        assert (str(general.id), NO_PERMISSION) in await bot.gaps(guild)
        live = world.post(general, ada, "live, which is still heard")
        assert await bot.posts(guild) == {str(live.id)}

    world.show(general)
    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == {str(message.id) for message in (*old, live)}


async def test_an_outage_of_a_server_is_a_gap_and_is_read_up(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")

    async with living(discord_server, tmp_path) as bot:
        message = world.post(general, ada, "look")
        await bot.wait_until_settled()
        world.outage(guild)
        await discord_server.idle()
        async with discord_server.gateway.offline():
            pass  # even if the connection is resumed meanwhile
        await discord_server.gateway.wait_until(
            lambda: discord_server.gateway.counts["resume"] == 1
        )
        await bot.wait_until_settled()
        discord_server.clock.advance(seconds=60)
        world.react(message, ada, "🌱")
        world.recover(guild)

        assert await bot.reactions(guild) == {reaction(message, ada, "🌱")}
        assert (None, OFFLINE) in await bot.gaps(guild)


async def test_a_server_that_the_bot_came_back_to_is_read_up(
    discord_server: DiscordServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")

    with caplog.at_level(logging.ERROR, "bot"):
        async with living(discord_server, tmp_path) as bot:
            before = world.post(general, ada, "before")
            await bot.wait_until_settled()
            world.remove_bot(guild)
            await discord_server.idle()
            missed = world.post(general, ada, "missed")
            discord_server.clock.advance(days=30)
            world.add_bot(guild)
            after = world.post(general, ada, "after")

            assert await bot.posts(guild) == {
                str(message.id) for message in (before, missed, after)
            }
            assert (None, OFFLINE) in await bot.gaps(guild)
    assert not caplog.records


async def test_a_resumed_connection_does_not_break_off_what_is_being_read(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    message = world.post(general, ada, "look")
    pages = f"/channels/{general.id}/messages"

    hold = discord_server.limits.hold("GET", "/channels/*/messages")
    async with living(discord_server, tmp_path, read=False) as bot:
        await hold.reached.wait()
        await discord_server.gateway.disconnect(4000)
        await discord_server.gateway.wait_until(
            lambda: discord_server.gateway.counts["resume"] == 1
        )
        await discord_server.wait_until_connected()
        (connection,) = discord_server.gateway.connected
        await connection.barrier()
        hold.release()
        assert await bot.posts(guild) == {str(message.id)}

    assert len(discord_server.requests_matching("GET", pages)) == 1
    assert len(discord_server.requests_matching("GET", f"/guilds/{guild.id}/members")) == 1


async def test_a_retry_waits_for_no_sweep_but_the_one_that_met_trouble(
    discord_server: DiscordServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    message = world.post(general, ada, "look")
    trouble = discord_server.limits.fail("GET", "/channels/*/messages", 503, times=10_000)
    timers: list[asyncio.TimerHandle] = []
    loop = asyncio.get_running_loop()
    call_later = loop.call_later

    def call_later_and_note(
        delay: float,
        callback: Callable[..., object],
        *rest: object,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        timer = call_later(delay, callback, *rest, context=context)
        if getattr(callback, "__self__", None).__class__ is asyncio.Event:
            timers.append(timer)
        return timer

    monkeypatch.setattr(loop, "call_later", call_later_and_note)
    async with living(discord_server, tmp_path) as bot:
        for resumes in (1, 2):
            await discord_server.gateway.disconnect(4000)
            await discord_server.gateway.wait_until(
                partial(_has_resumed, discord_server, resumes)
            )
            await bot.wait_until_settled()
        assert [timer.cancelled() for timer in timers] == [True, True, False]
        trouble.times = 0
        timers[-1].cancel()
        bot.runner.servers[str(guild.id)].sweeps.request()
        assert await bot.posts(guild) == {str(message.id)}


async def test_a_sweep_that_fails_at_its_beginning_is_left_for_a_retry_and_hearing_goes_on(
    discord_server: DiscordServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")

    def fail(*_: object) -> None:
        raise KeyError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr("bot.sources.discord.server.channels", fail)
        async with living(discord_server, tmp_path) as bot:
            sweeps = bot.runner.servers[str(guild.id)].sweeps
            assert sweeps.left_out
            message = world.post(general, ada, "look")
            assert await bot.posts(guild) == {str(message.id)}
            patch.undo()
            sweeps.request()
            await bot.wait_until_settled()
            assert not sweeps.left_out

    assert caplog.text.count("sweep failed") == 1
    assert "starting again" not in caplog.text


async def test_reading_on_while_disconnected_is_not_listening(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    message = world.post(world.channel(guild, "general"), ada, "look")

    hold = discord_server.limits.hold("GET", "/channels/*/messages")
    async with living(discord_server, tmp_path, read=False) as bot:
        await hold.reached.wait()
        heard_ms = discord_server.clock.now_ms
        async with discord_server.gateway.offline(forget=True):
            discord_server.clock.advance(seconds=60)
            hold.release()
            async with asyncio.timeout(10):
                await bot.runner.wait_until_settled()
            cursors = await (await bot.community(guild)).cursors.all("discord")
        assert await bot.posts(guild) == {str(message.id)}
        gaps = await (await bot.community(guild)).gaps.list()

    assert int(cursors["alive"]) <= heard_ms
    assert [recorded_gap.gap.from_ms <= heard_ms for recorded_gap in gaps] == [True]


@pytest.mark.parametrize("is_list", [True, False], ids=["with their channel", "by invitation"])
async def test_threads_that_are_told_of_late_are_read(
    discord_server: DiscordServer, tmp_path: Path, *, is_list: bool
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    hidden = world.channel(guild, "board room", hidden=True)
    thread = world.create_thread(hidden, ada, "budget", private=True)
    message = world.post(thread, ada, "let us see")
    viewer = discord_server.interactions.cdn_viewer
    assert viewer is not None

    async with living(discord_server, tmp_path) as bot:
        world.show(hidden)
        assert await bot.posts(guild) == set()
        thread.joined[world.bot.id] = discord_server.clock.now_ms
        sent = objects.thread(thread, viewer)
        if is_list:
            body = {
                "guild_id": str(guild.id),
                "channel_ids": [str(hidden.id)],
                "threads": [sent],
                "members": [],
            }
            discord_server.gateway.inject("THREAD_LIST_SYNC", body)
        else:
            discord_server.gateway.inject("THREAD_CREATE", sent)

        assert await bot.posts(guild) == {str(message.id)}

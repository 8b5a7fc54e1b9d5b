"""What a community chooses to have read is read, also when it chooses otherwise later."""

from pathlib import Path

import pytest

from bot.community.gap_reasons import NO_PERMISSION
from bot.sources.discord.parse import moment_ms
from tests.bot.sources.discord.harness import LivingBot, living, reaction
from tests.discord_server import DiscordServer
from tests.discord_server.model import Channel, Guild, Message
from tests.discord_server.permissions import Permission

DAY_MS = 24 * 60 * 60 * 1000
OLD_MS = 1_577_836_800_000
"""2020-01-01."""
START = "2020-06-01"
LATE_MS = 1_600_000_000_000
"""2020-09-13."""


async def choose(bot: LivingBot, guild: Guild, **values: object) -> None:
    """Change settings, with dots and dashes written as __ and _, and notify the runner."""
    community = await bot.community(guild)
    changes = {key.replace("__", ".").replace("_", "-"): value for key, value in values.items()}
    await community.settings.set(
        changes,  # type: ignore[arg-type]
        author="ada",
        reason="for the test",
        now_ms=1_800_000_000_000,
    )
    bot.runner.settings_changed(str(guild.id))


async def begun_at(server: DiscordServer, folder: Path, guild: Guild, start: str) -> None:
    """Read a server's history from a date on."""
    async with living(server, folder) as bot:
        await choose(bot, guild, history__start=start)
        await bot.wait_until_settled()


def ids(*messages: Message) -> set[str]:
    return {str(message.id) for message in messages}


def pages(server: DiscordServer, channel: Channel) -> list[dict[str, str]]:
    return [
        dict(request.query)
        for request in server.requests_matching("GET", f"/channels/{channel.id}/messages")
    ]


@pytest.mark.parametrize("start", ["2019-12-01", None])
async def test_what_is_older_is_read_when_history_is_to_start_earlier(
    discord_server: DiscordServer, tmp_path: Path, start: str | None
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada, ben = world.member(guild, "ada"), world.member(guild, "ben")
    await begun_at(discord_server, tmp_path, guild, START)
    general = world.channel(guild, "general")
    old = [world.post(general, ada, str(n), at_ms=OLD_MS + n) for n in range(250)]
    world.react(old[7], ben, "🌱")
    late = world.post(general, ada, "late", at_ms=LATE_MS)

    async with living(discord_server, tmp_path) as bot:
        live = world.post(general, ada, "live")
        assert await bot.posts(guild) == ids(late, live)
        await choose(bot, guild, history__start=start)

        assert await bot.posts(guild) == ids(*old, late, live)
        assert await bot.reactions(guild) == {reaction(old[7], ben, "🌱")}
        assert bot.progress[-1].messages == bot.progress[-1].expected == 250
        read = len(pages(discord_server, general))
        bot.runner.servers[str(guild.id)].sweeps.request()
        await bot.wait_until_settled()
        assert len(pages(discord_server, general)) == read, "what was read is not read again"


async def test_it_is_read_at_the_next_start_where_the_bot_was_not_running(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    await begun_at(discord_server, tmp_path, guild, START)
    general, quiet = world.channel(guild, "general"), world.channel(guild, "quiet")
    old = world.post(general, ada, "old", at_ms=OLD_MS)
    late = world.post(general, ada, "late", at_ms=LATE_MS)
    hushed = world.post(quiet, ada, "nothing since", at_ms=OLD_MS)
    async with living(discord_server, tmp_path) as bot:
        await bot.wait_until_settled()
        community = await bot.community(guild)
        await community.settings.set(
            {"history.start": None},
            author="ada",
            reason="for the test",
            now_ms=1_800_000_000_000,
        )

    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == ids(old, late, hushed)


async def test_reading_older_messages_that_was_broken_off_goes_on_where_it_was(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    await begun_at(discord_server, tmp_path, guild, START)
    general = world.channel(guild, "general")
    old = [world.post(general, ada, str(n), at_ms=OLD_MS + n) for n in range(250)]
    world.react(old[120], ada, "🌱")
    late = world.post(general, ada, "late", at_ms=LATE_MS)

    async with living(discord_server, tmp_path) as bot:
        await bot.wait_until_settled()
        hold = discord_server.limits.hold("GET", "*/reactions/*")
        await choose(bot, guild, history__start=None)
        await hold.reached.wait()  # the second page is being looked at
    hold.release()
    before = len(pages(discord_server, general))
    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == ids(*old, late)
        assert await bot.reactions(guild) == {reaction(old[120], ada, "🌱")}

    again = [
        page["before"] for page in pages(discord_server, general)[before:] if "before" in page
    ]
    assert again == [str(old[150].id), str(old[50].id)]


async def test_older_messages_of_archived_threads_are_read_too(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    await begun_at(discord_server, tmp_path, guild, START)
    general = world.channel(guild, "general")
    posted = []
    for name, archived in (("pond", True), ("gate", True), ("fence", False)):
        thread = world.create_thread(general, ada, name)
        posted.append(world.post(thread, ada, "old", at_ms=OLD_MS))
        posted.append(world.post(thread, ada, "late", at_ms=LATE_MS))
        if archived:
            world.archive(thread)
            discord_server.clock.advance(seconds=1)

    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == ids(*posted[1::2])
        await choose(bot, guild, history__start="2019-01-01")
        assert await bot.posts(guild) == ids(*posted)

        before = len(discord_server.requests)
        bot.runner.servers[str(guild.id)].sweeps.request()
        await bot.wait_until_settled()
        cursors = await (await bot.community(guild)).cursors.all("discord")
    begin_ms = moment_ms(int(cursors[f"threads-begin:{general.id}"]) + 1)
    assert begin_ms == 1_546_300_800_000, "the next sweep need not list them all again"
    again = [request.path for request in discord_server.requests[before:]]
    assert not [path for path in again if path.endswith("/messages")]


async def test_older_history_that_is_hidden_is_not_taken_for_empty(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    await begun_at(discord_server, tmp_path, guild, START)
    general = world.channel(guild, "general")
    old = world.post(general, ada, "old", at_ms=OLD_MS)
    late = world.post(general, ada, "late", at_ms=LATE_MS)

    async with living(discord_server, tmp_path) as bot:
        await bot.wait_until_settled()
        hold = discord_server.limits.hold("GET", "/channels/*/messages")
        await choose(bot, guild, history__start=None)
        await hold.reached.wait()
        world.overwrite(general, guild.everyone, deny=int(Permission.READ_MESSAGE_HISTORY))
        hold.release()  # where history is hidden, Discord answers that there is none
        assert (str(general.id), NO_PERMISSION) in await bot.gaps(guild)
        world.show(general)

        assert await bot.posts(guild) == ids(old, late)


async def test_what_a_later_start_left_out_is_read_when_it_is_earlier_again(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    old = world.post(general, ada, "old", at_ms=OLD_MS)
    async with living(discord_server, tmp_path) as bot:
        await choose(bot, guild, history__start=START)
        await bot.wait_until_settled()

    missed = world.post(general, ada, "while the bot was down", at_ms=OLD_MS + DAY_MS)
    late = world.post(general, ada, "late", at_ms=LATE_MS)
    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == ids(old, late)
        await choose(bot, guild, history__start=None)

        assert await bot.posts(guild) == ids(old, missed, late)


async def test_nsfw_channels_are_read_once_the_community_wants_them_and_kept_when_not(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    shady = world.channel(guild, "shady", nsfw=True)
    before = world.post(shady, ada, "before")

    async with living(discord_server, tmp_path) as bot:
        assert await bot.posts(guild) == set()
        await choose(bot, guild, discord__nsfw=True)
        wanted = world.post(shady, ada, "wanted")
        assert await bot.posts(guild) == ids(before, wanted)

        await choose(bot, guild, discord__nsfw=False)
        meanwhile = world.post(shady, ada, "not wanted")
        assert await bot.posts(guild) == ids(before, wanted)

        await choose(bot, guild, discord__nsfw=True)
        again = world.post(shady, ada, "wanted again")
        assert await bot.posts(guild) == ids(before, wanted, meanwhile, again)


async def test_more_days_of_reactions_are_read_again_at_once(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    async with living(discord_server, tmp_path) as bot:
        message = world.post(general, ada, "look")
        await bot.wait_until_settled()
    world.react(message, ada, "🌱")
    discord_server.clock.advance(days=20)

    async with living(discord_server, tmp_path) as bot:
        assert await bot.reactions(guild) == set()
        await choose(bot, guild, discord__reaction_days=30)
        assert await bot.reactions(guild) == {reaction(message, ada, "🌱")}


async def test_a_choice_that_is_not_about_reading_has_nothing_read(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    world.post(world.channel(guild, "general"), ada, "look")

    async with living(discord_server, tmp_path) as bot:
        before = len(discord_server.requests)
        await choose(bot, guild, discord__bots=False)
        await bot.wait_until_settled()

    assert len(discord_server.requests) == before


async def test_a_choice_made_while_a_sweep_is_under_way_does_not_wait_for_its_end(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    general = world.channel(guild, "general")
    shady = world.channel(guild, "shady", nsfw=True)
    posts = [world.post(channel, ada, "look") for channel in (general, shady)]

    hold = discord_server.limits.hold("GET", f"/channels/{general.id}/messages")
    async with living(discord_server, tmp_path, read=False) as bot:
        await hold.reached.wait()
        await choose(bot, guild, discord__nsfw=True)
        await discord_server.next_request("GET", f"/channels/{shady.id}/messages")
        hold.release()

        assert await bot.posts(guild) == ids(*posts)

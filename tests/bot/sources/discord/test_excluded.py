"""Channels and categories that a community leaves out are neither read nor recorded."""

from pathlib import Path

import pytest

from bot.community.gap_reasons import NO_PERMISSION
from tests.bot.sources.discord.harness import LivingBot, living, reaction
from tests.bot.sources.discord.test_choices import choose, ids
from tests.discord_server import DiscordServer
from tests.discord_server.model import Channel, Guild, Message, User


class Server:
    """A server with a category for the staff, a channel in it, and a thread in that."""

    def __init__(self, server: DiscordServer) -> None:
        world = server.world
        self.guild: Guild = world.guild("Common Garden")
        self.ada: User = world.member(self.guild, "ada")
        self.general: Channel = world.channel(self.guild, "general")
        self.staff = world.category(self.guild, "Staff")
        self.payroll: Channel = world.channel(self.guild, "payroll", category=self.staff)
        self.thread: Channel = world.create_thread(self.payroll, self.ada, "raises")
        self.server = server

    def post_everywhere(self, text: str) -> list[Message]:
        places = (self.general, self.payroll, self.thread)
        return [self.server.world.post(place, self.ada, text) for place in places]

    def leave_out(self, by: str) -> list[str]:
        return [str((self.staff if by == "category" else self.payroll).id)]


@pytest.fixture
def place(discord_server: DiscordServer) -> Server:
    return Server(discord_server)


def states(bot: LivingBot) -> str:
    return " ".join(state.words for state in bot.runner.states())


@pytest.mark.parametrize("by", ["category", "channel"])
async def test_nothing_of_them_is_recorded_live_or_read_later(
    place: Server, tmp_path: Path, by: str
) -> None:
    world, server = place.server.world, place.server
    async with living(server, tmp_path) as bot:
        await choose(bot, place.guild, discord__excluded_channels=place.leave_out(by))
        await bot.wait_until_settled()
        first, hidden, in_thread = place.post_everywhere("live")
        world.react(hidden, place.ada, "🌱")
        world.edit(in_thread, "edited")
        assert await bot.posts(place.guild) == ids(first)
        assert await bot.reactions(place.guild) == set()
        assert "1 channel left out as chosen" in states(bot)
    second, *_ = place.post_everywhere("while it is off")
    before = len(server.requests)

    async with living(server, tmp_path) as bot:
        assert await bot.posts(place.guild) == ids(first, second)
        assert not [gap for gap in await bot.gaps(place.guild) if gap[0] is not None]
    paths = [request.path for request in server.requests[before:]]
    left_out = (str(place.payroll.id), str(place.thread.id))
    assert not [path for path in paths if any(id_ in path for id_ in left_out)]


@pytest.mark.parametrize("by", ["category", "channel"])
async def test_what_was_recorded_before_does_not_count_meanwhile(
    place: Server, tmp_path: Path, by: str
) -> None:
    world = place.server.world
    async with living(place.server, tmp_path) as bot:
        _, hidden, in_thread = messages = place.post_everywhere("before")
        ben = world.member(place.guild, "ben")
        for message in messages:
            world.react(message, ben, "🌱")
        await bot.wait_until_settled()
        community = await bot.community(place.guild)

        async def total_mint() -> float:
            scores = await community.scoring.recompute(1_800_000_000_000)
            assert scores is not None
            return scores.snapshot.total_mint

        whole = await total_mint()
        await choose(bot, place.guild, discord__excluded_channels=place.leave_out(by))
        await bot.wait_until_settled()
        less = await total_mint()
        await choose(bot, place.guild, discord__excluded_channels=[])
        await bot.wait_until_settled()

        assert less == pytest.approx(whole / 3)
        assert await total_mint() == whole
        assert {reaction(hidden, ben, "🌱"), reaction(in_thread, ben, "🌱")} <= (
            await bot.reactions(place.guild)
        )


async def test_what_happened_meanwhile_is_read_once_they_are_wanted_again(
    place: Server, tmp_path: Path
) -> None:
    async with living(place.server, tmp_path) as bot:
        await choose(bot, place.guild, discord__excluded_channels=place.leave_out("category"))
        await bot.wait_until_settled()
        messages = place.post_everywhere("meanwhile")
        await bot.wait_until_settled()
        await choose(bot, place.guild, discord__excluded_channels=[])

        assert await bot.posts(place.guild) == ids(*messages)


async def test_a_channel_that_may_not_be_read_is_no_gap_once_it_is_left_out(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    hidden = world.channel(guild, "board room", hidden=True)
    async with living(discord_server, tmp_path) as bot:
        assert (str(hidden.id), NO_PERMISSION) in await bot.gaps(guild)
        await choose(bot, guild, discord__excluded_channels=[str(hidden.id)])
        assert await bot.gaps(guild) == []

        await choose(bot, guild, discord__excluded_channels=[])
        assert (str(hidden.id), NO_PERMISSION) in await bot.gaps(guild)

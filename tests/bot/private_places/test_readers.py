"""A reply in a place names what all who read that place may see, and nothing else."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sources.discord.visibility import may_see
from storage.place_tree import PlaceStep
from tests.bot.sources.discord.harness import living
from tests.discord_server import DiscordServer
from tests.discord_server.model import Channel, User
from tests.discord_server.model import Kind as ChannelKind
from tests.discord_server.permissions import Permission
from tests.discord_server.world import World

VIEW = Permission.VIEW_CHANNEL


class Gated:
    """A server whose channels are seen by those alone who were let in.

    Parameters
    ----------
    world
        The server is made in it.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.guild = world.guild("Walled Garden")
        self.insider = world.role(self.guild, "insider")
        self.muted = world.role(self.guild, "muted")
        self.council = world.role(self.guild, "council")
        self.keeper = world.role(self.guild, "keeper", permissions=Permission.MANAGE_THREADS)
        world.set_roles(self.guild, world.bot, self.keeper)
        self.ada, self.ben = (self.member(name) for name in ("ada", "ben"))
        self.general, self.garden = self.channel("general"), self.channel("garden")

    def member(self, name: str) -> User:
        user = self.world.member(self.guild, name)
        self.world.set_roles(self.guild, user, self.insider)
        return user

    def channel(self, name: str) -> Channel:
        channel = self.world.channel(self.guild, name, hidden=True)
        for who in (self.insider, self.world.bot):
            self.world.overwrite(channel, who, allow=VIEW)
        return channel


Change = Callable[[Gated], None]


def deny(*places: str, of: str) -> Change:
    """Return the change that takes a permission to see places from a role or member."""

    def change(gated: Gated) -> None:
        for place in places:
            gated.world.overwrite(getattr(gated, place), getattr(gated, of), deny=VIEW)

    return change


def council_alone(gated: Gated) -> None:
    gated.world.overwrite(gated.garden, gated.insider, deny=VIEW)
    gated.world.overwrite(gated.garden, gated.council, allow=VIEW)


def open_general(gated: Gated) -> None:
    gated.world.overwrite(gated.general, gated.guild.everyone, allow=VIEW)


def open_garden(gated: Gated) -> None:
    gated.world.overwrite(gated.garden, gated.guild.everyone, allow=VIEW)


def together(*changes: Change) -> Change:
    def change(gated: Gated) -> None:
        for part in changes:
            part(gated)

    return change


def mute_ben(gated: Gated) -> None:
    gated.world.set_roles(gated.guild, gated.ben, gated.muted)


def guests_in_general(gated: Gated) -> None:
    gated.world.overwrite(gated.general, gated.council, allow=VIEW)


@asynccontextmanager
async def gated_servers(
    server: DiscordServer, folder: Path, change: Change
) -> AsyncIterator[tuple[Gated, Callable[[Channel, Channel], bool]]]:
    gated = Gated(server.world)
    change(gated)
    async with living(server, folder) as bot:
        await bot.wait_until_settled()
        real = bot.client.get_guild(gated.guild.id)
        assert real is not None

        def all_see(place: Channel, here: Channel) -> bool:
            paths = [[PlaceStep(str(found.id), "text channel")] for found in (place, here)]
            return may_see(real, paths[0], None, paths[1])

        yield gated, all_see


@pytest.mark.parametrize(
    ("change", "is_seen"),
    [
        pytest.param(lambda _: None, True, id="both are for those who were let in"),
        pytest.param(council_alone, False, id="the garden is the council's"),
        pytest.param(guests_in_general, False, id="the council reads general alone"),
        pytest.param(open_general, False, id="everybody reads general"),
        pytest.param(open_garden, True, id="everybody reads the garden"),
        pytest.param(together(open_general, open_garden), True, id="everybody reads both"),
        pytest.param(
            together(open_general, open_garden, deny("garden", of="muted"), mute_ben),
            False,
            id="somebody muted reads general alone",
        ),
        pytest.param(
            together(
                open_general, open_garden, deny("garden", "general", of="muted"), mute_ben
            ),
            True,
            id="somebody muted reads neither",
        ),
        pytest.param(deny("garden", of="ben"), False, id="one member is kept out"),
        pytest.param(
            deny("garden", "general", of="ben"), True, id="one member is kept out of both"
        ),
    ],
)
async def test_a_place_is_seen_if_all_who_read_here_may_see_it(
    discord_server: DiscordServer, tmp_path: Path, change: Change, *, is_seen: bool
) -> None:
    async with gated_servers(discord_server, tmp_path, change) as (gated, all_see):
        assert all_see(gated.garden, gated.general) is is_seen
        assert all_see(gated.general, gated.general)


async def test_what_everybody_in_a_private_thread_sees_is_named_there(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    made: dict[str, Channel] = {}

    def adas_own(gated: Gated) -> None:
        made["attic"] = gated.channel("attic")
        world.overwrite(made["attic"], gated.insider, deny=VIEW)
        world.overwrite(made["attic"], gated.ada, allow=VIEW)
        made["thread"] = world.create_thread(gated.general, gated.ada, "hush", private=True)
        made["voice"] = world.channel(gated.guild, "tower", kind=ChannelKind.VOICE)

    async with gated_servers(discord_server, tmp_path, adas_own) as (gated, all_see):
        attic, thread, voice = made["attic"], made["thread"], made["voice"]

        assert all_see(gated.garden, thread)
        assert all_see(attic, thread)
        assert not all_see(thread, gated.general)
        assert not all_see(attic, voice)

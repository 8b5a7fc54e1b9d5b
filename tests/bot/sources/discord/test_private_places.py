"""No reply names what is in a place that not everyone who reads it may see.

A server with places that are public, hidden, or opened to some, listened to by the real client;
every command that there is, asked in public and in private, by an insider and by an outsider.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from bot.chat.line.parse import parse
from bot.commands.catalogue import build_registry
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.errors import UserError
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.communities import Community
from bot.sources.discord import SOURCE
from bot.sources.discord.visibility import may_see
from bot.sources.manual import SOURCE as MANUAL
from storage.place_tree import PlaceStep
from tests.bot.sources.discord.harness import LivingBot, living
from tests.discord_server import DiscordServer
from tests.discord_server.model import Channel, Guild, Message, User
from tests.discord_server.permissions import Permission

REGISTRY = build_registry()


@dataclass
class Scene:
    bot: LivingBot
    guild: Guild
    community: Community
    insider: User
    """May see #layoffs and its threads, and is in the private thread."""
    outsider: User
    erin: User
    """Wrote in all of them."""
    places: dict[str, Channel]
    messages: dict[str, Message]

    async def ask(self, who: User, line: str, *, private: bool, place: Channel) -> Reply:
        """Ask as the chat does; see `bot/chat/discord/chat.py`."""
        try:
            invocation = parse(line, REGISTRY, "discord", self.bot.server.clock.now_ms)
        except UserError as error:
            return Reply(title=error.title, text=str(error))
        visibility, here = self.community.visibility, str(place.id)
        return await dispatch(
            invocation.command,
            Request(
                community=self.community,
                source="discord",
                actor=str(who.id),
                actor_name=who.name,
                is_admin=True,
                arguments=invocation.arguments,
                now_ms=self.bot.server.clock.now_ms,
                place=here,
                is_private=private,
                sees=visibility.for_account("discord", str(who.id))
                if private
                else visibility.for_readers("discord", here),
            ),
        )

    def lines(self) -> list[str]:
        """Return every command as its examples have it, and about Erin and her messages."""
        lines = [line for command in REGISTRY.commands for line in command.examples]
        for command in REGISTRY.commands:
            lines += [command.line, f"{command.line} <@{self.erin.id}>"]
            lines += [f"{command.line} {self.link(name)}" for name in self.messages]
        return list(dict.fromkeys(lines))

    def link(self, name: str) -> str:
        message = self.messages[name]
        return f"https://discord.com/channels/{self.guild.id}/{message.channel.id}/{message.id}"

    def marks(self, name: str) -> set[str]:
        """Return what would give away a place, its message, and who reacted to it."""
        message, place = self.messages[name], self.places[name]
        return {place.name, str(place.id), str(message.id), f"of friend of {name}"}


@asynccontextmanager
async def scenes(server: DiscordServer, folder: Path) -> AsyncIterator[Scene]:
    world = server.world
    guild = world.guild("Common Garden")
    insider, outsider, erin = (world.member(guild, n) for n in ("ines", "otto", "erin"))
    role = world.role(guild, "council")
    world.set_roles(guild, insider, role)
    world.set_roles(guild, erin, role)
    general = world.channel(guild, "general")
    layoffs = world.channel(guild, "layoffs-q1", hidden=True)
    world.overwrite(layoffs, role, allow=Permission.VIEW_CHANNEL)
    world.overwrite(layoffs, world.bot, allow=Permission.VIEW_CHANNEL)
    places = {
        "general": general,
        "layoffs": layoffs,
        "thread of layoffs": world.create_thread(layoffs, erin, "who-goes-first"),
        "public thread": world.create_thread(general, erin, "seedlings-here"),
    }
    messages = {}
    for name, place in places.items():
        messages[name] = world.post(place, erin, "words")
        friend = world.member(guild, f"friend of {name}")
        world.set_roles(guild, friend, role)
        world.react(messages[name], friend, "🌱")
        world.react(messages[name], insider, "🍅")
    async with living(server, folder, sources=(SOURCE, MANUAL)) as bot:
        community = await bot.community(guild)
        community.visibility.may_see = lambda source, path, account: (
            source == "discord" and bot.runner.may_see(str(guild.id), path, account)
        )
        await community.scoring.recompute(server.clock.now_ms)
        yield Scene(bot, guild, community, insider, outsider, erin, places, messages)


HIDDEN = ("layoffs", "thread of layoffs")
OPEN = ("general", "public thread")


def text_of(reply: Reply) -> str:
    return str(asdict(reply))


async def test_no_command_names_a_hidden_place_to_whoever_may_not_see_it(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        secrets = set().union(*(scene.marks(name) for name in HIDDEN))
        for who, private in (
            (scene.outsider, True),
            (scene.outsider, False),
            (scene.insider, False),
        ):
            for line in scene.lines():
                reply = await scene.ask(
                    who, line, private=private, place=scene.places["general"]
                )
                shown = text_of(reply)
                assert "went wrong" not in shown, (line, reply)
                told = [mark for mark in secrets if mark in shown and mark not in line]
                assert told == [], (line, private, reply)


@pytest.mark.parametrize("name", [*HIDDEN, *OPEN])
async def test_whoever_may_see_a_place_is_told_of_it_in_private(
    discord_server: DiscordServer, tmp_path: Path, name: str
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        line = f"cred explain {scene.link(name)}"
        general = scene.places["general"]

        told = await scene.ask(scene.insider, line, private=True, place=general)
        not_told = await scene.ask(scene.outsider, line, private=True, place=general)
        in_public = await scene.ask(scene.insider, line, private=False, place=general)
        in_place = await scene.ask(scene.insider, line, private=False, place=scene.places[name])
        never_seen = await scene.ask(
            scene.insider,
            f"cred explain https://discord.com/channels/{scene.guild.id}/1/2",
            private=False,
            place=general,
        )

        assert scene.places[name].name in text_of(told)
        assert f"of friend of {name}" in text_of(told)
        assert text_of(in_place) == text_of(told)
        if name in HIDDEN:
            assert in_public == not_told == never_seen
        else:
            assert text_of(in_public) == text_of(not_told) == text_of(told)


@pytest.mark.parametrize("command", ["thanks", "cred explain", "initiative add 1"])
async def test_a_link_into_a_hidden_place_does_not_tell_that_there_is_such_a_message(
    discord_server: DiscordServer, tmp_path: Path, command: str
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        never = f"https://discord.com/channels/{scene.guild.id}/1/2"
        hidden, unknown = [
            await scene.ask(
                scene.outsider,
                f"{command} {link}",
                private=False,
                place=scene.places["general"],
            )
            for link in (scene.link("layoffs"), never)
        ]

        assert hidden == unknown
        assert hidden.title == "Which message?"


async def test_what_is_hidden_is_summed_in_one_row_and_the_tables_still_sum(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        line, general = f"cred explain <@{scene.erin.id}>", scene.places["general"]

        outside = await scene.ask(scene.outsider, line, private=False, place=general)
        inside = await scene.ask(scene.insider, line, private=True, place=general)

        assert outside.title == inside.title
        for table in (outside.tables[0], outside.tables[2]):
            rows = [row for row in table.rows if "not everybody sees" in str(row[0])]
            assert len(rows) == 1
            shares = [float(str(row[2]).removesuffix(" %")) for row in table.rows]
            assert sum(shares) == pytest.approx(100.0, abs=0.3)
        assert "not everybody sees" not in text_of(inside)


async def test_visibility_is_decided_by_the_permissions_of_the_moment(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        world, layoffs = discord_server.world, scene.places["layoffs"]
        line = f"cred explain {scene.link('layoffs')}"
        ask = dict(private=False, place=scene.places["general"])  # noqa: C408
        hidden = await scene.ask(scene.outsider, line, **ask)  # type: ignore[arg-type]

        world.show(layoffs)
        await scene.bot.wait_until_settled()
        shown = await scene.ask(scene.outsider, line, **ask)  # type: ignore[arg-type]
        world.delete_channel(layoffs)
        await scene.bot.wait_until_settled()
        gone = await scene.ask(scene.outsider, line, **ask)  # type: ignore[arg-type]

        assert hidden.is_error
        assert "layoffs-q1" in text_of(shown)
        assert gone == hidden


async def test_a_thread_is_seen_like_its_channel_and_a_private_one_by_who_is_in_it(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        world, guild = discord_server.world, scene.guild
        general = scene.places["general"]
        private = world.create_thread(general, scene.insider, "hush", private=True)
        await scene.bot.wait_until_settled()
        real = scene.bot.client.get_guild(guild.id)
        assert real is not None

        def sees(who: User | None, *path: tuple[int, str]) -> bool:
            steps = [PlaceStep(str(id_), type_) for id_, type_ in path]
            return may_see(real, steps, None if who is None else str(who.id))

        assert sees(None, (general.id, "text channel"))
        assert not sees(None, (private.id, "private thread"), (general.id, "text channel"))
        assert not sees(scene.outsider, (private.id, "private thread"))
        # What discord.py has forgotten: archived threads, by the channel they were in.
        assert sees(None, (7, "thread"), (general.id, "text channel"))
        assert not sees(None, (7, "private thread"), (general.id, "text channel"))
        assert not sees(None, (7, ""), (general.id, "text channel"))
        assert not sees(None, (7, "thread"))
        assert not sees(None)
        layoffs = scene.places["layoffs"].id
        assert not sees(None, (7, "thread"), (layoffs, "text channel"))
        assert not sees(scene.outsider, (layoffs, "text channel"))
        assert sees(scene.insider, (7, "thread"), (layoffs, "text channel"))
        assert not sees(None, (0, "text channel"))

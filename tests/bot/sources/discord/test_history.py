"""History: in which order it is read, what is asked for, and that it can break off anywhere."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.sources.discord.recorder import Recorder
from cred.facts.folding import fold
from storage.log.batch import Batch
from tests.bot.sources.discord.harness import LivingBot, living, reaction
from tests.discord_server import DiscordServer
from tests.discord_server.model import Channel, Guild, Message, User

DAY_MS = 24 * 60 * 60 * 1000
START, START_MS = "2025-01-01", 1_735_689_600_000
"""More than a week ago, so nothing is read again just for being recent."""
LATER = "2025-02-01"


@dataclass
class Garden:
    """Ten messages in one channel, some with reactions, on a server that the bot reads."""

    server: DiscordServer
    guild: Guild = field(init=False)
    general: Channel = field(init=False)
    people: list[User] = field(init=False)
    messages: list[Message] = field(init=False)
    reactions: set[tuple[str, str, str]] = field(init=False)

    def __post_init__(self) -> None:
        world = self.server.world
        self.guild = world.guild("Common Garden")
        self.general = world.channel(self.guild, "general")
        self.people = [world.member(self.guild, f"gardener {n}") for n in range(3)]
        first, second, third = self.people
        self.messages = [
            world.post(self.general, first, f"message {n}", at_ms=START_MS + n * 60_000)
            for n in range(10)
        ]
        self.reactions = set()
        for number, users, emoji in (
            (1, [first], "🌱"),
            (1, [second, third], "🍎"),
            (2, [first, second, third], "🌱"),
            (6, [third], "🌱"),
            (9, [second], "🍎"),
        ):
            for user in users:
                world.react(self.messages[number], user, emoji, burst=number == 6)
                text = f"{emoji} super" if number == 6 else emoji
                self.reactions.add(reaction(self.messages[number], user, text))

    @property
    def posts(self) -> set[str]:
        return {str(message.id) for message in self.messages}

    def reactor_requests(self, since: int = 0) -> list[str]:
        """Return the requests for reactors, and which page of them, since so many requests."""
        return [
            f"{request.path} {request.query}"
            for request in self.server.requests[since:]
            if "/reactions/" in request.path
        ]


@pytest.fixture
def garden(discord_server: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> Garden:
    monkeypatch.setattr("bot.sources.discord.reading.history.PAGE", 4)
    monkeypatch.setattr("bot.sources.discord.reading.reactors.PAGE", 2)
    return Garden(discord_server)


async def assert_all_is_recorded_once(bot: LivingBot, garden: Garden) -> None:
    assert await bot.posts(garden.guild) == garden.posts
    assert await bot.reactions(garden.guild) == garden.reactions
    rows = await bot.events(garden.guild)
    facts = Counter(
        (row["kind"], row["target"], row["actor"], row["text"])
        for row in rows
        if row["kind"] in {"posted", "reacted", "unreacted"}
    )
    assert set(facts.values()) == {1}
    assert len(facts) == len(garden.posts) + len(garden.reactions)


async def test_a_page_of_posts_is_recorded_before_anybody_is_asked_who_reacted(
    garden: Garden, tmp_path: Path
) -> None:
    hold = garden.server.limits.hold("GET", "*/reactions/*")
    async with living(garden.server, tmp_path, read=False) as bot:
        await hold.reached.wait()
        community = await bot.community(garden.guild)
        posts = fold(await community.log.columns()).posts
        names = {community.directory.contribution(number) for number in posts.target.tolist()}
        hold.release()
        await bot.wait_until_settled()

    assert names == {str(message.id) for message in garden.messages[:4]}


async def test_the_places_of_the_latest_messages_are_read_first(
    discord_server: DiscordServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sources.discord.reading.backfill._PARALLEL_PLACES", 1)
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    old, newest, middle = (world.channel(guild, name) for name in ("old", "newest", "middle"))
    world.channel(guild, "empty")
    thread = world.create_thread(newest, ada, "of the day before yesterday")
    archived = world.create_thread(newest, ada, "archived long ago")
    now_ms = discord_server.clock.now_ms
    for place, days in ((old, 90), (newest, 0), (middle, 5), (thread, 2), (archived, 200)):
        world.post(place, ada, "look", at_ms=now_ms - days * DAY_MS)
    world.archive(archived)

    async with living(discord_server, tmp_path):
        pages = discord_server.requests_matching("GET", "/channels/*/messages")

    order = [int(page.path.split("/")[2]) for page in pages]
    assert order == [newest.id, thread.id, middle.id, old.id, archived.id]


# ── breaking off ──────────────────────────────────────────────────────────────────────────────


class Stops:
    """Stops the bot at the n-th step of a kind: a request, or a record of what was read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, server: DiscordServer) -> None:
        self.reached = asyncio.Event()
        self.steps = 0
        self._released = asyncio.Event()
        self._stop_at: int | None = None
        self._kind = ""
        read, pass_holds = Recorder.read, server.limits.pass_holds

        async def reading(recorder: Recorder, make: Callable[[], Batch]) -> None:
            await self._step("before a record")
            await read(recorder, make)
            await self._step("after a record")

        async def passing(method: str, path: str) -> None:
            if path.startswith("/channels/"):
                await self._step("request")
            await pass_holds(method, path)

        monkeypatch.setattr(Recorder, "read", reading)
        monkeypatch.setattr("bot.sources.discord.runner._FLUSH_SECONDS", 0)  # as if killed
        monkeypatch.setattr(server.limits, "pass_holds", passing)

    async def _step(self, kind: str) -> None:
        if kind != self._kind or self._stop_at is None:
            return
        self.steps += 1
        if self.steps == self._stop_at:
            self.reached.set()
            await self._released.wait()

    @contextlib.asynccontextmanager
    async def stopping(self, kind: str, number: int) -> AsyncIterator[None]:
        self._kind, self._stop_at, self.steps = kind, number, 0
        for event in (self.reached, self._released):
            event.clear()
        try:
            yield
        finally:
            self._stop_at = None
            self._released.set()  # the answer comes when nobody is there


KINDS = ["request", "before a record", "after a record"]


async def break_off(stops: Stops, garden: Garden, folder: Path, kind: str, number: int) -> bool:
    """Run the bot until its n-th step, and kill it there; return False if it has fewer."""
    async with (
        stops.stopping(kind, number),
        living(garden.server, folder, read=False) as bot,
    ):
        settled = asyncio.create_task(bot.wait_until_settled())
        reached = asyncio.create_task(stops.reached.wait())
        await asyncio.wait({settled, reached}, return_when=asyncio.FIRST_COMPLETED)
        is_reached = stops.reached.is_set()
        for task in (settled, reached):
            task.cancel()
        await asyncio.gather(settled, reached, return_exceptions=True)
    return is_reached


@pytest.mark.parametrize("kind", KINDS)
async def test_reading_goes_on_wherever_it_broke_off_and_asks_nothing_twice(
    garden: Garden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    garden.server.validating = False
    async with living(garden.server, tmp_path / "whole") as bot:
        await assert_all_is_recorded_once(bot, garden)
    in_one_go = Counter(garden.reactor_requests())
    stops = Stops(monkeypatch, garden.server)
    number = 1
    while True:
        folder, since = tmp_path / str(number), len(garden.server.requests)
        if not await break_off(stops, garden, folder, kind, number):
            break
        async with living(garden.server, folder) as bot:
            await assert_all_is_recorded_once(bot, garden)
        again = Counter(garden.reactor_requests(since)) - in_one_go
        of_messages = {request.split("/")[4] for request in again}
        assert len(of_messages) <= 1, "only what was asked when it broke off"
        number += 1
    assert number > 5


@pytest.mark.parametrize("kind", KINDS)
async def test_so_does_reading_backwards(
    garden: Garden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    garden.server.validating = False
    stops = Stops(monkeypatch, garden.server)
    number = 1
    while True:
        folder = tmp_path / str(number)
        hold = garden.server.limits.hold("GET", "*/messages")
        async with living(garden.server, folder, read=False) as bot:
            await hold.reached.wait()
            await choose(bot, garden, "history.start", LATER)
            bot.runner.settings_changed(str(garden.guild.id))
            hold.release()
            assert await bot.posts(garden.guild) == set()
            await choose(bot, garden, "history.start", START)
        since = len(garden.server.requests)
        if not await break_off(stops, garden, folder, kind, number):
            break
        async with living(garden.server, folder) as bot:
            await assert_all_is_recorded_once(bot, garden)
        twice = {
            path: count
            for path, count in Counter(garden.reactor_requests(since)).items()
            if count > 1
        }
        assert len({path.split("/")[4] for path in twice}) <= 1
        number += 1
    assert number > 3


async def choose(bot: LivingBot, garden: Garden, key: str, value: str) -> None:
    community = await bot.community(garden.guild)
    await community.settings.set({key: value}, author="ada", reason="test", now_ms=2 * START_MS)


# ── what is asked ─────────────────────────────────────────────────────────────────────────────


async def test_a_reaction_of_the_bot_itself_is_known_without_asking(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    ada = world.member(guild, "ada")
    message = world.post(world.channel(guild, "general"), ada, "look")
    world.react(message, world.bot, "🤖")

    async with living(discord_server, tmp_path) as bot:
        assert await bot.reactions(guild) == {reaction(message, world.bot, "🤖")}
    world.react(message, ada, "🤖")
    world.unreact(message, world.bot, "🤖")
    assert not discord_server.requests_matching("GET", "*/reactions/*")

    async with living(discord_server, tmp_path) as bot:
        assert await bot.reactions(guild) == {reaction(message, ada, "🤖")}


@pytest.mark.parametrize(("reactors", "requests"), [(99, 1), (100, 1), (101, 2)])
async def test_no_page_of_reactors_is_asked_for_that_must_be_empty(
    discord_server: DiscordServer, tmp_path: Path, reactors: int, requests: int
) -> None:
    world = discord_server.world
    guild = world.guild("Common Garden")
    people = [world.member(guild, f"gardener {number}") for number in range(reactors)]
    message = world.post(world.channel(guild, "general"), people[0], "look")
    for person in people:
        world.react(message, person, "🌱")

    async with living(discord_server, tmp_path) as bot:
        assert len(await bot.reactions(guild)) == reactors
    assert len(discord_server.requests_matching("GET", "*/reactions/*")) == requests


async def test_reactors_whom_the_log_does_not_take_are_not_asked_for_at_every_connection(
    garden: Garden, tmp_path: Path
) -> None:
    world, server = garden.server.world, garden.server
    first, second, _ = garden.people
    async with living(server, tmp_path) as bot:
        world.react(garden.messages[8], first, "🌱")
        await bot.wait_until_settled()
        community = await bot.community(garden.guild)
        number = community.directory.account_number("discord", str(second.id))
        assert number is not None
        await community.identities.set_opted_out(number, START_MS)
        await choose(bot, garden, "discord.reaction-days", "3650")
        world.react(garden.messages[8], second, "🌱")
        world.react(garden.messages[7], first, "🌱")
        world.react(garden.messages[7], first, "🌱", burst=True)
        asked = []
        for _ in range(3):
            since = len(server.requests)
            await connect_anew(bot)
            asked.append(len(garden.reactor_requests(since)))
        async with server.gateway.offline(forget=True):
            world.react(garden.messages[8], garden.people[2], "🌱")
        since = len(server.requests)
        await bot.wait_until_settled()

        assert asked[1:] == [0, 0]
        assert asked[0] > 0
        assert len(garden.reactor_requests(since)) > 0, "the count is another"
        assert reaction(garden.messages[8], garden.people[2], "🌱") in await bot.reactions(
            garden.guild
        )


async def connect_anew(bot: LivingBot) -> None:
    gateway = bot.server.gateway
    connections = gateway.counts["identify"]
    async with gateway.offline(forget=True):
        pass
    await gateway.wait_until(lambda: gateway.counts["identify"] > connections)
    await bot.wait_until_settled()


# ── what is said meanwhile ────────────────────────────────────────────────────────────────────


async def test_the_community_knows_how_far_each_place_is_while_it_is_read(
    garden: Garden, tmp_path: Path
) -> None:
    world = garden.server.world
    other = world.channel(garden.guild, "other")
    world.post(other, garden.people[0], "look", at_ms=START_MS - DAY_MS)
    hold = garden.server.limits.hold("GET", f"*/{garden.messages[6].id}/reactions/*")
    async with living(garden.server, tmp_path, read=False) as bot:
        await hold.reached.wait()
        history = (await bot.community(garden.guild)).history
        places = {found.name: found.share for _, found in history.open_places()}
        assert 0.3 < places["general"] < 0.6, "of ten messages, those of the first page"
        hold.release()
        await bot.wait_until_settled()
        assert not history.open_places()
        assert history.share() == 1.0

    hold = garden.server.limits.hold("GET", "*/messages")
    async with living(garden.server, tmp_path, read=False) as bot:
        await bot.wait_until_settled()
        assert not (await bot.community(garden.guild)).history.open_places(), "all is known"


async def test_a_place_that_is_left_out_amid_its_reading_is_not_said_to_be_read(
    garden: Garden, tmp_path: Path
) -> None:
    hold = garden.server.limits.hold("GET", "*/reactions/*")
    async with living(garden.server, tmp_path, read=False) as bot:
        await hold.reached.wait()
        history = (await bot.community(garden.guild)).history
        assert history.open_places()
        await exclude(bot, garden)
        hold.release()
        await bot.wait_until_settled()

        assert not history.open_places()


async def exclude(bot: LivingBot, garden: Garden) -> None:
    community = await bot.community(garden.guild)
    await community.settings.set(
        {"discord.excluded-channels": [str(garden.general.id)]},
        author="ada",
        reason="test",
        now_ms=2 * START_MS,
    )
    bot.runner.settings_changed(str(garden.guild.id))

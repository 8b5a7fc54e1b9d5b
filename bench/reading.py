"""How many requests reading a Discord server's history takes, on the in-process Discord.

Counts, not times: what Discord allows a second is the same on every machine. The figures are
per 1,000 messages of the server.

python -m bench.reading [--messages 2000]
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bot.sources.discord.harness import living
from tests.discord_server import DiscordServer, running_discord
from tests.discord_server.model import Guild, Message, User

_SEED = 10
_MINUTE_MS = 60_000
_EMOJIS = ("👍", "🎉", "🌱", "❤️")
_CHANNELS = 4


@dataclass(frozen=True, slots=True)
class Run:
    """The requests of one way of reading."""

    name: str
    pages: int
    """Of messages, and messages by themselves."""
    reactors: int
    other: int
    """Lists of members and of threads, and what a connection takes."""

    def per_thousand(self, messages: int) -> tuple[float, float, float]:
        """Return requests for pages, for reactors and in all, per 1,000 messages."""
        figures = self.pages, self.reactors, self.pages + self.reactors + self.other
        return tuple(1000 * figure / messages for figure in figures)  # type: ignore[return-value]


class _Garden:
    """A server: a third of its messages have reactions, a few of them the bot's or super."""

    def __init__(self, server: DiscordServer, messages: int) -> None:
        world, draw = server.world, random.Random(_SEED)
        self.server = server
        self.guild: Guild = world.guild("Common Garden")
        self.people: list[User] = [world.member(self.guild, f"gardener {n}") for n in range(40)]
        channels = [world.channel(self.guild, f"plot {number}") for number in range(_CHANNELS)]
        start_ms = server.clock.now_ms - messages * _MINUTE_MS
        self.messages: list[Message] = []
        for number in range(messages):
            author = draw.choice(self.people)
            channel = channels[number % _CHANNELS]
            at_ms = start_ms + number * _MINUTE_MS
            message = world.post(channel, author, f"message {number}", at_ms=at_ms)
            self.messages.append(message)
            if number % 3 == 0:
                self._react(message, draw)

    def _react(self, message: Message, draw: random.Random) -> None:
        world = self.server.world
        for emoji in draw.sample(_EMOJIS, draw.choice((1, 1, 1, 2))):
            for person in draw.sample(self.people, draw.choice((1, 1, 2, 5))):
                world.react(message, person, emoji)
        draws = draw.random()
        if draws < 0.1:
            world.react(message, world.bot, "🤖")
        elif draws < 0.12:  # an ordinary reaction and a super reaction of one person
            world.react(message, self.people[0], "🔥")
            world.react(message, self.people[0], "🔥", burst=True)

    def react_anew(self, count: int) -> None:
        """Add a reaction of a new kind to some messages."""
        for message in random.Random(_SEED).sample(self.messages, count):
            self.server.world.react(message, self.people[1], "🚀")


async def measure(folder: Path, messages: int) -> list[Run]:
    """Read one server in every way; return the requests of each."""
    runs: list[Run] = []
    async with running_discord() as server:
        server.validating = False
        garden = _Garden(server, messages)

        @contextmanager
        def counting(name: str) -> Iterator[None]:
            before = len(server.requests)
            yield
            runs.append(_run(name, [str(request.path) for request in server.requests[before:]]))

        with counting("first reading"):
            async with living(server, folder / "whole"):
                pass
        with counting("first reading, broken off half-way and taken up again"):
            await _read_in_two_parts(server, folder / "broken", messages)
        with counting("again, nothing new"):
            async with living(server, folder / "whole"):
                pass
        garden.react_anew(10)
        with counting("again, 10 new reactions"):
            async with living(server, folder / "whole"):
                pass
        async with living(server, folder / "whole") as bot:
            with counting("connected anew, nothing new"):
                connections = server.gateway.counts["identify"]
                async with server.gateway.offline(forget=True):
                    pass
                await server.gateway.wait_until(
                    lambda: server.gateway.counts["identify"] > connections
                )
                await bot.wait_until_settled()
    return runs


async def _read_in_two_parts(server: DiscordServer, folder: Path, messages: int) -> None:
    """Break the bot off after so many requests that it is in the middle of its pages."""
    goal = len(server.requests) + messages // 5
    async with living(server, folder, read=False):
        await server.until(lambda: len(server.requests) >= goal)
    async with living(server, folder):
        pass


def _run(name: str, paths: Sequence[str]) -> Run:
    reactors = sum("/reactions/" in path for path in paths)
    pages = sum("/messages" in path for path in paths) - reactors
    return Run(name, pages, reactors, len(paths) - pages - reactors)


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.reading", description=__doc__)
    parser.add_argument("--messages", type=int, default=2000, help="size of the server")
    messages = parser.parse_args().messages
    with tempfile.TemporaryDirectory(prefix="credbot-bench-") as folder:
        runs = asyncio.run(measure(Path(folder), messages))
    print(f"Requests per 1,000 messages, on a server of {messages:,}\n")
    print(f"{'pages':>8} {'reactors':>9} {'in all':>8}")
    for run in runs:
        pages, reactors, total = run.per_thousand(messages)
        print(f"{pages:8.1f} {reactors:9.1f} {total:8.1f}  {run.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

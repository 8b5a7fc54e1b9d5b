"""A server and a forum with places that everybody sees, some see, or nobody but a few.

The real client listens to the server, so that what may be seen is decided by its permissions.
Erin wrote in every place, in each a friend reacted, and in each the insider entered something.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bot.chat.line.parse import parse
from bot.commands.catalogue import build_registry
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.errors import UserError
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.communities import Community
from bot.sources.discord import SOURCE as DISCORD
from bot.sources.discourse import SOURCE as DISCOURSE
from bot.sources.manual import SOURCE as MANUAL
from cred.facts.events import Event, Kind, Provenance
from storage.log.batch import Account, Batch, Gap, Place
from storage.place_tree import PlaceStep
from tests.bot.sources.discord.harness import LivingBot, living
from tests.discord_server import DiscordServer
from tests.discord_server.model import Channel, Guild, Message, User
from tests.discord_server.model import Kind as ChannelKind
from tests.discord_server.permissions import Permission

REGISTRY = build_registry()

OPEN = ("general", "public thread")
HIDDEN = ("layoffs", "thread of layoffs", "voice", "private thread")
"""Places that the outsider does not see; the insider does."""
SEEN_TOGETHER = frozenset({"layoffs", "thread of layoffs", "voice"})
"""Those of them that the same people see."""
BOARDROOM = "boardroom"
"""A category of the forum that was public once; of which user sees it now, nothing is known."""
LOBBY, BOARD = "c40001", "c40009"
OPEN_TOPIC, OPEN_POST = "t40001", "post:40011"
HIDDEN_TOPIC, HIDDEN_POST = "t40009", "post:40019"


@dataclass
class Scene:
    """Who asks, and what must not be told to whom."""

    bot: LivingBot
    guild: Guild
    community: Community
    insider: User
    outsider: User
    erin: User
    places: dict[str, Channel]
    messages: dict[str, Message]
    friends: dict[str, User]
    """Who reacted to them, by place."""
    entries: dict[str, list[str]] = field(default_factory=dict)
    """The words that were entered, by place."""

    async def ask(
        self, who: User, line: str, *, private: bool = False, place: str = "general"
    ) -> Reply:
        """Ask on the server."""
        account, here = ("discord", str(who.id)), str(self.places[place].id)
        return await self._ask(account, line, private=private, here=here)

    async def ask_on_forum(self, line: str, *, private: bool, topic: str) -> Reply:
        """Ask on the forum, as Erin."""
        return await self._ask(("discourse", "7"), line, private=private, here=topic)

    async def _ask(
        self, asker: tuple[str, str], line: str, *, private: bool, here: str
    ) -> Reply:
        """Ask as the chats do; see `bot/chat/discord/chat.py`."""
        source, account = asker
        now_ms = self.bot.server.clock.now_ms
        try:
            invocation = parse(line, REGISTRY, source, now_ms)
        except UserError as error:
            return Reply(title=error.title, text=str(error))
        visibility = self.community.visibility
        return await dispatch(
            invocation.command,
            Request(
                community=self.community,
                source=source,
                actor=account,
                actor_name="Somebody",
                is_admin=True,
                arguments=invocation.arguments,
                now_ms=now_ms,
                place=here,
                is_private=private,
                sees=visibility.for_account(source, account)
                if private
                else visibility.for_readers(source, here),
            ),
        )

    def link(self, name: str) -> str:
        message = self.messages[name]
        return f"https://discord.com/channels/{self.guild.id}/{message.channel.id}/{message.id}"

    def marks(self, *names: str) -> set[str]:
        """Return what would give away places, what was posted and entered, and who reacted."""
        marks = {f"of friend of {name}" for name in names}
        marks |= {word for name in names for word in self.entries.get(name, ())}
        for name in names:
            if name == BOARDROOM:
                marks |= {"council-hall", BOARD, HIDDEN_TOPIC, HIDDEN_POST}
            else:
                place, message = self.places[name], self.messages[name]
                marks |= {place.name, str(place.id), str(message.id)}
        return marks

    def lines(self) -> list[str]:
        """Return every command as its examples have it, about Erin, and about each thing.

        Last come those that end something: whoever has opted out is told of nothing more.
        """
        numbers = range(1, 2 * len(self.places) + 1)
        things = [self.link(name) for name in self.messages]
        things += [f"{type_}:{n}" for type_ in ENTRY_TYPES for n in numbers]
        lines = [line for command in REGISTRY.commands for line in command.examples]
        for command in REGISTRY.commands:
            lines += [command.line, f"{command.line} <@{self.erin.id}>"]
            if command.parameters and command.line not in WRITES:
                lines += [f"{command.line} {thing}" for thing in (*things, *numbers)]
            if len(command.parameters) > 1 and command.line not in WRITES:
                lines += [f"{command.line} 1 {thing}" for thing in things]
        return sorted(dict.fromkeys(lines), key=_ends_something)


WRITES = ("contrib add", "contrib reject", "initiative open")
"""Commands that take any words; a link among them is told again, since the asker wrote it."""
ENTRY_TYPES = ("thanks", "contribution", "initiative")


def _ends_something(line: str) -> int:
    order = ("contrib withdraw", "initiative remove", "me optin", "me optout", "me erase")
    return next((at for at, start in enumerate(order, 1) if line.startswith(start)), 0)


def text_of(reply: Reply) -> str:
    return str(asdict(reply))


@asynccontextmanager
async def scenes(server: DiscordServer, folder: Path) -> AsyncIterator[Scene]:
    world = server.world
    guild = world.guild("Common Garden")
    insider, outsider, erin = (world.member(guild, n) for n in ("ines", "otto", "erin"))
    role = world.role(guild, "council")
    keeper = world.role(guild, "keeper", permissions=Permission.MANAGE_THREADS)
    world.set_roles(guild, world.bot, keeper)
    for user in (insider, erin):
        world.set_roles(guild, user, role, keeper)
    general = world.channel(guild, "general")
    layoffs = world.channel(guild, "layoffs-q1", hidden=True)
    for who in (role, world.bot):
        world.overwrite(layoffs, who, allow=Permission.VIEW_CHANNEL)
    voice = world.channel(guild, "war-room", kind=ChannelKind.VOICE)
    world.overwrite(voice, guild.everyone, deny=Permission.CONNECT)
    for who in (role, world.bot):
        world.overwrite(voice, who, allow=Permission.CONNECT)
    places = {
        "general": general,
        "layoffs": layoffs,
        "thread of layoffs": world.create_thread(layoffs, erin, "who-goes-first"),
        "public thread": world.create_thread(general, erin, "seedlings-here"),
        "voice": voice,
        "private thread": world.create_thread(general, insider, "hush-hush", private=True),
    }
    messages, friends = {}, {}
    for name, place in places.items():
        messages[name] = world.post(place, erin, f"words for <@{outsider.id}>")
        friends[name] = world.member(guild, f"friend of {name}")
        world.set_roles(guild, friends[name], role, keeper)
        world.react(messages[name], friends[name], "🌱")
        world.react(messages[name], insider, "🍅")
    async with living(server, folder, sources=(DISCORD, DISCOURSE, MANUAL)) as bot:
        community = await bot.community(guild)

        def may_see(
            source: str,
            path: Sequence[PlaceStep],
            account: str | None,
            here: Sequence[PlaceStep],
        ) -> bool:
            if source == "discourse":  # `tests/bot/sources/discourse` has the real decision
                return any(step.id == LOBBY for step in path)
            return bot.runner.may_see(str(guild.id), path, account, here)

        community.visibility.may_see = may_see
        await community.log.append(_forum(server.clock.now_ms))
        scene = Scene(bot, guild, community, insider, outsider, erin, places, messages, friends)
        for name in places:
            await _enter(scene, name)
        await community.scoring.recompute(server.clock.now_ms)
        yield scene


async def _enter(scene: Scene, name: str) -> None:
    """Enter thanks, work that is approved, work that is rejected, and an initiative."""
    mark, erin = name.replace(" ", "-"), f"<@{scene.erin.id}>"
    scene.entries[name] = words = [
        f"{word}-{mark}" for word in ("kindness", "ledgers", "papers", "nonsense", "outing")
    ]
    thanks, done, refused, why, outing = words
    friend = scene.friends[name]
    number = 2 * list(scene.places).index(name) + 1
    for who, line in (
        (friend, f"thanks {erin} for {thanks}"),
        (scene.insider, f"contrib add “{done}” {erin}"),
        (friend, f"contrib approve {number}"),
        (scene.insider, f"contrib add “{refused}” {erin}"),
        (friend, f"contrib reject {number + 1} {why}"),
        (scene.insider, f"initiative open “{outing}”"),
    ):
        reply = await scene.ask(who, line, place=name)
        assert not reply.is_error, (line, reply)


def _forum(now_ms: int) -> Batch:
    """Return a forum with a post in each of two categories, one of them private by now."""

    def event(kind: Kind, **more: Any) -> Event:
        return Event(
            source="discourse",
            kind=kind,
            at_ms=now_ms,
            seen_ms=now_ms,
            provenance=Provenance.LIVE,
            **more,
        )

    names = ("lobby", BOARDROOM)
    events = []
    for category, topic, post, liker in (
        (LOBBY, OPEN_TOPIC, OPEN_POST, "1"),
        (BOARD, HIDDEN_TOPIC, HIDDEN_POST, "2"),
    ):
        events += [
            event(Kind.PLACE_CHANGED, place=topic, object=category),
            event(Kind.ROLES_CHANGED, actor=liker, text="trust:2"),
            event(Kind.POSTED, actor="7", target=post, place=topic, text="post", value=9),
            event(Kind.REACTED, actor=liker, target=post, place=topic, text="like"),
        ]
    people = [
        Account("discourse", str(number), "user", f"friend of {name}")
        for number, name in enumerate(names, 1)
    ]
    return Batch(
        tuple(events),
        (*people, Account("discourse", "7", "user", "erin-of-the-forum")),
        places=(
            Place("discourse", LOBBY, "lobby", None),
            Place("discourse", BOARD, "council-hall", None),
        ),
        gaps=(Gap("discourse", BOARD, now_ms, None, "the category is private"),),
    )

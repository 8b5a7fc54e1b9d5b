"""A small community for tests of commands: real storage, real scoring, invented people.

Twelve weeks up to `NOW_MS`. Ada writes and is liked, Grace and Linus less; Bee is a bot; two
people are called Sam; `fill` makes as many more as a board's pages need.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.commands.catalogue import build_registry
from bot.commands.kit.arguments import Argument
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.communities import Communities, Community
from bot.community.settings.configured_source import GetSetting
from bot.community.settings.definitions import Definition
from bot.community.settings.references import Reader
from bot.sources.discord.declaration import DECLARATION
from bot.sources.discord.graph import build_structure
from bot.sources.discord.settings import DEFINITIONS, KEY_READERS, Rules, read_rules
from bot.sources.manual import SOURCE as MANUAL
from cred.epochs import WEEK_MS
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import Event, Kind, Provenance
from cred.graph.structure import Structure
from cred.graph.weights import Declaration
from storage.log.batch import Account, Batch, Place

NOW_MS = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() * 1000)
"""A Friday."""
FIRST_MS = int(datetime(2026, 9, 6, tzinfo=UTC).timestamp() * 1000)
"""The Sunday of the first week."""

ADA, GRACE, LINUS, BEE, SAM, OTHER_SAM, QUIET = (str(900_000_000_000_000 + n) for n in range(7))
NAMES = {
    ADA: "Ada",
    GRACE: "Grace",
    LINUS: "Linus",
    BEE: "Bee",
    SAM: "Sam",
    OTHER_SAM: "sam",
    QUIET: "Quiet",
}
GENERAL = "500000000000001"
GUILD = 700_000_000_000_001


class DiscordGraph:
    """The pure half of the Discord source."""

    name = "discord"
    declaration: Declaration = DECLARATION
    definitions: tuple[Definition, ...] = DEFINITIONS
    key_readers: Mapping[str, Reader] = KEY_READERS

    def rules(self, read: GetSetting) -> Rules:
        return read_rules(read)

    def build_structure(
        self, activity: Activity, directory: Directory, rules: object
    ) -> Structure:
        assert isinstance(rules, Rules)
        return build_structure(activity, directory, rules)


def post(
    number: int, author: str, week: int, reactors: Sequence[str], mentions: Sequence[str] = ()
) -> list[Event]:
    """Return the events of a message with its reactions, on the week's Monday."""
    at_ms = FIRST_MS + week * WEEK_MS + 26 * 3_600_000 + number
    target = str(800_000_000_000_000 + number)

    def event(kind: Kind, actor: str, **more: object) -> Event:
        return Event(
            source="discord",
            kind=kind,
            at_ms=at_ms,
            seen_ms=at_ms,
            provenance=Provenance.LIVE,
            actor=actor,
            target=target,
            place=GENERAL,
            **more,  # type: ignore[arg-type]
        )

    return [
        event(Kind.POSTED, author, value=20),
        *(event(Kind.MENTIONED, author, object=mention, value=1) for mention in mentions),
        *(event(Kind.REACTED, reactor, text="👍") for reactor in reactors),
    ]


def story(fill: int = 0) -> Batch:
    """Return everything that happened in the community."""
    events: list[Event] = []
    number = 0
    for week in range(11):
        for author, reactors in (
            (ADA, [GRACE, LINUS, SAM][: 1 + week % 3]),
            (GRACE, [ADA, LINUS] if week % 2 else [ADA]),
            (BEE, [LINUS]),
        ):
            number += 1
            events += post(number, author, week, reactors, mentions=[LINUS] * (week == 3))
    number += 1
    events += post(number, OTHER_SAM, 5, [ADA])
    more = [str(910_000_000_000_000 + index) for index in range(fill)]
    for member in more:
        number += 1
        events += post(number, member, number % 11, [ADA])
    accounts = [
        Account("discord", id_, "bot" if id_ == BEE else "user", name)
        for id_, name in NAMES.items()
    ]
    accounts += [
        Account("discord", member, "user", f"Member {n}") for n, member in enumerate(more)
    ]
    return Batch(
        events=tuple(events),
        accounts=tuple(accounts),
        places=(Place("discord", GENERAL, "general", "text channel"),),
    )


@asynccontextmanager
async def communities(data_dir: Path) -> AsyncIterator[Communities]:
    """Open communities with the Discord graph, what is entered by hand, and one worker."""
    with ThreadPoolExecutor(1) as worker:
        async with Communities(data_dir, [DiscordGraph(), MANUAL], worker) as opened:
            yield opened


async def garden(
    opened: Communities,
    *,
    fill: int = 0,
    scored: bool = True,
    guild: int = GUILD,
    real: Mapping[str, str] | None = None,
) -> Community:
    """Return the community with everything in it.

    `real` gives the ids that some of the invented people have on a stand-in of Discord.
    """
    community = await opened.get_or_create(f"discord-{guild}", "Garden", "discord", str(guild))
    await community.log.append(_with_real_ids(story(fill), real or {}))
    await community.directory.refresh()
    if scored:
        await community.scoring.recompute(NOW_MS)
    return community


def _with_real_ids(batch: Batch, real: Mapping[str, str]) -> Batch:
    def real_id(id_: str | None) -> str | None:
        return None if id_ is None else real.get(id_, id_)

    events = tuple(
        replace(event, actor=real_id(event.actor), object=real_id(event.object))
        for event in batch.events
    )
    accounts = tuple(
        replace(account, id=real.get(account.id, account.id)) for account in batch.accounts
    )
    return replace(batch, events=events, accounts=accounts)


def request(
    community: Community,
    *,
    actor: str = ADA,
    is_admin: bool = False,
    prefix: str = "!",
    is_private: bool = False,
    perhaps: str = "",
    **arguments: Argument,
) -> Request:
    """Return a request, by Ada unless somebody else is given."""
    return Request(
        community=community,
        source="discord",
        actor=actor,
        actor_name=NAMES.get(actor, "Somebody"),
        is_admin=is_admin,
        arguments=arguments,
        now_ms=NOW_MS,
        sees=lambda *_: True,
        prefix=prefix,
        is_private=is_private,
        suggestion=perhaps,
    )


async def run(community: Community, line: str, **more: object) -> Reply:
    """Dispatch a command by its name, with arguments as values."""
    command = build_registry().find(line)
    assert command is not None
    return await dispatch(command, request(community, **more))  # type: ignore[arg-type]

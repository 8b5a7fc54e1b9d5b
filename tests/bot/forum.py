"""A made-up forum beside the garden on Discord: posts that its own accounts like.

`ADA_L` is Ada's account and `GRACE_F` Grace's; `NAMESAKE` is somebody else called Ada.
"""

from collections.abc import AsyncIterator, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from bot.community.communities import Communities, Community
from bot.community.settings.configured_source import GetSetting
from bot.community.settings.definitions import Definition
from bot.community.settings.references import Reader
from cred.epochs import WEEK_MS
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import Event, Kind, Provenance
from cred.facts.numbers import distinct
from cred.graph.builder import StructureBuilder
from cred.graph.structure import Structure
from cred.graph.weights import Declaration, EdgeKind, EdgeWeight, Field, NodeKind
from storage.log.batch import Account, Batch
from tests.bot.commands.garden import FIRST_MS, DiscordGraph, garden

NAME = "forum"
ADA_L, GRACE_F, NAMESAKE, LURKER, ROBOT = "1", "2", "3", "4", "5"
NAMES = {ADA_L: "ada_l", GRACE_F: "grace_f", NAMESAKE: "Ada", LURKER: "lurker", ROBOT: "robot"}

_BOTH = (Field.ACCOUNT, Field.CONTRIBUTION)


class Forum:
    """The pure half of the source."""

    name = NAME
    declaration = Declaration(
        source=NAME,
        nodes=(
            NodeKind("user", ("toy", NAME, "USER"), 0.0, (Field.ACCOUNT,)),
            NodeKind("topic", ("toy", NAME, "TOPIC"), 0.0, (Field.CONTRIBUTION,)),
            NodeKind("like", ("toy", NAME, "LIKE"), 1.0, _BOTH),
        ),
        edges=(
            EdgeKind("writes", ("toy", NAME, "WRITES"), EdgeWeight(0.25, 1), _BOTH),
            EdgeKind("likes", ("toy", NAME, "LIKES"), EdgeWeight(1, 0.1), _BOTH),
            EdgeKind("is liked", ("toy", NAME, "LIKED"), EdgeWeight(1, 0.1), _BOTH),
        ),
    )
    definitions: tuple[Definition, ...] = ()
    key_readers: Mapping[str, Reader] = {}

    def rules(self, read: GetSetting) -> Hashable:
        del read
        return ()

    def build_structure(
        self, activity: Activity, directory: Directory, rules: Hashable
    ) -> Structure:
        del rules
        builder = StructureBuilder(self.declaration, directory)
        number = directory.source_number(NAME)
        likes, posts = activity.reactions, activity.posts
        there = posts.rows(likes.target) >= 0
        mine = np.flatnonzero((likes.source == (number or -1)) & there)
        liked, on = distinct(posts.rows(likes.target[mine]))
        topic, author = posts.target[liked], posts.actor[liked]
        liker, at_ms = likes.actor[mine], likes.at_ms[mine]
        people, person = distinct(np.concatenate([author, liker]))
        users = builder.nodes("user", [people], account=people)[person]
        items = builder.items(len(topic))
        topics = builder.nodes(
            "topic", [topic], at_ms=posts.at_ms[liked], contribution=topic, item=items
        )
        by_author = liker == author[on]
        reviews = builder.reviews(
            item=items[on], reviewer=liker, codes={}, by_author=by_author, void=by_author
        )
        nodes = builder.nodes("like", [liker, topic[on]], at_ms=at_ms, review=reviews)
        builder.edges(
            "writes",
            [author, topic],
            source=users[: len(topic)],
            target=topics,
            at_ms=posts.at_ms[liked],
            item=items,
        )
        builder.edges(
            "likes",
            [liker, topic[on]],
            source=users[len(topic) :],
            target=nodes,
            at_ms=at_ms,
            review=reviews,
        )
        builder.edges(
            "is liked",
            [liker, topic[on]],
            source=nodes,
            target=topics[on],
            at_ms=at_ms,
            review=reviews,
        )
        return builder.build()


def topic(number: int, author: str, week: int, likers: tuple[str, ...]) -> list[Event]:
    """Return the events of a topic with its likes, on the week's Tuesday."""
    at_ms = FIRST_MS + week * WEEK_MS + 50 * 3_600_000 + number
    shared = {"source": NAME, "at_ms": at_ms, "seen_ms": at_ms, "provenance": Provenance.LIVE}
    target = f"topic:{number}"
    return [
        Event(kind=Kind.POSTED, actor=author, target=target, **shared),  # type: ignore[arg-type]
        *(
            Event(kind=Kind.REACTED, actor=liker, target=target, text="like", **shared)  # type: ignore[arg-type]
            for liker in likers
        ),
    ]


def story() -> Batch:
    """Return everything that happened."""
    events: list[Event] = []
    for week in range(10):
        events += topic(3 * week, ADA_L, week, (GRACE_F, NAMESAKE))
        events += topic(3 * week + 1, GRACE_F, week, (ADA_L,))
        events += topic(3 * week + 2, NAMESAKE, week, (ADA_L, ROBOT))
    accounts = tuple(
        Account(NAME, account, "bot" if account == ROBOT else "user", name)
        for account, name in NAMES.items()
    )
    return Batch(events=tuple(events), accounts=accounts)


@asynccontextmanager
async def both_places(data_dir: Path, *, scored: bool = True) -> AsyncIterator[Community]:
    """Open the garden together with the forum."""
    with ThreadPoolExecutor(1) as worker:
        async with Communities(data_dir, [DiscordGraph(), Forum()], worker) as opened:
            community = await garden(opened, scored=False)
            await community.log.append(story())
            await community.directory.refresh()
            if scored:
                await community.scoring.recompute(FIRST_MS + 11 * WEEK_MS)
            yield community


@asynccontextmanager
async def reopen(data_dir: Path) -> AsyncIterator[Community]:
    """Open again what `both_places` made, or a copy of it."""
    with ThreadPoolExecutor(1) as worker:
        async with Communities(data_dir, [DiscordGraph(), Forum()], worker) as opened:
            (slug,) = opened.slugs()
            yield await opened.get_existing(slug)

"""A forum beside a server where anything happens: both engines give the same scores."""

import random
from dataclasses import dataclass, replace

import pytest

from bot.sources.discourse.declaration import PREFIX
from bot.sources.discourse.graph import build_structure
from bot.sources.discourse.settings import Rules
from bot.sources.discourse.subjects import IN, LIKE, NAME, QUOTES, REFERS
from cred.epochs import WEEK_MS
from cred.facts.activity import Activity
from cred.facts.events import Event, Kind, Provenance
from cred.graph.merging import merge_structures
from cred.graph.structure import Structure
from cred.graph.weights import EdgeWeight, FactorTable
from tests.bot.community.scoring.histories import Server, compare_engines

KINDS = (
    *(
        Kind.EDITED,
        Kind.DELETED,
        Kind.RESTORED,
        Kind.REPLIED,
        Kind.MENTIONED,
        Kind.PLACE_CHANGED,
    ),
    *(Kind.ROLES_CHANGED, Kind.ROLES_CHANGED, Kind.LINKED, Kind.UNLINKED, Kind.UNLINKED),
    Kind.AUTHORED,
    *(*[Kind.POSTED] * 5, *[Kind.REACTED] * 9, *[Kind.UNREACTED] * 3, *[Kind.REFERENCED] * 7),
)
"""What may happen, as often as it is listed."""


@dataclass
class Forum(Server):
    """A forum beside a server, where anything may happen, sensible or not."""

    def __post_init__(self) -> None:
        super().__post_init__()
        some = self.chance.choice
        self.forum_rules = Rules(
            home="https://forum.example.org",
            excluded_categories=frozenset(some([[], ["6"], ["7"]])),
            start_ms=self.rules.beginning_ms,
            include_bots=some([True, False]),
        )
        self.weights = replace(
            self.weights,
            edges={
                **self.weights.edges,
                (*PREFIX, "quotes"): EdgeWeight(1.0, 0.5),
                (*PREFIX, "topicHasLikedPost"): EdgeWeight(2.0, 0.5),
            },
            factors={
                **self.weights.factors,
                "category": FactorTable(1.0, {"5": 2.0}),
                "tag": FactorTable(1.0, {"good": 3.0, "bad": 0.0}),
            },
        )
        self.log.directory.kinds["-1"] = "bot"

    def build_structure(self, activity: Activity) -> Structure:
        forum = build_structure(activity, self.log.directory, self.forum_rules)
        return merge_structures([super().build_structure(activity), forum])

    def _event(self) -> Event:
        some = self.chance.choice
        if self.chance.random() < 0.3:
            return super()._event()
        kind = some(KINDS)
        at_ms = self.now_ms + self.chance.randrange(WEEK_MS)
        about = Event(
            source=NAME, kind=kind, at_ms=at_ms, seen_ms=at_ms, provenance=Provenance.LIVE
        )
        who = some(["-1", "1", "2", "3", "4", "5"])
        if kind in {Kind.PLACE_CHANGED, Kind.ROLES_CHANGED, Kind.LINKED, Kind.UNLINKED}:
            return self._about_people_or_places(about, who)
        topic, post, other = some("12345"), *self.chance.sample(range(1, 16), 2)
        thing = some([f"post:{post}", f"post:{post}", f"topic:{topic}"])
        if kind is Kind.POSTED:
            sort = thing.partition(":")[0]
            return replace(about, actor=who, target=thing, place=f"t{topic}", text=sort)
        if kind in {Kind.DELETED, Kind.RESTORED, Kind.EDITED}:
            return replace(about, actor=who, target=thing)
        if kind is Kind.AUTHORED:
            return replace(about, actor=some([who, who, None]), target=thing)
        about = replace(about, actor=who, target=f"post:{post}")
        match kind:
            case Kind.REACTED | Kind.UNREACTED:
                about = replace(about, text=LIKE)
            case Kind.MENTIONED:
                about = replace(about, object=some("12345"), value=self.chance.randrange(3))
            case Kind.REFERENCED:
                sort = some([IN, IN, REFERS, QUOTES])
                named = f"topic:{topic}" if sort == IN else some([thing, f"post:{other}"])
                about = replace(about, object=named, text=sort, value=some([0, 1, 1, 2]))
            case _:
                about = replace(about, object=f"post:{other}")
        return about

    def _about_people_or_places(self, about: Event, who: str) -> Event:
        some = self.chance.choice
        if about.kind is Kind.ROLES_CHANGED:
            return replace(about, actor=who, text=f"trust:{some('01234')}")
        if about.kind in {Kind.LINKED, Kind.UNLINKED}:
            return replace(about, actor=who, object=some("abcdef"), object_source="discord")
        if self.chance.random() < 0.25:
            return replace(about, place="c6", object=some([None, "c5", "c7"]), text="category")
        tags = some(["", "", "good", "bad", "bad,good", "other"])
        return replace(
            about, place=f"t{some('12345')}", object=some([None, "c5", "c6"]), text=tags
        )


@pytest.mark.parametrize("seed", range(8))
def test_engines_agree_after_long_histories_of_a_forum_beside_a_server(seed: int) -> None:
    assert compare_engines(Forum(random.Random(seed))) > 15

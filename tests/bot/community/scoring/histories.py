"""Long histories at random, in which anything happens, also what makes little sense."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol

import numpy as np

from bot.sources.discord.graph import build_structure
from bot.sources.discord.settings import Departed, Rules
from cred.credrank import Engine, credrank
from cred.epochs import WEEK_MS
from cred.errors import InvalidInputError
from cred.facts.activity import Activity, fold
from cred.facts.events import Event, Kind, Provenance
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import participants_by_account, person_of_accounts
from cred.graph.structure import ABSENT, Structure
from cred.graph.weighting import apply_weights
from cred.graph.weights import EdgeWeight, FactorTable, Weights
from tests.memory_log import MemoryLog

KINDS = (
    *(Kind.EDITED, Kind.DELETED, Kind.RESTORED, Kind.REPLIED, Kind.MENTIONED),
    *(Kind.JOINED, Kind.LEFT, Kind.ROLES_CHANGED, Kind.PLACE_CHANGED),
    *(Kind.LINKED, *[Kind.UNLINKED] * 2),
    *(*[Kind.POSTED] * 4, *[Kind.REACTED] * 9, *[Kind.UNREACTED] * 3),
)
"""What may happen, as often as it is listed."""


class History(Protocol):
    """What happens, a step at a time."""

    def happen(self) -> None:
        """Let something happen."""
        ...

    def graph(self) -> ContributionGraph:
        """Return the graph of all that happened."""
        ...


@dataclass
class Server:
    """A server where anything happens, in any order, also what makes little sense."""

    chance: random.Random
    log: MemoryLog = field(default_factory=MemoryLog)
    now_ms: int = 10 * WEEK_MS
    people: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    """Whose accounts are, where not their own; "" for who opted out."""

    def __post_init__(self) -> None:
        some = self.chance.choice
        self.rules = Rules(
            props_channels=frozenset(some([[], ["c1"], ["c9"]])),
            simplify=self.chance.random() < 0.2,
            departed=some(list(Departed)),
            beginning_ms=some([None, 10 * WEEK_MS + WEEK_MS // 2]),
        )
        self.weights = Weights(
            nodes={("sourcecred", "discord", "MESSAGE"): 1.0} if self.rules.simplify else {},
            edges={("sourcecred", "discord", "REPLIES"): EdgeWeight(1.0, 0.5)},
            factors={
                "role": FactorTable(1.0, {"r1": 3.0, "r2": 0.5}),
                "emoji": FactorTable(1.0, {"y": 0.0}),
            },
            averaging=some([None, 0.3]),
        )

    def happen(self) -> None:
        """Let something happen, and sometimes an account be somebody else's."""
        if self.chance.random() < 0.1:
            self.now_ms += WEEK_MS // 2
        many = self.chance.choice([1, 1, 1, 5, 20])
        self.log.append([self._event() for _ in range(many)])
        if self.chance.random() < 0.15:
            self._relink()

    def _relink(self) -> None:
        """Let an account be another person's, its own again, or nobody's."""
        account = self.chance.randrange(1, 7)
        people = dict(self.people)
        if account in people:
            del people[account]
        else:
            people[account] = self.chance.choice(["", str(self.chance.randrange(1, 7))])
        self.people = MappingProxyType(people)

    def graph(self) -> ContributionGraph:
        activity = fold(self.log.columns())
        structure = self.drawn(activity)
        account = structure.nodes.account
        known = np.unique(account[account != ABSENT]).tolist()
        linked = person_of_accounts(activity.links)
        whose = {
            number: self.people.get(number, str(linked.get(number, number))) for number in known
        }
        return apply_weights(
            structure,
            self.weights,
            participants_by_account(
                structure, {number: one for number, one in whose.items() if one}
            ),
        )

    def drawn(self, activity: Activity) -> Structure:
        return build_structure(activity, self.log.directory, self.rules)

    def _event(self) -> Event:
        some = self.chance.choice
        kind = some(KINDS)
        at_ms = self.now_ms + self.chance.randrange(WEEK_MS)
        about = Event(
            source="discord", kind=kind, at_ms=at_ms, seen_ms=at_ms, provenance=Provenance.LIVE
        )
        who, other = some("abcdef"), some("abcdef")
        what, answered = f"m{self.chance.randrange(15)}", f"m{self.chance.randrange(15)}"
        if kind is Kind.PLACE_CHANGED:
            return replace(
                about,
                place=some(["c1", "c2", "c9"]),
                object=some([None, "c9"]),
                text="text channel",
                value=some([0, 0, 0, 1]),
            )
        if kind is Kind.ROLES_CHANGED:
            return replace(about, actor=who, text=some(["r1", "r2", "r1,r2", ""]))
        if kind in {Kind.JOINED, Kind.LEFT}:
            return replace(about, actor=who)
        if kind in {Kind.LINKED, Kind.UNLINKED}:
            return replace(about, actor=min(who, other), object=max(who, other))
        about = replace(about, target=what)
        match kind:
            case Kind.MENTIONED:
                about = replace(about, actor=who, object=other, value=self.chance.randrange(3))
            case Kind.POSTED:
                about = replace(about, actor=who, place=some(["c1", "c2"]))
            case Kind.REPLIED:
                about = replace(about, actor=who, object=answered)
            case Kind.REACTED | Kind.UNREACTED:
                about = replace(about, actor=who, text=some("xy"))
            case _:
                pass
        return about


def compare_engines(history: History, steps: int = 60) -> int:
    """Let much happen; return how often the reduced system was held to the plain chain."""
    known, compared = None, 0
    for _ in range(steps):
        history.happen()
        graph = history.graph()
        try:
            ranking = credrank(graph, reuse=known)
        except InvalidInputError:
            continue  # nothing mints
        known = ranking.compiled
        plain = credrank(graph, engine=Engine.PLAIN).scores
        np.testing.assert_allclose(ranking.scores.cred, plain.cred, rtol=1e-12, atol=1e-150)
        compared += 1
    return compared

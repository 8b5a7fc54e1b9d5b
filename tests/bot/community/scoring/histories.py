"""Long random histories, in which anything happens, even what makes little sense."""

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
from cred.facts.activity import Activity
from cred.facts.events import Event, Kind, Provenance
from cred.facts.folding import fold
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
"""What can happen; a kind listed more often is more likely."""


class History(Protocol):
    """A history that goes on step by step."""

    def happen(self) -> None:
        """Let something happen next."""
        ...

    def graph(self) -> ContributionGraph:
        """Return the graph of everything so far."""
        ...


@dataclass
class Server:
    """A Discord server where anything happens, in any order."""

    chance: random.Random
    log: MemoryLog = field(default_factory=MemoryLog)
    now_ms: int = 10 * WEEK_MS
    people: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    """Person of an account, if that is another; "" for those who opted out."""

    def __post_init__(self) -> None:
        choose = self.chance.choice
        self.rules = Rules(
            props_channels=frozenset(choose([[], ["c1"], ["c9"]])),
            simplify=self.chance.random() < 0.2,
            departed=choose(list(Departed)),
            beginning_ms=choose([None, 10 * WEEK_MS + WEEK_MS // 2]),
        )
        self.weights = Weights(
            nodes={("sourcecred", "discord", "MESSAGE"): 1.0} if self.rules.simplify else {},
            edges={("sourcecred", "discord", "REPLIES"): EdgeWeight(1.0, 0.5)},
            factors={
                "role": FactorTable(1.0, {"r1": 3.0, "r2": 0.5}),
                "emoji": FactorTable(1.0, {"y": 0.0}),
            },
            averaging=choose([None, 0.3]),
        )

    def happen(self) -> None:
        """Let something happen, and sometimes give an account to somebody else."""
        if self.chance.random() < 0.1:
            self.now_ms += WEEK_MS // 2
        many = self.chance.choice([1, 1, 1, 5, 20])
        self.log.append([self._event() for _ in range(many)])
        if self.chance.random() < 0.15:
            self._relink()

    def _relink(self) -> None:
        """Give an account to another person, to itself again, or to nobody."""
        account = self.chance.randrange(1, 7)
        people = dict(self.people)
        if account in people:
            del people[account]
        else:
            people[account] = self.chance.choice(["", str(self.chance.randrange(1, 7))])
        self.people = MappingProxyType(people)

    def graph(self) -> ContributionGraph:
        activity = fold(self.log.columns())
        structure = self.build_structure(activity)
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
                structure, {number: who for number, who in whose.items() if who}
            ),
        )

    def build_structure(self, activity: Activity) -> Structure:
        return build_structure(activity, self.log.directory, self.rules)

    def _event(self) -> Event:
        choose = self.chance.choice
        kind = choose(KINDS)
        at_ms = self.now_ms + self.chance.randrange(WEEK_MS)
        about = Event(
            source="discord", kind=kind, at_ms=at_ms, seen_ms=at_ms, provenance=Provenance.LIVE
        )
        who, other = choose("abcdef"), choose("abcdef")
        target, answered = f"m{self.chance.randrange(15)}", f"m{self.chance.randrange(15)}"
        if kind is Kind.PLACE_CHANGED:
            return replace(
                about,
                place=choose(["c1", "c2", "c9"]),
                object=choose([None, "c9"]),
                text="text channel",
                value=choose([0, 0, 0, 1]),
            )
        if kind is Kind.ROLES_CHANGED:
            return replace(about, actor=who, text=choose(["r1", "r2", "r1,r2", ""]))
        if kind in {Kind.JOINED, Kind.LEFT}:
            return replace(about, actor=who)
        if kind in {Kind.LINKED, Kind.UNLINKED}:
            return replace(about, actor=min(who, other), object=max(who, other))
        about = replace(about, target=target)
        match kind:
            case Kind.MENTIONED:
                about = replace(about, actor=who, object=other, value=self.chance.randrange(3))
            case Kind.POSTED:
                about = replace(about, actor=who, place=choose(["c1", "c2"]))
            case Kind.REPLIED:
                about = replace(about, actor=who, object=answered)
            case Kind.REACTED | Kind.UNREACTED:
                about = replace(about, actor=who, text=choose("xy"))
            case _:
                pass
        return about


def compare_engines(history: History, steps: int = 60) -> int:
    """Compare the engines after every step; return how often there was something to compare."""
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

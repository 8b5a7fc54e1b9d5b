"""Whatever is entered by hand, both engines give the same scores."""

import random
from dataclasses import dataclass, field

import pytest

from bot.sources.manual import SOURCE
from bot.sources.manual.settings import Rules
from cred.epochs import WEEK_MS
from cred.facts.events import Event, Kind, Provenance
from cred.facts.folding import fold
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import participants_by_account, person_of_accounts
from cred.graph.merging import merge_structures
from cred.graph.structure import ABSENT
from cred.graph.weighting import apply_weights
from cred.graph.weights import EdgeWeight, FactorTable, Weights
from tests.bot.community.scoring.histories import compare_engines
from tests.bot.sources.manual.test_graph import DISCORD, defaults
from tests.memory_log import MemoryLog

WEIGHTS = Weights(
    edges={("credbot", "manual", "FOR"): EdgeWeight(1.0, 0.5)},
    factors={
        "work": FactorTable(1.0, {"code": 2.0}),
        "thanks": FactorTable(1.0, {"3": 0.0}),
        "emoji": FactorTable(1.0, {"y": 0.0}),
    },
)
RULES = Rules(None, 0.25, 3.0)


@dataclass
class Community:
    """A log of messages and entries in any order, some of which make little sense."""

    chance: random.Random
    log: MemoryLog = field(default_factory=MemoryLog)
    now_ms: int = 10 * WEEK_MS

    def happen(self) -> None:
        if self.chance.random() < 0.1:
            self.now_ms += WEEK_MS // 2
        many = self.chance.choice([1, 1, 1, 5, 20])
        self.log.append([self._event() for _ in range(many)])

    def graph(self) -> ContributionGraph:
        activity, names = fold(self.log.columns()), self.log.directory
        structure = merge_structures(
            [
                DISCORD.build_structure(activity, names, DISCORD.rules(defaults)),
                SOURCE.build_structure(activity, names, RULES),
            ]
        )
        person_of = person_of_accounts(activity.links)
        known = {int(account) for account in structure.nodes.account if account != ABSENT}
        people = {number: str(person_of.get(number, number)) for number in sorted(known)}
        return apply_weights(structure, WEIGHTS, participants_by_account(structure, people))

    def _event(self) -> Event:  # noqa: PLR0911 - one per kind
        some = self.chance.choice
        at_ms = self.now_ms + self.chance.randrange(WEEK_MS)
        who, other = some("abcdef"), some("abcdef")
        if self.chance.random() < 0.1:
            kind = some([Kind.LINKED, Kind.UNLINKED])
            return _event("discord", kind, at_ms, actor=min(who, other), object=max(who, other))
        if self.chance.random() < 0.4:
            message = f"m{self.chance.randrange(8)}"
            kind = some([Kind.POSTED, Kind.REACTED, Kind.REACTED, Kind.UNREACTED, Kind.DELETED])
            text = some("xy") if kind in {Kind.REACTED, Kind.UNREACTED} else None
            return _event(
                "discord", kind, at_ms, actor=who, target=message, place="c", text=text
            )
        number = self.chance.randrange(6)
        entry_type = some(["thanks", "contribution", "initiative"])
        entry = f"{entry_type}:{number}"
        text = {"contribution": some(["contribution code", "contribution - 2"])}.get(
            entry_type, entry_type
        )
        match some("ppppmmccsssh" + "rrrrr"):
            case "p":
                return _event("manual", Kind.POSTED, at_ms, actor=who, target=entry, text=text)
            case "m":
                return _event(
                    "manual",
                    Kind.MENTIONED,
                    at_ms,
                    actor=who,
                    target=entry,
                    object=other,
                    value=some([1, 1, 0]),
                )
            case "c":
                return _event(
                    "manual",
                    Kind.CREDITED,
                    at_ms,
                    actor=who,
                    target=entry,
                    object=other,
                    value=self.chance.randrange(4),
                )
            case "s":
                status = some(["approved", "approved", "complete", "rejected", "withdrawn"])
                return _event(
                    "manual", Kind.STATUS_CHANGED, at_ms, actor=who, target=entry, text=status
                )
            case "h":
                return _event(
                    "manual",
                    Kind.CHAMPIONED,
                    at_ms,
                    actor=who,
                    target=entry,
                    object=other,
                    value=some([1, 1, 0]),
                )
            case _:
                return self._refers(entry, at_ms, who)

    def _refers(self, entry: str, at_ms: int, who: str) -> Event:
        some = self.chance.choice
        source, object_ = some(
            [
                ("discord", f"m{self.chance.randrange(8)}"),
                ("manual", f"contribution:{self.chance.randrange(6)}"),
                ("manual", f"initiative:{self.chance.randrange(6)}"),
            ]
        )
        return _event(
            "manual",
            Kind.REFERENCED,
            at_ms,
            actor=who,
            target=entry,
            object=object_,
            object_source=source,
            text=some(["contributes", "depends on", "refers to", "thanks for"]),
            value=some([1, 1, 1, 0]),
        )


def _event(source: str, kind: Kind, at_ms: int, **more: object) -> Event:
    manual = source == "manual"
    ours = {
        "actor_source": "discord" if manual else None,
        "object_source": "discord" if manual else None,
    }
    return Event(
        source=source,
        kind=kind,
        at_ms=at_ms,
        seen_ms=at_ms,
        provenance=Provenance.LIVE,
        **{**ours, **more},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("seed", range(6))
def test_engines_agree_after_long_histories_of_what_is_entered_by_hand(seed: int) -> None:
    assert compare_engines(Community(random.Random(seed))) > 15

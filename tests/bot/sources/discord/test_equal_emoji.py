"""A log that holds one emoji in several spellings counts what one person gave once."""

import numpy as np
import pytest

from bot.sources.discord.graph import build_structure
from bot.sources.discord.settings import Rules
from cred.facts.events import Event, Kind, Provenance
from cred.facts.folding import fold
from cred.graph.identities import participants_by_account
from cred.graph.weighting import apply_weights
from cred.graph.weights import FactorTable, Weights
from tests.memory_log import MemoryLog

PARTY = "920000000000000001"


def an_event(kind: Kind, actor: str, text: str | None = None) -> Event:
    return Event(
        source="discord",
        kind=kind,
        at_ms=1_750_000_000_000,
        seen_ms=1_750_000_000_000,
        provenance=Provenance.LIVE,
        actor=actor,
        target="1",
        place="2",
        text=text,
    )


def total_mint(given: list[tuple[str, str]], key: str = "", weight: float = 1.0) -> float:
    log = MemoryLog()
    log.append(
        [
            an_event(Kind.POSTED, "ada"),
            *(an_event(Kind.REACTED, actor, text) for actor, text in given),
        ]
    )
    structure = build_structure(fold(log.columns()), log.directory, Rules())
    weights = Weights(factors={"emoji": FactorTable(1.0, {key: weight})})
    graph = apply_weights(structure, weights, participants_by_account(structure, {}))
    return float(np.sum(graph.mint))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("❤", "❤️"),
        (f"party:{PARTY}", f"celebrate:{PARTY}"),
        ("🌱", "🌱 super"),
        ("👍🏽", "👍🏽️"),
    ],
)
def test_one_persons_two_spellings_are_one_reaction(first: str, second: str) -> None:
    assert total_mint([("ben", first), ("ben", second)]) == 1
    assert total_mint([("ben", first), ("eve", second)]) == 2


def test_different_emoji_of_one_person_stay_different() -> None:
    assert total_mint([("ben", "👍"), ("ben", "👍🏽"), ("ben", f"party:{PARTY}")]) == 3


@pytest.mark.parametrize(
    ("key", "given"),
    [("❤️", "❤"), (PARTY, f"celebrate:{PARTY}"), (f"party:{PARTY}", f"party:{PARTY} super")],
)
def test_a_weight_is_of_the_emoji_and_not_of_its_spelling(key: str, given: str) -> None:
    assert total_mint([("ben", given)], key, 5.0) == 5

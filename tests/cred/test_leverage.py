"""How far weights can move cred: estimates hold, and equal weights are told as equal."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cred.credrank import Ranking, credrank
from cred.graph.identities import participants_by_account
from cred.graph.structure import Structure
from cred.graph.weighting import apply_weights
from cred.graph.weights import EdgeWeight, FactorTable, Weights
from cred.leverage import Leverage, count_changed, leverages
from tests.cred.community import ANN, BOB, DECLARATION, PEOPLE, Like, community

EMOJI = ("👍", "🌱", "🎉")
LIKES = st.builds(
    Like,
    by=st.integers(1, len(PEOPLE)),
    post=st.integers(0, 2),
    emoji=st.sampled_from([(emoji,) for emoji in EMOJI]),
    roles=st.sampled_from([(), ("keeper",), ("keeper", "guest")]),
    tags=st.sampled_from([(), ("news",), ("news", "help")]),
)
LIKES_OF_THREE = st.lists(LIKES, min_size=1, max_size=12)
WEIGHTS = st.builds(
    lambda emoji, roles, tags: Weights(
        factors={
            "emoji": FactorTable(1.0, emoji),
            "role": FactorTable(1.0, roles),
            "tag": FactorTable(1.0, tags),
        }
    ),
    st.dictionaries(st.sampled_from(EMOJI), st.sampled_from([0.5, 2.0, 3.0])),
    st.dictionaries(st.sampled_from(["keeper", "guest"]), st.sampled_from([0.5, 2.0])),
    st.dictionaries(st.sampled_from(["news", "help"]), st.sampled_from([0.5, 2.0])),
)
TENTH = 1.1


def rank(structure: Structure, weights: Weights) -> Ranking:
    people = participants_by_account(structure, dict(enumerate(PEOPLE, 1)))
    return credrank(apply_weights(structure, weights, people))


def raise_weight(weights: Weights, found: Leverage) -> Weights:
    if found.family == "node":
        kind = next(kind for kind in DECLARATION.nodes if kind.name == found.name)
        value = weights.nodes.get(kind.prefix, kind.weight)
        return replace(weights, nodes={**weights.nodes, kind.prefix: value * TENTH})
    if found.family == "edge":
        edge = next(kind for kind in DECLARATION.edges if kind.name == found.name)
        return replace(
            weights, edges={edge.prefix: EdgeWeight(*(w * TENTH for w in edge.weight))}
        )
    table = weights.factors[found.family]
    if found.name == "default":
        changed = replace(table, default=table.default * TENTH)
    else:
        value = table.values.get(found.name, table.default) * TENTH
        changed = replace(table, values={**table.values, found.name: value})
    return replace(weights, factors={**weights.factors, found.family: changed})


def movement(before: Ranking, after: Ranking) -> float:
    shares = [each.scores.cred.sum(axis=1) / each.scores.cred.sum() for each in (before, after)]
    return float(np.abs(shares[1] - shares[0]).sum()) / 2.0


@given(likes=LIKES_OF_THREE, weights=WEIGHTS, mints_item=st.booleans())
@example(
    likes=[Like(BOB, 1, tags=("news",)), *[Like(BOB, 0)] * 3],
    weights=Weights(factors={name: FactorTable() for name in ("emoji", "role", "tag")}),
    mints_item=True,
)
def test_no_weight_of_mints_moves_twice_its_estimate(
    likes: list[Like], weights: Weights, *, mints_item: bool
) -> None:
    structure = community(likes, (ANN, BOB, ANN), mints_item=mints_item)
    weights = replace(weights, nodes={("chat", "POST"): 1.0})
    before = rank(structure, weights)

    for found in leverages(before, weights):
        # The default of a product is raised once for each key that has no weight of its own.
        if found.family != "edge" and (found.family, found.name) != ("tag", "default"):
            after = rank(structure, raise_weight(weights, found))
            # Of what is minted at different places, different parts accrue to people.
            assert movement(before, after) <= 2.0 * (TENTH - 1.0) * found.estimate, found


@given(LIKES_OF_THREE, WEIGHTS)
def test_what_multiplies_nothing_or_everything_is_not_among_them(
    likes: list[Like], weights: Weights
) -> None:
    structure = community(likes, (ANN, BOB, ANN))

    found = {(each.family, each.name) for each in leverages(rank(structure, weights), weights)}

    assert not {("node", "person"), ("node", "post"), ("node", "like")} & found
    assert {name for family, name in found if family == "emoji"} <= {*EMOJI, "default"}


def test_two_weights_that_multiply_the_same_have_one_part_and_centre() -> None:
    likes = [
        Like(BOB, 0, ("👍",), ("keeper",)),
        Like(BOB, 0, ("🌱",), ()),
        Like(ANN, 1, ("🌱",), ()),
    ]
    structure, weights = community(likes), Weights()

    by_name = {each.name: each for each in leverages(rank(structure, weights), weights)}

    assert by_name["👍"].part == pytest.approx(1 / 3)
    assert by_name["👍"].estimate == pytest.approx(2 / 9)
    assert (by_name["keeper"].part, by_name["keeper"].centre) == pytest.approx(
        (by_name["👍"].part, by_name["👍"].centre)
    )
    assert by_name["🌱"].centre != pytest.approx(by_name["👍"].centre)


def test_parts_of_edges_sum_to_one() -> None:
    structure, weights = community([Like(BOB, 0), Like(ANN, 1)]), Weights()

    parts = [e.part for e in leverages(rank(structure, weights), weights) if e.family == "edge"]

    assert sum(parts) == pytest.approx(1.0)


def test_changed_mints_and_edges_are_counted_even_where_some_are_switched_off() -> None:
    structure = community([Like(BOB, 0), Like(BOB, 1, ("🌱",)), Like(ANN, 1)])
    before = rank(structure, Weights()).graph
    seed = rank(structure, Weights(factors={"emoji": FactorTable(1.0, {"🌱": 3.0})})).graph
    without = rank(structure, Weights(factors={"emoji": FactorTable(1.0, {"🌱": 0.0})})).graph
    wrote = next(kind for kind in DECLARATION.edges if kind.name == "wrote")
    other = rank(structure, Weights(edges={wrote.prefix: EdgeWeight(2.0, 2.0)})).graph

    assert count_changed(before, before) == (0, 0)
    assert count_changed(before, seed) == (1, 0)
    assert count_changed(before, without) == (1, 2)
    assert count_changed(before, other) == (0, 2)

"""Laws that hold for every graph."""

import copy
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cred.chain.stationary import TINY
from cred.credrank import Engine, Ranking, credrank
from cred.files.graph_file import parse_graph_file
from tests.cred.graphs import Content, files, rank
from tests.cred.reference import dense_eigenvector, scores_of

EXACT = 1e-11
"""Relative: rounding in another order, not another answer."""


def by_name(ranking: Ranking) -> dict[str, list[float]]:
    return dict(zip(ranking.scores.participants, ranking.scores.cred.tolist(), strict=True))


def assert_same(ours: Ranking, theirs: Ranking, names: dict[str, str] | None = None) -> None:
    renamed = {(names or {}).get(name, name): cred for name, cred in by_name(theirs).items()}
    assert by_name(ours) == {
        name: pytest.approx(cred, rel=EXACT) for name, cred in renamed.items()
    }


def node_cred(ranking: Ranking) -> dict[tuple[str, ...], float]:
    graph = ranking.graph
    return {
        graph.node_address(int(node)): float(ranking.scores.node_cred[node])
        for node in ranking.chain.nodes
    }


@given(files())
def test_agrees_with_the_dense_eigenvector(content: Content) -> None:
    ranking = rank(content)

    oracle = dense_eigenvector(ranking.chain)

    distribution = ranking.stationary.distribution(ranking.chain)
    assert distribution == pytest.approx(oracle, rel=1e-9)
    assert distribution.sum() == pytest.approx(1, rel=1e-14)
    expected = scores_of(oracle, ranking.chain)
    assert ranking.scores.cred == pytest.approx(expected.cred, rel=1e-9)


@given(files())
def test_every_row_of_the_complete_chain_sums_to_one(content: Content) -> None:
    matrix = rank(content).chain.complete()

    assert (matrix.data > 0).all()
    assert np.asarray(matrix.sum(axis=1)) == pytest.approx(1, abs=1e-14)


@given(files())
def test_participants_cred_sums_to_what_is_minted(content: Content) -> None:
    ranking = rank(content)

    assert ranking.scores.cred.sum() == pytest.approx(ranking.scores.total_mint, rel=EXACT)
    assert ranking.scores.total_mint == pytest.approx(
        sum(node.get("weight", 0) for node in content["nodes"]), rel=EXACT
    )


@given(files(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_people_changes_nothing(content: Content, random: Random) -> None:
    shuffled = copy.deepcopy(content)
    for edge in shuffled["edges"]:
        for end in ("src", "dst"):
            edge[end] = shuffled["nodes"][edge[end]]["address"]
    for key in ("nodes", "edges", "participants"):
        random.shuffle(shuffled[key])

    ours, theirs = rank(content), rank(shuffled)

    assert_same(ours, theirs)
    assert node_cred(theirs) == {
        name: pytest.approx(cred, rel=EXACT) for name, cred in node_cred(ours).items()
    }


@given(files())
def test_names_change_nothing(content: Content) -> None:
    renamed = copy.deepcopy(content)
    names = {}
    for at, person in enumerate(renamed["participants"]):
        names[f"someone {at}"] = person["id"]
        person["id"] = f"someone {at}"
    for attribution in renamed.get("personalAttributions", []):
        attribution["fromParticipantId"] = "someone 0"
        attribution["recipients"][0]["toParticipantId"] = "someone 1"
    for part in ("nodes", "edges"):
        for at, row in enumerate(renamed[part]):
            row["address"] = ["other", str(at)]
    nodes = renamed["nodes"][-len(names) :]
    for person, node in zip(renamed["participants"], nodes, strict=True):
        person["address"] = node["address"]

    assert_same(rank(content), rank(renamed), names)


@given(files(), st.floats(0.1, 0.9))
def test_parallel_edges_equal_their_sum(content: Content, part: float) -> None:
    split = copy.deepcopy(content)
    edge = split["edges"][-1]
    other = {**edge, "address": ["e", "parallel"]}
    for way in ("forwards", "backwards"):
        other[way] = edge[way] * part
        edge[way] -= other[way]
    split["edges"].append(other)

    assert_same(rank(content), rank(split))


@given(files())
def test_an_edge_turned_round_is_the_same_edge(content: Content) -> None:
    turned = copy.deepcopy(content)
    for edge in turned["edges"]:
        edge["src"], edge["dst"] = edge["dst"], edge["src"]
        edge["forwards"], edge["backwards"] = edge["backwards"], edge["forwards"]

    assert_same(rank(content), rank(turned))


@given(files(), st.floats(1e-6, 1e6))
def test_scaling_all_mints_scales_all_cred(content: Content, factor: float) -> None:
    scaled = copy.deepcopy(content)
    for node in scaled["nodes"]:
        if "weight" in node:
            node["weight"] *= factor

    ours, theirs = by_name(rank(content)), by_name(rank(scaled))

    for name, cred in ours.items():
        assert theirs[name] == pytest.approx([weekly * factor for weekly in cred], rel=EXACT)


@given(files(), st.floats(1e-3, 1e3))
def test_scaling_all_edge_weights_changes_nothing(content: Content, factor: float) -> None:
    scaled = copy.deepcopy(content)
    for edge in scaled["edges"]:
        edge["forwards"] *= factor
        edge["backwards"] *= factor

    assert_same(rank(content), rank(scaled))


@given(files())
def test_somebody_whom_nothing_reaches_has_none_and_changes_nothing(content: Content) -> None:
    more = copy.deepcopy(content)
    more["participants"].append({"id": "nobody", "address": ["p", "nobody"]})

    ranking = rank(more)

    assert (ranking.scores.cred[-1] == 0).all()
    more["participants"].pop()
    assert {k: v for k, v in by_name(ranking).items() if k != "nobody"} == by_name(
        rank(content)
    )


@given(files(), st.sampled_from(Engine), st.sampled_from([1e-1, 1e-3, 1e-7]))
def test_the_reported_error_holds_for_every_week_and_node(
    content: Content, engine: Engine, tolerance: float
) -> None:
    """Compare a looser solution with the tightest, entry by entry."""
    file = parse_graph_file(content)
    tight = file.rank()
    loose = credrank(
        file.graph(),
        parameters=file.parameters,
        attributions=file.attributions,
        tolerance=tolerance,
        engine=engine,
    )

    assert loose.stationary.error <= tolerance
    counts = tight.stationary.flow > TINY * tight.stationary.seed
    exact, rough = tight.stationary.flow[counts], loose.stationary.flow[counts]
    rounding = 1e-12
    assert (np.abs(exact - rough) <= (loose.stationary.error + rounding) * exact).all()
    assert tight.stationary.residual <= 1e-12

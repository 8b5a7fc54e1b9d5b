"""Agreement with SourceCred on small graphs: every transition, every score."""

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from cred.addresses import Address
from cred.credrank import Ranking
from cred.errors import InvalidInputError
from cred.files.graph_file import parse_graph_file
from tests.cred.reference import complete_addresses, scores_of, sourcecred_iteration
from tests.cred.vectors import SMALL, small

ERRORS = {name: small(name) for name in SMALL if name.split("-")[1] == "error"}
WITHOUT_PARTICIPANTS = "24-no-participants.json"
LEAKS = ["13-edge-on-first-boundary.json", "26-first-boundary-leak.json"]
"""An edge exactly at the first week's start: the reference loses what it carries, or fails."""
SAME = sorted({*SMALL} - {*ERRORS} - {*LEAKS} - {WITHOUT_PARTICIPANTS})

NEGLIGIBLE = 1e-15
"""Cred that the reference leaves with those whom nothing reaches: the remnant, after thousands
of steps, of its start vector. Here they have 0."""


def rank_small(name: str) -> tuple[Ranking, dict[str, Any]]:
    vector = small(name)
    return parse_graph_file(vector).rank(sourcecred_boundaries=True), vector


def transitions(vector: dict[str, Any]) -> dict[tuple[Address, Address], float]:
    """Return probabilities; parallel transitions are summed, those of 0 left out."""
    sums: defaultdict[tuple[Address, Address], float] = defaultdict(float)
    for step in vector["expected"]["transitions"]:
        if step["p"] > 0:
            sums[tuple(step["src"]), tuple(step["dst"])] += step["p"]
    return dict(sums)


@pytest.mark.parametrize("name", [*SAME, WITHOUT_PARTICIPANTS])
def test_every_transition_is_the_reference_s(name: str) -> None:
    ranking, vector = rank_small(name)

    matrix, names = ranking.chain.complete().tocoo(), complete_addresses(ranking.chain)
    ours = {
        (names[a], names[b]): p
        for a, b, p in zip(*matrix.coords, matrix.data.tolist(), strict=True)
    }
    assert ours == pytest.approx(transitions(vector), rel=1e-14)


@pytest.mark.parametrize("name", SAME)
def test_cred_is_the_reference_s_fixed_point(name: str) -> None:
    ranking, vector = rank_small(name)

    expected, scores = vector["expectedConverged"], ranking.scores
    per_week = np.array([person["credPerInterval"] for person in expected["participants"]])
    np.testing.assert_allclose(scores.cred, per_week, rtol=1e-9, atol=NEGLIGIBLE)
    np.testing.assert_allclose(
        scores.cred.sum(axis=1),
        [person["cred"] for person in expected["participants"]],
        rtol=1e-9,
        atol=NEGLIGIBLE,
    )
    node_cred = np.array(expected["nodeCred"], float)  # null becomes nan, as ours
    np.testing.assert_allclose(scores.node_cred, node_cred, rtol=1e-9)
    assert ranking.epochs.starts_ms.tolist() == expected["epochStarts"]
    assert ranking.epochs.end_ms == expected["lastEpochEndMs"]
    assert scores.total_mint == pytest.approx(expected["totalMint"], rel=1e-14)


@pytest.mark.parametrize("name", SAME)
def test_seed_and_accumulators_carry_what_the_reference_s_do(name: str) -> None:
    ranking, vector = rank_small(name)

    read_off = scores_of(ranking.stationary.distribution(ranking.chain), ranking.chain)
    expected = vector["expectedConverged"]
    assert read_off.seed == pytest.approx(expected["seedCred"], rel=1e-9)
    assert read_off.accumulators == pytest.approx(expected["accumulatorCred"], rel=1e-9)


@pytest.mark.parametrize("name", SAME)
def test_the_reference_s_iteration_on_our_chain_gives_its_unconverged_scores(name: str) -> None:
    ranking, vector = rank_small(name)

    distribution, steps = sourcecred_iteration(ranking.chain.complete())
    scores = scores_of(distribution, ranking.chain)

    expected = vector["expected"]
    per_week = np.array([person["credPerInterval"] for person in expected["participants"]])
    assert steps == expected["solver"]["iterations"]
    np.testing.assert_allclose(scores.cred, per_week, rtol=1e-10)
    assert scores.accumulators == pytest.approx(expected["accumulatorCred"], rel=1e-10)


def test_without_participants_there_is_no_cred_and_no_scale() -> None:
    result = parse_graph_file(small(WITHOUT_PARTICIPANTS)).run()

    assert result["participants"] == []
    assert [node["cred"] for node in result["nodes"]] == [None, None]
    assert result["totalMint"] == 2


def test_an_edge_at_a_week_s_start_belongs_to_that_week() -> None:
    """Deliberate difference: our weeks are half-open; vector 12 shows the reference's."""
    ours = parse_graph_file(small("12-edge-on-week-boundary.json")).rank()
    theirs = parse_graph_file(small("12-edge-on-week-boundary.json")).rank(
        sourcecred_boundaries=True
    )

    rows, people = len(ours.chain.nodes), len(ours.graph.participants)
    starts = ours.epochs.starts_ms
    on_start = np.flatnonzero(np.isin(ours.graph.edge_ms, starts))
    assert len(on_start) > 0
    for edge in on_start:
        own_week = int(np.searchsorted(starts, ours.graph.edge_ms[edge]))
        for ranking, week in ((ours, own_week), (theirs, own_week - 1)):
            chain = ranking.chain
            steps = (chain.edge == edge) & ~chain.reverse
            end = np.concatenate([chain.origin[steps], chain.destination[steps]])
            assert ((end[end >= rows] - rows) // people).tolist() == [week]


@pytest.mark.parametrize("boundaries", [False, True])
@pytest.mark.parametrize("name", LEAKS)
def test_an_edge_on_the_first_week_s_start_neither_fails_nor_leaks(
    name: str, *, boundaries: bool
) -> None:
    """Deliberate difference, whatever the boundaries."""
    scores = parse_graph_file(small(name)).rank(sourcecred_boundaries=boundaries).scores

    assert scores.cred.sum() == pytest.approx(scores.total_mint, rel=1e-14)
    assert (scores.cred > 0).all()


def test_but_for_the_leak_vector_26_is_the_reference_s() -> None:
    ranking, vector = rank_small("26-first-boundary-leak.json")
    chain = ranking.chain
    matrix = chain.complete().tolil()
    names = complete_addresses(chain)
    # The step that the reference loses: the only one from m, to the first week of alice.
    matrix[
        names.index(("x", "contribution", "m")),
        names.index(
            (
                "sourcecred",
                "core",
                "gadget",
                "USER_EPOCH",
                "1609632000000",
                "P00000000000000000001A",
            )
        ),
    ] = 0.0

    scores = scores_of(sourcecred_iteration(matrix.tocsr())[0], chain)

    expected = vector["expected"]["participants"]
    assert scores.cred[1].sum() == pytest.approx(expected[1]["cred"], rel=1e-10)
    assert scores.cred[0].sum() == pytest.approx(expected[0]["cred"], rel=1e-10)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("19-error-negative-node-weight.json", "x/contribution/m"),
        ("20-error-no-mint.json", "no node mints"),
        ("21-error-overlarge-parameters.json", "seed_return"),
        ("22-error-attributions-over-100.json", "P00000000000000000001A"),
        ("23-error-empty.json", "epoch"),
    ],
)
def test_what_the_reference_refuses_is_refused_by_name(name: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse_graph_file(ERRORS[name]).rank()


def test_every_small_vector_is_tested() -> None:
    assert len(SMALL) == 26
    assert len(SAME) + len(ERRORS) + len(LEAKS) + 1 == len(SMALL)
    assert len(ERRORS) == 5

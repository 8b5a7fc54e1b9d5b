"""Cases solved by hand, the arithmetic beside each."""

from itertools import pairwise

import numpy as np
import pytest

from cred.chain.parameters import Parameters
from cred.credrank import ALGORITHM, Engine, credrank
from cred.errors import NotConvergedError
from cred.files.graph_file import parse_graph_file
from tests.cred.graphs import a_file, in_week, rank


def test_one_author_of_one_contribution() -> None:
    """m mints 2; its author ann has one week, with one edge (forward 0.5, backward 1).

    Each is the other's only way on, so the edge's weights do not matter: 0.9 of m goes to ann,
    R = 0.3 of ann to m. Ann's one week webs to itself with 0.1 + 0.1.
        y_ann = 0.9 y_m + 0.2 y_ann   →  y_ann = 1.125 y_m
        y_m   = 2 + 0.3 y_ann         →  y_m = 2 / (1 - 0.3375) = 2 / 0.6625
    Ann has all cred, 2 = scale · 0.4 y_ann, so m has scale · y_m = 2 / (0.4 · 1.125) = 40 / 9.
    """
    ranking = rank(a_file({"m": 2}, [("ann", "m", 0, 0.5, 1)]))

    assert ranking.stationary.flow == pytest.approx([2 / 0.6625, 2.25 / 0.6625], rel=1e-13)
    assert ranking.scores.cred.tolist() == [[pytest.approx(2, rel=1e-13)]]
    assert ranking.scores.node_cred[0] == pytest.approx(40 / 9, rel=1e-13)
    assert np.isnan(ranking.scores.node_cred[1])


def test_two_authors_share_by_the_weights_of_their_edges() -> None:
    """m sends 3 : 1 to ann and bob, nothing comes back: of the 1 minted, 3/4 and 1/4."""
    ranking = rank(
        a_file({"m": 1}, [("m", "ann", 0, 3, 0), ("m", "bob", 0, 1, 0)], ["ann", "bob"])
    )

    assert ranking.scores.cred.ravel().tolist() == pytest.approx([0.75, 0.25], rel=1e-13)


def test_cred_seeps_into_the_next_week() -> None:
    """Ann is reached in week 0; week 1 exists as n, which has no cred, is linked to her then.

    With x arriving in week 0, and self-loops at the first (backward) and last week (forward):
        0.9 y0 - 0.1 y1 = x
        0.9 y1 - 0.1 y0 = 0           →  y1 = y0 / 9
    so of her cred y0 : y1 = 9 : 1. Her way on in week 1, R to n, has nothing to do with it; n
    gets 0.3 y1 but all its flow goes back to the seed.
    """
    ranking = rank(a_file({"m": 1, "n": 0}, [("m", "ann", 0, 1, 0), ("ann", "n", 1, 1, 0)]))

    assert ranking.scores.cred.ravel().tolist() == pytest.approx([0.9, 0.1], rel=1e-13)


def test_a_quarter_given_away() -> None:
    """Ann passes on 25 % to bob, whom nothing else reaches; one week.

        y_bob (1 - 0.2) = 0.4 · 0.25 y_ann     →  y_bob = y_ann / 8
        accrual: ann 0.4 · 0.75 y_ann = 0.3 y_ann, bob 0.4 y_bob = 0.05 y_ann
    so they share 6 : 1.
    """
    give = {
        "toParticipantId": "bob",
        "proportions": [{"timestampMs": 0, "proportionValue": 0.25}],
    }
    ranking = rank(
        a_file(
            {"m": 7},
            [("ann", "m", 0, 0, 1)],
            ["ann", "bob"],
            personalAttributions=[{"fromParticipantId": "ann", "recipients": [give]}],
        )
    )

    assert ranking.scores.cred.ravel().tolist() == pytest.approx([6, 1], rel=1e-13)


def test_a_chain_of_contributions_loses_the_seed_s_share_at_each() -> None:
    """m mints 1 and sends 0.9 to n, n 0.9 to ann: node cred m : n = 1 : 0.9.

    y_ann = 0.81 / 0.8, cred 1 = scale · 0.4 y_ann, so scale = 1 / 0.405.
    """
    ranking = rank(a_file({"m": 1, "n": 0}, [("m", "n", 0, 1, 0), ("n", "ann", 0, 1, 0)]))

    expected = [1 / 0.405, 0.9 / 0.405]
    assert ranking.scores.node_cred[:2].tolist() == pytest.approx(expected, rel=1e-13)


def test_weeks_far_from_any_activity_are_exact_however_little_they_hold() -> None:
    """Reached in week 0 of 201 only; inside, y obeys 0.1 y[k-1] - y[k] + 0.1 y[k+1] = 0.

    So y[k] falls by q = (1 - √(1 - 4 · 0.01)) / 0.2 a week, until the end is near.
    """
    ranking = rank(a_file({"m": 1, "n": 0}, [("m", "ann", 0, 1, 0), ("n", "ann", 200, 1, 0)]))

    cred = ranking.scores.cred[0]
    q = (1 - np.sqrt(0.96)) / 0.2
    assert cred[1:190] / cred[:189] == pytest.approx(np.full(189, q), rel=1e-12)
    assert 0 < cred[200] < 1e-195


def test_a_long_chain_of_contributions_is_exact_to_its_end() -> None:
    """Each of 500 contributions passes 1/3 of 0.9 to ann and 2/3 of 0.9 to the next."""
    names = [f"n{at:03}" for at in range(500)]
    edges = [(name, "ann", 0, 1.0, 0.0) for name in names]
    edges += [(a, b, 0, 2.0, 0.0) for a, b in pairwise(names)]
    ranking = rank(a_file({name: float(name == "n000") for name in names}, edges))

    node_cred = ranking.scores.node_cred[:500]
    assert node_cred[1:] / node_cred[:-1] == pytest.approx(np.full(499, 0.6), rel=1e-12)


def test_the_last_steps_count_is_an_error_that_tells_the_residual() -> None:
    file = parse_graph_file(a_file({"m": 1}, [("ann", "m", 0, 0.5, 1)]))

    with pytest.raises(NotConvergedError, match="max_steps") as caught:
        credrank(file.graph(), max_steps=16, engine=Engine.PLAIN)

    error = caught.value
    assert error.steps == 16
    assert error.tolerance == 1e-13
    assert 1e-13 < error.residual < 1e-3


def test_without_accrual_nobody_has_cred_and_nodes_have_no_scale() -> None:
    file = parse_graph_file(a_file({"m": 1}, [("m", "ann", 0, 1, 1)]))

    scores = credrank(file.graph(), parameters=Parameters(accrual=0)).scores

    assert scores.cred.tolist() == [[0]]
    assert np.isnan(scores.node_cred).all()
    assert np.isnan(scores.scale)


def test_nobody_reached_is_nobody_with_cred() -> None:
    """Deliberate difference: the reference scales what is left of its start vector."""
    ranking = rank(a_file({"m": 1, "n": 0}, [("m", "n", 0, 1, 0), ("ann", "n", 0, 1, 0)]))

    assert ranking.scores.cred.tolist() == [[0]]
    assert ranking.scores.total_mint == 1


@pytest.mark.parametrize(("weight", "cred"), [(1e-150, 1), (1e-220, 0)])
def test_who_is_reached_by_next_to_nothing_has_it_all_unless_that_is_below_all_promises(
    weight: float, cred: float
) -> None:
    ranking = rank(a_file({"m": 1, "n": 0}, [("m", "n", 0, 1, 0), ("m", "ann", 0, weight, 0)]))

    assert ranking.scores.cred.tolist() == [[pytest.approx(cred)]]


def test_a_graph_without_any_edge_has_scores() -> None:
    content = a_file({"m": 1}, [])
    content["nodes"][0]["timestampMs"] = in_week(3)

    scores = rank(content).scores

    assert (scores.cred.tolist(), scores.epochs.starts_ms.tolist()) == (
        [[0]],
        [in_week(3, day=0)],
    )


def test_the_algorithm_has_a_name() -> None:
    assert ALGORITHM == "credrank-2"

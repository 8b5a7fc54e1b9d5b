"""The chain: its steps, and the graphs that it refuses."""

import dataclasses

import numpy as np
import pytest

from cred.chain.parameters import Parameters
from cred.credrank import credrank
from cred.errors import InvalidInputError
from cred.files.graph_file import parse_graph_file
from cred.graph.contribution_graph import ContributionGraph
from tests.cred.graphs import Content, a_file, rank


def graph_of(content: Content) -> ContributionGraph:
    return parse_graph_file(content).graph()


CONTENT = a_file({"m": 1, "n": 2}, [("m", "ann", 0, 1, 0), ("n", "ann", 0, 1, -1)])


def test_directions_without_weight_carry_nothing() -> None:
    chain = rank(CONTENT).chain

    assert chain.edge.tolist() == [0, 1]
    assert chain.reverse.tolist() == [False, False]


def test_edges_with_an_end_that_is_not_a_node_are_counted() -> None:
    content = a_file({"m": 1}, [("m", "ann", 0, 1, 0), ("m", "ann", 0, 1, 0)])
    content["edges"][1]["dst"] = ["not", "there"]

    ranking = rank(content)

    assert ranking.graph.dangling == 1
    assert len(ranking.chain.edge) == 1


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_a_bad_mint_is_refused_with_the_node_s_address(bad: float) -> None:
    graph = graph_of(CONTENT)

    with pytest.raises(InvalidInputError, match="node c/n"):
        credrank(dataclasses.replace(graph, mint=np.array([1, bad, 0])))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("way", ["forward", "backward"])
def test_a_bad_edge_weight_is_refused_with_the_edge_s_address(way: str, bad: float) -> None:
    graph = graph_of(CONTENT)

    column = np.array([1, bad])
    bad_graph = (
        dataclasses.replace(graph, forward=column)
        if way == "forward"
        else dataclasses.replace(graph, backward=column)
    )
    with pytest.raises(InvalidInputError, match="edge e/1"):
        credrank(bad_graph)


def test_sums_beyond_all_numbers_are_refused() -> None:
    graph = graph_of(CONTENT)
    much = np.full(2, 1e308)

    with pytest.raises(InvalidInputError, match="together mint"):
        credrank(dataclasses.replace(graph, mint=np.array([1e308, 1e308, 0])))
    one_source = dataclasses.replace(graph, source=np.array([0, 0]))
    with pytest.raises(InvalidInputError, match="c/m"):
        credrank(dataclasses.replace(one_source, forward=much))
    with pytest.raises(InvalidInputError, match="IDENTITY/ann"):
        credrank(dataclasses.replace(graph, backward=much))


def test_tiny_and_huge_weights_are_shared_without_overflow() -> None:
    content = a_file(
        {"m": 1}, [("m", "ann", 0, 5e-324, 0), ("m", "bob", 0, 1e308, 0)], ["ann", "bob"]
    )

    cred = rank(content).scores.cred

    assert cred[1, 0] == pytest.approx(1)


@pytest.mark.parametrize("mint", [0.0, 1e-320])
def test_nothing_minted_is_refused_but_next_to_nothing_is_not(mint: float) -> None:
    content = a_file({"m": mint}, [("m", "ann", 0, 1, 0)])

    if mint:
        assert rank(content).scores.cred[0, 0] == pytest.approx(mint)
    else:
        with pytest.raises(InvalidInputError, match="no node mints"):
            rank(content)


def test_a_chain_whose_rows_do_not_sum_to_one_is_refused() -> None:
    chain = rank(CONTENT).chain

    with pytest.raises(InvalidInputError, match="row 0 of the chain"):
        dataclasses.replace(chain, probability=chain.probability * 0.5)


def test_parameters_are_checked_and_named() -> None:
    with pytest.raises(InvalidInputError, match="accrual"):
        Parameters(accrual=-0.1)
    with pytest.raises(InvalidInputError, match="webbing_forward"):
        Parameters(webbing_forward=np.nan)
    with pytest.raises(InvalidInputError, match=r"at most 1, not 1\.1"):
        Parameters(seed_return=0.5, accrual=0.4)
    assert Parameters(0.1, 0.2, 0.7, 0.0).remainder == 0
    assert Parameters().remainder == pytest.approx(0.3)
    assert Parameters().as_mapping() == {
        "seed_return": 0.1,
        "accrual": 0.4,
        "webbing_forward": 0.1,
        "webbing_backward": 0.1,
    }

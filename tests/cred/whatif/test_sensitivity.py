"""Gradients by one transposed solve, against finite differences."""

from dataclasses import replace

import numpy as np
import pytest

from cred.chain.attributions import attributions_by_epoch
from cred.epochs import epochs_covering
from cred.files.graph_file import GraphFile, parse_graph_file
from cred.graph.contribution_graph import ContributionGraph
from cred.solver.compiled_graph import CompiledGraph, compile_graph
from cred.solver.reduced_system import Flow, Gradient, ReducedSystem
from tests.cred.graphs import a_file
from tests.cred.solver.test_reduced_system import a_graph


class Case:
    """A graph, and a weighted sum of the flows of participants' weeks."""

    def __init__(self, file: GraphFile) -> None:
        self.graph = file.graph()
        self.parameters = file.parameters
        epochs = epochs_covering(self.graph.times_ms())
        given = attributions_by_epoch(file.attributions, self.graph.participants, epochs)
        self.compiled: CompiledGraph = compile_graph(
            self.graph, epochs.indices(self.graph.edge_ms), given, weeks=len(epochs)
        )
        shape = (len(epochs), len(self.graph.participants))
        self.value = np.random.default_rng(1).random(shape)

    def flow(self, graph: ContributionGraph) -> Flow:
        return ReducedSystem(self.compiled, graph, self.parameters).solve(graph.mint)

    def total(self, graph: ContributionGraph) -> float:
        return float((self.value * self.flow(graph).weeks).sum())

    def gradient(self) -> Gradient:
        reduced = ReducedSystem(self.compiled, self.graph, self.parameters)
        return reduced.gradient(reduced.solve(self.graph.mint), self.value)


@pytest.mark.parametrize("seed", range(12))
def test_mints_times_their_rates_are_the_whole(seed: int) -> None:
    """Flow is linear in mints."""
    case = Case(parse_graph_file(a_graph(seed)))

    assert case.gradient().mint @ case.graph.mint == pytest.approx(
        case.total(case.graph), rel=1e-10
    )


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", ["mint", "forward", "backward"])
def test_rates_are_finite_differences(seed: int, name: str) -> None:
    case = Case(parse_graph_file(a_graph(seed)))
    rates, weights = getattr(case.gradient(), name), getattr(case.graph, name)
    whole = case.total(case.graph)
    some = np.random.default_rng(seed).permutation(np.flatnonzero(weights > 0))[:6]
    for at in some:
        step = 1e-4 * weights[at]
        ends = []
        for sign in (1, -1):
            changed = weights.copy()
            changed[at] += sign * step
            ends.append(case.total(replace(case.graph, **{name: changed})))
        difference = (ends[0] - ends[1]) / (2 * step)
        assert rates[at] == pytest.approx(difference, rel=1e-5, abs=1e-8 * whole / weights[at])


def test_a_weight_that_is_switched_on_has_a_rate_and_one_below_0_has_none() -> None:
    """The rate at 0 is the one upwards."""
    edges = [("m", "ann", 0, 1.0, 0.0), ("m", "bob", 0, 0.0, 0.0), ("m", "bob", 0, -1.0, 0.0)]
    case = Case(parse_graph_file(a_file({"m": 1.0}, edges, ["ann", "bob"])))
    changed = case.graph.forward.copy()
    changed[1] = 1e-6

    rates = case.gradient().forward

    before, after = case.total(case.graph), case.total(replace(case.graph, forward=changed))
    assert rates[1] == pytest.approx((after - before) / 1e-6, rel=1e-4)
    assert rates[2] == 0.0

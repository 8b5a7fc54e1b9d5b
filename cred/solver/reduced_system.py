"""The reduced system of a chain: the flow under some weights, and its derivatives.

1. `cred.solver.compiled_graph` compiles the graph, once for all weights.
2. `ReducedSystem` eliminates contributions with few neighbours (`cred.solver.elimination`) and
   weeks that no edge joins (`cred.solver.inactive_weeks`), under some weights of edges.
3. `ReducedSystem.solve` solves what remains by Gauss–Seidel sweeps
(`cred.solver.gauss_seidel`),
   for some mints, and substitutes back.

Whatever changes, the results of the earlier steps stay valid.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cred.chain.parameters import Parameters
from cred.chain.webbing import webbing
from cred.graph.contribution_graph import ContributionGraph
from cred.grouping import sum_by_group
from cred.solver.compiled_graph import CompiledGraph
from cred.solver.gauss_seidel import GaussSeidel
from cred.solver.inactive_weeks import runs_between, runs_to_the_end
from cred.solver.tridiagonal import WebbingChances

_Ints = NDArray[np.integer[Any]]
_Floats = NDArray[np.float64]

_MOST_STEPS: Final = 10_000
"""Default number of sweeps before giving up."""

_DERIVATIVE_TOLERANCE: Final = 1e-11
"""Largest relative error of the solutions that derivatives are computed from."""


@dataclass(frozen=True, eq=False)
class Flow:
    """What flows through each row while all that is minted flows through the seed."""

    compute_node: Callable[[], _Floats]
    """Computes `node`."""
    weeks: _Floats
    """Shape (w, p)."""
    steps: int
    error: float
    """Bound of the error that `ReducedSystem.solve` was asked to bound."""

    @cached_property
    def node(self) -> _Floats:
        """Shape (n,), by node of the graph; 0 for participants' nodes.

        Computed on first use, as participants' cred does not need it.
        """
        return self.compute_node()

    def by_row(self, nodes: _Ints) -> _Floats:
        """Return the flow in the order of a chain whose first rows are `nodes`."""
        return np.concatenate([self.node[nodes], self.weeks.ravel()])


class ReducedSystem:
    """The reduced system of a graph under some weights of edges; solves for any mints.

    Parameters
    ----------
    compiled
        The graph, compiled.
    graph
        The weights; it must have the nodes and edges that were compiled. Weights of 0 or less
        carry nothing. Mints are not looked at.
    parameters
        CredRank's.

    Raises
    ------
    InvalidInputError
        If the weights at a row sum to more than a number can hold.
    """

    def __init__(
        self, compiled: CompiledGraph, graph: ContributionGraph, parameters: Parameters
    ) -> None:
        self._outflow = compiled.outflow(graph, parameters)
        system, accrual = compiled.system(self._outflow, parameters)
        self._factors = compiled.elimination.eliminate(system)
        weeks = compiled.weeks.count
        ahead, back = parameters.webbing_forward, parameters.webbing_backward
        leak = parameters.seed_return + parameters.accrual + parameters.remainder
        chances = WebbingChances(
            forward=ahead,
            backward=back,
            ahead=runs_between(ahead, back, leak, weeks),
            to_end=runs_to_the_end(ahead, back, leak, weeks),
            back=runs_between(back, ahead, leak, weeks),
            to_begin=runs_to_the_end(back, ahead, leak, weeks),
        )
        self._compiled = compiled
        self._graph = graph
        self._parameters = parameters
        self._webbing = webbing(parameters, weeks)
        self._sweeps = GaussSeidel(compiled.schedule, system, chances, accrual)

    def solve(
        self,
        mint: _Floats,
        *,
        tolerance: float = 1e-13,
        each: bool = True,
        max_steps: int = _MOST_STEPS,
    ) -> Flow:
        """Return the flow.

        Parameters
        ----------
        mint
            Shape (n,), by node of the graph: what each mints; from 0 up, not all 0, and 0 for
            participants.
        tolerance, each, max_steps
            See `GaussSeidel.solve`.

        Raises
        ------
        NotConvergedError
            If `max_steps` sweeps are not enough.
        """
        compiled = self._compiled
        total = float(mint.sum())
        entering = np.zeros(len(compiled.nodes) + len(compiled.weeks.week))
        entering[: len(compiled.nodes)] = mint[compiled.nodes]
        return self._solve(
            entering / total, total, tolerance=tolerance, each=each, max_steps=max_steps
        )

    def _solve(
        self, entering: _Floats, scale: float, *, tolerance: float, each: bool, max_steps: int
    ) -> Flow:
        """Return the flow times `scale`, given what enters each row, shape (rows,)."""
        compiled, weeks = self._compiled, self._compiled.weeks
        elimination, first = compiled.elimination, len(compiled.nodes)
        entering = elimination.forward_substitute(self._factors, entering)
        solution = self._sweeps.solve(
            entering, tolerance=tolerance, each=each, max_steps=max_steps
        )
        by_week = np.zeros((weeks.count, compiled.people))
        by_week[weeks.week, weeks.participant] = solution.inflow
        self._webbing.solve(by_week)

        def node_flow() -> _Floats:
            flow = np.zeros(len(entering))
            flow[compiled.schedule.rows] = solution.rows
            flow[first:] = by_week[weeks.week, weeks.participant]
            elimination.back_substitute(self._factors, entering, flow)
            node = np.zeros(len(self._graph.mint))
            node[compiled.nodes] = flow[:first] * scale
            return node

        return Flow(node_flow, by_week * scale, solution.steps, solution.error)

    def step(self, flow: Flow) -> tuple[Flow, float]:
        """Return what one step of the whole chain takes to every row, and back to the seed.

        Only steps along edges and attributions count, without mints, webbing and accumulators.
        Every edge of the graph is used, and no result of the elimination.
        """
        compiled, parameters, outflow = self._compiled, self._parameters, self._outflow
        weeks, first = compiled.weeks, len(compiled.nodes)
        source, target = compiled.source, compiled.target
        through = self._flow_of_rows(flow)
        rate = outflow.flow_per_weight(through)
        arriving = sum_by_group(target, rate.take(source) * outflow.forward, len(rate))
        arriving += sum_by_group(source, rate.take(target) * outflow.backward, len(rate))
        stays = outflow.weight == 0.0
        inactive = float(flow.weeks.sum()) - float(through[first:].sum())
        returning = parameters.seed_return * float(through.sum()) + float(
            through[stays] @ outflow.share[stays]
        )
        returning += inactive * (parameters.seed_return + parameters.remainder)

        node, by_week = np.zeros(len(self._graph.mint)), np.zeros(flow.weeks.shape)
        node[compiled.nodes] = arriving[:first]
        by_week[weeks.week, weeks.participant] = arriving[first:]
        given = compiled.attributions
        passed = parameters.accrual * given.proportion * flow.weeks[given.epoch, given.giver]
        np.add.at(by_week, (given.epoch, given.receiver), passed)
        return Flow(lambda: node, by_week, flow.steps, flow.error), returning

    def _flow_of_rows(self, flow: Flow) -> _Floats:
        """Return what flows through each row of the compiled graph."""
        weeks = self._compiled.weeks
        return np.concatenate(
            [flow.node[self._compiled.nodes], flow.weeks[weeks.week, weeks.participant]]
        )

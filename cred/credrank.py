"""CredRank: from a contribution graph to everybody's scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from cred.chain.attributions import Attribution, EpochAttributions, attributions_by_epoch
from cred.chain.parameters import Parameters
from cred.chain.scores import Scores, scores
from cred.chain.stationary import (
    LEAK,
    Stationary,
    certify,
    check_exits,
    stationary_distribution,
)
from cred.chain.transition_matrix import (
    ChainRows,
    TransitionMatrix,
    chain_rows,
    transition_matrix,
)
from cred.epochs import Epochs, epochs_covering
from cred.graph.contribution_graph import ContributionGraph
from cred.solver.compiled_graph import CompiledGraph, compile_graph
from cred.solver.reduced_system import ReducedSystem

ALGORITHM: Final = "credrank-2"
"""Identifies the mathematics; it changes if the same input would give other numbers."""

_DEFAULTS: Final = Parameters()


class Engine(StrEnum):
    """Ways to compute the stationary distribution."""

    REDUCED = "folded"  # the value is an option of the command line
    """Solve the reduced system (`cred.solver.reduced_system`)."""
    PLAIN = "plain"
    """Add up the series (`cred.chain.stationary`): slower, and simple."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """Scores, and everything that explaining them takes."""

    graph: ContributionGraph
    epochs: Epochs
    rows: ChainRows
    """The rows of the chain, whose flow `stationary` has."""
    stationary: Stationary
    scores: Scores
    attributions: EpochAttributions
    sourcecred_boundaries: bool
    compiled: CompiledGraph | None
    """The compiled graph, to be used again; None from the plain engine."""

    @cached_property
    def chain(self) -> TransitionMatrix:
        """Every step of the chain, built on first use: a million edges take 0.1 seconds."""
        if isinstance(self.rows, TransitionMatrix):
            return self.rows
        return transition_matrix(
            self.graph,
            self.epochs,
            self.rows.parameters,
            self.attributions,
            sourcecred_boundaries=self.sourcecred_boundaries,
        )


def credrank(
    graph: ContributionGraph,
    *,
    parameters: Parameters = _DEFAULTS,
    attributions: Sequence[Attribution] = (),
    epochs: Epochs | None = None,
    sourcecred_boundaries: bool = False,
    tolerance: float = 1e-13,
    max_steps: int = 10_000,
    engine: Engine = Engine.REDUCED,
    reuse: CompiledGraph | None = None,
) -> Ranking:
    """Return the scores of all participants and contributions of a graph.

    Parameters
    ----------
    graph
        With budgets and dependencies already applied.
    parameters, attributions
        CredRank's parameters; personal attributions.
    epochs
        The weeks to score. None: all weeks from the graph's first date to its last.
    sourcecred_boundaries
        Count an edge exactly at a week's start in the week before, as SourceCred does.
    tolerance
        Largest relative error of any participant's week or node, however small, except for
        rounding, which `Stationary.error` includes.
    max_steps
        Steps of the solver before it gives up.
    engine
        How to solve; the numbers are the same within `tolerance`.
    reuse
        `Ranking.compiled` of an earlier ranking. It is used if only weights changed since, and
        gives the same numbers, to the bit, as compiling again.

    Raises
    ------
    InvalidInputError
        If a weight or attribution is out of range, nothing mints, or nothing has a date; the
        message names it.
    NotConvergedError
        If `max_steps` is reached; no scores are made then.
    """
    if epochs is None:
        epochs = epochs_covering(graph.times_ms())
    by_epoch = attributions_by_epoch(attributions, graph.participants, epochs)

    def chain() -> TransitionMatrix:
        return transition_matrix(
            graph, epochs, parameters, by_epoch, sourcecred_boundaries=sourcecred_boundaries
        )

    compiled, rows = None, chain_rows(graph, epochs, parameters, by_epoch)
    if engine is Engine.PLAIN:
        rows = plain = chain()
        solution = stationary_distribution(plain, tolerance=tolerance, max_steps=max_steps)
    else:
        if parameters.seed_return < LEAK:
            check_exits(chain())
        week = epochs.indices(graph.edge_ms, sourcecred=sourcecred_boundaries)
        compiled = compile_graph(graph, week, by_epoch, weeks=len(epochs), reuse=reuse)
        reduced = ReducedSystem(compiled, graph, parameters)
        flow = reduced.solve(graph.mint, tolerance=tolerance, max_steps=max_steps)
        arriving, returning = reduced.step(flow)
        solution = certify(
            rows,
            flow.by_row(rows.nodes),
            arriving.by_row(rows.nodes),
            returning,
            steps=flow.steps,
            error=flow.error,
        )
    return Ranking(
        graph=graph,
        epochs=epochs,
        rows=rows,
        stationary=solution,
        scores=scores(rows, solution),
        attributions=by_epoch,
        sourcecred_boundaries=sourcecred_boundaries,
        compiled=compiled,
    )

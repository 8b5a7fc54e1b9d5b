"""CredRank: the one function that runs graph → chain → stationary distribution → scores."""

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
"""Names the mathematics. Changes when the same input would give other numbers."""

_DEFAULTS: Final = Parameters()


class Engine(StrEnum):
    """Ways to the stationary distribution."""

    REDUCED = "folded"
    """The reduced system (`cred.solver.reduced_system`)."""
    PLAIN = "plain"
    """Adding up the series (`cred.chain.stationary_distribution`): slower, and obvious."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """Scores and everything they were made of, for whoever asks why."""

    graph: ContributionGraph
    epochs: Epochs
    rows: ChainRows
    """What the flow is of."""
    stationary: Stationary
    scores: Scores
    attributions: EpochAttributions
    sourcecred_boundaries: bool
    compiled: CompiledGraph | None
    """What the graph was compiled to, for solving it again; None from the plain engine."""

    @cached_property
    def chain(self) -> TransitionMatrix:
        """Every step, made when somebody asks: for a million edges it takes 0.1 seconds."""
        if isinstance(self.rows, TransitionMatrix):
            return self.rows
        return transition_matrix(
            self.graph,
            self.epochs,
            self.rows.parameters,
            self.attributions,
            sourcecred_boundaries=self.sourcecred_boundaries,
        )


def credrank(  # noqa: PLR0913 - each is a choice of the caller's
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
    """Return the scores of everybody in a contribution graph.

    Parameters
    ----------
    graph
        Weighted; budgets and dependencies already applied.
    parameters, attributions
        CredRank's parameters; who passes on how much to whom.
    epochs
        None: all weeks from the graph's first date to its last.
    sourcecred_boundaries
        Count an edge exactly at a week's start in the week before, as SourceCred does.
    tolerance
        Largest relative error of any participant's week or node, however small; but for
        rounding, which `Stationary.error` counts.
    max_steps
        Steps of the solver before it gives up.
    engine
        Who solves it; the numbers are the same within `tolerance`.
    reuse
        `Ranking.compiled` of an earlier ranking. Where only weights changed it is used again,
        and gives the numbers, to the bit, that one compiled anew would give.

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
    given = attributions_by_epoch(attributions, graph.participants, epochs)

    def chain() -> TransitionMatrix:
        return transition_matrix(
            graph, epochs, parameters, given, sourcecred_boundaries=sourcecred_boundaries
        )

    solver, rows = None, chain_rows(graph, epochs, parameters, given)
    if engine is Engine.PLAIN:
        rows = plain = chain()
        solution = stationary_distribution(plain, tolerance=tolerance, max_steps=max_steps)
    else:
        if parameters.seed_return < LEAK:
            check_exits(chain())
        week = epochs.of(graph.edge_ms, sourcecred=sourcecred_boundaries)
        solver = compile_graph(graph, week, given, weeks=len(epochs), reuse=reuse)
        reduced = ReducedSystem(solver, graph, parameters)
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
        attributions=given,
        sourcecred_boundaries=sourcecred_boundaries,
        compiled=solver,
    )

"""CredRank: the one function that runs graph → chain → stationary distribution → scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cred.attributions import Attribution, attributed
from cred.chain import TransitionMatrix, transition_matrix
from cred.epochs import Epochs, covering
from cred.folded import compiled
from cred.graph import ContributionGraph
from cred.parameters import Parameters
from cred.scores import Scores, scores
from cred.stationary import Stationary, certified, check_exits, stationary

ALGORITHM: Final = "credrank-2"
"""Names the mathematics. Changes when the same input would give other numbers."""

_DEFAULTS: Final = Parameters()


class Engine(StrEnum):
    """Ways to the stationary distribution."""

    FOLDED = "folded"
    """The reduced system (`cred.folded`)."""
    PLAIN = "plain"
    """Adding up the series (`cred.stationary`): slower, and obvious."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Scores and everything they were made of, for whoever asks why."""

    graph: ContributionGraph
    epochs: Epochs
    chain: TransitionMatrix
    stationary: Stationary
    scores: Scores


def credrank(  # noqa: PLR0913 - each is a choice of the caller's
    graph: ContributionGraph,
    *,
    parameters: Parameters = _DEFAULTS,
    attributions: Sequence[Attribution] = (),
    epochs: Epochs | None = None,
    sourcecred_boundaries: bool = False,
    tolerance: float = 1e-13,
    max_steps: int = 10_000,
    engine: Engine = Engine.FOLDED,
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
        Largest relative error of any participant's week or node, however small.
    max_steps
        Steps of the solver before it gives up.
    engine
        Who solves it; the numbers are the same within `tolerance`.

    Raises
    ------
    InvalidInputError
        If a weight or attribution is out of range, nothing mints, or nothing has a date; the
        message names it.
    NotConvergedError
        If `max_steps` is reached; no scores are made then.
    """
    if epochs is None:
        epochs = covering(graph.times_ms())
    given = attributed(attributions, graph.participants, epochs)
    chain = transition_matrix(
        graph, epochs, parameters, given, sourcecred_boundaries=sourcecred_boundaries
    )
    if engine is Engine.PLAIN:
        solution = stationary(chain, tolerance=tolerance, max_steps=max_steps)
    else:
        check_exits(chain)
        week = epochs.of(graph.edge_ms, sourcecred=sourcecred_boundaries)
        reduced = compiled(graph, week, given, weeks=len(epochs)).weighted(graph, parameters)
        flow = reduced.solve(graph.mint, tolerance=tolerance, max_steps=max_steps)
        solution = certified(chain, flow.by_row(chain.nodes), flow.steps, flow.error)
    return Ranking(graph, epochs, chain, solution, scores(chain, solution))

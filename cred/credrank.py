"""CredRank: the one function that runs graph → chain → stationary distribution → scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cred.attributions import Attribution, attributed
from cred.chain import TransitionMatrix, transition_matrix
from cred.epochs import Epochs, covering
from cred.graph import ContributionGraph
from cred.parameters import Parameters
from cred.scores import Scores, scores
from cred.stationary import Stationary, stationary

ALGORITHM: Final = "credrank-1"
"""Names the mathematics. Changes when the same input would give other numbers."""

_DEFAULTS: Final = Parameters()


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
    chain = transition_matrix(
        graph,
        epochs,
        parameters,
        attributed(attributions, graph.participants, epochs),
        sourcecred_boundaries=sourcecred_boundaries,
    )
    solution = stationary(chain, tolerance=tolerance, max_steps=max_steps)
    return Ranking(graph, epochs, chain, solution, scores(chain, solution))

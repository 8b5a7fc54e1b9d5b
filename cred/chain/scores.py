"""Scores: the stationary flow, scaled so that participants' cred sums to what was minted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cred.chain.stationary import TINY, Stationary
from cred.chain.transition_matrix import ChainRows
from cred.epochs import Epochs


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Cred of all participants and contributions."""

    epochs: Epochs
    participants: tuple[str, ...]
    cred: NDArray[np.float64]
    """Shape (p, w): what accrued to each participant in each epoch."""
    node_cred: NDArray[np.float64]
    """Shape (n,): cred of each node of the graph; NaN for participants' nodes and nodes that
    are switched off, and for all if nothing accrues to anybody."""
    total_mint: float
    scale: float
    """Cred per unit of stationary flow; NaN if nothing accrues to anybody."""


def scores(chain: ChainRows, solution: Stationary) -> Scores:
    """Return the scores of a chain and its stationary flow.

    If nothing accrues to anybody (no participants, nobody reached, or accrual 0), there is no
    scale: participants have 0 and nodes have no cred.
    """
    rows, (weeks, people) = len(chain.nodes), chain.accrual.shape
    accrued = float(solution.accumulated.sum())
    reached = accrued > TINY * solution.seed  # smaller flow is not known exactly
    scale = solution.seed / accrued if reached else np.nan
    node_cred = np.full(len(chain.graph.mint), np.nan)
    node_cred[chain.nodes] = solution.flow[:rows] * scale
    cred = np.zeros((people, weeks))
    if reached:
        cred[:] = (solution.flow[rows:].reshape(weeks, people) * chain.accrual).T * scale
    return Scores(
        epochs=chain.epochs,
        participants=chain.graph.participants,
        cred=cred,
        node_cred=node_cred,
        total_mint=chain.total_mint,
        scale=scale,
    )

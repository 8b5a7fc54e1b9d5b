"""Slow and obvious second implementations to compare with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from cred.chain.transition_matrix import TransitionMatrix

Floats = NDArray[np.float64]


def sourcecred_iteration(
    matrix: csr_array, threshold: float = 1e-7, most: int = 255
) -> tuple[Floats, int]:
    """SourceCred's own way to solve: SPEC-sourcecred.md §7.

    From uniform over all nodes of the chain, step until no node changes by `threshold` or
    `most` steps are done; the answer is the distribution *before* the step that changed so
    little. Also returns the steps, that one included.
    """
    step = matrix.T.tocsr()
    x = np.full(matrix.shape[0], 1 / matrix.shape[0])
    for steps in range(most):
        following = step @ x
        if np.abs(following - x).max() < threshold:
            return x, steps + 1
        x = following
    return x, most


def dense_eigenvector(chain: TransitionMatrix) -> Floats:
    """The left eigenvector to the eigenvalue 1, every entry to nearly full precision.

    States are eliminated one after the other, the seed last, and nothing is ever subtracted:
    Grassmann, Taksar and Heyman 1985; O'Cinneide 1993 bounds each entry's relative error. (A
    general eigensolver errs relative to the largest entry, and cred may be far smaller.)
    """
    seed = len(chain.nodes)
    rate = chain.complete().toarray()
    others = np.delete(np.arange(len(rate)), seed)
    order = np.concatenate(([seed], others))
    rate = rate[np.ix_(order, order)]
    for last in range(len(rate) - 1, 0, -1):
        rate[:last, last] /= rate[last, :last].sum()
        rate[:last, :last] += np.outer(rate[:last, last], rate[last, :last])
    vector = np.ones(len(rate))
    for state in range(1, len(rate)):
        vector[state] = vector[:state] @ rate[:state, state]
    answer = np.empty(len(rate))
    answer[order] = vector / vector.sum()
    return answer


@dataclass(frozen=True)
class Read:
    """Scores read off a distribution over all nodes of the chain."""

    nodes: Floats
    """Cred of the contributions, in the chain's order."""
    accumulators: Floats
    cred: Floats
    """Shape (participants, weeks)."""
    seed: float


def scores_of(distribution: Floats, chain: TransitionMatrix) -> Read:
    """Scale a distribution to what was minted: SPEC-sourcecred.md §7."""
    rows, (weeks, people) = len(chain.nodes), chain.accrual.shape
    blocks = distribution[rows + 1 :].reshape(weeks, 1 + people)
    scale = chain.mint.sum() / blocks[:, 0].sum()
    return Read(
        nodes=distribution[:rows] * scale,
        accumulators=blocks[:, 0] * scale,
        cred=(blocks[:, 1:] * chain.accrual).T * scale,
        seed=float(distribution[rows] * scale),
    )

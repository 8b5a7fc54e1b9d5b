"""Slow and simple second implementations, to compare with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from cred.addresses import GADGET, Address
from cred.chain.transition_matrix import TransitionMatrix

Floats = NDArray[np.float64]


def sourcecred_iteration(
    matrix: csr_array, threshold: float = 1e-7, most: int = 255
) -> tuple[Floats, int]:
    """Return what SourceCred's iteration gives, and its steps (SPEC-sourcecred.md §7).

    It starts from the uniform distribution over all nodes of the chain, and takes steps until
    no node changes by `threshold` or `most` steps are taken. The result is the distribution
    *before* the last step; the number of steps includes that one.
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
    """Return the left eigenvector of the eigenvalue 1, each entry to nearly full precision.

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
    result = np.empty(len(rate))
    result[order] = vector / vector.sum()
    return result


@dataclass(frozen=True)
class ScoresOfDistribution:
    """Scores that a distribution over all nodes of the chain gives."""

    nodes: Floats
    """Cred of the contributions, in the chain's order."""
    accumulators: Floats
    cred: Floats
    """Shape (participants, weeks)."""
    seed: float


def scores_of(distribution: Floats, chain: TransitionMatrix) -> ScoresOfDistribution:
    """Scale a distribution to what was minted: SPEC-sourcecred.md §7."""
    rows, (weeks, people) = len(chain.nodes), chain.accrual.shape
    blocks = distribution[rows + 1 :].reshape(weeks, 1 + people)
    scale = chain.mint.sum() / blocks[:, 0].sum()
    return ScoresOfDistribution(
        nodes=distribution[:rows] * scale,
        accumulators=blocks[:, 0] * scale,
        cred=(blocks[:, 1:] * chain.accrual).T * scale,
        seed=float(distribution[rows] * scale),
    )


def complete_addresses(chain: TransitionMatrix) -> list[Address]:
    """Return SourceCred's addresses of the rows of `TransitionMatrix.complete`."""
    names = [chain.graph.node_address(int(node)) for node in chain.nodes]
    names.append((*GADGET, "SEED"))
    for start in chain.epochs.starts_ms:
        names.append((*GADGET, "EPOCH_ACCUMULATOR", str(start)))
        week = (*GADGET, "USER_EPOCH", str(start))
        names += [(*week, name) for name in chain.graph.participants]
    return names

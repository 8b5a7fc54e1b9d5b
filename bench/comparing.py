"""The solver beside others, on the same chain, to the same accuracy.

Accuracy is the L1 distance of everybody's weekly cred from that of a far closer solution, as a
part of all cred. What each is given: our solver the chain; power iteration and networkx the
complete stochastic matrix, seed and accumulators included, as a textbook would.
"""

from typing import Any, Final

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bench.measuring import median_of
from cred.chain import TransitionMatrix
from cred.stationary import stationary

_TOLERANCE: Final = 1e-9
_MOST_STEPS: Final = 2_000
_NETWORKX_REPEATS: Final = 1


def compared(chain: TransitionMatrix, repeats: int) -> dict[str, Any]:
    """Return seconds of each way, and the accuracy that they reach."""
    exact = _weekly(chain, stationary(chain, tolerance=1e-14).distribution(chain))

    def error(distribution: NDArray[np.float64]) -> float:
        return float(np.abs(_weekly(chain, distribution) - exact).sum())

    ours_s, solution = median_of(repeats, lambda: stationary(chain, tolerance=_TOLERANCE))
    reached = max(error(solution.distribution(chain)), 1e-14)

    matrix_s, matrix = median_of(repeats, lambda: _columns(chain))
    steps = _steps_to(matrix, error, reached)

    def power() -> NDArray[np.float64]:
        distribution = np.full(matrix.shape[0], 1 / matrix.shape[0])
        for _ in range(steps):
            distribution = matrix @ distribution
        return distribution

    power_s, _ = median_of(repeats, power)
    pass_s, _ = median_of(
        max(repeats, 5),
        lambda: (matrix.data.sum(), matrix.indices.sum(), matrix.indptr.sum()),
    )
    graph = nx.from_scipy_sparse_array(chain.complete(), create_using=nx.DiGraph)
    size = matrix.shape[0]
    networkx_s, ranks = median_of(
        _NETWORKX_REPEATS,
        lambda: nx.pagerank(graph, alpha=1.0, tol=reached / size, max_iter=_MOST_STEPS),
    )
    return {
        "ours_s": ours_s,
        "ours_steps": solution.steps,
        "reached": reached,
        "matrix_s": matrix_s,
        "matrix_entries": int(matrix.nnz),
        "power_s": power_s,
        "power_steps": steps,
        "pass_s": pass_s,
        "networkx_s": networkx_s,
        "networkx_error": error(np.fromiter(ranks.values(), np.float64, size)),
    }


def _columns(chain: TransitionMatrix) -> csr_array:
    """Return the complete matrix turned over, as power iteration multiplies with it."""
    return chain.complete().T.tocsr()


def _weekly(chain: TransitionMatrix, distribution: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return everybody's weekly cred as a part of all."""
    rows = distribution[chain.placed()][len(chain.nodes) :]
    whole: NDArray[np.float64] = rows / rows.sum()
    return whole


def _steps_to(matrix: Any, error: Any, wanted: float) -> int:  # noqa: ANN401 -- scipy's
    """Return how many steps power iteration needs; looked for beforehand, so not timed."""
    distribution = np.full(matrix.shape[0], 1 / matrix.shape[0])
    for step in range(1, _MOST_STEPS):
        distribution = matrix @ distribution
        if error(distribution) <= wanted:
            return step
    return _MOST_STEPS

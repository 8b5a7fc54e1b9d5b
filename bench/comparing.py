"""Compare the solver with others, on the same chain and to the same accuracy.

The error is the L1 distance of everybody's weekly cred from that of a much closer solution, as
a fraction of all cred. The solver is given the reduced system, the plain engine the chain, and
power iteration and networkx the complete stochastic matrix, with seed and accumulators, as in a
textbook.
"""

from typing import Any, Final

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bench.measuring import median_of
from cred.chain.stationary import stationary_distribution
from cred.chain.transition_matrix import TransitionMatrix
from cred.solver.reduced_system import Flow, ReducedSystem

_TOLERANCES: Final = (1e-6, 1e-9)
_MOST_STEPS: Final = 2_000
_NETWORKX_REPEATS: Final = 1


def compare_solvers(
    chain: TransitionMatrix, reduced: ReducedSystem, repeats: int
) -> list[dict[str, Any]]:
    """Return the seconds that each takes and the error it reaches, for each tolerance."""
    exact = _weekly(chain, stationary_distribution(chain, tolerance=1e-14).flow)
    matrix_s, matrix = median_of(repeats, lambda: _columns(chain))
    pass_s, _ = median_of(
        max(repeats, 5),
        lambda: (matrix.data.sum(), matrix.indices.sum(), matrix.indptr.sum()),
    )
    shared = {"matrix_s": matrix_s, "matrix_entries": int(matrix.nnz), "pass_s": pass_s}
    graph = nx.from_scipy_sparse_array(chain.complete(), create_using=nx.DiGraph)
    positions = chain.complete_positions()

    def error(distribution: NDArray[np.float64]) -> float:
        return float(np.abs(_weekly(chain, distribution[positions]) - exact).sum())

    return [
        shared | _compare_at(chain, reduced, matrix, graph, error, exact, tolerance, repeats)
        for tolerance in _TOLERANCES
    ]


def _compare_at(
    chain: TransitionMatrix,
    reduced: ReducedSystem,
    matrix: csr_array,
    graph: Any,
    error: Any,
    exact: NDArray[np.float64],
    tolerance: float,
    repeats: int,
) -> dict[str, Any]:
    ours_s, flow = median_of(
        repeats,
        lambda: solve_with_nodes(reduced, chain.graph.mint, tolerance=tolerance, each=False),
    )
    off = np.abs(_weekly(chain, flow.by_row(chain.nodes)) - exact).sum()
    reached = max(float(off), 1e-14)
    plain_s, plain = median_of(
        repeats, lambda: stationary_distribution(chain, tolerance=tolerance)
    )
    steps = _steps_to(matrix, error, reached)

    def power() -> NDArray[np.float64]:
        distribution = np.full(matrix.shape[0], 1 / matrix.shape[0])
        for _ in range(steps):
            distribution = matrix @ distribution
        return distribution

    power_s, _ = median_of(repeats, power)
    size = matrix.shape[0]
    networkx_s, ranks = median_of(
        _NETWORKX_REPEATS,
        lambda: nx.pagerank(graph, alpha=1.0, tol=reached / size, max_iter=_MOST_STEPS),
    )
    return {
        "ours_s": ours_s,
        "ours_steps": flow.steps,
        "reached": reached,
        "plain_s": plain_s,
        "plain_steps": plain.steps,
        "power_s": power_s,
        "power_steps": steps,
        "networkx_s": networkx_s,
        "networkx_error": error(np.fromiter(ranks.values(), np.float64, size)),
    }


def solve_with_nodes(
    reduced: ReducedSystem,
    mint: NDArray[np.float64],
    *,
    tolerance: float = 1e-13,
    each: bool = True,
) -> Flow:
    """Solve for everybody and for every node."""
    flow = reduced.solve(mint, tolerance=tolerance, each=each)
    _ = flow.node
    return flow


def _columns(chain: TransitionMatrix) -> csr_array:
    """Return the transposed complete matrix, which power iteration multiplies with."""
    return chain.complete().T.tocsr()


def _weekly(chain: TransitionMatrix, flow: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return everybody's weekly cred as a fraction of all, from the flow of chain rows."""
    cred = flow[len(chain.nodes) :] * chain.accrual.ravel()
    fractions: NDArray[np.float64] = cred / cred.sum()
    return fractions


def _steps_to(matrix: Any, error: Any, largest_error: float) -> int:
    """Return how many steps power iteration needs. This is found beforehand and not timed."""
    distribution = np.full(matrix.shape[0], 1 / matrix.shape[0])
    for step in range(1, _MOST_STEPS):
        distribution = matrix @ distribution
        if error(distribution) <= largest_error:
            return step
    return _MOST_STEPS

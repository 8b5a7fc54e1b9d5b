"""The stationary distribution of the chain, computed without the seed.

Let Q hold the steps between the chain's rows (`TransitionMatrix.inner`), m what each row mints,
and M = Σ m. A walk that returns to the seed starts anew in proportion to m, so the stationary
distribution satisfies π = π[seed] m / M + Qᵀ π on the rows. With y = π M / π[seed] that is

    y = m + Qᵀ y                                                                    (1)

without the seed or the accumulators, which only lead back to it: the flow through the seed is
M, and the flow through the accumulator of a week is Σ accrual · y over that week's rows.
Dividing everything by its sum gives π.

Q = N + W: steps along edges and attributions, and webbing, which ties only the weeks of one
participant and is solved exactly (`cred.chain.webbing`). With F = (I - Wᵀ)⁻¹ ≥ 0 and G = F Nᵀ
≥ 0, (1) becomes y = F m + G y, so y = d₀ + d₁ + d₂ + …, d₀ = F m, dₖ₊₁ = G dₖ. All terms are
non-negative: no digit is lost to subtraction, and a part without cred has exactly none.

When to stop ------------ Let S be the sum of h successive terms and S' = Gʰ S the sum of the
next h. If S' ≤ r S in every row and r < 1, then, G being non-negative, the terms still missing
sum to at most (r + r² + …) S' = r / (1 - r) S' in every row. (A window of terms is used
because graphs of people and contributions are nearly bipartite, so odd and even terms differ.)
The iteration stops when this is at most `tolerance` times y in each row, however small. It
bounds the relative error of each row's flow, and so of each participant's week; the L1
distance of π from π P is at most twice that.

Rows whose flow is below 1e-200 of what is minted are left out of the test, as they are near the
limits of floating point: the k-th week after the last activity has about 0.1ᵏ.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from cred.addresses import IDENTITY, Address, format_address
from cred.chain.transition_matrix import ChainRows, TransitionMatrix
from cred.errors import InvalidInputError, NotConvergedError
from cred.grouping import sum_by_group

_WINDOW = 8
"""Number of terms summed between two tests; h above."""

TINY: Final = 1e-200
"""Flow, as a fraction of all that is minted, below which no accuracy is promised."""

_NOTHING = 1e-250
"""Growth below which a row cannot matter to one above `TINY`."""

LEAK: Final = 1e-15
"""Probability of leaving for the seed or an accumulator below which it is only rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Stationary:
    """The solution of (1), and how exact it is."""

    flow: NDArray[np.float64]
    """Shape (b + w p,): y, the flow through each of the chain's rows while all that is minted
    flows through the seed."""
    accumulated: NDArray[np.float64]
    """Shape (w,): flow through each week's accumulator."""
    seed: float
    """Flow through the seed: all that is minted."""
    steps: int
    error: float
    """Bound of the relative error of any row's flow."""
    residual: float
    """L1 distance of π from π P."""

    def distribution(self, chain: ChainRows) -> NDArray[np.float64]:
        """Return π over all nodes, in the order of `TransitionMatrix.complete`; sums to 1."""
        weeks, people = chain.accrual.shape
        whole = np.empty(len(self.flow) + 1 + weeks)
        whole[chain.complete_positions()] = self.flow
        whole[len(chain.nodes)] = self.seed
        whole[len(chain.nodes) + 1 + np.arange(weeks) * (1 + people)] = self.accumulated
        whole /= whole.sum()
        return whole


def stationary_distribution(
    chain: TransitionMatrix,
    *,
    tolerance: float = 1e-13,
    max_steps: int = 10_000,
) -> Stationary:
    """Return the distribution that one step of the chain leaves unchanged.

    Parameters
    ----------
    chain
        Every step of the chain.
    tolerance
        Largest relative error of the flow through any row.
    max_steps
        Terms of the series to add before giving up.

    Raises
    ------
    InvalidInputError
        If flow reaches a part of the chain that nothing leaves (possible only where
        `seed_return` is 0).
    NotConvergedError
        If `max_steps` is reached; an unconverged vector is never returned.
    """
    check_exits(chain)
    live, step = _live_part(chain)
    rows, (weeks, people) = len(chain.nodes), chain.accrual.shape
    seed = chain.total_mint

    def advance(term: NDArray[np.float64]) -> NDArray[np.float64]:
        after: NDArray[np.float64] = step @ term
        chain.webbing.solve(after[rows:].reshape(weeks, len(live)))
        return after

    term = np.concatenate([chain.mint / seed, np.zeros(weeks * len(live))])
    total = term.copy()
    window = term.copy()
    steps, error = 0, np.inf
    while error > tolerance:
        if steps >= max_steps:
            raise NotConvergedError(steps, error, tolerance)
        previous, window = window, np.zeros_like(term)
        for _ in range(_WINDOW):
            term = advance(term)
            window += term
        steps += _WINDOW
        total += window
        error = _missing(previous, window, total)

    flow = np.zeros(rows + weeks * people)
    flow[:rows] = total[:rows] * seed
    flow[rows:].reshape(weeks, people)[:, live] = total[rows:].reshape(weeks, -1) * seed
    arriving = sum_by_group(
        chain.destination, chain.probability * flow[chain.origin], len(flow)
    )
    returning = float(chain.radiation @ flow)
    return certify(chain, flow, arriving, returning, steps=steps, error=error)


def certify(
    chain: ChainRows,
    flow: NDArray[np.float64],
    arriving: NDArray[np.float64],
    returning: float,
    *,
    steps: int,
    error: float,
) -> Stationary:
    """Return a solution with its residual, however it was computed.

    Parameters
    ----------
    chain
        The chain that it solves.
    flow
        Shape (b + w p,).
    arriving
        Shape (b + w p,): what one step takes to each row along edges and attributions.
        Overwritten.
    returning
        What one step returns to the seed, not counting accumulators.
    steps, error
        As the solver reports them.
    """
    by_week = flow[len(chain.nodes) :].reshape(chain.accrual.shape)
    accumulated = np.einsum("wp,wp->w", chain.accrual, by_week)
    return Stationary(
        flow=flow,
        accumulated=accumulated,
        seed=chain.total_mint,
        steps=steps,
        error=error,
        residual=_residual(chain, flow, arriving, returning, float(accumulated.sum())),
    )


def _live_part(chain: TransitionMatrix) -> tuple[NDArray[np.int64], csr_array]:
    """Return the participants that flow can reach, and Nᵀ without the others.

    Participants whom no edge and no attribution leads to have exactly no cred in any week.
    """
    rows, (weeks, people) = len(chain.nodes), chain.accrual.shape
    reached = chain.destination[chain.destination >= rows] - rows
    live = np.unique(reached % max(people, 1)).astype(np.int64)
    column = np.full(rows + weeks * people, -1, dtype=np.int64)
    column[:rows] = np.arange(rows)
    column[rows:].reshape(weeks, people)[:, live] = rows + np.arange(weeks * len(live)).reshape(
        weeks, len(live)
    )
    origin, destination = column[chain.origin], column[chain.destination]
    keep = origin >= 0
    size = rows + weeks * len(live)
    step = coo_array(
        (chain.probability[keep], (destination[keep], origin[keep])), shape=(size, size)
    ).tocsr()
    return live, step


def _missing(
    previous: NDArray[np.float64], window: NDArray[np.float64], total: NDArray[np.float64]
) -> float:
    """Return the bound of the relative error that the module's docstring derives."""
    grows = window > _NOTHING
    if not grows.any():
        return 0.0
    with np.errstate(divide="ignore", over="ignore"):
        ratio = float((window[grows] / previous[grows]).max())
    if ratio >= 1.0:
        return np.inf
    counts = total > TINY
    return ratio / (1.0 - ratio) * float((window[counts] / total[counts]).max())


def _residual(
    chain: ChainRows,
    flow: NDArray[np.float64],
    image: NDArray[np.float64],
    returning: float,
    accumulated: float,
) -> float:
    """Return the L1 distance; adds the flow from the seed and by webbing to `image`."""
    rows, (weeks, people) = len(chain.nodes), chain.accrual.shape
    image[:rows] += chain.mint
    by_week, into = flow[rows:].reshape(weeks, people), image[rows:].reshape(weeks, people)
    forward, backward = chain.webbing.forward * by_week, chain.webbing.backward * by_week
    into[1:] += forward[:-1]
    into[-1] += forward[-1]
    into[:-1] += backward[1:]
    into[0] += backward[0]
    seed = chain.total_mint
    image -= flow
    distance = float(np.abs(image, out=image).sum()) + abs(returning + accumulated - seed)
    return distance / (seed + float(flow.sum()) + accumulated)


def check_exits(chain: TransitionMatrix) -> None:
    """Refuse a chain in which flow can reach a part that it never leaves.

    Raises
    ------
    InvalidInputError
        If there is such a part; the message names a node in it.
    """
    if chain.parameters.seed_return >= LEAK:
        return
    inner = chain.inner()
    count, part = connected_components(inner, directed=True, connection="strong")
    leaves = chain.radiation.copy()
    leaves[len(chain.nodes) :] += chain.accrual.ravel()
    steps = inner.tocoo()
    origin, destination = steps.coords
    open_parts = np.zeros(count, np.bool_)
    open_parts[part[leaves > LEAK]] = True
    open_parts[part[origin[part[origin] != part[destination]]]] = True
    closed = np.flatnonzero(~open_parts[part])
    # A search from an added node that stands for the seed finds what flow reaches.
    seed = len(leaves)
    minting = np.flatnonzero(chain.mint)
    with_seed = coo_array(
        (
            np.ones(len(origin) + len(minting)),
            (
                np.concatenate([origin, np.full(len(minting), seed)]),
                np.concatenate([destination, minting]),
            ),
        ),
        shape=(seed + 1, seed + 1),
    ).tocsr()
    reached = breadth_first_order(with_seed, seed, return_predecessors=False)
    caught = np.intersect1d(closed, reached)
    if len(caught):
        name = format_address(_name(chain, int(caught[0])))
        raise InvalidInputError(
            f"flow that reaches {name} never leaves its "
            "neighbourhood; make seed_return more than 0, or connect it to a participant."
        )


def _name(chain: TransitionMatrix, row: int) -> Address:
    rows = len(chain.nodes)
    if row < rows:
        return chain.graph.node_address(int(chain.nodes[row]))
    people = chain.graph.participants
    return (*IDENTITY, people[(row - rows) % len(people)])

"""The chain: a contribution graph and parameters become a transition matrix.

A walk starts at the *seed*, which sends it to contributions in proportion to what they mint,
and goes on along contribution edges. A participant is one node per week, so that cred stays
where it was earned; an edge joins the week of its own time. From a participant's week a walk
accrues, returns to the seed, moves to a neighbouring week (`cred.chain.webbing`), or goes on
along that week's edges. Reference: SPEC-sourcecred.md §6.

The rows of the chain are the contributions (nodes that belong to no participant), b of them,
then the participants' weeks, week by week: row b + week * p + participant. The seed and the
accumulators are not rows: the steps to them are kept in `accrual` and `radiation`, the steps
from the seed in `mint`, and `TransitionMatrix.complete` puts everything together.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from cred.addresses import IDENTITY, format_address
from cred.chain.attributions import EpochAttributions
from cred.chain.parameters import Parameters
from cred.chain.webbing import Webbing, webbing
from cred.epochs import Epochs
from cred.errors import InvalidInputError
from cred.graph.contribution_graph import ContributionGraph
from cred.grouping import sort_by_group, sum_by_group

_ROUNDING = 1e-9
"""How far the sum of a row may be from 1. SourceCred accepts 1e-3."""

ATTRIBUTION = -1
"""In `TransitionMatrix.edge`: the step is a personal attribution."""


@dataclass(frozen=True, slots=True, eq=False)
class ChainRows:
    """The rows of a chain, without their steps along edges."""

    graph: ContributionGraph
    """The graph that the chain was built from."""
    nodes: NDArray[np.int64]
    """Shape (b,): node of the graph that each of the first rows stands for."""
    epochs: Epochs
    parameters: Parameters
    webbing: Webbing
    mint: NDArray[np.float64]
    """Shape (b,): cred that each contribution mints."""
    accrual: NDArray[np.float64]
    """Shape (w, p): probability of going to the week's accumulator."""

    @property
    def total_mint(self) -> float:
        """All cred that is minted."""
        return float(self.mint.sum())

    def complete_positions(self) -> NDArray[np.int64]:
        """Return each row's position in the order of `TransitionMatrix.complete`."""
        rows, (weeks, people) = len(self.nodes), self.accrual.shape
        week, participant = np.divmod(np.arange(weeks * people), max(people, 1))
        return np.concatenate([np.arange(rows), rows + 2 + week * (1 + people) + participant])


@dataclass(frozen=True, slots=True, eq=False)
class TransitionMatrix(ChainRows):
    """Every step of the walk.

    Raises
    ------
    InvalidInputError
        If a row does not sum to 1.
    """

    starts: NDArray[np.int64]
    """Shape (b + w p + 1,): steps are sorted by destination; those to row r are
    `starts[r]` up to `starts[r + 1]`."""
    origin: NDArray[np.int32]
    """Shape (t,): row that a step along an edge or attribution starts from."""
    destination: NDArray[np.int32]
    probability: NDArray[np.float64]
    """Shape (t,): probability of the step; parallel steps are listed separately."""
    edge: NDArray[np.int32]
    """Shape (t,): the graph's edge, or `ATTRIBUTION`."""
    reverse: NDArray[np.bool_]
    """Shape (t,): the step goes from the edge's target to its source."""
    radiation: NDArray[np.float64]
    """Shape (b + w p,): probability of returning to the seed."""

    def __post_init__(self) -> None:
        sums = self.radiation + sum_by_group(self.origin, self.probability, len(self.radiation))
        webbing_sum = self.webbing.forward + self.webbing.backward
        sums[len(self.nodes) :] += self.accrual.ravel() + webbing_sum
        bad = np.flatnonzero(~(np.abs(sums - 1.0) <= _ROUNDING))
        if len(bad):
            raise InvalidInputError(
                f"row {bad[0]} of the chain must sum to 1, not to {sums[bad[0]]}."
            )

    def arriving(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the steps to some rows, and the index in `rows` of each one's destination."""
        counts = self.starts[rows + 1] - self.starts[rows]
        at = np.repeat(np.arange(len(rows)), counts)
        before = np.cumsum(counts) - counts
        return np.arange(len(at)) - before[at] + self.starts[rows[at]], at

    def inner(self) -> csr_array:
        """Return the steps between rows, webbing included: shape (b + w p, b + w p)."""
        size = len(self.radiation)
        origin, destination, chance = self._webbing_steps()
        matrix = coo_array(
            (
                np.concatenate([self.probability, chance]),
                (
                    np.concatenate([self.origin, origin]),
                    np.concatenate([self.destination, destination]),
                ),
            ),
            shape=(size, size),
        ).tocsr()
        matrix.eliminate_zeros()
        return matrix

    def complete(self) -> csr_array:
        """Return the whole stochastic matrix, with the seed and the accumulators.

        The order is SourceCred's: contributions (in the graph's order, where SourceCred sorts
        them by address), the seed, then for each week its accumulator and the participants'
        weeks.
        """
        rows, (weeks, people) = len(self.nodes), self.accrual.shape
        size = rows + 1 + weeks * (1 + people)
        place = self.complete_positions()
        inner = self.inner().tocoo()
        accumulator = rows + 1 + np.arange(weeks) * (1 + people)
        seed = np.full(len(self.radiation), rows)
        parts = [
            (place[inner.coords[0]], place[inner.coords[1]], inner.data),
            (place[rows:], np.repeat(accumulator, people), self.accrual.ravel()),
            (place, seed, self.radiation),
            (accumulator, seed[:1].repeat(weeks), np.ones(weeks)),
            (seed[:1].repeat(rows), place[:rows], self.mint / self.total_mint),
        ]
        origin, destination, chance = (
            np.concatenate(part) for part in zip(*parts, strict=True)
        )
        matrix = coo_array((chance, (origin, destination)), shape=(size, size)).tocsr()
        matrix.eliminate_zeros()
        return matrix

    def _webbing_steps(
        self,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        weeks, people = self.accrual.shape
        origin = np.arange(weeks * people)
        week, participant = np.divmod(origin, max(people, 1))
        ahead = np.minimum(week + 1, weeks - 1) * people + participant
        behind = np.maximum(week - 1, 0) * people + participant
        first = len(self.nodes)
        return (
            np.concatenate([origin, origin]) + first,
            np.concatenate([ahead, behind]) + first,
            np.repeat([self.webbing.forward, self.webbing.backward], len(origin)),
        )


def chain_rows(
    graph: ContributionGraph,
    epochs: Epochs,
    parameters: Parameters,
    attributions: EpochAttributions,
) -> ChainRows:
    """Return the rows of a graph's chain.

    Parameters
    ----------
    graph, epochs, parameters
        What to build it from.
    attributions
        Personal attributions by epoch.

    Raises
    ------
    InvalidInputError
        If a node's weight is negative or not finite, an edge's is not finite, or nothing mints.
    """
    _check_weights(graph)
    nodes = np.flatnonzero(graph.present & (graph.participant < 0))
    mint = graph.mint[nodes]
    if not mint.sum() > 0.0:
        raise InvalidInputError("no node mints: give some kind of node a weight above 0.")
    weeks = len(epochs)
    passed_on = attributions.total_given(weeks, len(graph.participants))
    return ChainRows(
        graph=graph,
        nodes=nodes,
        epochs=epochs,
        parameters=parameters,
        webbing=webbing(parameters, weeks),
        mint=mint,
        accrual=parameters.accrual * (1.0 - passed_on),
    )


def transition_matrix(
    graph: ContributionGraph,
    epochs: Epochs,
    parameters: Parameters,
    attributions: EpochAttributions,
    *,
    sourcecred_boundaries: bool = False,
) -> TransitionMatrix:
    """Return the chain of a graph.

    Parameters
    ----------
    graph, epochs, parameters
        What to build it from.
    attributions
        Personal attributions by epoch.
    sourcecred_boundaries
        Count an edge exactly at a week's start in the week before, as SourceCred does.

    Raises
    ------
    InvalidInputError
        As `chain_rows`; or if the weights at a node sum to more than a number can hold.
    """
    rows = chain_rows(graph, epochs, parameters, attributions)
    weeks, people = rows.accrual.shape
    first, size = len(rows.nodes), len(rows.nodes) + weeks * people

    # Steps along edges, in each direction that has a weight.
    row_of = np.cumsum(graph.present & (graph.participant < 0)) - 1
    week = epochs.indices(graph.edge_ms, sourcecred=sourcecred_boundaries) * people

    def ends(node: NDArray[np.int32]) -> NDArray[np.int64]:
        participant = graph.participant[node]
        return np.where(participant < 0, row_of[node], first + week + participant)

    source, target = ends(graph.source), ends(graph.target)
    out, back = graph.forward > 0.0, graph.backward > 0.0
    origin = np.concatenate([source[out], target[back]])
    destination = np.concatenate([target[out], source[back]])
    weight = np.concatenate([graph.forward[out], graph.backward[back]])
    edge = np.concatenate([np.flatnonzero(out), np.flatnonzero(back)])
    reverse = np.repeat([False, True], [np.count_nonzero(out), np.count_nonzero(back)])

    # Their probabilities.
    total = sum_by_group(origin, weight, size)
    participant = np.arange(size - first) % max(people, 1)
    check_totals(graph, total, rows.nodes, participant)
    goes_on = total > 0.0
    share = np.full(size, 1.0 - parameters.seed_return)
    share[first:] = parameters.remainder
    radiation = np.where(goes_on, parameters.seed_return, parameters.seed_return + share)

    # Attributions, as further steps.
    week_row = attributions.epoch * people + first
    destination = np.concatenate([destination, week_row + attributions.receiver])
    order, starts = sort_by_group(destination, size)
    # weight / total first: their product with the share cannot overflow then
    probability = weight / total[origin] * share[origin]
    passed_on = parameters.accrual * attributions.proportion
    no_edge = np.full(len(week_row), ATTRIBUTION)
    return TransitionMatrix(
        graph=graph,
        nodes=rows.nodes,
        epochs=epochs,
        parameters=parameters,
        webbing=rows.webbing,
        mint=rows.mint,
        accrual=rows.accrual,
        starts=starts,
        origin=_narrow(np.concatenate([origin, week_row + attributions.giver])[order]),
        destination=_narrow(destination[order]),
        probability=np.concatenate([probability, passed_on])[order],
        edge=_narrow(np.concatenate([edge, no_edge])[order]),
        reverse=np.concatenate([reverse, np.zeros(len(week_row), np.bool_)])[order],
        radiation=radiation,
    )


def _check_weights(graph: ContributionGraph) -> None:
    bad = np.flatnonzero(~(np.isfinite(graph.mint) & (graph.mint >= 0.0)))
    if len(bad):
        node = int(bad[0])
        raise InvalidInputError(
            f"the weight of node {format_address(graph.node_address(node))} must be a number "
            f"from 0 up, not {graph.mint[node]}."
        )
    bad = np.flatnonzero(~(np.isfinite(graph.forward) & np.isfinite(graph.backward)))
    if len(bad):
        edge = int(bad[0])
        raise InvalidInputError(
            f"the weights of edge {format_address(graph.edge_address(edge))} must be numbers, "
            f"not {graph.forward[edge]} and {graph.backward[edge]}."
        )
    with np.errstate(over="ignore"):
        all_mint = graph.mint.sum()
    if not np.isfinite(all_mint):
        raise InvalidInputError("all nodes together mint more than a number can hold.")


def check_totals(
    graph: ContributionGraph,
    total: NDArray[np.float64],
    nodes: NDArray[np.integer[Any]],
    participant: NDArray[np.integer[Any]],
) -> None:
    """Refuse sums of weights that are too large for a float.

    Parameters
    ----------
    graph
        Gives the names.
    total
        Shape (rows,): the sum of the weights that lead away from each row.
    nodes, participant
        What the rows stand for: first nodes, then weeks of participants.

    Raises
    ------
    InvalidInputError
        If one is infinite; the message names the row.
    """
    bad = np.flatnonzero(np.isinf(total))
    if len(bad):
        row = int(bad[0])
        name = (
            graph.node_address(int(nodes[row]))
            if row < len(nodes)
            else (*IDENTITY, graph.participants[participant[row - len(nodes)]])
        )
        raise InvalidInputError(
            f"the weights of the edges of {format_address(name)} sum to more than a number "
            "can hold."
        )


def _narrow(numbers: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return row numbers in four bytes each: no chain that fits in memory has 2³¹ rows."""
    return numbers.astype(np.int32)

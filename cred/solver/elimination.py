"""Exact elimination of contributions with few neighbours from the linear system.

Let the flow y obey y = m + Qᵀ y (`cred.chain.stationary`). Eliminating a row v (taking the
Schur complement) passes what enters v directly on to its neighbours. With q(s, r) the
probability of the step s → r, lost(v) the probability of leaving v for the seed or an
accumulator, and

    d(v) = lost(v) + Σ q(v, r)   over the neighbours r,       p(v, r) = q(v, r) / d(v)

v disappears when the step of each neighbour s to v is replaced by

    q'(s, r) = q(s, r) + q(s, v) p(v, r)          to every other neighbour r,
    q'(s, s) = q(s, s) + q(s, v) p(v, s)          to itself,
    lost'(s) = lost(s) + q(s, v) lost(v) / d(v)   to the seed,
    m'(s) = m(s) + p(v, s) m(v)                   as its mint.

A step from a row to itself (its *loop*) does not make the row its own neighbour: it only
repeats a visit. d(v) is a sum of non-negative terms, never 1 minus something, so every number
is exact to rounding however small it is (Grassmann, Taksar, Heyman 1985). Back-substitution
then gives v's own flow: x(v) = m(v) + Σ q(s, v) y(s), y(v) = x(v) (d(v) + q(v, v)) / d(v).

A row with two neighbours leaves one edge where there were two, and a row with three leaves
three where there were three, so there is no fill-in; a reaction has two neighbours, its
author's week and the message. Rows that are neighbours of each other cannot be eliminated at
once: the one that comes first in a shuffled order goes in this *round*, the others perhaps in
the next. Weeks of participants are not eliminated here, as webbing joins them
(`cred.solver.inactive_weeks`).

As in sparse direct solvers there is a symbolic phase (`symbolic_elimination`), which depends
only on who is joined to whom, and a numeric phase (`SymbolicElimination.eliminate`), which
depends on the weights. Each step has a fixed position: those of edge e are 2 e, from its first
end, and 2 e + 1, back. Edges that elimination creates get the next numbers.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cred.grouping import sort_by_group, sum_by_group

_Ints = NDArray[np.uint32]
_Floats = NDArray[np.float64]

MOST_NEIGHBOURS: Final = 3
"""Of a row that is eliminated. More would create more edges than it removes."""

_MOST_EDGES: Final = 12
"""Rows with more edges than this, parallel ones included, are not candidates."""

_MOST_ROUNDS: Final = 8

_WORTH_IT: Final = 0.15
"""Fraction of the remaining rows that a round must eliminate to be worth doing."""


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """Q by edges. Entries of eliminated rows and edges are meaningless."""

    lost: _Floats
    """Shape (rows,): probability of leaving for the seed or an accumulator."""
    loop: _Floats
    """Shape (rows,): probability of a step from the row to itself."""
    steps: _Floats
    """Shape (2 edges,), with the edges that elimination creates: probability of each step."""


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """Rows that are eliminated together, and the edges that join them to other rows.

    A *slot* is one neighbour of one eliminated row. Parallel edges give it further steps.
    """

    rows: _Ints
    """Shape (f,): the rows to eliminate."""
    outgoing: _Ints
    """Shape (slots,): position of the step to the neighbour. The position of the step back
    differs in the last bit."""
    parallel: _Ints
    """Shape (m,): positions of the steps of parallel edges."""
    parallel_slot: _Ints
    """Shape (m,): their slots."""
    owner: _Ints
    """Shape (slots,): index into `rows` of the slot's row; non-decreasing."""
    neighbour: _Ints
    """Shape (slots,): the row at the other end."""
    pairs: tuple[_Ints, _Ints]
    """Each of shape (new edges,): two slots of one row, whose neighbours a new edge joins."""


@dataclass(frozen=True, slots=True, eq=False)
class RoundFactors:
    """Numeric factors of one round, for substitution in either direction."""

    incoming: _Floats
    """Shape (slots,): q from the neighbour."""
    outgoing: _Floats
    """Shape (slots,): p to the neighbour."""
    visits: _Floats
    """Shape (f,): y per x; 1 where the row has no loop."""


@dataclass(frozen=True, slots=True, eq=False)
class SymbolicElimination:
    """Which rows are eliminated in which round, and what remains."""

    rounds: tuple[Round, ...]
    given_edges: int
    """Number of edges before elimination."""
    edges: int
    """Number of edges with those that elimination creates."""
    remaining: _Ints
    """Rows that are not eliminated, in order."""
    first: _Ints
    """Shape (remaining edges,): row at the first end."""
    second: _Ints
    edge: _Ints
    """Shape (remaining edges,): number of the edge."""

    def eliminate(self, system: System) -> list[RoundFactors]:
        """Eliminate the rows from a system, in place, and return the factors of each round."""
        factors = []
        next_edge = self.given_edges
        for round_ in self.rounds:
            factors.append(_eliminate_round(round_, system, next_edge))
            next_edge += len(round_.pairs[0])
        return factors

    def forward_substitute(self, factors: list[RoundFactors], mint: _Floats) -> _Floats:
        """Return m, shape (rows,), of the reduced system.

        Eliminated rows have the value they had when they were eliminated.
        """
        mint = mint.copy()
        for round_, factor in zip(self.rounds, factors, strict=True):
            passed = factor.outgoing * mint.take(round_.rows).take(round_.owner)
            mint += sum_by_group(round_.neighbour, passed, len(mint))
        return mint

    def back_substitute(
        self, factors: list[RoundFactors], mint: _Floats, flow: _Floats
    ) -> None:
        """Fill in the flow of eliminated rows from the flow of the others.

        Parameters
        ----------
        factors
            Result of `eliminate`.
        mint
            Result of `forward_substitute`.
        flow
            Shape (rows,): flow of the remaining rows; the entries of the others are
            overwritten.
        """
        for round_, factor in zip(reversed(self.rounds), reversed(factors), strict=True):
            entering = factor.incoming * flow.take(round_.neighbour)
            entering = sum_by_group(round_.owner, entering, len(round_.rows))
            entering += mint.take(round_.rows)
            flow[round_.rows] = entering * factor.visits


def symbolic_elimination(
    first: NDArray[np.integer[Any]],
    second: NDArray[np.integer[Any]],
    rows: int,
    contributions: int,
) -> SymbolicElimination:
    """Return which rows of a graph to eliminate in which round.

    Parameters
    ----------
    first, second
        Shape (edges,): the rows that each edge joins; never a row with itself.
    rows
        Number of rows.
    contributions
        Only rows below this number may be eliminated.
    """
    alive = np.ones(rows, np.bool_)
    remaining = _Edges(first.astype(np.intp), second.astype(np.intp), np.arange(len(first)))
    edges = len(first)
    rounds: list[Round] = []
    candidates = contributions
    while candidates and len(rounds) < _MOST_ROUNDS:
        chosen = _choose_round(remaining, edges, alive, contributions, _WORTH_IT * candidates)
        if chosen is None:
            break
        round_, remaining = chosen
        rounds.append(round_)
        edges += len(round_.pairs[0])
        alive[round_.rows] = False
        candidates -= len(round_.rows)
    return SymbolicElimination(
        rounds=tuple(rounds),
        given_edges=len(first),
        edges=edges,
        remaining=np.flatnonzero(alive).astype(np.uint32),
        first=remaining.first.astype(np.uint32),
        second=remaining.second.astype(np.uint32),
        edge=remaining.edge.astype(np.uint32),
    )


class _Edges(NamedTuple):
    """Remaining edges: their ends and numbers."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    edge: NDArray[np.intp]


def _choose_round(
    remaining: _Edges,
    next_edge: int,
    alive: NDArray[np.bool_],
    contributions: int,
    least: float,
) -> tuple[Round, _Edges] | None:
    """Return the next round and the edges that remain after it; None if it is too small."""
    first, second, edge = remaining
    rows = len(alive)

    # Candidates: rows with few edges. One entry for each of their edges.
    degree = np.bincount(first, minlength=rows)
    degree += np.bincount(second, minlength=rows)
    candidate = alive & (degree <= _MOST_EDGES)
    candidate[contributions:] = False
    at_first, at_second = np.flatnonzero(candidate[first]), np.flatnonzero(candidate[second])
    owner = np.concatenate([first[at_first], second[at_second]])
    other = np.concatenate([second[at_first], first[at_second]])
    outgoing = np.concatenate([2 * edge[at_first], 2 * edge[at_second] + 1])
    order, _ = sort_by_group(other, rows)
    order = order[sort_by_group(owner[order], contributions)[0]]
    owner, other, outgoing = owner[order], other[order], outgoing[order]

    # Of those, rows with few neighbours, and of two neighbours only the first in the shuffle.
    begins = np.ones(len(owner), np.bool_)
    begins[1:] = (owner[1:] != owner[:-1]) | (other[1:] != other[:-1])
    candidate &= np.bincount(owner[begins], minlength=rows) <= MOST_NEIGHBOURS
    rivalry = np.flatnonzero(begins & candidate[owner] & candidate[other])
    goes = candidate.copy()
    row, rival = owner[rivalry], other[rivalry]
    goes[row[_shuffled_rank(rival) < _shuffled_rank(row)]] = False

    eliminated = np.flatnonzero(goes)
    if len(eliminated) < least:
        return None

    # Slots of the eliminated rows, and the edges that take the rows' place.
    index = np.cumsum(goes) - 1
    entry = goes[owner]
    begins, owner, outgoing = begins[entry], index[owner[entry]], outgoing[entry]
    slot = np.cumsum(begins) - 1
    slot_owner, neighbour = owner[begins], other[entry][begins]
    kept = np.flatnonzero(~(goes[first] | goes[second]))
    left, right = _pairs(np.bincount(slot_owner, minlength=len(eliminated)))
    after = _Edges(
        np.concatenate([first[kept], neighbour[left]]),
        np.concatenate([second[kept], neighbour[right]]),
        np.concatenate([edge[kept], np.arange(next_edge, next_edge + len(left))]),
    )
    round_ = Round(
        rows=eliminated.astype(np.uint32),
        outgoing=outgoing[begins].astype(np.uint32),
        parallel=outgoing[~begins].astype(np.uint32),
        parallel_slot=slot[~begins].astype(np.uint32),
        owner=slot_owner.astype(np.uint32),
        neighbour=neighbour.astype(np.uint32),
        pairs=(left.astype(np.uint32), right.astype(np.uint32)),
    )
    return round_, after


def _shuffled_rank(row: NDArray[np.integer[Any]]) -> NDArray[np.uint32]:
    """Return each row's rank in an order unrelated to the rows' own; no rank occurs twice."""
    rank: NDArray[np.uint32] = row.astype(np.uint32) * np.uint32(2_654_435_769)  # odd
    return rank


def _pairs(slots: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every pair of slots of one row, given how many slots each row has."""
    begin = np.cumsum(slots) - slots
    parts: tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]] = ([], [])
    for count in range(2, MOST_NEIGHBOURS + 1):
        begins = begin[slots == count]
        for left, right in combinations(range(count), 2):
            parts[0].append(begins + left)
            parts[1].append(begins + right)
    return np.concatenate(parts[0]), np.concatenate(parts[1])


def _eliminate_round(round_: Round, system: System, next_edge: int) -> RoundFactors:
    """Eliminate a round's rows from the system, in place; number new edges from `next_edge`."""
    incoming = system.steps.take(round_.outgoing ^ 1)
    outgoing = system.steps.take(round_.outgoing)
    np.add.at(incoming, round_.parallel_slot, system.steps.take(round_.parallel ^ 1))
    np.add.at(outgoing, round_.parallel_slot, system.steps.take(round_.parallel))
    lost = system.lost.take(round_.rows)
    leaves = lost + sum_by_group(round_.owner, outgoing, len(round_.rows))
    leaves[leaves == 0.0] = 1.0  # only where nothing enters
    outgoing /= leaves.take(round_.owner)
    visits = (leaves + system.loop.take(round_.rows)) / leaves
    also_lost = incoming * (lost / leaves).take(round_.owner)
    rows = len(system.lost)
    system.lost[:] += sum_by_group(round_.neighbour, also_lost, rows)
    system.loop[:] += sum_by_group(round_.neighbour, incoming * outgoing, rows)
    left, right = round_.pairs
    end = next_edge + len(left)
    system.steps[2 * next_edge : 2 * end : 2] = incoming.take(left) * outgoing.take(right)
    system.steps[2 * next_edge + 1 : 2 * end : 2] = incoming.take(right) * outgoing.take(left)
    return RoundFactors(incoming, outgoing, visits)

"""Folding: contributions with few neighbours are eliminated from the system, exactly.

Let flow y obey y = m + Qᵀ y (`cred.chain.stationary`). Of what enters row v, a part goes on to each
neighbour; eliminating v (the Schur complement of its row) hands that on at once. With q(s, r)
the chance of the step s → r, lost(v) the chance of leaving v for the seed, and

    d(v) = lost(v) + Σ q(v, r)   over the neighbours r,       p(v, r) = q(v, r) / d(v)

v disappears when each neighbour s, in place of its step to v, is given

    q'(s, r) = q(s, r) + q(s, v) p(v, r)          to every other neighbour r,
    q'(s, s) = q(s, s) + q(s, v) p(v, s)          to itself,
    lost'(s) = lost(s) + q(s, v) lost(v) / d(v)   to the seed,
    m'(s) = m(s) + p(v, s) m(v)                   as its mint.

A step from a row to itself (its *loop*) is not among the neighbours: it only repeats a visit.
d(v) is a sum of what is there, never 1 minus something: every number is exact to rounding
however small (Grassmann, Taksar, Heyman 1985). Afterwards v's own flow follows from its
neighbours': x(v) = m(v) + Σ q(s, v) y(s), y(v) = x(v) (d(v) + q(v, v)) / d(v). The transposed
system, what flow is worth, folds by the same numbers.

A row with two neighbours leaves one edge where it had two, one with three leaves three for
three, so nothing grows; a reaction has two, its author's week and the message. Rows that are
neighbours of each other cannot go at once: of those the first in a shuffled order goes, the
others perhaps in the next *round*. Weeks of participants are never folded; webbing keeps them
apart (`cred.solver.inactive_weeks`).

What to fold (`symbolic_elimination`) depends only on who is joined to whom; the numbers (`SymbolicElimination.eliminate`) on
weights, too. Steps keep their places: those of edge e are 2 e, from its first end, and 2 e + 1,
back; edges that folding makes have the next numbers.
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
"""Of a row that is folded. More would leave more edges than there were."""

_MOST_EDGES: Final = 12
"""Of a row that is folded, parallel ones included: the others are not looked at closely."""

_MOST_ROUNDS: Final = 8

_WORTH_IT: Final = 0.15
"""Part of the rows left that a round must take away."""


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """Q by edges. What it holds of rows and edges that were folded means nothing."""

    lost: _Floats
    """Shape (rows,): chance of leaving for the seed or an accumulator."""
    loop: _Floats
    """Shape (rows,): chance of a step from the row to itself."""
    steps: _Floats
    """Shape (2 edges,), those that folding makes included: chance of each step."""


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """Which rows go at once, and by which edges they are joined to the others.

    A *slot* is one neighbour of one folded row. Where edges are parallel it has *more* steps.
    """

    rows: _Ints
    """Shape (f,): the rows that go."""
    outgoing: _Ints
    """Shape (slots,): place of the step to the neighbour. That of the step from it differs in
    the last bit."""
    more: _Ints
    """Shape (m,): places of further steps."""
    more_of: _Ints
    """Shape (m,): their slots."""
    owner: _Ints
    """Shape (slots,): which of `rows` the slot is of; increasing."""
    neighbour: _Ints
    """Shape (slots,): the row at the other end."""
    pairs: tuple[_Ints, _Ints]
    """Each of shape (new edges,): two slots of one row. In place of the row, an edge joins
    their neighbours."""


@dataclass(frozen=True, slots=True, eq=False)
class RoundFactors:
    """Numbers of one round, by which mint and flow go in and out of the rows that went."""

    incoming: _Floats
    """Shape (slots,): q from the neighbour."""
    goes_on: _Floats
    """Shape (slots,): p to the neighbour."""
    visits: _Floats
    """Shape (f,): y per x; 1 where the row has no loop."""


@dataclass(frozen=True, slots=True, eq=False)
class SymbolicElimination:
    """What goes, round by round, and what is left."""

    rounds: tuple[Round, ...]
    given: int
    """Edges before anything is folded."""
    edges: int
    """Those that folding makes included."""
    left: _Ints
    """Rows that stay, in order."""
    first: _Ints
    """Shape (edges left,): row at the first end."""
    second: _Ints
    edge: _Ints
    """Shape (edges left,): number of the edge."""

    def eliminate(self, system: System) -> list[RoundFactors]:
        """Fold a system in place; return what the rows that went need."""
        history = []
        new = self.given
        for round_ in self.rounds:
            history.append(_fold(round_, system, new))
            new += len(round_.pairs[0])
        return history

    def forward_substitute(self, history: list[RoundFactors], mint: _Floats) -> _Floats:
        """Return m, shape (rows,), as it is in the end; of rows that went, as they went."""
        mint = mint.copy()
        for round_, folded in zip(self.rounds, history, strict=True):
            passed = folded.goes_on * mint.take(round_.rows).take(round_.owner)
            mint += sum_by_group(round_.neighbour, passed, len(mint))
        return mint

    def back_substitute(
        self, history: list[RoundFactors], mint: _Floats, flow: _Floats
    ) -> None:
        """Fill in the flow of the rows that went, shape (rows,), from that of the others.

        Parameters
        ----------
        history
            Of `eliminate`.
        mint
            Of `forward_substitute`.
        flow
            Flow of the rows that stay; whatever there is of the others is overwritten.
        """
        for round_, folded in zip(reversed(self.rounds), reversed(history), strict=True):
            entering = folded.incoming * flow.take(round_.neighbour)
            entering = sum_by_group(round_.owner, entering, len(round_.rows)) + mint.take(
                round_.rows
            )
            flow[round_.rows] = entering * folded.visits

    def back_substitute_transposed(self, history: list[RoundFactors], worth: _Floats) -> None:
        """Fill in what entering the rows that went is worth, from that of the others.

        Parameters
        ----------
        history
            Of `eliminate`.
        worth
            Shape (rows,): what entering the rows that stay is worth; whatever there is of the
            others is overwritten.
        """
        for round_, folded in zip(reversed(self.rounds), reversed(history), strict=True):
            onwards = folded.goes_on * worth.take(round_.neighbour)
            worth[round_.rows] = sum_by_group(round_.owner, onwards, len(round_.rows))


def symbolic_elimination(
    first: NDArray[np.integer[Any]],
    second: NDArray[np.integer[Any]],
    rows: int,
    contributions: int,
) -> SymbolicElimination:
    """Return what to fold of a graph.

    Parameters
    ----------
    first, second
        Shape (edges,): the rows that each edge joins; never a row with itself.
    rows
        How many there are.
    contributions
        The rows below this may be folded.
    """
    alive = np.ones(rows, np.bool_)
    joined = _Joined(first.astype(np.intp), second.astype(np.intp), np.arange(len(first)))
    edges = len(first)
    rounds: list[Round] = []
    left = contributions
    while left and len(rounds) < _MOST_ROUNDS:
        chosen = _round(joined, edges, alive, contributions, _WORTH_IT * left)
        if chosen is None:
            break
        one, joined = chosen
        rounds.append(one)
        edges += len(one.pairs[0])
        alive[one.rows] = False
        left -= len(one.rows)
    return SymbolicElimination(
        rounds=tuple(rounds),
        given=len(first),
        edges=edges,
        left=np.flatnonzero(alive).astype(np.uint32),
        first=joined.first.astype(np.uint32),
        second=joined.second.astype(np.uint32),
        edge=joined.edge.astype(np.uint32),
    )


class _Joined(NamedTuple):
    """Edges that are left: their ends and numbers."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    edge: NDArray[np.intp]


def _round(
    joined: _Joined,
    next_edge: int,
    alive: NDArray[np.bool_],
    contributions: int,
    least: float,
) -> tuple[Round, _Joined] | None:
    """Return the rows that go next and what edges are left; None if they are too few."""
    first, second, edge = joined
    rows = len(alive)
    degree = np.bincount(first, minlength=rows)
    degree += np.bincount(second, minlength=rows)
    few = alive & (degree <= _MOST_EDGES)
    few[contributions:] = False
    # One entry per edge and end that may be folded.
    of_first, of_second = np.flatnonzero(few[first]), np.flatnonzero(few[second])
    owner = np.concatenate([first[of_first], second[of_second]])
    other = np.concatenate([second[of_first], first[of_second]])
    outgoing = np.concatenate([2 * edge[of_first], 2 * edge[of_second] + 1])
    order, _ = sort_by_group(other, rows)
    order = order[sort_by_group(owner[order], contributions)[0]]
    owner, other, outgoing = owner[order], other[order], outgoing[order]

    begins = np.ones(len(owner), np.bool_)
    begins[1:] = (owner[1:] != owner[:-1]) | (other[1:] != other[:-1])
    few &= np.bincount(owner[begins], minlength=rows) <= MOST_NEIGHBOURS
    rival = np.flatnonzero(begins & few[owner] & few[other])
    goes = few.copy()
    one, two = owner[rival], other[rival]
    goes[one[_shuffled(two) < _shuffled(one)]] = False

    folded = np.flatnonzero(goes)
    if len(folded) < least:
        return None
    number = np.cumsum(goes) - 1
    entry = goes[owner]
    begins, owner, outgoing = begins[entry], number[owner[entry]], outgoing[entry]
    slot = np.cumsum(begins) - 1
    slot_owner, neighbour = owner[begins], other[entry][begins]
    kept = np.flatnonzero(~(goes[first] | goes[second]))
    one, two = _pairs(np.bincount(slot_owner, minlength=len(folded)))
    left = _Joined(
        np.concatenate([first[kept], neighbour[one]]),
        np.concatenate([second[kept], neighbour[two]]),
        np.concatenate([edge[kept], np.arange(next_edge, next_edge + len(one))]),
    )
    chosen = Round(
        rows=folded.astype(np.uint32),
        outgoing=outgoing[begins].astype(np.uint32),
        more=outgoing[~begins].astype(np.uint32),
        more_of=slot[~begins].astype(np.uint32),
        owner=slot_owner.astype(np.uint32),
        neighbour=neighbour.astype(np.uint32),
        pairs=(one.astype(np.uint32), two.astype(np.uint32)),
    )
    return chosen, left


def _shuffled(row: NDArray[np.integer[Any]]) -> NDArray[np.uint32]:
    """Return a place in an order that has nothing to do with the rows'; none twice."""
    shuffled: NDArray[np.uint32] = row.astype(np.uint32) * np.uint32(2_654_435_769)  # odd
    return shuffled


def _pairs(slots: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every pair of slots of one row, given how many slots each row has."""
    begin = np.cumsum(slots) - slots
    parts: tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]] = ([], [])
    for count in range(2, MOST_NEIGHBOURS + 1):
        of = begin[slots == count]
        for a, b in combinations(range(count), 2):
            parts[0].append(of + a)
            parts[1].append(of + b)
    return np.concatenate(parts[0]), np.concatenate(parts[1])


def _fold(one: Round, system: System, new: int) -> RoundFactors:
    """Fold a round, changing the system in place; its first new edge is `new`."""
    incoming, outgoing = system.steps.take(one.outgoing ^ 1), system.steps.take(one.outgoing)
    np.add.at(incoming, one.more_of, system.steps.take(one.more ^ 1))
    np.add.at(outgoing, one.more_of, system.steps.take(one.more))
    lost = system.lost.take(one.rows)
    leaves = lost + sum_by_group(one.owner, outgoing, len(one.rows))
    leaves[leaves == 0.0] = 1.0  # nothing goes on, none is lost: only where nothing enters
    goes_on = outgoing / leaves.take(one.owner)
    visits = (leaves + system.loop.take(one.rows)) / leaves
    gone = incoming * (lost / leaves).take(one.owner)
    rows = len(system.lost)
    system.lost[:] += sum_by_group(one.neighbour, gone, rows)
    system.loop[:] += sum_by_group(one.neighbour, incoming * goes_on, rows)
    a, b = one.pairs
    end = new + len(a)
    system.steps[2 * new : 2 * end : 2] = incoming.take(a) * goes_on.take(b)
    system.steps[2 * new + 1 : 2 * end : 2] = incoming.take(b) * goes_on.take(a)
    return RoundFactors(incoming, goes_on, visits)

"""Folding: contributions with few neighbours are eliminated from the system, exactly.

Let flow y obey y = m + Qᵀ y (`cred.stationary`). Of what enters row v, a part goes on to each
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
apart (`cred.runs`).

What to fold (`folding`) depends only on who is joined to whom; the numbers (`Folding.fold`) on
weights, too.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.grouping import grouped, summed

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]

MOST_NEIGHBOURS: Final = 3
"""Of a row that is folded. More would leave more edges than there were."""

_MOST_ROUNDS: Final = 8

_WORTH_IT: Final = 0.15
"""Part of the rows that a round must take away if there is to be another."""


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """Q in the rows that are left. Each edge is a step either way."""

    lost: _Floats
    """Shape (rows,): chance of leaving for the seed or an accumulator."""
    loop: _Floats
    """Shape (rows,): chance of a step from the row to itself."""
    forward: _Floats
    """Shape (edges,): chance of the step from an edge's first end to its second."""
    backward: _Floats


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """Which rows go at once, and by which edges they are joined to the others.

    A *slot* is one neighbour of one folded row; its edges, if parallel, are its entries.
    """

    rows: _Ints
    """Shape (f,): the rows that go."""
    incoming: _Ints
    """Shape (entries,), by slot: place, in forward and backward end to end, of the step from
    the neighbour."""
    outgoing: _Ints
    """As `incoming`: the step to the neighbour."""
    starts: _Ints
    """Shape (slots,): first entry of each slot."""
    owner: _Ints
    """Shape (slots,): which of `rows` the slot is of; increasing."""
    neighbour: _Ints
    """Shape (slots,): the row at the other end."""
    pairs: tuple[_Ints, _Ints]
    """Each of shape (new edges,): two slots of one row. In place of the row, an edge joins
    their neighbours."""
    kept: _Ints
    """Shape (kept edges,): edges that stay. The new ones come after them."""


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Numbers of one round, by which mint and flow go in and out of the rows that went."""

    incoming: _Floats
    """Shape (slots,): q from the neighbour."""
    goes_on: _Floats
    """Shape (slots,): p to the neighbour."""
    visits: _Floats
    """Shape (f,): y per x; 1 where the row has no loop."""


@dataclass(frozen=True, slots=True, eq=False)
class Folding:
    """What goes, round by round, and what is left."""

    rounds: tuple[Round, ...]
    left: _Ints
    """Rows that stay, in order."""
    first: _Ints
    """Shape (edges left,): row at the first end."""
    second: _Ints

    def fold(self, system: System) -> tuple[System, list[Folded]]:
        """Return the system of the rows that stay (same numbering), and what the rest needs."""
        history = []
        for one in self.rounds:
            system, folded = _fold(one, system)
            history.append(folded)
        return system, history

    def fold_mint(self, history: list[Folded], mint: _Floats) -> _Floats:
        """Return m, shape (rows,), as it is in the end; of rows that went, as they went."""
        for one, folded in zip(self.rounds, history, strict=True):
            passed = folded.goes_on * mint[one.rows][one.owner]
            mint = mint + summed(one.neighbour, passed, len(mint))
        return mint

    def unfold(self, history: list[Folded], mint: _Floats, flow: _Floats) -> None:
        """Fill in the flow of the rows that went, shape (rows,), from that of the others.

        Parameters
        ----------
        history
            Of `fold`.
        mint
            Of `fold_mint`.
        flow
            Flow of the rows that stay; whatever there is of the others is overwritten.
        """
        for one, folded in zip(reversed(self.rounds), reversed(history), strict=True):
            entering = summed(one.owner, folded.incoming * flow[one.neighbour], len(one.rows))
            flow[one.rows] = (mint[one.rows] + entering) * folded.visits

    def fold_worth(self, history: list[Folded], value: _Floats) -> _Floats:
        """Return the worth of what flows through each row, shape (rows,), as it is in the end.

        Parameters
        ----------
        history
            Of `fold`.
        value
            Shape (rows,): the worth of what flows through each row, apart from what it goes on
            to be worth elsewhere.
        """
        for one, folded in zip(self.rounds, history, strict=True):
            here = (folded.visits * value[one.rows])[one.owner]
            value = value + summed(one.neighbour, folded.incoming * here, len(value))
        return value

    def unfold_worth(self, history: list[Folded], value: _Floats, worth: _Floats) -> None:
        """Fill in what entering the rows that went is worth, from that of the others.

        Parameters
        ----------
        history
            Of `fold`.
        value
            Of `fold_worth`.
        worth
            Shape (rows,): what entering the rows that stay is worth.
        """
        for one, folded in zip(reversed(self.rounds), reversed(history), strict=True):
            onwards = summed(one.owner, folded.goes_on * worth[one.neighbour], len(one.rows))
            worth[one.rows] = folded.visits * value[one.rows] + onwards


def folding(first: _Ints, second: _Ints, rows: int, contributions: int) -> Folding:
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
    rounds: list[Round] = []
    left, share = contributions, 1.0
    while left and len(rounds) < _MOST_ROUNDS and share >= _WORTH_IT:
        one = _round(first, second, alive, contributions)
        rounds.append(one)
        alive[one.rows] = False
        share, left = len(one.rows) / left, left - len(one.rows)
        a, b = (one.neighbour[slots] for slots in one.pairs)
        first = np.concatenate([first[one.kept], a])
        second = np.concatenate([second[one.kept], b])
    return Folding(tuple(rounds), np.flatnonzero(alive), first, second)


def _round(first: _Ints, second: _Ints, alive: NDArray[np.bool_], contributions: int) -> Round:
    edges, rows = len(first), len(alive)
    of_first, of_second = (
        np.flatnonzero(first < contributions),
        np.flatnonzero(second < contributions),
    )
    # One entry per edge and end that may be folded: the step out is forward from a first end.
    owner = np.concatenate([first[of_first], second[of_second]])
    other = np.concatenate([second[of_first], first[of_second]])
    outgoing = np.concatenate([of_first, of_second + edges])
    order, _ = grouped(other, rows)
    order = order[grouped(owner[order], contributions)[0]]
    owner, other, outgoing = owner[order], other[order], outgoing[order]

    begins = np.ones(len(owner), np.bool_)
    begins[1:] = (owner[1:] != owner[:-1]) | (other[1:] != other[:-1])
    neighbours = np.bincount(owner[begins], minlength=contributions)
    few = alive[:contributions] & (neighbours <= MOST_NEIGHBOURS)
    rival = begins & (other < contributions) & few[owner]
    rival &= few[np.minimum(other, contributions - 1)]
    goes = few.copy()
    goes[owner[rival][_shuffled(other[rival]) < _shuffled(owner[rival])]] = False

    folded = np.flatnonzero(goes)
    number = np.cumsum(goes) - 1
    entry = goes[owner]
    outgoing, begins = outgoing[entry], begins[entry]
    starts = np.flatnonzero(begins)
    slot_owner = number[owner[entry][starts]]
    gone = np.zeros(rows, np.bool_)
    gone[folded] = True
    return Round(
        rows=folded,
        incoming=np.where(outgoing < edges, outgoing + edges, outgoing - edges),
        outgoing=outgoing,
        starts=starts,
        owner=slot_owner,
        neighbour=other[entry][starts],
        pairs=_pairs(np.bincount(slot_owner, minlength=len(folded))),
        kept=np.flatnonzero(~(gone[first] | gone[second])),
    )


def _shuffled(row: _Ints) -> NDArray[np.uint32]:
    """Return a place in an order that has nothing to do with the rows'; none twice."""
    shuffled: NDArray[np.uint32] = row.astype(np.uint32) * np.uint32(2_654_435_769)  # odd
    return shuffled


def _pairs(slots: _Ints) -> tuple[_Ints, _Ints]:
    """Return every pair of slots of one row, given how many slots each row has."""
    begin = np.cumsum(slots) - slots
    parts: tuple[list[_Ints], list[_Ints]] = ([], [])
    for count in range(2, MOST_NEIGHBOURS + 1):
        of = begin[slots == count]
        for a, b in combinations(range(count), 2):
            parts[0].append(of + a)
            parts[1].append(of + b)
    return np.concatenate(parts[0]), np.concatenate(parts[1])


def _fold(one: Round, system: System) -> tuple[System, Folded]:
    steps = np.concatenate([system.forward, system.backward])
    incoming, outgoing = steps[one.incoming], steps[one.outgoing]
    if len(one.starts) < len(incoming):
        incoming = np.add.reduceat(incoming, one.starts)
        outgoing = np.add.reduceat(outgoing, one.starts)
    lost = system.lost[one.rows]
    leaves = lost + summed(one.owner, outgoing, len(one.rows))
    trapped = leaves == 0.0  # nothing goes on, and nothing is lost: only where nothing enters
    leaves[trapped] = 1.0
    goes_on = outgoing / leaves[one.owner]
    rows = len(system.lost)
    a, b = one.pairs
    after = System(
        lost=system.lost + summed(one.neighbour, incoming * (lost / leaves)[one.owner], rows),
        loop=system.loop + summed(one.neighbour, incoming * goes_on, rows),
        forward=np.concatenate([system.forward[one.kept], incoming[a] * goes_on[b]]),
        backward=np.concatenate([system.backward[one.kept], incoming[b] * goes_on[a]]),
    )
    visits = (leaves + system.loop[one.rows]) / leaves
    return after, Folded(incoming, goes_on, visits)

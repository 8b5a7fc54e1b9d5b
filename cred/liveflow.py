"""Flow that follows a graph as it changes: what is missing is pushed on until little is.

Flow y is right where y = m + Qᵀ y (`cred.stationary`). Of any other y, the *residual*

    r = m + Qᵀ y - y

says what each row lacks. To *push* row v is to give it what it lacks: y(v) grows by r(v), its
residual becomes 0, and that of every row which v sends to grows by q(v, ·) r(v). Each push
takes at least r(v) times the chance of leaving for the seed or an accumulator out of the sum of
all residuals, so that pushing comes to an end (Southwell's relaxation; for PageRank: Andersen,
Chung, Lang 2006). A changed weight or mint changes the residual of a few rows only, exactly:

    w(v, ·) → w'(v, ·)    r(s) += q'(v, s) y(v) - q(v, s) y(v)    for the neighbours s of v
    m(v) → m'(v)          r(v) += m'(v) - m(v)

All rows that lack more than a part `threshold` of their flow are pushed at once, then those
that lack more now, until there is none: each row, however little flows there, is as right as
any other. What all rows lack together bounds the error of everybody: what enters a row accrues
at most once, so no more than Σ |r| accrues wrongly, and with A that accrues in all, the errors
of all shares of it sum to at most 2 Σ |r| / (A - Σ |r|). Residuals are kept, not computed anew,
so what all flow there ever was leaves behind in rounding is counted as lacking, too: where
nearly everything that was minted goes away, it may be much beside what is left.

Rows are contributions, by node of the graph, then the weeks of participants, participant by
participant; all have room to grow. When that is used up, or weeks before the first are needed,
`NotFollowedError` says that the graph must be solved anew.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cred import kernels
from cred.epochs import WEEK_MS, Epochs
from cred.errors import NotFollowedError
from cred.graph import ContributionGraph
from cred.grouping import grouped, summed
from cred.parameters import Parameters

_Ints = NDArray[np.signedinteger[Any]]
_Floats = NDArray[np.float64]

_MORE_WEEKS: Final = 4
_MORE_PEOPLE: Final = 64
_MORE_ROWS: Final = 16_384
"""Room for what comes later: weeks of each participant, participants, nodes and edges."""

_FLOOR: Final = 1e-18
"""Part of all mint below which nothing is pushed, lest a row without any flow never rests."""

_LEAST: Final = 1e-9
"""Part of all mint that accrues, at least; it is about 0.4 where everything is reached."""

_ROUNDING: Final = 64 * float(np.finfo(np.float64).eps)
"""Part of all that was ever minted that may be lacking without being known."""

_MOST_WORK: Final = 400
"""Steps taken per step of the graph before pushing is given up."""


@cache
def liveloops() -> ModuleType:
    """Return `cred.liveloops`; it needs numba."""
    return import_module("cred.liveloops")


class LiveFlow:
    """A graph's flow, and the graph's steps in a form that can change.

    Parameters
    ----------
    graph, epochs, parameters
        What was solved; without personal attributions.
    node_flow
        Shape (n,): what flows through each node; not looked at for those of participants.
    week_flow
        Shape (w, p).
    threshold
        What a row may lack, as a part of its flow.
    """

    def __init__(  # noqa: PLR0913 - a solved graph has that many parts
        self,
        graph: ContributionGraph,
        epochs: Epochs,
        parameters: Parameters,
        node_flow: _Floats,
        week_flow: _Floats,
        *,
        threshold: float = 2.5e-7,
    ) -> None:
        weeks, people = week_flow.shape
        self.nodes, self.people, self.weeks = len(graph.mint), int(people), int(weeks)
        """How many there are now."""
        self._parameters = parameters
        self._threshold = threshold
        self._first_ms = int(epochs.starts_ms[0])
        self._most_weeks = weeks + _MORE_WEEKS
        self._most_people = people + _MORE_PEOPLE
        self._first = self.nodes + _MORE_ROWS
        """Row of the first participant's first week."""
        rows = self._first + self._most_people * self._most_weeks

        self.mint = np.zeros(self._first)
        """Shape (nodes, and room for more): what each mints."""
        self.mint[: self.nodes] = graph.mint
        self._minted = float(graph.mint.sum())
        """All that was ever minted, also what no longer is."""
        # Side by side in memory, as both are looked at at once.
        self._state = np.zeros((rows, 2))
        self._flow, self._lacks = self._state.T
        self._flow[: self.nodes] = np.where(graph.participant < 0, node_flow, 0.0)
        self._by_week()[:people, :weeks] = week_flow.T
        source, target = (
            self.rows_of(node, graph.participant[node], graph.edge_ms)
            for node in (graph.source, graph.target)
        )
        weights = [np.maximum(one, 0.0) for one in (graph.forward, graph.backward)]
        self._steps = _Steps(
            np.concatenate([source, target]),
            np.concatenate([target, source]),
            np.concatenate(weights),
            rows,
        )
        self._edges = len(source)
        self._per_weight = self._chances(np.arange(rows))
        """Shape (rows,): chance of a step per weight; 0 where there are none."""
        # An edge's steps are `edge` and `edge + edges`; of one that came later, consecutive.
        self._touched: list[_Ints] = []
        self._queue, self._queued = np.zeros(rows, np.int32), np.zeros(rows, np.bool_)
        self._lacks[: self.nodes] = np.where(graph.participant < 0, graph.mint, 0.0)
        self._lacks -= self._flow
        everywhere = np.flatnonzero(self._flow)
        self._enter(*self._onwards(everywhere, self._flow[everywhere]))
        self._touched.append(np.arange(rows))

    @property
    def end_ms(self) -> int:
        """End of the last week."""
        return self._first_ms + self.weeks * WEEK_MS

    def week_of(self, at_ms: _Ints) -> _Ints:
        """Return the week that each moment is in, counted from the first."""
        return (at_ms - self._first_ms) // WEEK_MS

    def rows_of(self, nodes: _Ints, participant: _Ints, at_ms: _Ints) -> _Ints:
        """Return the row in which each node is at a moment: its own, or its participant's week.

        Parameters
        ----------
        nodes
            By number.
        participant
            Index of whom each is of, or -1.
        at_ms
            The moments.
        """
        week = self._first + participant * self._most_weeks + self.week_of(at_ms)
        return np.where(participant < 0, nodes, week)

    def add_nodes(self, count: int) -> _Ints:
        """Add nodes that mint nothing and are joined to nothing yet; return their numbers.

        Raises
        ------
        NotFollowedError
            If there is no more room.
        """
        if self.nodes + count > len(self.mint):
            raise NotFollowedError("more came than there is room for")
        added = np.arange(self.nodes, self.nodes + count)
        self.nodes += count
        return added

    def add_participant(self) -> int:
        """Add somebody; return their index.

        Raises
        ------
        NotFollowedError
            If there is no more room.
        """
        if self.people == self._most_people:
            raise NotFollowedError("more people came than there is room for")
        self.people += 1
        return self.people - 1

    def reach(self, at_ms: _Ints) -> None:
        """Have weeks up to the last of some moments.

        Raises
        ------
        NotFollowedError
            If one is before the first week, or too many weeks are missing.
        """
        week = self.week_of(at_ms)
        if not len(week):
            return
        if week.min() < 0 or week.max() >= self._most_weeks:
            raise NotFollowedError("something is dated where there are no weeks yet")
        while self.weeks <= week.max():
            # What stayed in the last week goes on to the next.
            last = self._first + np.arange(self.people) * self._most_weeks + self.weeks - 1
            stayed = self._parameters.webbing_forward * self._flow[last]
            self.weeks += 1
            self._enter(np.concatenate([last, last + 1]), np.concatenate([-stayed, stayed]))

    def set_mint(self, nodes: _Ints, mint: _Floats) -> None:
        """Let nodes (each once) mint this; 0 for those of participants."""
        more = mint - self.mint[nodes]
        self._enter(nodes, more)
        self.mint[nodes] = mint
        self._minted += float(np.maximum(more, 0.0).sum())

    def ends_of(self, edges: _Ints) -> tuple[_Ints, _Ints]:
        """Return the rows that edges join, source and target; -1 for the edge -1."""
        destination = self._steps.destination
        out, back = self._steps_of(edges)
        is_one = edges >= 0
        return np.where(is_one, destination[back], -1), np.where(is_one, destination[out], -1)

    def reweigh(self, edges: _Ints, forward: _Floats, backward: _Floats) -> None:
        """Give edges (each once) these weights; what is 0 or less carries nothing."""
        steps = self._steps
        out, back = self._steps_of(edges)
        origins = np.unique(np.concatenate([steps.destination[back], steps.destination[out]]))

        def weigh() -> None:
            steps.weight[out] = np.maximum(forward, 0.0)
            steps.weight[back] = np.maximum(backward, 0.0)

        self._change(origins, weigh)

    def join(self, source: _Ints, target: _Ints, forward: _Floats, backward: _Floats) -> _Ints:
        """Add edges between rows; return their numbers.

        Raises
        ------
        NotFollowedError
            If there is no more room.
        """
        if self._steps.room() < 2 * len(source):
            raise NotFollowedError("more came than there is room for")
        first = self._steps.count // 2  # an edge's number: half that of its first step
        weights = np.maximum(np.stack([forward, backward], axis=1).ravel(), 0.0)
        origin = np.stack([source, target], axis=1).ravel()
        destination = np.stack([target, source], axis=1).ravel()
        self._change(
            np.unique(origin), lambda: self._steps.append(origin, destination, weights)
        )
        return np.arange(first, first + len(source))

    def settle(self) -> int:
        """Push until no row lacks more than the threshold; return how many pushes it took.

        Raises
        ------
        NotFollowedError
            If that takes longer than solving anew would, or hardly anything accrues then: what
            is left is too close to rounding.
        """
        rows = np.concatenate([np.empty(0, np.int64), *self._touched])
        self._touched = []
        floor = _FLOOR * float(self.mint.sum())
        most = _MOST_WORK * (self._steps.count + len(self._flow))
        push = self._push_in_turn if kernels.AVAILABLE else self._push_at_once
        pushes, taken = push(rows, floor, most)
        if taken > most:
            raise NotFollowedError("too much changed at once")
        if self._accrues() <= _LEAST * float(self.mint.sum()):
            raise NotFollowedError("hardly any cred is left")
        return pushes

    def _push_at_once(self, rows: _Ints, floor: float, most: int) -> tuple[int, int]:
        """Push all rows that lack too much, and again; return how many, and steps taken."""
        pushes = taken = 0
        while taken <= most:
            lacks = np.abs(self._lacks[rows])
            over = lacks > np.maximum(self._threshold * self._flow[rows], floor)
            rows = np.unique(rows[over])
            if not len(rows):
                break
            pushed = self._lacks[rows]
            self._lacks[rows] = 0.0
            self._flow[rows] += pushed
            rows, amount = self._onwards(rows, pushed)
            np.add.at(self._lacks, rows, amount)
            pushes, taken = pushes + len(pushed), taken + len(rows)
        return pushes, taken

    def _push_in_turn(self, rows: _Ints, floor: float, most: int) -> tuple[int, int]:
        """Push one row after the other, compiled; return how many, and steps taken."""
        rows = np.unique(rows)
        self._queue[: len(rows)] = rows
        self._queued[rows] = True
        pushes, taken = liveloops().push(
            self._queue,
            self._queued,
            len(rows),
            self._state,
            self._threshold,
            floor,
            *self._steps.arrays(),
            self._per_weight,
            self._first,
            self._most_weeks,
            self.weeks,
            self._parameters.webbing_forward,
            self._parameters.webbing_backward,
            most,
        )
        return int(pushes), int(taken)

    def cred(self) -> _Floats:
        """Return everybody's cred by week, shape (p, w): all that is minted, shared out."""
        accrued = self._parameters.accrual * self._by_week()[: self.people, : self.weeks]
        accrued *= float(self.mint.sum()) / self._accrues()
        return np.maximum(accrued, 0.0, out=accrued)  # what is lacking may be below 0

    def error(self) -> float:
        """Return what the errors of all cred sum to at most, as a part of all cred."""
        lacks = float(np.abs(self._lacks).sum()) + _ROUNDING * self._minted
        accrues = self._accrues()
        return 2.0 * lacks / (accrues - lacks) if accrues > lacks else np.inf

    def _accrues(self) -> float:
        return self._parameters.accrual * float(self._by_week().sum())

    def _by_week(self) -> _Floats:
        """Return the flow of weeks, participant by participant; a view."""
        weeks: _Floats = self._state[self._first :, 0]
        return weeks.reshape(self._most_people, self._most_weeks)

    def _steps_of(self, edges: _Ints) -> tuple[_Ints, _Ints]:
        """Return the entries of edges' steps, forward and backward."""
        early = edges < self._edges
        later = 2 * edges  # 2 * _edges + 2 * (edges - _edges)
        place = self._steps.place
        at = np.where(early, edges, 0)
        if not self._edges:
            return later, later + 1
        return (
            np.where(early, place[at], later),
            np.where(early, place[at + self._edges], later + 1),
        )

    def _change(self, origins: _Ints, modify: Callable[[], None]) -> None:
        """Change steps that leave some rows: take back what flows along them, send it anew."""
        flow = self._flow[origins]
        self._enter(*self._along_edges(origins, -flow))
        modify()
        self._per_weight[origins] = self._chances(origins)
        self._enter(*self._along_edges(origins, flow))

    def _enter(self, rows: _Ints, amount: _Floats) -> None:
        """Add to what rows lack, and remember to look at them."""
        np.add.at(self._lacks, rows, amount)
        self._touched.append(rows)

    def _onwards(self, rows: _Ints, amount: _Floats) -> tuple[_Ints, _Floats]:
        """Return where an amount in each row goes next, but for the seed and accumulators."""
        destination, passed = self._along_edges(rows, amount)
        weeks = np.flatnonzero(rows >= self._first)
        row, amount = rows[weeks], amount[weeks]
        week = (row - self._first) % self._most_weeks
        return (
            np.concatenate(
                [destination, row + (week < self.weeks - 1), row - (week > 0)], dtype=np.int64
            ),
            np.concatenate(
                [
                    passed,
                    self._parameters.webbing_forward * amount,
                    self._parameters.webbing_backward * amount,
                ]
            ),
        )

    def _chances(self, rows: _Ints) -> _Floats:
        """Return the chance of a step from each row per weight of the step."""
        chance = np.where(
            rows < self._first, 1.0 - self._parameters.seed_return, self._parameters.remainder
        )
        out = self._steps.leaving_sum(rows)
        return np.where(out > 0.0, chance, 0.0) / np.where(out > 0.0, out, 1.0)

    def _along_edges(self, rows: _Ints, amount: _Floats) -> tuple[_Ints, _Floats]:
        entry, at = self._steps.leaving(rows)
        destination = self._steps.destination[entry].astype(np.int64)
        return destination, self._steps.weight[entry] * (amount * self._per_weight[rows])[at]


class _Steps:
    """Steps by the row they leave: those there were at first in one block, later ones chained.

    Attributes
    ----------
    destination, weight
        Of each entry.
    place
        Shape (steps at first,): entry of each step as it was given.
    count
        Entries in use.
    """

    def __init__(self, origin: _Ints, destination: _Ints, weight: _Floats, rows: int) -> None:
        steps = len(origin)
        order, self._starts = grouped(origin, rows)
        self.place = np.empty(steps, np.int64)
        self.place[order] = np.arange(steps)
        room = steps + 2 * _MORE_ROWS
        self.destination = np.zeros(room, np.int32)
        self.destination[:steps] = destination[order]
        self.weight = np.zeros(room)
        self.weight[:steps] = weight[order]
        self.count = steps
        self._first = steps
        self._latest = np.full(rows, -1, np.int64)
        """Entry that was chained to each row last."""
        self._before = np.full(2 * _MORE_ROWS, -1, np.int64)
        """Of each chained entry, the one of the same row before it."""

    def room(self) -> int:
        """Return how many more steps there can be."""
        return len(self.weight) - self.count

    def append(self, origin: _Ints, destination: _Ints, weight: _Floats) -> None:
        """Add steps."""
        added = np.arange(self.count, self.count + len(origin))
        self.destination[added] = destination
        self.weight[added] = weight
        for entry, row in zip(added.tolist(), origin.tolist(), strict=True):
            self._before[entry - self._first] = self._latest[row]
            self._latest[row] = entry
        self.count += len(origin)

    def leaving(self, rows: _Ints) -> tuple[_Ints, _Ints]:
        """Return the entries of steps that leave rows, and which of the rows each leaves."""
        begin = self._starts[rows]
        counts = self._starts[rows + 1] - begin
        at = np.repeat(np.arange(len(rows)), counts)
        entry = np.arange(len(at)) + (begin - (np.cumsum(counts) - counts))[at]
        entries, ats = [entry], [at]
        at, entry = np.arange(len(rows)), self._latest[rows]
        while len(entry):
            at, entry = at[entry >= 0], entry[entry >= 0]
            entries.append(entry)
            ats.append(at)
            entry = self._before[entry - self._first]
        return np.concatenate(entries), np.concatenate(ats)

    def leaving_sum(self, rows: _Ints) -> _Floats:
        """Return the sum of the weights of steps that leave each of some rows."""
        entry, at = self.leaving(rows)
        return summed(at, self.weight[entry], len(rows))

    def arrays(self) -> tuple[_Ints, _Ints, _Ints, int, NDArray[np.int32], _Floats]:
        """Return what `cred.liveloops.push` looks at."""
        return (
            self._starts,
            self._latest,
            self._before,
            self._first,
            self.destination,
            self.weight,
        )

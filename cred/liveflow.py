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

In the end no row lacks more than a part `threshold` of its flow: each row, however little
flows there, is as right as any other. Rows that lack most go first, those that lack more than
`_COARSE`[0] times as much, then `_COARSE`[1] times: what reaches a row in many small amounts is
pushed on once, which halves the pushes.

What all rows lack together bounds the error of everybody: what enters a row accrues at most
once, so no more than Σ |r| accrues wrongly. If a of A accrues to somebody, and a' of A' should,

    a / A - a' / A' = (a - a') / A + a' / A' · (A' - A) / A

and summed over everybody that is at most 2 Σ |r| / A. Residuals are kept, not computed anew, so
what all flow there ever was leaves behind in rounding is counted as lacking, too: where nearly
everything that was minted goes away, it may be much beside what is left.

A push looks at rows that lie far apart in memory, so all that is needed of a row lies together
(`_ROW`), and so does all that is needed of a step (`_STEP`).

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

_KEPT_UP: Final = 1e-9
"""Part of what flows through weeks. If rows lack less, it is added up, lest rounding count."""

_MOST_WORK: Final = 400
"""Steps taken per step of the graph before pushing is given up."""

_COARSE: Final = (4096.0, 512.0, 64.0, 8.0, 1.0)
"""Times the threshold, one after the other."""

_ROW: Final = np.dtype(
    [
        ("flow", np.float64),
        ("lacks", np.float64),
        ("per_weight", np.float64),  # chance of a step from the row per weight of the step
        ("start", np.uint32),  # the first of its steps; the next row's is behind the last
        ("latest", np.int32),  # the last of those that came later, or -1
    ]
)
_STEP: Final = np.dtype(
    [
        ("weight", np.float64),
        ("destination", np.int32),
        ("before", np.int32),  # the one of the same row that came before, or -1
    ]
)


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
        self._ever_minted = float(graph.mint.sum())
        """All that was ever minted, also what no longer is."""
        self._rows = np.zeros(rows + 1, _ROW)
        self._flow, self._lacks = self._rows["flow"][:rows], self._rows["lacks"][:rows]
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
            self._rows,
        )
        self._edges = len(source)
        self._rows["per_weight"][:rows] = self._chances(np.arange(rows))
        # An edge's steps are `edge` and `edge + edges`; of one that came later, consecutive.
        self._work = _Work(rows)
        self._lacks[: self.nodes] = np.where(graph.participant < 0, graph.mint, 0.0)
        self._lacks -= self._flow
        everywhere = np.flatnonzero(self._flow)
        entering, amount = self._onwards(everywhere, self._flow[everywhere])
        self._lacks += summed(entering, amount, rows)
        self._touched = [np.flatnonzero(np.abs(self._lacks) > threshold * self._flow)]
        self.minted = float(self.mint.sum())
        """All that is minted, as of the last time that flow settled."""
        self._through = self._by_week()[:people, :weeks].copy()
        """Shape (p, w): what flows through weeks, as of then."""
        self._flowing = float(self._through.sum())
        self._lacking = float(np.abs(self._lacks).sum())
        """What all rows lack; kept up, as adding it up takes as long as following an event."""

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
        self._ever_minted += float(np.maximum(more, 0.0).sum())

    def ends_of(self, edges: _Ints) -> tuple[_Ints, _Ints]:
        """Return the rows that edges join, source and target; -1 for the edge -1."""
        destination = self._steps.all["destination"]
        out, back = self._steps_of(edges)
        is_one = edges >= 0
        return np.where(is_one, destination[back], -1), np.where(is_one, destination[out], -1)

    def reweigh(self, edges: _Ints, forward: _Floats, backward: _Floats) -> None:
        """Give edges (each once) these weights; what is 0 or less carries nothing."""
        weight, destination = self._steps.all["weight"], self._steps.all["destination"]
        out, back = self._steps_of(edges)
        origins = np.unique(np.concatenate([destination[back], destination[out]]))

        def weigh() -> None:
            weight[out] = np.maximum(forward, 0.0)
            weight[back] = np.maximum(backward, 0.0)

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
        rows = self._once(np.concatenate([np.empty(0, np.int64), *self._touched]))
        self._touched = []
        self.minted = float(self.mint.sum())
        most = _MOST_WORK * (self._steps.count + len(self._flow))
        push = self._push_in_turn if kernels.AVAILABLE else self._push_at_once
        pushes, taken = push(rows, _FLOOR * self.minted, most)
        if taken > most:
            raise NotFollowedError("too much changed at once")
        self._through = self._by_week()[: self.people, : self.weeks].copy()
        self._flowing = float(self._through.sum())
        if self._lacking <= _KEPT_UP * self._flowing:
            self._lacking = float(np.abs(self._lacks).sum())
        if self._accrues() <= _LEAST * self.minted:
            raise NotFollowedError("hardly any cred is left")
        return pushes

    def _push_at_once(self, rows: _Ints, floor: float, most: int) -> tuple[int, int]:
        """Push all rows that lack too much, and again; return how many, and steps taken."""
        pushes = taken = 0
        self._touched = [rows]
        for times in _COARSE:
            level = times * self._threshold
            rows = self._once(np.concatenate(self._touched))
            while taken <= most:
                allowed = np.maximum(level * self._flow[rows], floor)
                rows = rows[np.abs(self._lacks[rows]) > allowed]
                if not len(rows):
                    break
                pushed = self._lacks[rows]
                self._lacks[rows] = 0.0
                self._flow[rows] += pushed
                self._lacking -= float(np.abs(pushed).sum())
                entering, amount = self._onwards(rows, pushed)
                self._enter(entering, amount)
                pushes, taken = pushes + len(rows), taken + len(entering)
                rows = self._touched[-1]
        self._touched = []
        return pushes, taken

    def _push_in_turn(self, rows: _Ints, floor: float, most: int) -> tuple[int, int]:
        """Push one row after the other, compiled; return how many, and steps taken."""
        work = self._work
        work.noted[: len(rows)] = rows
        work.is_noted[rows] = True
        pushes, taken, lacking = liveloops().push(
            self._rows,
            self._steps.all,
            self._steps.first,
            work.noted,
            work.is_noted,
            len(rows),
            work.queue,
            work.is_queued,
            np.multiply(self._threshold, _COARSE),
            floor,
            self._first,
            self._most_weeks,
            self.weeks,
            self._parameters.webbing_forward,
            self._parameters.webbing_backward,
            most,
        )
        self._lacking += lacking
        return int(pushes), int(taken)

    def cred(self) -> _Floats:
        """Return everybody's cred by week, shape (p, w): all that is minted, shared out."""
        scale = self._parameters.accrual * self.minted / self._accrues()
        shared: _Floats = self._through * scale
        return np.maximum(shared, 0.0, out=shared)  # what is lacking may be below 0

    def error(self) -> float:
        """Return what the errors of all cred sum to at most, as a part of all cred."""
        lacks, accrues = self._lacking + _ROUNDING * self._ever_minted, self._accrues()
        return 2.0 * lacks / accrues

    def _accrues(self) -> float:
        return self._parameters.accrual * self._flowing

    def _by_week(self) -> _Floats:
        """Return the flow of weeks, participant by participant; a view."""
        weeks: _Floats = self._flow[self._first :]
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
        self._rows["per_weight"][origins] = self._chances(origins)
        self._enter(*self._along_edges(origins, flow))

    def _enter(self, rows: _Ints, amount: _Floats) -> None:
        """Add to what rows lack, and remember to look at them."""
        entered = self._once(rows)
        before = self._lacks[entered]
        np.add.at(self._lacks, rows, amount)
        self._lacking += float((np.abs(self._lacks[entered]) - np.abs(before)).sum())
        self._touched.append(entered)

    def _once(self, rows: _Ints) -> _Ints:
        """Return rows without repetitions, in no order; `np.unique` takes five times that."""
        number = np.arange(len(rows))
        self._work.number[rows] = number  # of each row the last
        once: _Ints = rows[self._work.number[rows] == number]
        return once

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
        steps = self._steps.all[entry]
        per = amount * self._rows["per_weight"][rows]
        return steps["destination"].astype(np.int64), steps["weight"] * per[at]


class _Work:
    """Room for lists of rows; between times only that no flag is up means something."""

    def __init__(self, rows: int) -> None:
        self.number = np.zeros(rows, np.int32)
        self.noted, self.is_noted = np.zeros(rows, np.int32), np.zeros(rows, np.bool_)
        self.queue, self.is_queued = np.zeros(rows + 1, np.int32), np.zeros(rows, np.bool_)


class _Steps:
    """Steps by the row they leave: those there were at first in one block, later ones chained.

    Attributes
    ----------
    all
        Of dtype `_STEP`; room for more.
    place
        Shape (steps at first,): where each step is that was given.
    count
        How many there are.
    first
        How many there were at first.
    """

    def __init__(
        self, origin: _Ints, destination: _Ints, weight: _Floats, rows: NDArray[np.void]
    ) -> None:
        self.first = self.count = steps = len(origin)
        order, starts = grouped(origin, len(rows) - 1)
        self.place = np.empty(steps, np.int64)
        self.place[order] = np.arange(steps)
        self.all = np.zeros(steps + 2 * _MORE_ROWS, _STEP)
        self.all["destination"][:steps] = destination[order]
        self.all["weight"][:steps] = weight[order]
        rows["start"], rows["latest"] = starts, -1
        self._starts, self._latest = rows["start"], rows["latest"]

    def room(self) -> int:
        """Return how many more steps there can be."""
        return len(self.all) - self.count

    def append(self, origin: _Ints, destination: _Ints, weight: _Floats) -> None:
        """Add steps."""
        added = np.arange(self.count, self.count + len(origin))
        self.all["destination"][added] = destination
        self.all["weight"][added] = weight
        before = self.all["before"]
        for entry, row in zip(added.tolist(), origin.tolist(), strict=True):
            before[entry] = self._latest[row]
            self._latest[row] = entry
        self.count += len(origin)

    def leaving(self, rows: _Ints) -> tuple[_Ints, _Ints]:
        """Return the places of steps that leave rows, and which of the rows each leaves."""
        begin = self._starts[rows].astype(np.int64)
        counts = self._starts[rows + 1] - begin
        at = np.repeat(np.arange(len(rows)), counts)
        entry = np.arange(len(at)) + (begin - (np.cumsum(counts) - counts))[at]
        entries, ats = [entry], [at]
        at, entry = np.arange(len(rows)), self._latest[rows]
        while len(entry):
            at, entry = at[entry >= 0], entry[entry >= 0]
            entries.append(entry)
            ats.append(at)
            entry = self.all["before"][entry]
        return np.concatenate(entries), np.concatenate(ats)

    def leaving_sum(self, rows: _Ints) -> _Floats:
        """Return the sum of the weights of steps that leave each of some rows."""
        entry, at = self.leaving(rows)
        return summed(at, self.all["weight"][entry], len(rows))

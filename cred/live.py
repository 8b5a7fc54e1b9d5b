"""Live scores: a ranking that follows what happens, without being computed anew.

    live = Live(ranking)
    live.follow(before, after)      # two drawings of the part of the graph that changed
    live.scores()

What events change is told by drawing the part of the graph around them twice, without them and
with them (`cred.neighbourhood` says which events that takes). A row that is in both drawings
and the same in both did not change, however little of its own surroundings was drawn. The
others are found by kind and key (`cred.rowkeys`), and the flow follows (`cred.liveflow`).

Live scores are for looking at. What is published is always a full solution, and live scores
begin anew from each.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cred.credrank import Ranking
from cred.epochs import WEEK_MS, covering
from cred.errors import NotFollowedError
from cred.graph import ContributionGraph
from cred.liveflow import LiveFlow
from cred.rowkeys import ABSENT, RowIndex, edge_fingerprints, node_fingerprints
from cred.structure import TIMELESS

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LiveScores:
    """Everybody's cred at one moment."""

    starts_ms: _Ints
    """Shape (w,): first moments of the weeks."""
    end_ms: int
    participants: tuple[str, ...]
    """Those of the ranking, in its order, then whoever came since."""
    cred: _Floats
    """Shape (p, w)."""
    total_mint: float
    error: float
    """What the errors of all cred sum to at most, as a part of all cred."""


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    """A drawing in terms of the live graph."""

    node: _Ints
    """Shape (n,): number of each node; `ABSENT` if it is not there (yet)."""
    node_print: NDArray[np.uint64]
    mint: _Floats
    dated: NDArray[np.bool_]
    """Shape (n,): the node is there, and has a date."""
    node_ms: _Ints
    edge_print: NDArray[np.uint64]
    """Shape (e,)."""
    source: _Ints
    """Shape (e,): row."""
    target: _Ints
    edge_ms: _Ints
    forward: _Floats
    backward: _Floats


class Live:
    """A ranking's scores, kept up to date.

    Parameters
    ----------
    ranking
        Where to begin.
    threshold
        What any row's flow may lack, as a part of it (`cred.liveflow`).

    Raises
    ------
    NotFollowedError
        If the ranking has what live scores know nothing of: personal attributions, nodes that
        minting rules added, the reference's boundaries of weeks, other epochs than all the
        weeks there are. Budgets leave no trace in a ranking: follow none that has them.
    """

    def __init__(self, ranking: Ranking, *, threshold: float = 2.5e-7) -> None:
        graph, epochs, rows = ranking.graph, ranking.epochs, ranking.rows
        if (
            len(ranking.attributed.giver)
            or len(graph.mint) > len(graph.structure.nodes.kind)
            or ranking.sourcecred_boundaries
        ):
            raise NotFollowedError("live scores know no attributions and no minting rules")
        weeks = covering(graph.times_ms())
        if weeks.end_ms != epochs.end_ms or not np.array_equal(
            weeks.starts_ms, epochs.starts_ms
        ):
            raise NotFollowedError("live scores know no epochs but weeks, all that there are")
        flow, base = ranking.stationary.flow, len(rows.nodes)
        node_flow = np.zeros(len(graph.mint))
        node_flow[rows.nodes] = flow[:base]
        week_flow = flow[base:].reshape(rows.accrual.shape)
        self._first_ms = int(epochs.starts_ms[0])
        self._kinds = graph.structure.node_kinds, graph.structure.edge_kinds
        self._people = {one: index for index, one in enumerate(graph.participants)}
        self._nodes = RowIndex(node_fingerprints(graph.structure))
        self._edges = RowIndex(edge_fingerprints(graph.structure)[graph.row])
        self._flow = LiveFlow(
            graph, epochs, rows.parameters, node_flow, week_flow, threshold=threshold
        )
        self._dated = np.bincount(self._flow.week_of(graph.times_ms())).tolist()
        """By week, what gives it a place in the ranking."""

    def follow(self, before: ContributionGraph, after: ContributionGraph) -> int:
        """Take in what two drawings differ in; return how many pushes that took.

        Parameters
        ----------
        before
            Part of the graph as it was: all that changed, and as much around it as that takes
            to be drawn rightly.
        after
            The same part as it is now.

        Raises
        ------
        NotFollowedError
            If it is too much, or dated where there are no weeks. Live scores cannot go on then.
        """
        for graph in (before, after):
            if (graph.structure.node_kinds, graph.structure.edge_kinds) != self._kinds:
                raise NotFollowedError("other kinds of nodes and edges are drawn now")
        flow = self._flow
        self._add(after)
        old, new = self._drawn(before), self._drawn(after)
        self._count(old, new)
        self._follow_mints(old, new)
        self._follow_edges(old, new)
        return flow.settle()

    def scores(self) -> LiveScores:
        """Return everybody's cred."""
        flow = self._flow
        return LiveScores(
            starts_ms=self._first_ms + np.arange(flow.weeks) * WEEK_MS,
            end_ms=self._first_ms + flow.weeks * WEEK_MS,
            participants=tuple(self._people),
            cred=flow.cred(),
            total_mint=flow.minted,
            error=flow.error(),
        )

    def _add(self, graph: ContributionGraph) -> None:
        """Have the participants and nodes of a drawing."""
        for one in graph.participants:
            if one not in self._people:
                self._people[one] = self._flow.add_participant()
        prints = node_fingerprints(graph.structure)
        number = self._nodes.find(prints)
        new = np.flatnonzero(number == ABSENT)
        self._nodes.add(prints[new], self._flow.add_nodes(len(new)))

    def _drawn(self, graph: ContributionGraph) -> _Drawing:
        flow = self._flow
        prints = node_fingerprints(graph.structure)
        node = self._nodes.find(prints)
        people = np.array([self._people.get(one, ABSENT) for one in graph.participants], int)
        participant = np.append(people, ABSENT)[graph.participant]
        dated = graph.present & (graph.node_ms != TIMELESS)
        flow.reach(np.concatenate([graph.edge_ms, graph.node_ms[dated]]))
        ends = [
            flow.rows_of(node[end], participant[end], graph.edge_ms)
            for end in (graph.source, graph.target)
        ]
        return _Drawing(
            node=node,
            node_print=prints,
            mint=graph.mint,
            dated=dated,
            node_ms=graph.node_ms,
            edge_print=edge_fingerprints(graph.structure)[graph.row],
            source=ends[0],
            target=ends[1],
            edge_ms=graph.edge_ms,
            forward=np.maximum(graph.forward, 0.0),
            backward=np.maximum(graph.backward, 0.0),
        )

    def _count(self, old: _Drawing, new: _Drawing) -> None:
        """Keep count of what each week has: a ranking begins and ends with something."""
        self._dated += [0] * (self._flow.weeks - len(self._dated))
        for drawing, sign in ((old, -1), (new, 1)):
            times = np.concatenate([drawing.edge_ms, drawing.node_ms[drawing.dated]])
            weeks, counts = np.unique(self._flow.week_of(times), return_counts=True)
            for week, count in zip(weeks.tolist(), counts.tolist(), strict=True):
                self._dated[week] += sign * count
        if not (self._dated[0] and self._dated[-1]):
            raise NotFollowedError("nothing is left in the first week, or in the last")

    def _follow_mints(self, old: _Drawing, new: _Drawing) -> None:
        was, now = _beside(old.node_print, new.node_print)
        gone = old.node[(was == ABSENT) & (old.node != ABSENT)]
        self._flow.set_mint(gone, np.zeros(len(gone)))
        known = np.flatnonzero(now != ABSENT)
        other = np.ones(len(new.node), np.bool_)
        other[known] = old.mint[now[known]] != new.mint[known]
        self._flow.set_mint(new.node[other], new.mint[other])

    def _follow_edges(self, old: _Drawing, new: _Drawing) -> None:
        flow = self._flow
        was, now = _beside(old.edge_print, new.edge_print)
        gone = self._edges.find(old.edge_print[was == ABSENT])
        if (gone == ABSENT).any():
            raise NotFollowedError("something disappeared that was never there")
        nothing = np.zeros(len(gone))
        flow.reweigh(gone, nothing, nothing)

        known = np.flatnonzero(now != ABSENT)
        same = np.zeros(len(now), np.bool_)
        same[known] = np.logical_and.reduce(
            [
                getattr(old, column)[now[known]] == getattr(new, column)[known]
                for column in ("source", "target", "forward", "backward")
            ]
        )
        changed = np.flatnonzero(~same)
        edges = self._edges.find(new.edge_print[changed])
        source, target = flow.ends_of(edges)
        stays = (source == new.source[changed]) & (target == new.target[changed])
        moved = edges[~stays & (edges != ABSENT)]
        nothing = np.zeros(len(moved))
        flow.reweigh(moved, nothing, nothing)
        flow.reweigh(edges[stays], new.forward[changed[stays]], new.backward[changed[stays]])
        fresh = changed[~stays]
        self._edges.add(
            new.edge_print[fresh],
            flow.join(
                new.source[fresh], new.target[fresh], new.forward[fresh], new.backward[fresh]
            ),
        )


def _beside(old: NDArray[np.uint64], new: NDArray[np.uint64]) -> tuple[_Ints, _Ints]:
    """Return where each of `old` is in `new`, and the other way round; or `ABSENT`."""
    return RowIndex(new).find(old), RowIndex(old).find(new)

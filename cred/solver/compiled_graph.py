"""A contribution graph compiled for solving: all that does not depend on weights.

`compile_graph` looks at who is joined to whom and when. It numbers the *rows* of the linear
system (contributions, then active weeks of participants), and decides which to eliminate and in
which order to sweep over the others. `CompiledGraph.system` then builds the system of some
weights. Steps of weight 0 keep their positions, so weights that switch something off or on need
no new compilation.
"""

from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cred.chain.attributions import EpochAttributions
from cred.chain.parameters import Parameters
from cred.chain.transition_matrix import check_totals
from cred.graph.contribution_graph import ContributionGraph
from cred.grouping import sum_by_group
from cred.solver.elimination import SymbolicElimination, System, symbolic_elimination
from cred.solver.level_schedule import SweepSchedule, schedule_sweeps
from cred.solver.tridiagonal import ActiveWeeks

_T = TypeVar("_T", bound=np.generic)
_Ints = NDArray[np.integer[Any]]
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _CompilerInput:
    """Everything that a compiled graph depends on; equal inputs compile to equal graphs."""

    source: _Ints
    target: _Ints
    participant: _Ints
    node_ms: _Ints
    week: _Ints
    attributions: EpochAttributions
    people: int
    weeks: int

    def is_same(self, other: "_CompilerInput") -> bool:
        mine, theirs = self.attributions, other.attributions
        columns = [
            (getattr(mine, field.name), getattr(theirs, field.name))
            for field in fields(EpochAttributions)
        ]
        columns += [
            (self.source, other.source),
            (self.target, other.target),
            (self.participant, other.participant),
            (self.node_ms, other.node_ms),
            (self.week, other.week),
        ]
        return (self.people, self.weeks) == (other.people, other.weeks) and all(
            my_column is their_column or np.array_equal(my_column, their_column)
            for my_column, their_column in columns
        )


@dataclass(frozen=True, slots=True, eq=False)
class CompiledGraph:
    """The rows of a graph's linear system, and how to solve it. Made by `compile_graph`."""

    made_of: _CompilerInput
    weeks: ActiveWeeks
    people: int
    nodes: _Ints
    """Shape (b,): node of the graph that each of the first rows stands for."""
    edges: _Ints
    """Shape (j,): the edges that join two different rows; the others are loops."""
    source: _Ints
    """Shape (e,): row that each edge of the graph starts from."""
    target: _Ints
    attributions: EpochAttributions
    elimination: SymbolicElimination
    schedule: SweepSchedule

    def system(self, outflow: "Outflow", parameters: Parameters) -> tuple[System, _Floats]:
        """Return the system before elimination, and each active week's chance of accruing."""
        first = len(self.nodes)
        rows = first + len(self.weeks.week)
        lost = np.full(rows, parameters.seed_return, np.float64)
        stays = outflow.weight == 0.0
        lost[stays] += outflow.share[stays]

        # Steps along edges between different rows, then along loops.
        steps = np.empty(2 * self.elimination.edges)
        by_edges = 2 * len(self.edges)
        source, target = _at(self.source, self.edges), _at(self.target, self.edges)
        outflow.fill_chances(self.edges, source, target, steps[:by_edges])
        loop = np.zeros(rows)
        if len(self.edges) < len(self.source):
            is_loop = np.ones(len(self.source), np.bool_)
            is_loop[self.edges] = False
            loops = np.flatnonzero(is_loop)
            both = np.empty(2 * len(loops))
            outflow.fill_chances(loops, self.source[loops], self.target[loops], both)
            loop += sum_by_group(self.source[loops], both[::2] + both[1::2], rows)

        # Steps along attributions, which take their part of what would accrue.
        given = self.attributions
        passed = parameters.accrual * given.proportion
        accrual = np.full(rows - first, parameters.accrual, np.float64)
        if len(passed):
            giver = self._active_week(given.giver, given.epoch)
            total = given.total_given(self.weeks.count, self.people)
            kept = 1.0 - total[self.weeks.week, self.weeks.participant]
            accrual = parameters.accrual * kept
            to_self = given.giver == given.receiver
            loop += sum_by_group(first + giver[to_self], passed[to_self], rows)
            passed = passed[~to_self]
        lost[first:] += accrual
        steps[by_edges : by_edges + 2 * len(passed) : 2] = passed
        steps[by_edges + 1 : by_edges + 2 * len(passed) : 2] = 0.0
        return System(lost, loop, steps), accrual

    def outflow(self, graph: ContributionGraph, parameters: Parameters) -> "Outflow":
        """Return the weights by which flow leaves each row.

        Raises
        ------
        InvalidInputError
            If the weights at a row sum to more than a number can hold.
        """
        first, rows = len(self.nodes), len(self.nodes) + len(self.weeks.week)
        forward, backward = _non_negative(graph.forward), _non_negative(graph.backward)
        weight = sum_by_group(self.source, forward, rows)
        weight += sum_by_group(self.target, backward, rows)
        check_totals(graph, weight, self.nodes, self.weeks.participant)
        share = np.full(rows, 1.0 - parameters.seed_return)
        share[first:] = parameters.remainder
        return Outflow(forward, backward, weight, share)

    def _active_week(self, participant: _Ints, week: _Ints) -> _Ints:
        """Return the index of each participant's week among the active ones."""
        weeks = self.weeks
        key = weeks.participant * weeks.count + weeks.week
        return np.searchsorted(key, participant * weeks.count + week)


@dataclass(frozen=True, slots=True, eq=False)
class Outflow:
    """How flow leaves the rows of a compiled graph along its edges."""

    forward: _Floats
    """Shape (e,): the weight of each edge's step from its source, from 0 up."""
    backward: _Floats
    weight: _Floats
    """Shape (rows,): the sum of the weights that lead away from each."""
    share: _Floats
    """Shape (rows,): probability of leaving along edges, if there are any."""

    def fill_chances(self, edges: _Ints, source: _Ints, target: _Ints, steps: _Floats) -> None:
        """Write the probabilities of some edges' steps, there and back, into `steps`.

        Parameters
        ----------
        edges, source, target
            The edges, and the rows that they join.
        steps
            Shape (2 edges,). Overwritten.
        """
        forward, backward = _at(self.forward, edges), _at(self.backward, edges)
        for direction, (weights, end) in enumerate(((forward, source), (backward, target))):
            chance = self.weight.take(end)
            chance[chance == 0.0] = 1.0
            # weight / sum first: their product with the share cannot overflow then
            np.divide(weights, chance, out=chance)
            np.multiply(chance, self.share.take(end), out=steps[direction::2])

    def flow_per_weight(self, through: _Floats) -> _Floats:
        """Return the flow that leaves each row per unit of weight, given what flows through."""
        leaves = self.weight > 0.0
        rate = self.share * through
        np.divide(rate, self.weight, out=rate, where=leaves)
        rate[~leaves] = 0.0
        return rate


def compile_graph(
    graph: ContributionGraph,
    week: _Ints,
    attributions: EpochAttributions,
    *,
    weeks: int,
    reuse: CompiledGraph | None = None,
) -> CompiledGraph:
    """Return a graph compiled for solving.

    Parameters
    ----------
    graph
        Its weights are not looked at.
    week
        Shape (e,): week that each edge is counted in.
    attributions
        Personal attributions by week.
    weeks
        Number of weeks.
    reuse
        An earlier result, which is returned if compiling would give the same again.
    """
    people = len(graph.participants)
    made_of = _CompilerInput(
        source=graph.source,
        target=graph.target,
        participant=graph.participant,
        node_ms=graph.node_ms,
        week=week,
        attributions=attributions,
        people=people,
        weeks=weeks,
    )
    if reuse is not None and reuse.made_of.is_same(made_of):
        return reuse

    # Rows: first the contributions, then the weeks that an edge or attribution joins.
    is_contribution = graph.participant < 0
    nodes = np.flatnonzero(is_contribution)
    first = len(nodes)
    row_of = np.cumsum(is_contribution, dtype=np.int32)
    row_of -= 1
    ends = (graph.source, graph.target)
    # Key of a participant's week: all weeks of one participant follow each other.
    keys = [_week_key(graph.participant.take(node), week, weeks) for node in ends]
    attribution_keys = [
        _week_key(person, attributions.epoch, weeks)
        for person in (attributions.giver, attributions.receiver)
    ]
    is_active = np.zeros(people * weeks + 1, np.bool_)  # the last one is what -1 finds
    for key in (*keys, *attribution_keys):
        is_active[key[key >= 0]] = True
    active = np.flatnonzero(is_active)
    number = np.cumsum(is_active, dtype=np.int32)
    number += first - 1

    # Edges between different rows, then attributions to somebody else.
    rows = [
        np.where(key < 0, row_of.take(node), number.take(key)).view(np.uint32)
        for key, node in zip(keys, ends, strict=True)
    ]
    edges = np.flatnonzero(rows[0] != rows[1]).astype(np.uint32)
    to_others = attributions.giver != attributions.receiver
    joined = [
        _append(_at(row, edges), number[key[to_others]].view(np.uint32))
        for row, key in zip(rows, attribution_keys, strict=True)
    ]
    del keys
    active_weeks = ActiveWeeks(*np.divmod(active, weeks), count=weeks)
    elimination = symbolic_elimination(joined[0], joined[1], first + len(active), first)
    return CompiledGraph(
        made_of=made_of,
        weeks=active_weeks,
        people=people,
        nodes=nodes,
        edges=edges,
        source=rows[0],
        target=rows[1],
        attributions=attributions,
        elimination=elimination,
        schedule=schedule_sweeps(elimination, graph.node_ms[nodes], active_weeks),
    )


def _non_negative(weights: _Floats) -> _Floats:
    """Return the weights with 0 in place of negative ones, which carry nothing."""
    return np.maximum(weights, 0.0) if weights.min(initial=0.0) < 0.0 else weights


def _week_key(participant: _Ints, week: _Ints, weeks: int) -> NDArray[np.int32]:
    """Return the key of each participant's week; -1 where there is no participant."""
    key = participant.astype(np.int32)
    key *= weeks
    key += week.astype(np.int32, copy=False)
    key[participant < 0] = -1
    return key


def _at(column: NDArray[_T], places: _Ints) -> NDArray[_T]:
    """Return a column at some places in order; the column itself if these are all."""
    return column if len(places) == len(column) else column[places]


def _append(column: NDArray[_T], more: NDArray[_T]) -> NDArray[_T]:
    """Return a column with more rows; the column itself if there are none."""
    return np.concatenate([column, more]) if len(more) else column

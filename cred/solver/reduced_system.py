"""The reduced system of a chain: compiled once per graph, solved for any weights.

    folding      contributions with few neighbours are gone                    (cred.solver.elimination)
    runs         so are all weeks of participants that no edge joins           (cred.solver.inactive_weeks)
    sweeping     what is left is solved by sweeps, then everything is given back

`compile_graph` looks at who is joined to whom and when, `CompiledGraph.reduce` puts in the weights of
edges, `ReducedSystem.solve` what is minted: whatever changes, what comes before it stays. Steps of
weight 0 keep their places, so switching something off needs nothing to be compiled again.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from cred.chain.attributions import EpochAttributions
from cred.chain.parameters import Parameters
from cred.chain.transition_matrix import check_totals
from cred.chain.webbing import webbing
from cred.graph.contribution_graph import ContributionGraph
from cred.grouping import sum_by_group
from cred.solver.elimination import SymbolicElimination, System, symbolic_elimination
from cred.solver.gauss_seidel import GaussSeidel
from cred.solver.inactive_weeks import runs_between, runs_to_the_end
from cred.solver.level_schedule import SweepSchedule, schedule_sweeps
from cred.solver.tridiagonal import ActiveWeeks, WebbingChances

_T = TypeVar("_T", bound=np.generic)
_Ints = NDArray[np.integer[Any]]
_Floats = NDArray[np.float64]

_MOST_STEPS: Final = 10_000
"""Sweeps before giving up, where nothing else is asked."""

_RATES: Final = 1e-11
"""Largest relative error of what rates are made of."""


@dataclass(frozen=True, eq=False)
class Flow:
    """What flows through each row while all that is minted flows through the seed."""

    nodes: Callable[[], _Floats]
    """Works out `node`."""
    weeks: _Floats
    """Shape (w, p)."""
    steps: int
    error: float
    """Largest relative error of any row's flow, or what else was asked to be bounded."""

    @cached_property
    def node(self) -> _Floats:
        """Shape (n,), by node of the graph; 0 for participants' nodes.

        Worked out when somebody asks: everybody's cred does not take it.
        """
        return self.nodes()

    def by_row(self, nodes: _Ints) -> _Floats:
        """Return it in the order of a chain whose first rows are `nodes`."""
        return np.concatenate([self.node[nodes], self.weeks.ravel()])


@dataclass(frozen=True, slots=True, eq=False)
class Gradient:
    """How fast a quantity grows with each mint and each weight, one at a time."""

    mint: _Floats
    """Shape (n,), by node; 0 for participants' nodes."""
    forward: _Floats
    """Shape (e,), by edge; 0 for weights below 0, which carry nothing."""
    backward: _Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Origin:
    """All that a compiled graph was made of: whatever has the same is compiled to the same."""

    source: _Ints
    target: _Ints
    participant: _Ints
    node_ms: _Ints
    week: _Ints
    attributions: EpochAttributions
    people: int
    weeks: int

    def is_same(self, other: "_Origin") -> bool:
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
            one is another or np.array_equal(one, another) for one, another in columns
        )


@dataclass(frozen=True, slots=True, eq=False)
class CompiledGraph:
    """Who is joined to whom, and in which order to solve it. Made by `compile_graph`."""

    origin: _Origin
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

    def reduce(self, graph: ContributionGraph, parameters: Parameters) -> "ReducedSystem":
        """Return the reduced system under some weights of edges.

        Parameters
        ----------
        graph
            Where the weights are; it must have the nodes and edges that were compiled. What is
            0 or less carries nothing. Mints are not looked at.
        parameters
            CredRank's.

        Raises
        ------
        InvalidInputError
            If the weights at a row sum to more than a number can hold.
        """
        return ReducedSystem(self, graph, parameters)

    def system(self, leaving: "Outflow", parameters: Parameters) -> tuple[System, _Floats]:
        """Return the system before anything is folded, and what accrues in each active week."""
        first = len(self.nodes)
        rows = first + len(self.weeks.week)
        lost = np.full(rows, parameters.seed_return, np.float64)
        stays = leaving.weight == 0.0
        lost[stays] += leaving.share[stays]
        steps = np.empty(2 * self.elimination.edges)
        drawn = 2 * len(self.edges)
        source, target = _at(self.source, self.edges), _at(self.target, self.edges)
        leaving.chances(self.edges, source, target, steps[:drawn])
        loop = np.zeros(rows)
        if len(self.edges) < len(self.source):
            loops = np.ones(len(self.source), np.bool_)
            loops[self.edges] = False
            at = np.flatnonzero(loops)
            both = np.empty(2 * len(at))
            leaving.chances(at, self.source[at], self.target[at], both)
            loop += sum_by_group(self.source[at], both[::2] + both[1::2], rows)
        given = self.attributions
        passed = parameters.accrual * given.proportion
        accrual = np.full(rows - first, parameters.accrual, np.float64)
        if len(passed):
            giver = self._active(given.giver, given.epoch)
            kept = given.total_given(self.weeks.count, self.people)
            accrual = parameters.accrual * (1.0 - kept[self.weeks.week, self.weeks.participant])
            same = given.giver == given.receiver
            loop += sum_by_group(first + giver[same], passed[same], rows)
            passed = passed[~same]
        lost[first:] += accrual
        steps[drawn : drawn + 2 * len(passed) : 2] = passed
        steps[drawn + 1 : drawn + 2 * len(passed) : 2] = 0.0
        return System(lost, loop, steps), accrual

    def outflow(self, graph: ContributionGraph, parameters: Parameters) -> "Outflow":
        """Return by what weights flow leaves each row."""
        first, rows = len(self.nodes), len(self.nodes) + len(self.weeks.week)
        forward, backward = _positive(graph.forward), _positive(graph.backward)
        weight = sum_by_group(self.source, forward, rows)
        weight += sum_by_group(self.target, backward, rows)
        check_totals(graph, weight, self.nodes, self.weeks.participant)
        share = np.full(rows, 1.0 - parameters.seed_return)
        share[first:] = parameters.remainder
        return Outflow(forward, backward, weight, share)

    def _active(self, participant: _Ints, week: _Ints) -> _Ints:
        """Return which active week each is."""
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
    """Shape (rows,): chance of leaving by them, if there are any."""

    def chances(self, edges: _Ints, source: _Ints, target: _Ints, steps: _Floats) -> None:
        """Fill in the chances of some edges' steps, there and back, shape (2 edges,).

        Parameters
        ----------
        edges, source, target
            Which edges, and the rows that they join.
        steps
            What to fill in.
        """
        forward, backward = _at(self.forward, edges), _at(self.backward, edges)
        for way, (weights, end) in enumerate(((forward, source), (backward, target))):
            chance = self.weight.take(end)
            chance[chance == 0.0] = 1.0
            # weight / sum first: their product with the share cannot overflow then
            np.divide(weights, chance, out=chance)
            np.multiply(chance, self.share.take(end), out=steps[way::2])

    def rate(self, through: _Floats) -> _Floats:
        """Return the flow that leaves each row per weight, given what flows through it."""
        leaves = self.weight > 0.0
        rate = self.share * through
        np.divide(rate, self.weight, out=rate, where=leaves)
        rate[~leaves] = 0.0
        return rate


class ReducedSystem:
    """A compiled graph with weights of edges; solves for any mints. Made by `reduce`."""

    def __init__(
        self, compiled: CompiledGraph, graph: ContributionGraph, parameters: Parameters
    ) -> None:
        self._leaving = compiled.outflow(graph, parameters)
        system, accrual = compiled.system(self._leaving, parameters)
        self._history = compiled.elimination.eliminate(system)
        weeks = compiled.weeks.count
        ahead, back = parameters.webbing_forward, parameters.webbing_backward
        leak = parameters.seed_return + parameters.accrual + parameters.remainder
        webs = WebbingChances(
            forward=ahead,
            backward=back,
            ahead=runs_between(ahead, back, leak, weeks),
            to_end=runs_to_the_end(ahead, back, leak, weeks),
            back=runs_between(back, ahead, leak, weeks),
            to_begin=runs_to_the_end(back, ahead, leak, weeks),
        )
        self._compiled = compiled
        self._graph = graph
        self._parameters = parameters
        self._webbing = webbing(parameters, weeks)
        self._sweeps = GaussSeidel(compiled.schedule, system, webs, accrual)

    def solve(
        self,
        mint: _Floats,
        *,
        tolerance: float = 1e-13,
        each: bool = True,
        max_steps: int = _MOST_STEPS,
    ) -> Flow:
        """Return the flow.

        Parameters
        ----------
        mint
            Shape (n,), by node of the graph: what each mints; from 0 up, not all 0, and 0 for
            participants.
        tolerance, each, max_steps
            See `GaussSeidel.solve`.

        Raises
        ------
        NotConvergedError
            If `max_steps` sweeps do not do.
        """
        compiled = self._compiled
        total = float(mint.sum())
        entering = np.zeros(len(compiled.nodes) + len(compiled.weeks.week))
        entering[: len(compiled.nodes)] = mint[compiled.nodes]
        return self._flow(
            entering / total, total, tolerance=tolerance, each=each, max_steps=max_steps
        )

    def _flow(
        self, entering: _Floats, scale: float, *, tolerance: float, each: bool, max_steps: int
    ) -> Flow:
        """Return what flows, times `scale`, if so much enters each row, shape (rows,)."""
        compiled, weeks = self._compiled, self._compiled.weeks
        folding, first = compiled.elimination, len(compiled.nodes)
        entering = folding.forward_substitute(self._history, entering)
        solution = self._sweeps.solve(
            entering, tolerance=tolerance, each=each, max_steps=max_steps
        )
        by_week = np.zeros((weeks.count, compiled.people))
        by_week[weeks.week, weeks.participant] = solution.inflow
        self._webbing.solve(by_week)

        def nodes() -> _Floats:
            flow = np.zeros(len(entering))
            flow[compiled.schedule.rows] = solution.rows
            flow[first:] = by_week[weeks.week, weeks.participant]
            folding.back_substitute(self._history, entering, flow)
            node = np.zeros(len(self._graph.mint))
            node[compiled.nodes] = flow[:first] * scale
            return node

        return Flow(nodes, by_week * scale, solution.steps, solution.error)

    def step(self, flow: Flow) -> tuple[Flow, float]:
        """Return what one step of the whole chain takes everywhere, and back to the seed.

        Along edges and attributions, that is: without what comes of mints and webbing, and
        without accumulators. Nothing that was folded is made use of.
        """
        compiled, parameters = self._compiled, self._parameters
        weeks, first = compiled.weeks, len(compiled.nodes)
        source, target = compiled.source, compiled.target
        through = self._through(flow)
        leaving = self._leaving
        rate = leaving.rate(through)
        arriving = sum_by_group(target, rate.take(source) * leaving.forward, len(rate))
        arriving += sum_by_group(source, rate.take(target) * leaving.backward, len(rate))
        stays = leaving.weight == 0.0
        quiet = float(flow.weeks.sum()) - float(through[first:].sum())
        returning = parameters.seed_return * float(through.sum()) + float(
            through[stays] @ leaving.share[stays]
        )
        returning += quiet * (parameters.seed_return + parameters.remainder)

        node, by_week = np.zeros(len(self._graph.mint)), np.zeros(flow.weeks.shape)
        node[compiled.nodes] = arriving[:first]
        by_week[weeks.week, weeks.participant] = arriving[first:]
        given = compiled.attributions
        passed = parameters.accrual * given.proportion * flow.weeks[given.epoch, given.giver]
        np.add.at(by_week, (given.epoch, given.receiver), passed)
        return Flow(lambda: node, by_week, flow.steps, flow.error), returning

    def directional_derivative(self, flow: Flow, by: Gradient) -> Flow:
        """Return how fast everybody's flow grows if mints and weights grow together.

        The other way round than `gradient`: all flows, one direction. What the change makes
        enter each row is solved for like a mint, what comes in apart from what is missing, as
        both are from 0 up.

        Parameters
        ----------
        flow
            Of `solve`, for the mint at which the rates are wanted.
        by
            How fast each mint and each weight grows.

        Raises
        ------
        NotConvergedError
            If `_MOST_STEPS` sweeps do not do.
        """
        compiled, first = self._compiled, len(self._compiled.nodes)
        source, target = compiled.source, compiled.target
        leaving, rate = self._leaving, self._leaving.rate(self._through(flow))
        forward, backward, out = leaving.forward, leaving.backward, leaving.weight
        grown_forward = np.where(self._graph.forward >= 0.0, by.forward, 0.0)
        grown_backward = np.where(self._graph.backward >= 0.0, by.backward, 0.0)
        rows = len(rate)
        lost = sum_by_group(source, grown_forward, rows) + sum_by_group(
            target, grown_backward, rows
        )
        lost /= np.where(out > 0.0, out, 1.0)
        more = sum_by_group(target, rate[source] * grown_forward, rows)
        more += sum_by_group(source, rate[target] * grown_backward, rows)
        less = sum_by_group(target, rate[source] * lost[source] * forward, rows)
        less += sum_by_group(source, rate[target] * lost[target] * backward, rows)
        entering = more - less
        entering[:first] += by.mint[compiled.nodes]
        scale = float(np.abs(entering).sum()) or 1.0
        parts = [
            self._flow(part / scale, scale, tolerance=_RATES, each=True, max_steps=_MOST_STEPS)
            for part in (np.maximum(entering, 0.0), np.maximum(-entering, 0.0))
        ]
        return Flow(
            lambda: parts[0].node - parts[1].node,
            parts[0].weeks - parts[1].weeks,
            parts[0].steps + parts[1].steps,
            max(part.error for part in parts),
        )

    def _through(self, flow: Flow) -> _Floats:
        """Return what flows through each row."""
        weeks = self._compiled.weeks
        return np.concatenate(
            [flow.node[self._compiled.nodes], flow.weeks[weeks.week, weeks.participant]]
        )

    def gradient(self, flow: Flow, value: _Floats) -> Gradient:
        """Return how Σ value · flow over all participants' weeks grows with mints and weights.

        One transposed solve tells what a unit of flow that enters a row is worth, x. A mint
        grows the sum by x of its node; the weight of a step s → t, at the cost of the other
        steps from s, by

            share(s) y(s) / out(s) · (x(t) - Σ w(s, r) x(r) / out(s))

        (the adjoint method; Golub and Greif 2006 for PageRank). Where nothing leaves a row, its
        first weight changes everything at once: there is no such rate, and 0 is returned.

        Parameters
        ----------
        flow
            Of `solve`, for the mint at which the rates are wanted.
        value
            Shape (w, p), from 0 up.

        Raises
        ------
        NotConvergedError
            If `_MOST_STEPS` sweeps do not do.
        """
        compiled, graph = self._compiled, self._graph
        weeks, first = compiled.weeks, len(compiled.nodes)
        seen = self._webbing.solve_transposed(value)
        rows, active = self._sweeps.solve_transposed(
            seen[weeks.week, weeks.participant], tolerance=_RATES, max_steps=_MOST_STEPS
        )
        worth = np.zeros(first + len(weeks.week))
        worth[compiled.schedule.rows], worth[first:] = rows, active
        compiled.elimination.back_substitute_transposed(self._history, worth)

        leaving, rate = self._leaving, self._leaving.rate(self._through(flow))
        forward, backward, out = leaving.forward, leaving.backward, leaving.weight
        source, target = compiled.source, compiled.target
        onwards = sum_by_group(source, forward * worth[target], len(rate))
        onwards += sum_by_group(target, backward * worth[source], len(rate))
        onwards /= np.where(out > 0.0, out, 1.0)
        mint = np.zeros(len(graph.mint))
        mint[compiled.nodes] = worth[:first]
        return Gradient(
            mint=mint,
            forward=rate[source] * (worth[target] - onwards[source]) * (graph.forward >= 0.0),
            backward=rate[target] * (worth[source] - onwards[target]) * (graph.backward >= 0.0),
        )


def compile_graph(
    graph: ContributionGraph,
    week: _Ints,
    attributed: EpochAttributions,
    *,
    weeks: int,
    reuse: CompiledGraph | None = None,
) -> CompiledGraph:
    """Return how to solve a graph.

    Parameters
    ----------
    graph
        Its weights are not looked at.
    week
        Shape (e,): week that each edge is counted in.
    attributed
        Personal attributions by week.
    weeks
        How many.
    reuse
        Compiled before: returned if the same would come out again.
    """
    people = len(graph.participants)
    origin = _Origin(
        source=graph.source,
        target=graph.target,
        participant=graph.participant,
        node_ms=graph.node_ms,
        week=week,
        attributions=attributed,
        people=people,
        weeks=weeks,
    )
    if reuse is not None and reuse.origin.is_same(origin):
        return reuse
    base = graph.participant < 0
    nodes = np.flatnonzero(base)
    first = len(nodes)
    row_of = np.cumsum(base, dtype=np.int32)
    row_of -= 1
    ends = (graph.source, graph.target)
    # Key of a participant's week: all weeks of one after the other.
    keys = [_key(graph.participant.take(node), week, weeks) for node in ends]
    given = [
        _key(person, attributed.epoch, weeks)
        for person in (attributed.giver, attributed.receiver)
    ]
    is_active = np.zeros(people * weeks + 1, np.bool_)  # one more for -1, of no consequence
    for key in (*keys, *given):
        is_active[key[key >= 0]] = True
    active = np.flatnonzero(is_active)
    number = np.cumsum(is_active, dtype=np.int32)
    number += first - 1
    rows = [
        np.where(key < 0, row_of.take(node), number.take(key)).view(np.uint32)
        for key, node in zip(keys, ends, strict=True)
    ]
    edges = np.flatnonzero(rows[0] != rows[1]).astype(np.uint32)
    passes = attributed.giver != attributed.receiver
    joined = [
        _then(_at(row, edges), number[key[passes]].view(np.uint32))
        for row, key in zip(rows, given, strict=True)
    ]
    del keys
    active_weeks = ActiveWeeks(*np.divmod(active, weeks), count=weeks)
    fold = symbolic_elimination(joined[0], joined[1], first + len(active), first)
    return CompiledGraph(
        origin=origin,
        weeks=active_weeks,
        people=people,
        nodes=nodes,
        edges=edges,
        source=rows[0],
        target=rows[1],
        attributions=attributed,
        elimination=fold,
        schedule=schedule_sweeps(fold, graph.node_ms[nodes], active_weeks),
    )


def _positive(weights: _Floats) -> _Floats:
    """Return the weights from 0 up: those below carry nothing."""
    return np.maximum(weights, 0.0) if weights.min(initial=0.0) < 0.0 else weights


def _key(participant: _Ints, week: _Ints, weeks: int) -> NDArray[np.int32]:
    """Return the place of each participant's week; -1 where it is nobody's."""
    key = participant.astype(np.int32)
    key *= weeks
    key += week.astype(np.int32, copy=False)
    key[participant < 0] = -1
    return key


def _at(column: NDArray[_T], places: _Ints) -> NDArray[_T]:
    """Return a column at some places in order; the column itself if these are all."""
    return column if len(places) == len(column) else column[places]


def _then(column: NDArray[_T], more: NDArray[_T]) -> NDArray[_T]:
    """Return a column and more of it; the column itself if there is no more."""
    return np.concatenate([column, more]) if len(more) else column

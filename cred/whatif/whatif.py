"""What if: everybody's cred under other weights, without the log and mostly without compiling.

    what_if = WhatIf(structure, participants)
    now, then = what_if.outcome(weights), what_if.outcome(other)

What was compiled serves all weights that leave the same rows in; only weights that switch
something off or on have the graph compiled anew. What was reduced serves all weights that leave
edges' weights as they were: those of reactions, roles and channels change only what is minted.
The answers are those of `cred.credrank.credrank` to the tolerance, so nobody votes on something
that then comes out otherwise; scores that are published are not made here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.chain.attributions import Attribution, EpochAttributions, attributions_by_epoch
from cred.chain.parameters import Parameters
from cred.epochs import Epochs, epochs_covering
from cred.errors import InvalidInputError
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import Participants
from cred.graph.structure import Structure
from cred.graph.weighting import GraphWeighter
from cred.graph.weights import Weights
from cred.solver.compiled_graph import CompiledGraph, compile_graph
from cred.solver.reduced_system import Flow, Gradient, ReducedSystem

_Floats = NDArray[np.float64]

_DEFAULTS: Final = Parameters()
_UNCHANGED: Final = Weights()
_EVER: Final = slice(None)


@dataclass(frozen=True, eq=False)
class Outcome:
    """Everybody's cred under some weights, and all it was made of."""

    weights: Weights
    graph: ContributionGraph
    epochs: Epochs
    cred: _Floats
    """Shape (p, w)."""
    total_mint: float
    error: float
    """The sum of all errors of cred, at most, as a part of all cred."""
    reduced: ReducedSystem
    flow: Flow
    accrual: _Floats
    """Shape (w, p): chance of accruing in a week."""

    @cached_property
    def of_all(self) -> Gradient:
        """How fast what accrues to all grows; whoever is asked about, it is the same."""
        return self.reduced.gradient(self.flow, self.accrual)


class WhatIf:
    """A structure, ready for any weights.

    Parameters
    ----------
    structure, participants
        Who did what; whose node is whose.
    parameters, attributions
        CredRank's parameters; who passes on how much to whom.
    """

    def __init__(
        self,
        structure: Structure,
        participants: Participants,
        *,
        parameters: Parameters = _DEFAULTS,
        attributions: Sequence[Attribution] = (),
    ) -> None:
        if parameters.seed_return <= 0.0:
            raise InvalidInputError(
                "what-ifs need a seed_return above 0: without, a change of weights may close "
                "a part of the graph for good."
            )
        self._weighing = GraphWeighter(structure, participants)
        self._parameters = parameters
        self._attributions = attributions
        self._last: _Ready | None = None
        self.compilations = 0
        """How often something had to be compiled."""

    def outcome(self, weights: Weights = _UNCHANGED, *, tolerance: float = 1e-9) -> Outcome:
        """Return everybody's cred under some weights.

        Parameters
        ----------
        weights
            All that differ from the declared defaults, not only what is to change.
        tolerance
            The sum of all errors of cred, at most, as a part of all cred.

        Raises
        ------
        InvalidInputError
            If a weight is out of range or nothing would mint; the message names it.
        NotConvergedError
            If the tolerance is not reached.
        """
        graph = self._weighing.graph(weights)
        if not graph.mint.any():
            raise InvalidInputError("no node would mint: leave some weight above 0.")
        ready = self._last = self._ready(graph)
        epochs, given, reduced = ready.epochs, ready.given, ready.reduced
        flow = reduced.solve(graph.mint, tolerance=tolerance, each=False)
        accrual = 1.0 - given.total_given(len(epochs), len(graph.participants))
        accrual *= self._parameters.accrual
        accrued = (accrual * flow.weeks).T
        total, whole = float(graph.mint.sum()), float(accrued.sum())
        cred = accrued * (total / whole) if whole > 0.0 else np.zeros_like(accrued)
        return Outcome(weights, graph, epochs, cred, total, flow.error, reduced, flow, accrual)

    def gradient(self, outcome: Outcome, participant: int, weeks: slice = _EVER) -> Gradient:
        """Return how fast somebody's cred grows with each mint and each edge's weights.

        With A what accrues to them in those weeks, S what accrues to all, M all that is minted,
        cred = M A / S; both A and S are valued by a transposed solve. `cred.whatif.sensitivity` sums
        the rates up by weights that have names.

        Parameters
        ----------
        outcome
            Of `outcome`: where the rates are wanted.
        participant
            Index into the graph's participants.
        weeks
            Which epochs.

        Raises
        ------
        NotConvergedError
            As `outcome`.
        """
        flow, accrual, reduced = outcome.flow, outcome.accrual, outcome.reduced
        value = np.zeros_like(accrual)
        value[weeks, participant] = accrual[weeks, participant]
        of_one, of_all = reduced.gradient(flow, value), outcome.of_all
        everything = float((accrual * flow.weeks).sum())
        if not everything > 0.0:
            raise InvalidInputError("nothing accrues to anybody, so no cred can grow.")
        scale = outcome.total_mint / everything
        part = float((value * flow.weeks).sum()) / everything
        mints = outcome.graph.participant < 0
        return Gradient(
            mint=(scale * (of_one.mint - part * of_all.mint) + part) * mints,
            forward=scale * (of_one.forward - part * of_all.forward),
            backward=scale * (of_one.backward - part * of_all.backward),
        )

    def directional_derivative(self, outcome: Outcome, by: Gradient) -> _Floats:
        """Return how fast everybody's cred grows, shape (p, w), if weights grow together.

        Parameters
        ----------
        outcome
            Of `outcome`: where the rates are wanted.
        by
            How fast each mint and each edge's weight grows.
        """
        grown = outcome.reduced.directional_derivative(outcome.flow, by)
        accrued, more = outcome.accrual * outcome.flow.weeks, outcome.accrual * grown.weeks
        whole, minted = float(accrued.sum()), outcome.total_mint
        rate: _Floats = (
            minted / whole * (more - accrued * (more.sum() / whole))
            + accrued * (by.mint.sum() / whole)
        ).T
        return rate

    def _ready(self, graph: ContributionGraph) -> "_Ready":
        """Return what solves a graph; made anew as far as its columns are not the last's."""
        last = self._last
        if last is not None and last.graph.row is graph.row:
            epochs, given, solver = last.epochs, last.given, last.compiled
            if last.graph.forward is graph.forward:
                return last
        else:
            epochs = epochs_covering(graph.times_ms())
            given = attributions_by_epoch(self._attributions, graph.participants, epochs)
            week, before = epochs.of(graph.edge_ms), last.compiled if last is not None else None
            solver = compile_graph(graph, week, given, weeks=len(epochs), reuse=before)
            self.compilations += solver is not before
        reduced = ReducedSystem(solver, graph, self._parameters)
        return _Ready(graph, epochs, given, solver, reduced)


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    """What solved a graph, whatever it mints."""

    graph: ContributionGraph
    epochs: Epochs
    given: EpochAttributions
    compiled: CompiledGraph
    reduced: ReducedSystem

"""What-ifs: everybody's cred under other weights, without reading the log again.

    what_if = WhatIf(structure, participants)
    now, then = what_if.outcome(weights), what_if.outcome(other)

A compiled graph serves all weights that keep the same rows; only weights that switch something
off or on need a new compilation. A reduced system serves all weights that keep the weights of
edges: those of reactions, roles and channels change only what is minted. The results equal
those of `cred.credrank.credrank` within the tolerance, so that nobody votes on numbers that
then turn out otherwise; published scores are not computed here.
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
    """Everybody's cred under some weights, and what derivatives of it are computed from."""

    weights: Weights
    graph: ContributionGraph
    epochs: Epochs
    cred: _Floats
    """Shape (p, w)."""
    total_mint: float
    error: float
    """Bound of the sum of all errors of cred, as a fraction of all cred."""
    reduced: ReducedSystem
    flow: Flow
    accrual: _Floats
    """Shape (w, p): probability of accruing in each week."""

    @cached_property
    def total_gradient(self) -> Gradient:
        """Gradient of all that accrues to anybody, which every participant's gradient needs."""
        return self.reduced.gradient(self.flow, self.accrual)


class WhatIf:
    """Answers what-ifs about one structure.

    Parameters
    ----------
    structure, participants
        The graph without weights; the participants its nodes belong to.
    parameters, attributions
        CredRank's parameters; personal attributions.

    Raises
    ------
    InvalidInputError
        If `seed_return` is 0.
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
        self._weighter = GraphWeighter(structure, participants)
        self._parameters = parameters
        self._attributions = attributions
        self._last: _Prepared | None = None
        self.compilations = 0
        """Number of compilations so far."""

    def outcome(self, weights: Weights = _UNCHANGED, *, tolerance: float = 1e-9) -> Outcome:
        """Return everybody's cred under some weights.

        Parameters
        ----------
        weights
            All that differ from the declared defaults, not only the changes.
        tolerance
            Largest sum of all errors of cred, as a fraction of all cred.

        Raises
        ------
        InvalidInputError
            If a weight is out of range, which the message names, or nothing would mint.
        NotConvergedError
            If the tolerance is not reached.
        """
        graph = self._weighter.graph(weights)
        if not graph.mint.any():
            raise InvalidInputError("no node would mint: leave some weight above 0.")
        prepared = self._last = self._prepare(graph)
        epochs, reduced = prepared.epochs, prepared.reduced
        flow = reduced.solve(graph.mint, tolerance=tolerance, each=False)
        passed_on = prepared.attributions.total_given(len(epochs), len(graph.participants))
        accrual = 1.0 - passed_on
        accrual *= self._parameters.accrual
        accrued = (accrual * flow.weeks).T
        total, whole = float(graph.mint.sum()), float(accrued.sum())
        cred = accrued * (total / whole) if whole > 0.0 else np.zeros_like(accrued)
        return Outcome(weights, graph, epochs, cred, total, flow.error, reduced, flow, accrual)

    def gradient(self, outcome: Outcome, participant: int, weeks: slice = _EVER) -> Gradient:
        """Return the gradient of a participant's cred with respect to mints and edges' weights.

        With A what accrues to the participant in those weeks, S what accrues to all, and M all
        that is minted, cred = M A / S; a transposed solve each gives the gradients of A and S.
        `cred.whatif.sensitivity` sums the gradient by named weights.

        Parameters
        ----------
        outcome
            Result of `outcome` for the weights at which the gradient is wanted.
        participant
            Index into the graph's participants.
        weeks
            Indices of the epochs.

        Raises
        ------
        InvalidInputError
            If nothing accrues to anybody.
        NotConvergedError
            If the solver does not converge.
        """
        flow, accrual, reduced = outcome.flow, outcome.accrual, outcome.reduced
        value = np.zeros_like(accrual)
        value[weeks, participant] = accrual[weeks, participant]
        own, total = reduced.gradient(flow, value), outcome.total_gradient
        everything = float((accrual * flow.weeks).sum())
        if not everything > 0.0:
            raise InvalidInputError("nothing accrues to anybody, so no cred can grow.")
        scale = outcome.total_mint / everything
        part = float((value * flow.weeks).sum()) / everything
        mints = outcome.graph.participant < 0
        return Gradient(
            mint=(scale * (own.mint - part * total.mint) + part) * mints,
            forward=scale * (own.forward - part * total.forward),
            backward=scale * (own.backward - part * total.backward),
        )

    def _prepare(self, graph: ContributionGraph) -> "_Prepared":
        """Return what solving a graph needs, reusing what its unchanged columns allow."""
        last = self._last
        if last is not None and last.graph.row is graph.row:
            epochs, by_epoch, compiled = last.epochs, last.attributions, last.compiled
            if last.graph.forward is graph.forward:
                return last
        else:
            epochs = epochs_covering(graph.times_ms())
            by_epoch = attributions_by_epoch(self._attributions, graph.participants, epochs)
            week = epochs.indices(graph.edge_ms)
            before = last.compiled if last is not None else None
            compiled = compile_graph(graph, week, by_epoch, weeks=len(epochs), reuse=before)
            self.compilations += compiled is not before
        reduced = ReducedSystem(compiled, graph, self._parameters)
        return _Prepared(graph, epochs, by_epoch, compiled, reduced)


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """What solving a graph needs, whatever it mints."""

    graph: ContributionGraph
    epochs: Epochs
    attributions: EpochAttributions
    compiled: CompiledGraph
    reduced: ReducedSystem

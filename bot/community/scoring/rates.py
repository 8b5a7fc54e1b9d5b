"""How fast somebody's cred grows with each weight that has a name. Run in the worker thread."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bot.community.scoring.graph_building import ScoringInputs, UnweightedGraph, what_if_of
from cred.errors import InvalidInputError
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.structure import Structure
from cred.solver.reduced_system import Gradient
from cred.whatif.sensitivity import Rate, WeightKind, rates

_TOLERANCE = 1e-6
"""Of all cred; rates are told to a tenth of a per cent."""


@dataclass(frozen=True, slots=True)
class WeightRate:
    """What doubling a weight would do, if its effect went on as it begins."""

    cred: float
    share: float
    """Of all cred."""


def weight_rates(
    unweighted: UnweightedGraph, inputs: ScoringInputs, participant: str
) -> Mapping[str, WeightRate]:
    """Return the rates of a participant's cred, by the key of the weight's setting.

    An edge has one rate: that of both directions together.

    Raises
    ------
    CredError
        If there is no such participant, nothing is minted, or the solver does not converge.
    """
    what_if, structure = what_if_of(unweighted, inputs), unweighted.structure
    weights = inputs.settings.weights
    outcome = what_if.outcome(weights, tolerance=_TOLERANCE)
    graph = outcome.graph
    if participant not in graph.participants:
        raise InvalidInputError("they have no node in the graph.")
    row = graph.participants.index(participant)
    share = float(outcome.cred[row].sum()) / outcome.total_mint
    own = rates(structure, weights, graph, what_if.gradient(outcome, row))
    # All that is minted grows with it, too, which changes shares.
    everybodys = rates(structure, weights, graph, _gradient_of_mints(graph))
    found: dict[str, list[float]] = {}
    for mine, all_minted in zip(own, everybodys, strict=True):
        key = _key_of(mine, structure)
        if key is not None:
            change = mine.rate * mine.weight
            minted = all_minted.rate * all_minted.weight
            sums = found.setdefault(key, [0.0, 0.0])
            sums[0] += change
            sums[1] += (change - share * minted) / outcome.total_mint
    return {key: WeightRate(*sums) for key, sums in found.items()}


def _gradient_of_mints(graph: ContributionGraph) -> Gradient:
    """Return the gradient of all that is minted: each mint counts once, edges mint nothing."""
    no_edges = np.zeros(len(graph.forward))
    return Gradient((graph.participant < 0).astype(np.float64), no_edges, no_edges)


def _key_of(rate: Rate, structure: Structure) -> str | None:
    """Return the setting of a weight; None if it has none, as an address that nobody set."""
    if rate.kind is WeightKind.FACTOR:
        return f"weights.{rate.factor}.{'default' if rate.key is None else rate.key}"
    is_node = rate.kind is WeightKind.NODE
    kinds = structure.node_kinds if is_node else structure.edge_kinds
    name = next((kind.name for kind in kinds if kind.prefix == rate.prefix), None)
    return None if name is None else f"weights.{'node' if is_node else 'edge'}.{name}"
